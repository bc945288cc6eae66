"""The counter of the simulated bank (模拟银行柜台; SYS-29): it answers a debit or a refund file as told to.

For whoever tries collection and refunds out: the bank of the invented city has no office to call, so a command stands
for it.
"""

import re
from datetime import date
from typing import Final

from tongchou.contributions import collection
from tongchou.contributions.refunds import commands as refunds
from tongchou.exchange import formats, outgoing
from tongchou.exchange import queries as exchange
from tongchou.simulator.bank import Bank, Drawn, Fate, Fault
from tongchou.site.problems import SetupProblem

_LINES: Final = re.compile(r"(\d+)(?:-(\d+))?")


def lines_of(text: str) -> frozenset[int]:
    """Line numbers as somebody writes them: `3,9,20-25` (行号). Raises: SetupProblem SM-0402."""
    found: set[int] = set()
    for part in filter(None, (one.strip() for one in re.split("[,,、]", text))):
        match = _LINES.fullmatch(part)
        if match is None:
            raise SetupProblem(
                "SM-0402",
                f"看不懂行号“{part}”。",
                f"“{part}” is not a line number.",
                then="写成 3,9,20-25 的样子。",
                then_english="Write them like 3,9,20-25.",
            )
        first, last = int(match[1]), int(match[2] or match[1])
        found.update(range(first, last + 1))
    return frozenset(found)


def answer(
    number: str,
    *,
    paid_on: date,
    empty: frozenset[int] = frozenset(),
    half: frozenset[int] = frozenset(),
    first: int = 1,
    last: int | None = None,
    fault: Fault | None = None,
) -> tuple[str, bytes]:
    """回盘: a name and the bytes of the bank's answer to the debit file or refund file of that number.

    `empty` are lines whose account holds nothing, `half` those that hold half; lines before `first` and after `last`
    are answered another time. Raises: SetupProblem SM-0401.
    """
    file = exchange.outgoing(number)
    if file is None or file.flow not in (collection.FLOW_NAME, refunds.FLOW_NAME):
        raise SetupProblem(
            "SM-0401",
            f"没有编号为 {number} 的代扣盘、退费盘。",
            f"There is no debit or refund file {number}.",
            then="文件编号见经办台:缴费 → 银行托收 → 批次 → 代扣盘,或缴费 → 退费 → 退费盘。",
            then_english="Its number is on the page of the batch or the run: 缴费 → 银行托收, or 缴费 → 退费 → 退费盘.",
        )
    answered_as = file.agreement.answered_as
    assert answered_as is not None
    bank = Bank(
        file.partner.code,
        formats.read_definition(file.definition),
        formats.read_definition(answered_as.definition),
        _fate(empty, half),
    )
    content = b"".join(outgoing.content_of(file))
    answered = bank.answer(content, paid_on=paid_on, lines=slice(first - 1, last), fault=fault)
    return f"HP{file.serial:06d}.txt", answered


def _fate(empty: frozenset[int], half: frozenset[int]) -> Fate:
    def drawn(line: int, asked_fen: int) -> Drawn:
        if line in empty:
            return Drawn(0, "balance")
        return Drawn(asked_fen // 2, "part") if line in half else Drawn(asked_fen, "ok")

    return drawn

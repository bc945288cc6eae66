"""The simulated bank (模拟银行; SYS-29): reads our file by its format, draws what the balances allow, and answers.

It can be faulty in every way that banks are: answers in parts, late, twice, altered, in another encoding, cut short,
to another file. Nothing here is real, and every answer says so in its reference numbers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from tongchou.exchange import formats
from tongchou.exchange.formats import Format

REFERENCE: Final = "SIM{line:012d}"


class Fault(StrEnum):
    """What may be wrong with an answer."""

    ALTERED_TOTAL = "altered_total"
    ALTERED_LINE = "altered_line"
    CUT_SHORT = "cut_short"
    WRONG_ENCODING = "wrong_encoding"
    ANOTHER_FILE = "another_file"
    ANOTHER_PARTNER = "another_partner"
    LINE_TWICE = "line_twice"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What becomes of one line: fen taken, and our word for the result."""

    paid_fen: int
    code: str


Fate = Callable[[int, int], Drawn]
"""Line number and fen asked for → what is drawn."""


def everybody_pays(line: int, asked_fen: int) -> Drawn:
    """Every account holds enough."""
    return Drawn(asked_fen, "ok")


def balances(held: Mapping[int, int], *, partly: bool = False) -> Fate:
    """Accounts by line number with less than is asked for; the others hold enough."""

    def drawn(line: int, asked_fen: int) -> Drawn:
        balance = held.get(line, asked_fen)
        if balance >= asked_fen:
            return Drawn(asked_fen, "ok")
        return Drawn(balance, "part") if partly and balance else Drawn(0, "balance")

    return drawn


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank with the two formats agreed with it."""

    code: str
    reads: Format
    answers: Format
    fate: Fate = field(default=everybody_pays)

    def answer(self, content: bytes, *, paid_on: date, lines: slice = slice(None), fault: Fault | None = None) -> bytes:
        """回盘: the answer to a file, to all of its lines or to some, as it should be or with one fault."""
        number, asked = self._read(content)
        answered = [self._answered(line, account, fen, paid_on) for line, account, fen in asked[lines]]
        if fault is Fault.LINE_TWICE:
            answered.append(answered[0])
        return self._written(number, answered, fault)

    def _read(self, content: bytes) -> tuple[str, list[tuple[int, str, int]]]:
        reads = self.reads
        lines = list(formats.read_lines([content], reads))
        head = dict(
            zip((one.name for one in reads.head), formats.cells_of(reads, reads.head)(lines[0], 1), strict=True)
        )
        names = [one.name for one in reads.row]
        line_at, account_at = names.index("line_no"), names.index("account_no")
        amount_at = names.index("amount_fen") if "amount_fen" in names else -1
        read = formats.cells_of(reads, reads.row)
        rows = [read(line, at) for at, line in enumerate(lines[1:], 2)]
        return head["number"], [
            (int(cells[line_at]), cells[account_at], _fen(cells[amount_at]) if amount_at >= 0 else 0) for cells in rows
        ]

    def _answered(self, line: int, account: str, fen: int, paid_on: date) -> tuple[Any, ...]:
        drawn = self.fate(line, fen)
        words = {ours: theirs for theirs, ours in self.answers.codes.items()}
        return line, account, drawn.paid_fen, words[drawn.code], paid_on, REFERENCE.format(line=line)

    def _written(self, number: str, answered: list[tuple[Any, ...]], fault: Fault | None) -> bytes:
        answers, total = self.answers, sum(row[2] for row in answered)
        said = total + 100 if fault is Fault.ALTERED_TOTAL else total
        names = ("number", "partner", "rows", "total_fen")
        values = (
            f"{number[:-1]}X" if fault is Fault.ANOTHER_FILE else number,
            "ELSE" if fault is Fault.ANOTHER_PARTNER else self.code,
            len(answered),
            said,
        )
        if fault is Fault.ALTERED_LINE:
            line, account, fen, *rest = answered[0]
            answered = [(line, account, fen + 100, *rest), *answered[1:]]
        columns = ("line_no", "account_no", "paid_fen", "code", "paid_on", "reference")

        def lines() -> Iterator[str]:
            yield from formats.written_records(answers, answers.head, names, [values])
            yield from formats.written_rows(answers, columns, answered)
            if answers.tail and fault is not Fault.CUT_SHORT:
                yield from formats.written_records(answers, answers.tail, names, [values])

        text = answers.line_end.join([*lines(), ""])
        if fault is Fault.WRONG_ENCODING:
            return text.encode("utf-16")
        return text.encode(answers.encoding)


def _fen(yuan: str) -> int:
    whole, _, cents = yuan.partition(".")
    return int(whole) * 100 + int(cents)

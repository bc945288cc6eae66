"""银行名录: the banks that an area has agreed with, by name, for the fields that keep a bank (decision 0401)."""

from typing import Final

from tongchou.cases.kinds import Field
from tongchou.exchange import queries as exchange
from tongchou.exchange.states import PartnerKind
from tongchou.platform.pinyin import initials
from tongchou.platform.registers import Entry, Register

LONGEST_NAME: Final = 60


def _fitting(area: str, words: str) -> list[tuple[str, str]]:
    """Code and name of each bank in use whose name, initials or code has the words, the one of that name first."""
    wanted = words.lower()
    banks = [(one.code, one.name) for one in exchange.partners(area, PartnerKind.BANK) if one.in_use]
    fitting = [
        (code, name)
        for code, name in banks
        if wanted in name or code.lower().startswith(wanted) or initials(name).startswith(wanted)
    ]
    return sorted(fitting, key=lambda one: wanted not in (one[0].lower(), one[1]))


def _find_agreed(area: str, words: str, most: int) -> list[Entry]:
    return [Entry(code, (name,)) for code, name in _fitting(area, words)[:most]]


def _find_by_name(area: str, words: str, most: int) -> list[Entry]:
    return [Entry(name, (name, code)) for code, name in _fitting(area, words)[:most]]


AGREED_BANKS: Final = Register(_find_agreed)
"""Banks that debit or pay for the area; their code is kept."""
BANKS_BY_NAME: Final = Register(_find_by_name, others=True)
"""Where somebody has an account: the agreed banks are offered by name, and any other may be written."""


def account_bank(*, required: bool = False, section: str = "") -> Field:
    """开户银行 of an account to pay into: the same field in every form that asks for one."""
    return Field(
        "bank_name",
        "开户银行",
        kind="listed",
        required=required,
        section=section,
        longest=LONGEST_NAME,
        register=BANKS_BY_NAME,
        help="有约定的银行可按名称、代码选择,其他银行写明名称",
    )

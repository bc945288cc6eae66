"""The national chart of accounts (会计科目表, 财会〔2017〕28号), in force since 2018-01-01; decision 0070.

Four-digit codes and names are the rule's own; two digits more make a sub-account. 1001 库存现金 is left out: GX2017 §94
and JL2019 §47 forbid cash. Only the lowest sub-account takes entries. Sub-accounts the rule does not name
(marked †) are this house's, and an area may add more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tongchou.fund.states import AccountClass

CASH: Final = "1001"
GENERAL_SURPLUS: Final = "3001"
UNDIVIDED: Final = ("4601", "4602")
"""待转 accounts of the employee fund: kept open through the year, zero at its end."""

_CLASS_OF_FIRST_DIGIT: Final[dict[str, AccountClass]] = {
    "1": AccountClass.ASSET,
    "2": AccountClass.LIABILITY,
    "3": AccountClass.NET_ASSET,
    "4": AccountClass.INCOME,
    "5": AccountClass.EXPENSE,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """会计科目: code, name, whether it takes entries, and where it is carried at the end of a month (期末结转)."""

    code: str
    name: str
    postable: bool
    closes_to: str = ""

    @property
    def account_class(self) -> AccountClass:
        return _CLASS_OF_FIRST_DIGIT[self.code[0]]

    @property
    def debit_normal(self) -> bool:
        return self.account_class in (AccountClass.ASSET, AccountClass.EXPENSE)

    @property
    def parent_code(self) -> str:
        """The code above; empty for the four digits."""
        return self.code[:-2] if len(self.code) > 4 else ""


_DEPOSITS: Final = {"1002": "收入户存款", "1003": "财政专户存款", "1004": "支出户存款", "1005": "国库存款"}
_TEMPORARY_PAYMENTS: Final = {
    "1101": "暂付款",
    "110101": "异地就医预付金",
    "110102": "预付定点机构款项",  # †
    "110103": "垫付异地就医费用",  # †
    "110104": "先行支付",  # †
    "110199": "其他暂付款",  # †
    "1201": "债券投资",
}
_TEMPORARY_RECEIPTS: Final = {
    "2001": "暂收款",
    "200101": "异地就医预付金",
    "200102": "异地就医清算资金",
    "200103": "异地就医资金",
    "200104": "待重付的银行退票",  # †
    "200105": "预收保费",  # † name of the 2026 supplementary rules uncertain
    "200199": "其他暂收款",  # †
    "2101": "借入款项",
}
_SUBSIDIES: Final = {
    "4101": "财政补贴收入",
    "410101": "中央财政补贴",  # † one sub-account per level of government
    "410102": "省级财政补贴",  # †
    "410103": "市级财政补贴",  # †
    "410104": "县级财政补贴",  # †
}

_RESIDENT: Final = {
    **_DEPOSITS,
    **_TEMPORARY_PAYMENTS,
    **_TEMPORARY_RECEIPTS,
    "3001": "一般基金结余",
    "4001": "社会保险费收入",
    **_SUBSIDIES,
    "4201": "利息收入",
    "420101": "存款利息",
    "420102": "债券利息",
    "4401": "上级补助收入",
    "4402": "下级上解收入",
    "4501": "其他收入",
    "5001": "社会保险待遇支出",
    "500101": "住院费用支出",
    "500102": "门诊费用支出",
    "500103": "其他费用支出",
    "5101": "大病保险支出",
    "5301": "上解上级支出",
    "5302": "补助下级支出",
    "5401": "其他支出",
}


def _shared(code: str, name: str) -> dict[str, str]:
    """An account of the employee fund that both its parts have: 统筹基金 and 个人账户基金."""
    return {code: name, f"{code}01": "统筹基金", f"{code}02": "个人账户基金"}


_EMPLOYEE: Final = {
    **_DEPOSITS,
    **_TEMPORARY_PAYMENTS,
    **_TEMPORARY_RECEIPTS,
    **_shared("3001", "一般基金结余"),
    **_shared("4001", "社会保险费收入"),
    **_SUBSIDIES,
    **_shared("4201", "利息收入"),
    "42010101": "存款利息",
    "42010102": "债券利息",
    "42010201": "存款利息",
    "42010202": "债券利息",
    "4301": "转移收入",
    **_shared("4401", "上级补助收入"),
    **_shared("4402", "下级上解收入"),
    **_shared("4501", "其他收入"),
    "4601": "待转社会保险费收入",
    "4602": "待转利息收入",
    **_shared("5001", "社会保险待遇支出"),
    "50010101": "住院费用支出",
    "50010102": "门诊大病费用支出",
    "50010103": "门诊统筹费用支出",
    "50010104": "生育医疗费用支出",
    "50010105": "生育津贴支出",
    "50010201": "住院费用支出",
    "50010202": "门诊费用支出",
    "50010203": "药店医药费用支出",
    "5101": "大病保险支出",
    "5201": "转移支出",
    **_shared("5301", "上解上级支出"),
    **_shared("5302", "补助下级支出"),
    **_shared("5401", "其他支出"),
}

_POOL_PART: Final = "300101"
_ACCOUNT_PART: Final = "300102"
_ACCOUNT_ONLY: Final = ("4301", "5201")
_NAMES: Final = {"resident": _RESIDENT, "employee": _EMPLOYEE}


def subjects(scheme: str) -> tuple[Subject, ...]:
    """The chart of one scheme's fund, parents before children (会计科目). Raises: KeyError for an unknown scheme."""
    names = _NAMES[scheme]
    return tuple(_subject(scheme, code, names) for code in sorted(names))


def _subject(scheme: str, code: str, names: Iterable[str]) -> Subject:
    postable = not any(other != code and other.startswith(code) for other in names)
    closes_to = _closes_to(scheme, code) if postable and code[0] in "45" else ""
    return Subject(code=code, name=_NAMES[scheme][code], postable=postable, closes_to=closes_to)


def _closes_to(scheme: str, code: str) -> str:
    """Income and expense end in the surplus; the employee fund keeps pool and accounts apart (期末结转)."""
    if scheme == "resident":
        return GENERAL_SURPLUS
    if code in UNDIVIDED:
        return ""
    if code in _ACCOUNT_ONLY:
        return _ACCOUNT_PART
    both_parts = f"{code[:4]}02" in _EMPLOYEE and _EMPLOYEE[f"{code[:4]}02"] == "个人账户基金"
    return _ACCOUNT_PART if both_parts and code[4:6] == "02" else _POOL_PART


def full_name(code: str, names: dict[str, str]) -> str:
    """The name with its parents, as a voucher shows it: 社会保险待遇支出—住院费用支出."""
    return "—".join(names[part] for part in _chain(code))


def _chain(code: str) -> Iterator[str]:
    yield from (code[:end] for end in range(4, len(code) + 1, 2))

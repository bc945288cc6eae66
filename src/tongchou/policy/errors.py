"""Refusals of the policy engine (待遇政策的拒绝): each names the key, the figure or the file that stopped it."""

from collections.abc import Sequence
from typing import Any

from tongchou.kernel.errors import DomainError
from tongchou.policy.findings import Finding


class PolicyMissing(DomainError):
    """No package is in force for that area, scheme and date (BEN-01)."""

    code = "PO-0001"
    message = "没有适用的待遇政策包:统筹地区{area},险种{scheme},日期{on}"
    citation = "GX2017 §136"


class MissingParameter(DomainError):
    """The package has no value under this key; nothing is ever taken as zero (BEN-01)."""

    code = "PO-0002"
    message = "缺参数 {key}"
    citation = "GX2017 §87"

    @property
    def key(self) -> str:
        return str(self.figures["key"])


class PackageRefused(DomainError):
    """The package file is not in order; `findings` lists every fault with line and key (BEN-44)."""

    code = "PO-0003"
    message = "政策包{file}不能使用,共{count}处:{first}"
    citation = "GX2017 §134"

    def __init__(self, *, file: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(file=file, count=len(self.findings), first=str(self.findings[0]))


class NegativeAmount(DomainError):
    """A bill whose refunds exceed its charges is not settled (BEN-41)."""

    code = "PO-0004"
    message = "{name}合计为负数({yuan}元),不能结算,请先核对退费"
    citation = "GX2017 §71"


class UnknownPayClass(DomainError):
    """A line's pay class is none of the package's (BEN-12)."""

    code = "PO-0005"
    message = "第{line}条费用明细的收费项目等级“{pay_class}”不在政策包内"
    citation = "GX2017 §85"


class UnknownFact(DomainError):
    """A fact has a value outside its range."""

    code = "PO-0006"
    message = "{name}“{value}”无法识别"
    citation = "GX2017 §87"


class BadClaim(DomainError):
    """A row of a claims file that cannot be settled; the rest is."""

    code = "PO-0007"
    message = "{reason}"
    citation = ""

    def __init__(self, reason: str, **figures: Any) -> None:
        super().__init__(reason=reason, **figures)

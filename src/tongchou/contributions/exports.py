"""缴费清单导出: the payments of a year with what they cover (CON-25)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tongchou.contributions.models import Contribution
from tongchou.contributions.states import Channel, ContributionKind
from tongchou.kernel.money import yuan_text
from tongchou.platform.spreadsheets.exports import ExportKind, ExportRequest
from tongchou.platform.web import masks

HEADERS: Final = (
    "人员编号", "姓名", "证件号码", "参保单位", "保险年度", "缴费金额", "资助金额", "缴费日期",
    "缴费类型", "缴费渠道", "票据号", "享受待遇起", "享受待遇止(不含)",
)  # fmt: skip
AT_ONCE: Final = 2_000


def rows(asked: ExportRequest) -> Iterator[Sequence[Any]]:
    """Every payment of the benefit year inside the request, in order of the day of payment."""
    found = Contribution.objects.filter(
        asked.scope.q("person__unit_code", "pooling_area"),
        pooling_area=asked.pooling_area,
        benefit_year=asked.year or asked.on.year,
        voided_at=None,
    )
    if asked.unit_code:
        found = found.filter(person__unit_code=asked.unit_code)
    ordered = found.select_related("person").prefetch_related("spans").order_by("paid_in_full_on", "id")
    for payment in ordered.iterator(AT_ONCE):
        spans = sorted((s.covered_from, s.covered_until) for s in payment.spans.all() if s.withdrawn_at is None)
        person = payment.person
        yield (
            person.person_no,
            person.name,
            person.certificate_no if asked.full_numbers else masks.certificate(person.certificate_no),
            person.unit_code,
            payment.benefit_year,
            yuan_text(payment.amount_fen),
            yuan_text(payment.aided_fen),
            payment.paid_in_full_on,
            ContributionKind(payment.kind).label,
            Channel(payment.channel).label,
            payment.receipt_no,
            spans[0][0] if spans else "",
            spans[-1][1] if spans else "",
        )


CONTRIBUTIONS: Final = ExportKind("contributions", "缴费清单", "contributions.view", HEADERS, rows)

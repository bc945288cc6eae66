"""缴费经历: what contributions add to a person's history (RIG-01; ENR-25): payments, and the days they cover."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from tongchou.contributions.models import Contribution
from tongchou.contributions.states import Channel, ContributionKind
from tongchou.platform.histories import RecordSet, Row, Source, Told

STATEMENT: Final = """
SELECT c.paid_in_full_on, c.id, CASE WHEN c.voided_at IS NULL THEN 'paid' ELSE 'voided' END, c.benefit_year::text,
       concat_ws(E'\\x1f', c.kind, c.channel, c.receipt_no, c.void_reason), c.amount_fen, NULL::date, '',
       coalesce(b.operator_code, ''), c.created_at
  FROM contributions_contribution c LEFT JOIN contributions_importbatch b ON b.id = c.batch_id
 WHERE c.person_id = %(person_id)s
UNION ALL
SELECT s.covered_from, s.id, 'covered', s.benefit_year::text, s.rule, NULL, s.covered_until, '', '', NULL
  FROM contributions_coveragespan s WHERE s.person_id = %(person_id)s AND s.withdrawn_at IS NULL
"""
"""What a person paid and was covered by, in the columns of a history."""


def tell(row: Row) -> Told:
    """The row in words (缴费经历)."""
    year = _("%(year)s 年度") % {"year": row.what}
    if row.kind == "covered":
        return Told(_("待遇享受期"), f"{year} · {row.note}")
    kind, channel, receipt_no, void_reason = row.note.split("\x1f")
    told = [year, _(ContributionKind(kind).label), _(Channel(channel).label)]
    if receipt_no:
        told.append(f"{_('票据号')} {receipt_no}")
    if void_reason:
        told.append(void_reason)
    title = _("缴费") if row.kind == "paid" else _("缴费(已作废)")
    return Told(title, " · ".join(told), cancelled=row.kind == "voided")


SOURCE: Final = Source("contributions", RecordSet.CONTRIBUTION, 20, STATEMENT, tell)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as a certificate says it (缴费; CON-14). Fen; `voucher_no` is of the receipt, or of the voucher."""

    person_id: int
    scheme: str
    benefit_year: int
    amount_fen: int
    aided_fen: int
    paid_on: date
    channel: Channel
    voucher_no: str


def paid(person_ids: Collection[int], *, first_year: int, last_year: int) -> list[Paid]:
    """What these persons paid for the years, voided payments left out, the oldest year first (缴费凭证; CON-14)."""
    found = Contribution.objects.filter(
        person_id__in=list(person_ids), benefit_year__gte=first_year, benefit_year__lte=last_year, voided_at=None
    ).select_related("batch")
    return [
        Paid(
            one.person_id,
            one.scheme,
            one.benefit_year,
            one.amount_fen,
            one.aided_fen,
            one.paid_in_full_on,
            Channel(one.channel),
            one.receipt_no or (one.batch.voucher_no if one.batch else ""),
        )
        for one in found.order_by("benefit_year", "person_id")
    ]

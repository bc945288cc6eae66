"""商业保险机构理赔文件 (GX2017 §70, §129; QA2018 五(二); SYS-08): what the insurer needs to pay, and nothing else.

The serious-illness part of a month's settlements with the category of the diagnosis and the account to be paid to. No
name but the account holder's, no certificate number, no telephone number. A settlement that was taken back is left out;
one that was sent stands in one file only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from tongchou.exchange import outgoing
from tongchou.exchange import queries as exchange
from tongchou.exchange.figures import month_of
from tongchou.exchange.flows import Flow
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.database import one_after_another
from tongchou.platform.scope import Scope
from tongchou.settlement.models import InsurerClaim, InsurerFile
from tongchou.settlement.states import ClaimState
from tongchou.wire.numbers import wire_id

PERMISSION: Final = "payment.prepare"
FLOW_NAME: Final = "insurer_claims"
COLUMNS: Final = (
    "line_no",
    "claim_no",
    "settled_on",
    "diagnosis_group",
    "total_fen",
    "in_scope_fen",
    "pool_paid_fen",
    "amount_fen",
    "bank_name",
    "account_no",
    "holder_name",
)


class NotAnInsurer(DomainError):
    code = "EX-2611"
    message = "没有编号为{partner}的商业保险机构,或已停用"
    citation = "GX2017 §129"


class MonthNotOver(DomainError):
    code = "EX-2612"
    message = "{month}尚未结束,不能制作该月理赔文件"
    citation = "GX2017 §129"


class NothingToClaim(DomainError):
    code = "EX-2613"
    message = "{month}没有尚未提交的大病保险支付"
    citation = "GX2017 §129"


_CHOOSE: Final = """
INSERT INTO settlement_insurerclaim (file_id, line_no, pooling_area, settlement_id, settled_on, diagnosis_group,
       total_fen, in_scope_fen, pool_paid_fen, amount_fen, bank_name, account_no, holder_name, state, reference, reason)
SELECT %(file)s, row_number() OVER (ORDER BY s.settled_on, s.id), s.pooling_area, s.id, s.settled_on,
       left(split_part(e.diagnosis_code, '.', 1), 8), s.total_fen, s.in_scope_fen, s.pool_paid_fen,
       s.catastrophic_paid_fen, coalesce(b.bank_name, ''), coalesce(b.account_no, ''), coalesce(b.holder_name, ''),
       'asked', '', ''
  FROM settlement_settlement s
  JOIN encounters_encounter e ON e.pooling_area = s.pooling_area AND e.id = s.encounter_id
  LEFT JOIN enrolment_bankaccount b ON b.person_id = s.person_id AND b.replaced_at IS NULL
 WHERE s.pooling_area = %(area)s AND s.settled_on >= %(since)s AND s.settled_on < %(until)s
   AND s.catastrophic_paid_fen > 0 AND s.reversal_of IS NULL
   AND NOT EXISTS (SELECT FROM settlement_settlement r WHERE r.pooling_area = s.pooling_area AND r.reversal_of = s.id)
   AND NOT EXISTS (SELECT FROM settlement_insurerclaim c
                    WHERE c.pooling_area = s.pooling_area AND c.settlement_id = s.id)
"""


@transaction.atomic
def make_claims(*, partner_id: int, month: str, operator: platform.Operator, now: datetime) -> InsurerFile:
    """制作理赔文件 of a month that is over: what was settled in it and no file claimed yet.

    Raises: NotAnInsurer, PeriodUnreadable, MonthNotOver, NothingToClaim, NothingAgreed, NoPermission, AreaOutOfScope.
    """
    partner = exchange.partner(partner_id)
    if partner is None or not partner.in_use or partner.kind != PartnerKind.INSURER:
        raise NotAnInsurer(partner=partner_id)
    area = partner.pooling_area_id
    platform_checks.check_area_in_scope(operator, PERMISSION, area, now)
    since, until = month_of(month)
    if until > timezone.localdate(now):
        raise MonthNotOver(month=month)
    one_after_another(FLOW_NAME, area)
    made = InsurerFile.objects.create(
        pooling_area_id=area,
        partner=partner,
        month=since,
        edition=InsurerFile.objects.filter(partner=partner, month=since).count() + 1,
        rows=0,
        total_fen=0,
        made_by=operator.staff_code,
        made_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(_CHOOSE, {"file": made.pk, "area": area, "since": since, "until": until})
    told = made.claims.aggregate(rows=Count("id"), total=Sum("amount_fen"))
    if not told["rows"]:
        raise NothingToClaim(month=month)
    made.rows, made.total_fen = told["rows"], told["total"]
    made.save(update_fields=["rows", "total_fen"])
    outgoing.make_file(
        flow=FLOW_NAME,
        partner=partner,
        object_key=made.pk,
        unit_code=operator.org_unit_id,
        rows=made.rows,
        total_fen=made.total_fen,
        operator=operator,
        now=now,
    )
    trail.record(
        "settlement.claim_from_insurer",
        at=now,
        operator=operator,
        pooling_area=area,
        object_kind="insurer_file",
        object_key=made.pk,
        detail={"month": month, "rows": made.rows, "total_fen": made.total_fen},
    )
    return made


def _rows(file_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a file, as they were claimed (理赔明细)."""
    for one in InsurerClaim.objects.filter(file_id=file_id).order_by("line_no").iterator(2000):
        yield (
            one.line_no,
            wire_id(one.pooling_area, one.settlement_id),
            one.settled_on,
            one.diagnosis_group,
            one.total_fen,
            one.in_scope_fen,
            one.pool_paid_fen,
            one.amount_fen,
            one.bank_name,
            one.account_no,
            one.holder_name,
        )


FLOW: Final = Flow(
    FLOW_NAME, "大病保险理赔", PERMISSION, COLUMNS, _rows, partners=(PartnerKind.INSURER,)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """对账: what was claimed, confirmed, paid, refused and is still open; in fen, and the parts add up."""

    claimed_fen: int
    paid_fen: int
    confirmed_fen: int
    """Confirmed and not yet paid."""
    refused_fen: int
    """Refused, or claimed above what was confirmed."""
    open_fen: int
    taken_back: int
    """Claims whose settlement was reversed after the file was made."""

    @property
    def agrees(self) -> bool:
        """Everything claimed is paid, and nothing was taken back since."""
        return self.claimed_fen == self.paid_fen and not self.taken_back


def reconciliation(file: InsurerFile) -> Reconciliation:
    """对账 of one file with the insurer's confirmations and payments (SYS-08)."""
    by_state: dict[str, tuple[int, int]] = {
        state: (asked or 0, confirmed or 0)
        for state, asked, confirmed in file.claims.values_list("state")
        .annotate(asked=Sum("amount_fen"), confirmed=Sum("confirmed_fen"))
        .order_by()
    }
    asked = {state: by_state.get(state, (0, 0))[0] for state in ClaimState.values}
    confirmed = {state: by_state.get(state, (0, 0))[1] for state in ClaimState.values}
    less = sum(asked[one] - confirmed[one] for one in (ClaimState.CONFIRMED, ClaimState.PAID))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM settlement_insurerclaim c WHERE c.file_id = %s AND EXISTS (SELECT FROM"
            " settlement_settlement r WHERE r.pooling_area = c.pooling_area AND r.reversal_of = c.settlement_id)",
            [file.pk],
        )
        taken_back = cursor.fetchone()[0]
    return Reconciliation(
        claimed_fen=file.total_fen,
        paid_fen=confirmed[ClaimState.PAID],
        confirmed_fen=confirmed[ClaimState.CONFIRMED],
        refused_fen=asked[ClaimState.REFUSED] + less,
        open_fen=asked[ClaimState.ASKED],
        taken_back=taken_back,
    )


def files(scope: Scope) -> QuerySet[InsurerFile]:
    """理赔文件 of the areas in scope."""
    return InsurerFile.objects.filter(scope.q("", "pooling_area")).select_related("partner")


def file(file_id: int) -> InsurerFile | None:
    """One of them, or nothing."""
    return InsurerFile.objects.select_related("partner").filter(pk=file_id).first()


def claims(file_id: int, state: str = "") -> QuerySet[InsurerClaim]:
    """理赔明细 of a file."""
    found = InsurerClaim.objects.filter(file_id=file_id)
    return found.filter(state=state) if state else found


def last_month(today: date) -> str:
    """The month before this one, as a month field has it."""
    return f"{today.year - (today.month == 1)}-{(today.month - 2) % 12 + 1:02d}"

"""一次性应收的核定、缴费、作废 (CON-32…34; FIN-07, FIN-35): raised once, paid in one sum, told upwards.

The payer's sum is one document with its parts on their subjects (decision 0336); what a department pays of a hardship
case is another document. Nothing is credited to personal accounts here: whoever keeps them hears `events.DuePaid`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from tongchou.contributions import events
from tongchou.contributions.dues.models import OneOffDue, OneOffPayment
from tongchou.contributions.dues.states import DueKind, DuePart, DueState
from tongchou.contributions.units.months import ACCOUNT_INCOME, EMPLOYEE
from tongchou.fund import documents, postings
from tongchou.fund.events import DocumentPosted
from tongchou.fund.states import DocumentKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.platform.events import publish
from tongchou.platform.numbering import Series, next_written

ORIGIN: Final = "one_off_due"
COLLECT: Final = "contributions.collect"
NUMBERS: Final = Series("one_off_due", name="一次性应收", mark="YS", width=6)


class DueUnknown(DomainError):
    code = "CO-6111"
    message = "没有编号为{number}的一次性应收"
    citation = "NC-ACCT §12"


class DueElsewhere(DomainError):
    code = "CO-6112"
    message = "一次性应收{number}{state},不能{act}"
    citation = "NC-ACCT §12"


class PartElsewhere(DomainError):
    code = "CO-6113"
    message = "一次性应收{number}的“{part}”{problem}"
    citation = "GX2017 §95"


class NothingDue(DomainError):
    code = "CO-6114"
    message = "应收金额为0元,不生成一次性应收"
    citation = "NC-ACCT §12"


class AidUnfit(DomainError):
    code = "CO-6115"
    message = "资助金额须大于0元,不超过个人部分{personal}元,并写明资助部门"
    citation = "JS-EXT 2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """应收构成, in fen."""

    unit_fen: int = 0
    personal_fen: int = 0
    reserve_fen: int = 0
    mutual_fen: int = 0
    late_fee_fen: int = 0

    @property
    def total_fen(self) -> int:
        return self.unit_fen + self.personal_fen + self.reserve_fen + self.mutual_fen + self.late_fee_fen


def raise_due(
    *,
    pooling_area: str,
    unit_code: str,
    kind: DueKind,
    summary: str,
    parts: Parts,
    due_on: date,
    employer_id: int | None = None,
    person_id: int | None = None,
    operator: platform.Operator,
    now: datetime,
) -> OneOffDue:
    """核定一次性应收, a step of the caller's transaction; who calls it has checked who may. Raises: NothingDue."""
    if parts.total_fen <= 0:
        raise NothingDue
    made = OneOffDue.objects.create(
        pooling_area_id=pooling_area,
        unit_code=unit_code,
        number=next_written(NUMBERS, area=pooling_area, year=timezone.localdate(now).year),
        kind=kind,
        employer_id=employer_id,
        person_id=person_id,
        summary=summary[:200],
        unit_fen=parts.unit_fen,
        personal_fen=parts.personal_fen,
        reserve_fen=parts.reserve_fen,
        mutual_fen=parts.mutual_fen,
        late_fee_fen=parts.late_fee_fen,
        amount_fen=parts.total_fen,
        due_on=due_on,
        staff_code=operator.staff_code,
        raised_at=now,
    )
    _note("raise_due", made, operator, now, kind=kind.value)
    return made


def subjects(due: OneOffDue) -> dict[str, int]:
    """各科目金额 of the payer's sum (FIN-34): pool, accounts, late fee; what a department pays is not in it. Fen.

    Only what an audit finds for months of work belongs to accounts (NC-ACCT §4); the reserve, the mutual aid and years
    made up stand with the pool: the national chart has no account of their own (decision 0336).
    """
    late = postings.template(due.pooling_area_id, EMPLOYEE, DocumentKind.LATE_FEE).credit
    pool = postings.template(due.pooling_area_id, EMPLOYEE, DocumentKind.LUMP_SUM).credit
    personal = ACCOUNT_INCOME if due.kind == DueKind.BASE_AUDIT else pool
    told = dict.fromkeys((pool, personal, late), 0)
    told[pool] += due.unit_fen + due.reserve_fen + due.mutual_fen
    told[personal] += due.personal_fen - due.aided_fen
    told[late] += due.late_fee_fen
    return {code: fen for code, fen in told.items() if fen}


@transaction.atomic
def note_payment(*, number: str, part: DuePart, paper: str, operator: platform.Operator, now: datetime) -> str:
    """登记缴费 of one part, in one sum: a document that waits for the bank's entry (GX2017 §95). Returns its number.

    The same slip again gives the first. Raises: DueUnknown, DueElsewhere, PartElsewhere, NoPermission, what the
    books refuse.
    """
    due = lock(number)
    checks.check_area_in_scope(operator, documents.PREPARE, due.pooling_area_id, now)
    if due.state != DueState.OPEN:
        raise _elsewhere(due, "登记缴费")
    amount = due.own_fen if part == DuePart.OWN else due.aided_fen
    if amount == 0:
        raise PartElsewhere(number=number, part=part.label, problem="没有应缴金额")
    kind = DocumentKind.LUMP_SUM if part == DuePart.OWN else DocumentKind.AID
    payer = payer_of(due) if part == DuePart.OWN else due.aided_by
    key = f"{due.number}:{part.value}"
    earlier = documents.of_origin(ORIGIN, [key])
    if earlier:
        if earlier[0].paper == paper.strip():
            return str(earlier[0].number)
        raise PartElsewhere(number=number, part=part.label, problem=f"已登记业务单据{earlier[0].number}")
    made = documents.issue(
        pooling_area=due.pooling_area_id,
        scheme=EMPLOYEE,
        kind=kind,
        amount_fen=amount,
        payer=payer[:100],
        paper=paper,
        summary=f"{DueKind(due.kind).label} {due.number}",
        credits=subjects(due) if part == DuePart.OWN else None,
        origin=ORIGIN,
        origin_key=key,
        operator=operator,
        now=now,
    )
    return str(made.number)


def payer_of(due: OneOffDue) -> str:
    """缴款人: the employer, else the person by number and name."""
    if due.employer is not None:
        return f"{due.employer.code} {due.employer.name}"
    assert due.person is not None
    return f"{due.person.person_no} {due.person.name}"


def note_arrival(event: DocumentPosted) -> None:
    """到账: when all parts have come the due is paid and told upwards; a step of the posting."""
    if event.origin != ORIGIN:
        return
    number, _, part = event.origin_key.rpartition(":")
    due = lock(number)
    OneOffPayment.objects.create(
        due=due,
        part=DuePart(part),
        amount_fen=event.amount_fen,
        received_on=event.dated_on,
        document_no=event.number,
        voucher_no=event.voucher_no,
    )
    due.received_fen += event.amount_fen
    if due.received_fen == due.amount_fen:
        due.state = DueState.PAID
        due.paid_on = max(due.payments.values_list("received_on", flat=True))
    due.save(update_fields=["received_fen", "state", "paid_on"])
    if due.paid_on is not None:
        publish(events.DuePaid(due.pk, due.number, due.kind, due.paid_on, due.amount_fen))


def grant_aid(*, number: str, aided_fen: int, aided_by: str, operator: platform.Operator, now: datetime) -> OneOffDue:
    """困难资助 (JS-EXT §2; CON-32): a department pays so much of the personal part; a step of the case's decision.

    Raises: DueUnknown, DueElsewhere, PartElsewhere, AidUnfit.
    """
    due = lock(number)
    if due.state != DueState.OPEN:
        raise _elsewhere(due, "资助")
    if documents.of_origin(ORIGIN, [f"{number}:{part.value}" for part in DuePart]):
        raise PartElsewhere(number=number, part=DuePart.OWN.label, problem="已登记缴费,不能再资助")
    if not 0 < aided_fen <= due.personal_fen or not aided_by.strip():
        raise AidUnfit(personal=yuan_text(due.personal_fen))
    due.aided_fen, due.aided_by = aided_fen, aided_by.strip()
    due.save(update_fields=["aided_fen", "aided_by"])
    _note("aid_due", due, operator, now, aided_fen=aided_fen)
    return due


def void(*, number: str, reason: str, operator: platform.Operator, now: datetime) -> OneOffDue:
    """作废 of a due of which nothing was entered; a step of the command that takes back its ground.

    Raises: DueUnknown, DueElsewhere, PartElsewhere.
    """
    due = lock(number)
    if due.state != DueState.OPEN:
        raise _elsewhere(due, "作废")
    if documents.of_origin(ORIGIN, [f"{number}:{part.value}" for part in DuePart]):
        raise PartElsewhere(number=number, part=DuePart.OWN.label, problem="已登记缴费,不能作废")
    due.state, due.void_reason, due.aided_fen, due.aided_by = DueState.VOID, reason.strip(), 0, ""
    due.save(update_fields=["state", "void_reason", "aided_fen", "aided_by"])
    _note("void_due", due, operator, now, reason=due.void_reason)
    return due


def lock(number: str) -> OneOffDue:
    """The due, for a change. Raises: DueUnknown."""
    found = OneOffDue.objects.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise DueUnknown(number=number)
    return found


def _elsewhere(due: OneOffDue, act: str) -> DueElsewhere:
    return DueElsewhere(number=due.number, state=DueState(due.state).label, act=act)


def _note(action: str, due: OneOffDue, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=due.pooling_area_id,
        unit_code=due.unit_code,
        object_kind="one_off_due",
        object_key=due.number,
        detail={"amount_fen": due.amount_fen, **detail},
    )

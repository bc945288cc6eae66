"""学校代缴 (GX2017 §24; CON-09): transfers beside the roster, students shared out, and only then payments.

Everything that changes a roster locks it first; a page that was read before somebody else's change is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.contributions import events, imports
from tongchou.contributions import receivables as owing
from tongchou.contributions.commands import ReasonMissing, check_not_paid, check_payable
from tongchou.contributions.imports import TransferDiffers
from tongchou.contributions.models import ImportBatch
from tongchou.contributions.rules import RESIDENT, AmountDiffers
from tongchou.contributions.schools import roster
from tongchou.contributions.schools.models import SchoolLine, SchoolPayment, SchoolTransfer
from tongchou.contributions.schools.states import LineState, SchoolState
from tongchou.contributions.states import Channel
from tongchou.enrolment import queries as enrolment
from tongchou.exchange import commands as exchange
from tongchou.exchange.imports import files
from tongchou.fund import commands as fund
from tongchou.fund import postings
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import DocumentKind, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.events import publish
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.platform.states import NoticeLevel

COLLECT: Final = "contributions.collect"
RECONCILE: Final = "fund.reconcile_bank"
FLOW_NAME: Final = roster.NAME
WAITING: Final = (LineState.LISTED, LineState.LEFT_OUT)
"""Students whose money is shared out: it came, or is still to come."""
NAMED: Final = 5
"""How many students a refusal names."""


class SchoolPaymentUnknown(DomainError):
    code = "CO-6043"
    message = "没有编号为{number}的学校代缴单"
    citation = "GX2017 §24"


class RosterMoved(DomainError):
    code = "CO-6044"
    message = "代缴单{number}已由他人变更,请刷新后再办"
    citation = "GX2017 §24"


class TransferIncomplete(DomainError):
    code = "CO-6045"
    message = "登记到账须有银行流水号,金额须大于零,到账日期不得在将来"
    citation = "GX2017 §95"


class TransferTwice(DomainError):
    code = "CO-6046"
    message = "银行流水号{reference}已登记,金额{amount}元;有误的请更正"
    citation = "GX2017 §95"


class TransferBooked(DomainError):
    code = "CO-6047"
    message = "银行流水号{reference}已入账,不能更正;登记有误的,由登记人以外的财务人员撤销该笔到账"
    citation = "GX2017 §95"


class TransferUnknown(DomainError):
    code = "CO-6048"
    message = "没有编号为{transfer}的到账记录"
    citation = "GX2017 §95"


class NobodyChosen(DomainError):
    code = "CO-6049"
    message = "没有选择学生,或所选学生不能{what}"
    citation = "GX2017 §24"


class NothingToReturn(DomainError):
    code = "CO-6050"
    message = "没有对应不上的名单需要退回"
    citation = "GX2017 §24"


class LineUnknown(DomainError):
    code = "CO-6051"
    message = "第{line}行不存在,或不需要对应"
    citation = "GX2017 §24"


class OnRosterAlready(DomainError):
    code = "CO-6052"
    message = "该学生已在名册第{line}行"
    citation = "GX2017 §24"


class StudentsRefused(DomainError):
    code = "CO-6053"
    message = "{count}名学生不能入账:{named}。请分出后再入账"
    citation = "GX2017 §24"


class RosterBooked(DomainError):
    code = "CO-6850"
    message = "代缴单{number}已有{students}名学生{amount}元入账,不能撤销;误缴的按缴费差错退费或错记调整办理"
    citation = "GX2017 §24"


class RosterHoldsMoney(DomainError):
    code = "CO-6851"
    message = "代缴单{number}已登记到账{amount}元(银行流水号{references}),不能撤销;误登的到账先由财务撤销"
    citation = "GX2017 §95"


class RosterWithdrawn(DomainError):
    code = "CO-6852"
    message = "代缴单{number}已由{staff}撤销({reason}),不能再办理;请报送新的名册"
    citation = "GX2017 §24"


class WhyWithdrawn(DomainError):
    code = "CO-6853"
    message = "撤销名册须写明原因"
    citation = "GX2017 §24"


@dataclass(frozen=True, slots=True)
class Sums:
    """名册与到账 (CON-09): fen. `difference_fen` is what the transfers lack of the students that wait for them."""

    roster_fen: int
    paid_fen: int
    listed_fen: int
    left_out_fen: int
    unmatched_fen: int
    transferred_fen: int
    booked_fen: int

    @property
    def at_hand_fen(self) -> int:
        """Money that came and was not booked."""
        return self.transferred_fen - self.booked_fen

    @property
    def difference_fen(self) -> int:
        """名册与到账相差."""
        return self.roster_fen - self.transferred_fen

    @property
    def to_share_fen(self) -> int:
        """Of the students chosen, how much the money at hand lacks; nothing when it can be booked."""
        return self.listed_fen - self.at_hand_fen


def sums_of(payment: SchoolPayment, counts: Mapping[str, tuple[int, int]] | None = None) -> Sums:
    """The sums of a roster and of its transfers (核对)."""
    lines = roster.lines_of(payment.pk) if counts is None else counts

    def fen(*states: LineState) -> int:
        return sum(lines[one][1] for one in states if one in lines)

    transfers = list(payment.transfers.filter(withdrawn_reason=""))
    return Sums(
        roster_fen=fen(*LineState),
        paid_fen=fen(LineState.PAID),
        listed_fen=fen(LineState.LISTED),
        left_out_fen=fen(LineState.LEFT_OUT),
        unmatched_fen=fen(LineState.UNMATCHED, LineState.RETURNED),
        transferred_fen=sum(one.amount_fen for one in transfers),
        booked_fen=sum(one.amount_fen for one in transfers if one.batch_id),
    )


# --- money ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_transfer(
    *, number: str, reference: str, amount_fen: int, credited_on: date, operator: platform.Operator, now: datetime
) -> SchoolTransfer:
    """登记学校转账 (GX2017 §24, 95): money has come for the roster; nobody has paid by it alone. The same again gives
    the first. Raises: SchoolPaymentUnknown, TransferIncomplete, TransferTwice, NoPermission, OutOfScope.
    """
    payment = lock(number, RECONCILE, operator, now)
    made = _transfer(payment, reference, amount_fen, credited_on, operator, now)
    moved(payment)
    note("record_school_transfer", payment, operator, now, reference=made.reference, amount_fen=amount_fen)
    return made


@transaction.atomic
def correct_transfer(
    *,
    transfer_id: int,
    reference: str,
    amount_fen: int,
    credited_on: date,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> SchoolTransfer:
    """更正到账: the wrong entry is taken back with its reason, the right one stands in its place.

    Raises: TransferUnknown, TransferBooked, ReasonMissing, TransferIncomplete, TransferTwice, NoPermission, OutOfScope.
    """
    known = SchoolTransfer.objects.select_related("payment").filter(pk=transfer_id, withdrawn_reason="").first()
    if known is None:
        raise TransferUnknown(transfer=transfer_id)
    payment = lock(known.payment.number, RECONCILE, operator, now)
    wrong = SchoolTransfer.objects.select_for_update(of=("self",)).get(pk=transfer_id)
    if wrong.batch_id is not None:
        raise TransferBooked(reference=wrong.reference)
    if not reason.strip():
        raise ReasonMissing
    wrong.withdrawn_reason = reason.strip()[:100]
    wrong.save(update_fields=["withdrawn_reason"])
    made = _transfer(payment, reference, amount_fen, credited_on, operator, now)
    moved(payment)
    note("correct_school_transfer", payment, operator, now, before=wrong.amount_fen, amount_fen=amount_fen)
    return made


def _transfer(
    payment: SchoolPayment,
    reference: str,
    amount_fen: int,
    credited_on: date,
    operator: platform.Operator,
    now: datetime,
) -> SchoolTransfer:
    """Raises: TransferIncomplete, TransferTwice."""
    reference = reference.strip()
    if amount_fen <= 0 or not reference or credited_on > timezone.localdate(now):
        raise TransferIncomplete
    earlier = payment.transfers.filter(reference=reference, withdrawn_reason="").first()
    if earlier is not None:
        if (earlier.amount_fen, earlier.credited_on) == (amount_fen, credited_on):
            return earlier
        raise TransferTwice(reference=reference, amount=yuan_text(earlier.amount_fen))
    return SchoolTransfer.objects.create(
        payment=payment,
        reference=reference,
        amount_fen=amount_fen,
        credited_on=credited_on,
        staff_code=operator.staff_code,
        recorded_by_person=operator.citizen_id,
        recorded_at=now,
    )


# --- students ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def share_out(
    *,
    number: str,
    version: int,
    left_out: Sequence[int],
    among: Sequence[int] | None = None,
    operator: platform.Operator,
    now: datetime,
) -> SchoolPayment:
    """分款: the students of these lines are not covered by the money that came, all others that wait are.

    `among`: only these lines are decided, such as those of one page; all others stay as they are.
    Raises: SchoolPaymentUnknown, RosterMoved, NobodyChosen, NoPermission, OutOfScope.
    """
    payment = lock(number, COLLECT, operator, now, version)
    waiting = payment.lines.filter(state__in=WAITING)
    if among is not None:
        waiting = waiting.filter(line_no__in=among)
    chosen = set(left_out)
    if chosen - set(waiting.values_list("line_no", flat=True)):
        raise NobodyChosen(what="分出")
    waiting.filter(line_no__in=chosen).update(state=LineState.LEFT_OUT)
    waiting.exclude(line_no__in=chosen).update(state=LineState.LISTED)
    moved(payment)
    note("share_school_payment", payment, operator, now, left_out=sorted(chosen)[:50])
    return payment


@transaction.atomic
def share_class(
    *, number: str, version: int, class_name: str, left_out: bool, operator: platform.Operator, now: datetime
) -> int:
    """按班级分款: a whole class waits for money still to come, or is covered by what came. Returns how many students.

    Raises: SchoolPaymentUnknown, RosterMoved, NobodyChosen, NoPermission, OutOfScope.
    """
    payment = lock(number, COLLECT, operator, now, version)
    state = LineState.LEFT_OUT if left_out else LineState.LISTED
    students = payment.lines.filter(state__in=WAITING, class_name=class_name).update(state=state)
    if not students:
        raise NobodyChosen(what="分出")
    moved(payment)
    note("share_school_payment", payment, operator, now, class_name=class_name, left_out=left_out, students=students)
    return students


@transaction.atomic
def return_names(*, number: str, version: int, operator: platform.Operator, now: datetime) -> int:
    """退回学校: names that fit nobody go back to the school, each with its reason, as its work. Returns how many.

    Raises: SchoolPaymentUnknown, RosterMoved, NothingToReturn, NoPermission, OutOfScope.
    """
    payment = lock(number, COLLECT, operator, now, version)
    count = exchange.reject_rows(
        "SELECT %s AS unit_code, line_no AS row_no, 'school_line' AS object_kind, %s || '-' || line_no AS object_key,"
        " concat(left(name, 1), '**') AS subject, amount_fen, 'CO-6042' AS code, problem AS reason"
        " FROM contributions_schoolline WHERE payment_id = %s AND state = 'unmatched'",
        payment.school_code,
        payment.number,
        payment.pk,
        flow=FLOW_NAME,
        pooling_area=payment.pooling_area_id,
        incoming_id=payment.file_id,
        now=now,
    )
    if not count:
        raise NothingToReturn
    payment.lines.filter(state=LineState.UNMATCHED).update(state=LineState.RETURNED)
    moved(payment)
    today = timezone.localdate(now)
    at_school = [
        one
        for one in platform.holders_of_permission("enrolment.collect", today)
        if one.org_unit_id == payment.school_code
    ]
    send_notice(
        recipients=at_school,
        title=f"代缴单{number}有{count}人对应不上",
        body="请核对姓名和证件号码,更正后告知经办机构。",
        level=NoticeLevel.WARNING,
        topic=f"school payment {number} {payment.version}",
        now=now,
    )
    note("return_school_names", payment, operator, now, names=count)
    return count


@transaction.atomic
def match_name(
    *, number: str, version: int, line_no: int, key: str, operator: platform.Operator, now: datetime
) -> SchoolLine:
    """对应: the name means this student of the house, who owes just that sum.

    Raises: SchoolPaymentUnknown, RosterMoved, LineUnknown, PersonNotFound, OnRosterAlready, AmountDiffers, PaidTwice,
    NoPermission, OutOfScope, and what the waiting rules refuse.
    """
    payment = lock(number, COLLECT, operator, now, version)
    today = timezone.localdate(now)
    line = payment.lines.filter(line_no=line_no, state__in=(LineState.UNMATCHED, LineState.RETURNED)).first()
    if line is None:
        raise LineUnknown(line=line_no)
    person = enrolment.facts_by_person_no(key.strip(), today) or enrolment.facts_by_certificate(key, today)
    if person is None:
        raise imports.PersonNotFound(what="编号或证件号码", number=key.strip())
    platform_checks.check_in_scope(operator, COLLECT, person.unit_code, now, object_kind="person", object_key=person.id)
    standing = payment.lines.filter(person_id=person.id).first()
    if standing is not None:
        raise OnRosterAlready(line=standing.line_no)
    check_not_paid(person.id, payment.benefit_year)
    payable = check_payable(person, benefit_year=payment.benefit_year, paid_on=today) - owing.aided(
        person.id, payment.benefit_year
    )
    if payable != line.amount_fen:
        raise AmountDiffers(paid=yuan_text(line.amount_fen), year=payment.benefit_year, standard=yuan_text(payable))
    line.person_id, line.state, line.problem = person.id, LineState.LISTED, ""
    line.save(update_fields=["person", "state", "problem"])
    exchange.settle_rejected(
        object_kind="school_line",
        object_keys=[f"{payment.number}-{line_no}"],
        resolution=f"已对应{person.person_no}",
        staff_code=operator.staff_code,
        now=now,
    )
    moved(payment)
    note("match_school_name", payment, operator, now, line=line_no, person=person.id)
    return line


# --- withdrawing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def withdraw_roster(
    *, number: str, version: int, reason: str, operator: platform.Operator, now: datetime
) -> SchoolPayment:
    """撤销名册 (GX2017 §24): it was taken in by mistake; nobody has paid by it, and no money is held against it.

    Its students may stand on a new roster, of the same file too (decision 0415). The same again gives the first.
    Raises: SchoolPaymentUnknown, RosterWithdrawn, RosterMoved, WhyWithdrawn, RosterBooked, RosterHoldsMoney,
    NoPermission, OutOfScope.
    """
    payment = _locked(number, roster.ROSTER.permission, operator, now)
    reason = reason.strip()[:200]
    if (payment.withdrawn_by, payment.withdrawn_reason) == (operator.staff_code, reason) and reason:
        return payment
    check_stands(payment)
    check_version(payment, version)
    if not reason:
        raise WhyWithdrawn
    check_can_withdraw(payment)
    payment.state = SchoolState.WITHDRAWN
    payment.withdrawn_at, payment.withdrawn_by, payment.withdrawn_reason = now, operator.staff_code, reason
    moved(payment, "withdrawn_at", "withdrawn_by", "withdrawn_reason")
    _settle_returned(payment, operator, now)
    students = payment.lines.update(state=LineState.WITHDRAWN)
    if payment.file_id:
        files.withdraw_taken_in(file_id=payment.file_id, message=f"代缴单{number}已撤销:{reason}")
    note("withdraw_school_roster", payment, operator, now, students=students, reason=reason)
    return payment


def check_can_withdraw(payment: SchoolPayment) -> None:
    """Nothing of it is booked, and no transfer stands against it. Raises: RosterBooked, RosterHoldsMoney."""
    students, fen = roster.lines_of(payment.pk).get(LineState.PAID, (0, 0))
    if students:
        raise RosterBooked(number=payment.number, students=students, amount=yuan_text(fen))
    held = list(payment.transfers.filter(withdrawn_reason="").order_by("id"))
    if held:
        raise RosterHoldsMoney(
            number=payment.number,
            amount=yuan_text(sum(one.amount_fen for one in held)),
            references="、".join(one.reference for one in held),
        )


def _settle_returned(payment: SchoolPayment, operator: platform.Operator, now: datetime) -> None:
    """What the school was asked about this roster needs no answer any more."""
    returned = payment.lines.filter(state=LineState.RETURNED).values_list("line_no", flat=True)
    exchange.settle_rejected(
        object_kind="school_line",
        object_keys=[f"{payment.number}-{line_no}" for line_no in returned],
        resolution="名册已撤销",
        staff_code=operator.staff_code,
        now=now,
    )


# --- booking ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def book(*, number: str, version: int, operator: platform.Operator, now: datetime) -> ImportBatch:
    """入账 (GX2017 §24; CON-09; FIN-35): the money at hand is just the sum of the students chosen, who have paid.

    Raises: SchoolPaymentUnknown, RosterMoved, TransferDiffers, StudentsRefused, NoPermission, OutOfScope, and what the
    books refuse.
    """
    payment = lock(number, COLLECT, operator, now, version)
    sums = sums_of(payment)
    if not sums.at_hand_fen or sums.to_share_fen:
        raise TransferDiffers(
            transferred=yuan_text(sums.at_hand_fen),
            listed=yuan_text(sums.listed_fen),
            difference=yuan_text(abs(sums.to_share_fen)),
        )
    transfers = list(payment.transfers.filter(withdrawn_reason="", batch=None))
    batch = _book(payment, max(one.credited_on for one in transfers), operator, now)
    payment.transfers.filter(pk__in=[one.pk for one in transfers]).update(batch=batch)
    open_lines = payment.lines.exclude(state=LineState.PAID).exists()
    payment.state = SchoolState.PART if open_lines else SchoolState.BOOKED
    moved(payment)
    note("book_school_payment", payment, operator, now, students=batch.rows_accepted, amount_fen=batch.amount_fen)
    return batch


_STAGE: Final = """
INSERT INTO {rows} (row_no, good, person_no, certificate_no, name, benefit_year, amount_fen, aided_fen, paid_on,
                    receipt_no, office, corrects_no)
SELECT l.line_no, true, p.person_no, '', '', %s, l.amount_fen, 0, %s, %s, '', ''
  FROM contributions_schoolline l JOIN enrolment_registered p ON p.person_id = l.person_id
 WHERE l.payment_id = %s AND l.state = 'listed'
"""
_PAID: Final = """
UPDATE contributions_schoolline l SET state = 'paid', contribution_id = r.contribution_id
  FROM {rows} r WHERE l.payment_id = %s AND l.line_no = r.row_no
"""


def _book(payment: SchoolPayment, paid_on: date, operator: platform.Operator, now: datetime) -> ImportBatch:
    """The students as a file of payments, by the same rules and statements; all of them or nobody."""
    intake = _intake(payment, operator, now)
    intake.make()
    intake.run(_STAGE, payment.benefit_year, paid_on, payment.number, payment.pk)
    imports.check(intake)
    _check_all_good(intake)
    ((students, amount),) = intake.ask("SELECT count(*), coalesce(sum(amount_fen), 0) FROM {rows}")
    batch = ImportBatch.objects.create(
        pooling_area_id=payment.pooling_area_id,
        scheme=RESIDENT,
        channel=Channel.SCHOOL,
        file_name=f"学校代缴单{payment.number}",
        digest=f"school {payment.number} {payment.version}"[:64],
        rows_accepted=students,
        rows_refused=0,
        amount_fen=int(amount),
        operator_code=operator.staff_code,
        created_at=now,
    )
    template = postings.template(payment.pooling_area_id, RESIDENT, DocumentKind.PREMIUM)
    batch.voucher_no = fund.post_voucher(
        pooling_area=payment.pooling_area_id,
        scheme=RESIDENT,
        kind=VoucherKind.RECEIPT,
        dated_on=timezone.localdate(now),
        summary=f"学校代缴{payment.benefit_year}年度城乡居民医保费{students}人",
        source_document=f"学校代缴单{payment.number}-{payment.version}",
        entries=[
            EntryDraft(template.debit, debit=Money(batch.amount_fen), note=payment.number),
            EntryDraft(template.credit, credit=Money(batch.amount_fen)),
        ],
        operator=operator.staff_code,
        now=now,
    ).number
    batch.save(update_fields=["voucher_no"])
    taken = imports.write_payments(intake, Channel.SCHOOL, batch)
    intake.run(_PAID, payment.pk)
    intake.drop()
    publish(events.ContributionsReceived(batch.pk, payment.pooling_area_id, taken, batch.amount_fen))
    return batch


def _intake(payment: SchoolPayment, operator: platform.Operator, now: datetime) -> Intake:
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TEMP TABLE IF NOT EXISTS school_problem (file_id bigint, row_no integer, cell text, "column" text,'
            " value text, code text, reason text, in_books boolean) ON COMMIT DROP"
        )
        cursor.execute("DELETE FROM school_problem")
    return Intake(
        rows=f"school_rows_{payment.pk}",
        problems="school_problem",
        file_id=0,
        layout=imports.LAYOUT,
        extra={},
        numbered=imports.NUMBERED,
        places={},
        headers=(),
        pooling_area=payment.pooling_area_id,
        operator=operator,
        counter=COLLECT,
        work="",
        now=now,
        today=timezone.localdate(now),
    )


def _check_all_good(intake: Intake) -> None:
    """Raises: StudentsRefused."""
    bad = intake.ask(
        "SELECT concat(left(g.name, 1), '**(', s.row_no, '行):', min(s.reason)) FROM school_problem s"
        " JOIN {rows} r ON r.row_no = s.row_no LEFT JOIN enrolment_registered g ON g.person_id = r.person_id"
        " GROUP BY s.row_no, g.name ORDER BY s.row_no"
    )
    if bad:
        raise StudentsRefused(count=len(bad), named=";".join(text for (text,) in bad[:NAMED]))


# --- steps ------------------------------------------------------------------------------------------------------------


def lock(
    number: str, permission: str, operator: platform.Operator, now: datetime, version: int | None = None
) -> SchoolPayment:
    """Raises: SchoolPaymentUnknown, RosterWithdrawn, RosterMoved, NoPermission, OutOfScope."""
    payment = _locked(number, permission, operator, now)
    check_stands(payment)
    if version is not None:
        check_version(payment, version)
    return payment


def _locked(number: str, permission: str, operator: platform.Operator, now: datetime) -> SchoolPayment:
    """Raises: SchoolPaymentUnknown, NoPermission, OutOfScope."""
    payment = SchoolPayment.objects.select_for_update(of=("self",)).filter(number=number).first()
    if payment is None:
        raise SchoolPaymentUnknown(number=number)
    platform_checks.check_in_scope(
        operator, permission, payment.school_code, now, object_kind="school_payment", object_key=number
    )
    return payment


def check_stands(payment: SchoolPayment) -> None:
    """A withdrawn roster is only looked at. Raises: RosterWithdrawn."""
    if payment.state == SchoolState.WITHDRAWN:
        by = payment.withdrawn_by
        raise RosterWithdrawn(
            number=payment.number,
            staff=platform.names_of_staff({by}).get(by, by),
            reason=payment.withdrawn_reason,
        )


def check_version(payment: SchoolPayment, version: int) -> None:
    """Raises: RosterMoved."""
    if version != payment.version:
        raise RosterMoved(number=payment.number)


def moved(payment: SchoolPayment, *fields: str) -> None:
    payment.version += 1
    payment.save(update_fields=["version", "state", *fields])


def note(action: str, payment: SchoolPayment, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=payment.pooling_area_id,
        unit_code=payment.school_code,
        object_kind="school_payment",
        object_key=payment.number,
        detail=detail,
    )

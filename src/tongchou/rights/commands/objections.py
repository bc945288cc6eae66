"""Objections to a record (权益记录异议; RIG-05; GX2017 §18): filed, checked by one person, answered by another.

The record itself is corrected where it is kept: a missing payment is booked by contributions, and only then can the
objection be answered as corrected.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.timezone import localdate

from tongchou.contributions import history as contributions
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, numbering, trail
from tongchou.platform import queries as platform
from tongchou.platform.histories import RecordSet
from tongchou.rights import parameters
from tongchou.rights.commands import notices
from tongchou.rights.commands.certificates import SELF
from tongchou.rights.drafting import PersonNotKnown
from tongchou.rights.models import Objection
from tongchou.rights.states import OBJECTION_TRANSITIONS, NoticeKind, ObjectionState, Way

SERIES: Final = numbering.Series("objection", name="权益记录异议编号", mark="YY", width=6)
MOST_OPEN: Final = 10


class ObjectionUnknown(DomainError):
    code = "RI-0301"
    message = "没有编号为{number}的异议"
    citation = "GX2017 §18"


class ObjectionUnreasoned(DomainError):
    code = "RI-0302"
    message = "须写明{what}"
    citation = "GX2017 §18"


class ObjectionMoveNotAllowed(DomainError):
    code = "RI-0303"
    message = "异议“{state}”,不能{action}"
    citation = "GX2017 §18"


class ObjectionMovedOn(DomainError):
    code = "RI-0304"
    message = "该异议已由他人办理,请刷新后再办理"
    citation = "GX2017 §18"


class SamePersonAnswers(DomainError):
    code = "RI-0305"
    message = "核查与答复不得由同一人办理:该异议由{name}核查"
    citation = "QA2018 三.1"


class NotYetCorrected(DomainError):
    code = "RI-0306"
    message = "{year}年度的缴费还没有补记,请先在缴费业务中入账,再答复“已更正”"
    citation = "GX2017 §18"


class TooManyOpen(DomainError):
    code = "RI-0307"
    message = "您已有{open}件异议在办理,请等待答复后再提出"
    citation = "GX2017 §18"


class YearMissing(DomainError):
    code = "RI-0308"
    message = "对缴费记录有异议的,须写明涉及的年度"
    citation = "GX2017 §18"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person objects to (异议申请)."""

    person_id: int
    record: RecordSet
    said: str
    year: int | None = None
    evidence: str = ""


@transaction.atomic(durable=True)
def file_objection(wanted: Wanted, *, operator: platform.Operator | None, way: Way, now: datetime) -> Objection:
    """提出异议 (RIG-05): at the counter, or by the person. The same again while it is open gives the first.

    Raises: PersonNotKnown, ObjectionUnreasoned, YearMissing, TooManyOpen, NoPermission, OutOfScope,
    CalendarYearMissing.
    """
    today = localdate(now)
    facts = enrolment.facts(wanted.person_id, today)
    if facts is None:
        raise PersonNotKnown(person=wanted.person_id)
    if operator is not None:
        checks.check_in_scope(operator, "rights.handle", facts.unit_code, now, object_kind="person")
    if not wanted.said.strip():
        raise ObjectionUnreasoned(what="异议内容")
    if wanted.record is RecordSet.CONTRIBUTION and wanted.year is None:
        raise YearMissing
    still_open = Objection.objects.select_for_update().filter(
        person_id=wanted.person_id, state__in=(ObjectionState.FILED, ObjectionState.CHECKED)
    )
    opened = list(still_open)
    for one in opened:
        if (one.record, one.year, one.said) == (wanted.record, wanted.year, wanted.said.strip()):
            return one
    if len(opened) >= MOST_OPEN:
        raise TooManyOpen(open=len(opened))
    days = parameters.procedure(facts.pooling_area).answer_days
    made = Objection.objects.create(
        number=numbering.next_written(SERIES, area=facts.pooling_area, year=today.year),
        person_id=facts.id,
        pooling_area=facts.pooling_area,
        unit_code=facts.unit_code,
        record=wanted.record,
        year=wanted.year,
        said=wanted.said.strip(),
        evidence=wanted.evidence.strip(),
        way=way,
        filed_by=operator.staff_code if operator else SELF,
        filed_at=now,
        due_on=platform.working_calendar().add_working_days(today, days),
    )
    _note("file_objection", made, facts.person_no, operator, now)
    return made


@transaction.atomic(durable=True)
def check_objection(
    *, number: str, finding: str, version: int, operator: platform.Operator, now: datetime
) -> Objection:
    """核查异议: what the check found, by the one who looked. Raises: ObjectionUnknown and the refusals of a move."""
    found = _locked(number, version, ObjectionState.CHECKED, "核查", "rights.handle", operator, now)
    if not finding.strip():
        raise ObjectionUnreasoned(what="核查情况")
    found.state, found.finding = ObjectionState.CHECKED, finding.strip()
    found.checked_by, found.checked_at = operator, now
    return _moved(found, "check_objection", operator, now)


@transaction.atomic(durable=True)
def answer_objection(
    *, number: str, corrected: bool, answer: str, version: int, operator: platform.Operator, now: datetime
) -> Objection:
    """答复异议: corrected, or refused with the reason; by another person than the one who checked.

    A contribution counts as corrected when the payment of that year stands in the books (CON). Raises:
    ObjectionUnknown, ObjectionUnreasoned, SamePersonAnswers, NotYetCorrected and the refusals of a move.
    """
    state = ObjectionState.CORRECTED if corrected else ObjectionState.REFUSED
    found = _locked(number, version, state, "答复", "rights.approve", operator, now)
    if not answer.strip():
        raise ObjectionUnreasoned(what="答复内容" if corrected else "不予更正的理由")
    assert found.checked_by is not None
    if operator.citizen_id == found.checked_by.citizen_id:
        raise SamePersonAnswers(name=found.checked_by.name)
    found.state, found.answer, found.decided_by, found.ended_at = state, answer.strip(), operator, now
    found.correction = _correction(found) if corrected else ""
    _moved(found, "answer_objection", operator, now)
    notices.tell(
        person_id=found.person_id,
        kind=NoticeKind.DECISION,
        topic=f"objection {found.number}",
        title=f"您提出的异议{state.label}",
        body=f"{found.number}:{found.answer}"[:300],
        now=now,
    )
    return found


def _correction(found: Objection) -> str:
    """What shows that the record was corrected: the payment's voucher. Raises: NotYetCorrected."""
    if found.record != RecordSet.CONTRIBUTION or found.year is None:
        return ""
    paid = contributions.paid([found.person_id], first_year=found.year, last_year=found.year)
    if not paid:
        raise NotYetCorrected(year=found.year)
    return f"{found.year}年度缴费 {paid[0].paid_on.isoformat()} {paid[0].voucher_no}".strip()[:100]


@transaction.atomic(durable=True)
def withdraw_objection(
    *, number: str, person_id: int | None, operator: platform.Operator | None, now: datetime
) -> Objection:
    """撤回异议, by the person or at the counter. Raises: ObjectionUnknown, ObjectionMoveNotAllowed, OutOfScope."""
    found = _of_number(number)
    if operator is None and found.person_id != person_id:
        raise ObjectionUnknown(number=number)
    if operator is not None:
        _check_reach(found, "rights.handle", operator, now)
    _check_move(found, ObjectionState.WITHDRAWN, "撤回")
    found.state, found.ended_at = ObjectionState.WITHDRAWN, now
    return _moved(found, "withdraw_objection", operator, now)


def _of_number(number: str) -> Objection:
    found = Objection.objects.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise ObjectionUnknown(number=number)
    return found


def _locked(
    number: str,
    version: int,
    to: ObjectionState,
    action: str,
    permission: str,
    operator: platform.Operator,
    now: datetime,
) -> Objection:
    """Raises: ObjectionUnknown, ObjectionMovedOn, ObjectionMoveNotAllowed, NoPermission, OutOfScope."""
    found = _of_number(number)
    _check_reach(found, permission, operator, now)
    _check_move(found, to, action)
    if found.version != version:
        raise ObjectionMovedOn
    return found


def _check_reach(found: Objection, permission: str, operator: platform.Operator, now: datetime) -> None:
    checks.check_in_scope(operator, permission, found.unit_code, now, object_kind="objection", object_key=found.number)


def _check_move(found: Objection, to: ObjectionState, action: str) -> None:
    if (ObjectionState(found.state), to) not in OBJECTION_TRANSITIONS:
        raise ObjectionMoveNotAllowed(state=ObjectionState(found.state).label, action=action)


def _moved(found: Objection, action: str, operator: platform.Operator | None, now: datetime) -> Objection:
    found.version += 1
    found.save()
    person_no = enrolment.person_no_of(found.person_id) or ""
    _note(action, found, person_no, operator, now)
    return found


def _note(action: str, found: Objection, person_no: str, operator: platform.Operator | None, now: datetime) -> None:
    """In the trail of the objection and of the person."""
    for kind, key in (("objection", found.number), ("person", person_no)):
        trail.record(
            f"rights.{action}",
            at=now,
            operator=operator,
            pooling_area=found.pooling_area,
            unit_code=found.unit_code,
            object_kind=kind,
            object_key=key,
            detail={"number": found.number, "state": str(found.state), "record": str(found.record)},
        )


def is_overdue(found: Objection, on: date) -> bool:
    """Whether the answer is late that day (超期)."""
    return found.state in (ObjectionState.FILED, ObjectionState.CHECKED) and found.due_on < on

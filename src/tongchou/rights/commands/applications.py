"""Extracts for third parties and heirs (依法查询; RIG-04, RIG-07; GX2017 §18; JL2019 §10, 52).

A document number, a legal ground, a purpose; approved by a second person; one extract, given once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, numbering, trail
from tongchou.platform import queries as platform
from tongchou.platform.histories import RecordSet
from tongchou.platform.states import TrailOutcome
from tongchou.rights import drafting, parameters
from tongchou.rights.commands import certificates
from tongchou.rights.contents import Value
from tongchou.rights.drafting import PeriodUnfit, PersonNotKnown
from tongchou.rights.models import AccessApplication, Certificate
from tongchou.rights.states import APPLICATION_TRANSITIONS, ApplicantKind, ApplicationState, Way

SERIES: Final = numbering.Series("access", name="权益查询申请编号", mark="CX", width=6)


class ApplicationUnknown(DomainError):
    code = "RI-0401"
    message = "没有编号为{number}的查询申请"
    citation = "JL2019 §52"


class ApplicationIncomplete(DomainError):
    code = "RI-0402"
    message = "查询申请须写明{what}"
    citation = "JL2019 §52"


class DocumentUsed(DomainError):
    code = "RI-0403"
    message = "文书{document_no}已用于查询该参保人(申请{number})"
    citation = "JL2019 §52"


class PersonLives(DomainError):
    code = "RI-0404"
    message = "该参保人没有死亡登记,继承人不能查询;请先办理死亡登记"
    citation = "JL2019 §10"


class SamePersonApproves(DomainError):
    code = "RI-0405"
    message = "受理与核准不得由同一人办理:该申请由{name}受理"
    citation = "QA2018 三.1"


class ApplicationMoveNotAllowed(DomainError):
    code = "RI-0406"
    message = "查询申请“{state}”,不能{action}"
    citation = "JL2019 §52"


class ApprovalRanOut(DomainError):
    code = "RI-0407"
    message = "查询申请核准已超过{days}日,不能再提供;请重新申请"
    citation = "JL2019 §52"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a third party asks for (查询申请书). Days are `[period_from, period_until)`."""

    person_id: int
    applicant_kind: ApplicantKind
    applicant: str
    bearer: str = ""
    certificate_no: str = ""
    document_no: str
    relation_proof: str = ""
    basis: str
    purpose: str
    records: Sequence[RecordSet]
    period_from: date
    period_until: date


@transaction.atomic(durable=True)
def file_application(asked: Asked, *, operator: platform.Operator, now: datetime) -> AccessApplication:
    """受理查询申请 (RIG-04). Of an heir the document is the death certificate, and the relation is proven (RIG-07).

    Raises: PersonNotKnown, ApplicationIncomplete, PeriodUnfit, PersonLives, DocumentUsed, NoPermission, OutOfScope.
    """
    facts = enrolment.facts(asked.person_id, localdate(now))
    if facts is None:
        raise PersonNotKnown(person=asked.person_id)
    checks.check_in_scope(operator, "rights.handle", facts.unit_code, now, object_kind="person")
    _check_complete(asked, facts)
    known = AccessApplication.objects.filter(person_id=facts.id, document_no=asked.document_no.strip())
    if earlier := known.exclude(state=ApplicationState.REFUSED).first():
        raise DocumentUsed(document_no=earlier.document_no, number=earlier.number)
    try:
        with transaction.atomic():
            made = AccessApplication.objects.create(
                number=numbering.next_written(SERIES, area=facts.pooling_area, year=localdate(now).year),
                person_id=facts.id,
                pooling_area=facts.pooling_area,
                unit_code=facts.unit_code,
                applicant_kind=asked.applicant_kind,
                applicant=asked.applicant.strip(),
                bearer=asked.bearer.strip(),
                certificate_no=asked.certificate_no.strip().upper(),
                document_no=asked.document_no.strip(),
                relation_proof=asked.relation_proof.strip(),
                basis=asked.basis.strip(),
                purpose=asked.purpose.strip(),
                records=[str(one) for one in asked.records],
                period_from=asked.period_from,
                period_until=asked.period_until,
                filed_by=operator,
                filed_at=now,
            )
    except IntegrityError:  # somebody else filed the same document a moment ago
        raise DocumentUsed(document_no=asked.document_no.strip(), number="—") from None
    _note("file_application", made, facts.person_no, operator, now)
    return made


def _check_complete(asked: Asked, facts: enrolment.Facts) -> None:
    heir = asked.applicant_kind is ApplicantKind.HEIR
    needed = {
        "申请人": asked.applicant,
        "死亡证明编号" if heir else "文书号": asked.document_no,
        "法律依据": asked.basis,
        "用途": asked.purpose,
        "查询内容": "x" if asked.records else "",
    }
    needed |= (
        {"继承人证件号码": asked.certificate_no, "亲属关系证明": asked.relation_proof}
        if heir
        else {"经办人员": asked.bearer}
    )
    missing = [what for what, text in needed.items() if not text.strip()]
    if missing:
        raise ApplicationIncomplete(what="、".join(missing))
    if not asked.period_from < asked.period_until:
        raise PeriodUnfit
    if heir and facts.died_on is None:
        raise PersonLives


@transaction.atomic(durable=True)
def decide_application(
    *, number: str, approved: bool, opinion: str, operator: platform.Operator, now: datetime
) -> AccessApplication:
    """核准或不予提供, by another person than the one who accepted it.

    Raises: ApplicationUnknown, ApplicationMoveNotAllowed, SamePersonApproves, ApplicationIncomplete, NoPermission,
    OutOfScope.
    """
    state = ApplicationState.APPROVED if approved else ApplicationState.REFUSED
    found = _locked(number, state, "核准", "rights.approve", operator, now)
    if operator.citizen_id == found.filed_by.citizen_id:
        raise SamePersonApproves(name=found.filed_by.name)
    if not approved and not opinion.strip():
        raise ApplicationIncomplete(what="不予提供的理由")
    found.state, found.opinion = state, opinion.strip()
    found.decided_by, found.decided_at = operator, now
    found.save()
    _note("decide_application", found, enrolment.person_no_of(found.person_id) or "", operator, now)
    return found


@transaction.atomic(durable=True)
def give_extract(*, number: str, operator: platform.Operator, now: datetime) -> Certificate:
    """提供摘录: once, and the person can see to whom and why. Returns the extract, already counted as printed.

    Raises: ApplicationUnknown, ApplicationMoveNotAllowed, ApprovalRanOut, NothingToProve, NoPermission, OutOfScope.
    """
    found = _locked(number, ApplicationState.GIVEN, "提供", "rights.handle", operator, now)
    today = localdate(now)
    days = parameters.procedure(found.pooling_area).extract_days
    assert found.decided_at is not None
    if today > localdate(found.decided_at) + timedelta(days=days):
        raise ApprovalRanOut(days=days)
    facts = enrolment.facts(found.person_id, today)
    assert facts is not None
    drafted = drafting.extract(
        facts,
        records=found.records,
        since=found.period_from,
        until=found.period_until,
        asked_by=(
            Value("申请人", found.applicant, "name" if found.applicant_kind == ApplicantKind.HEIR else ""),
            Value("文书号", found.document_no),
            Value("法律依据", found.basis),
            Value("用途", found.purpose),
            Value("申请编号", found.number),
        ),
        number=found.number,
        on=today,
    )
    extract = certificates.keep(drafted, operator=operator, way=Way.COUNTER, now=now)
    certificates.note_print(extract, operator=operator, way=Way.COUNTER, now=now)
    found.state, found.extract, found.given_at = ApplicationState.GIVEN, extract, now
    found.save()
    _note("give_extract", found, facts.person_no, operator, now, TrailOutcome.SEEN)
    return extract


def _locked(
    number: str, to: ApplicationState, action: str, permission: str, operator: platform.Operator, now: datetime
) -> AccessApplication:
    rows = AccessApplication.objects.select_for_update(of=("self",)).select_related("filed_by")
    found = rows.filter(number=number).first()
    if found is None:
        raise ApplicationUnknown(number=number)
    checks.check_in_scope(
        operator, permission, found.unit_code, now, object_kind="access_application", object_key=number
    )
    if (ApplicationState(found.state), to) not in APPLICATION_TRANSITIONS:
        raise ApplicationMoveNotAllowed(state=ApplicationState(found.state).label, action=action)
    return found


def _note(
    action: str,
    found: AccessApplication,
    person_no: str,
    operator: platform.Operator,
    now: datetime,
    outcome: TrailOutcome = TrailOutcome.DONE,
) -> None:
    """In the trail of the application and, under the applicant's name, of the person."""
    for kind, key in (("access_application", found.number), ("person", person_no)):
        trail.record(
            f"rights.{action}",
            at=now,
            operator=operator,
            outcome=outcome,
            pooling_area=found.pooling_area,
            unit_code=found.unit_code,
            object_kind=kind,
            object_key=key,
            detail={
                "number": found.number,
                "applicant": found.applicant,
                "document_no": found.document_no,
                "purpose": found.purpose,
                "state": str(found.state),
            },
        )

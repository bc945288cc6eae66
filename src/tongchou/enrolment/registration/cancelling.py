"""撤销误登记 (ENR-35): what was registered by mistake is taken back, on the same day by whoever may register.

Later it needs evidence and two decisions (`correcting`); what goes is the same (decisions 0261, 0387).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from tongchou.enrolment import events
from tongchou.enrolment.commands import persons, steps
from tongchou.enrolment.endings import undoing
from tongchou.enrolment.models import (
    BirthRecord,
    CancelledRegistration,
    Enrolment,
    Household,
    Listing,
    ParticularChange,
    Person,
    ResidenceDocument,
    SchoolLink,
    SocialSecurityCard,
    SpecialGroupSpan,
)
from tongchou.enrolment.states import CardStatus, EndingSource, HouseholdRelation, ListingState
from tongchou.kernel.errors import DomainError
from tongchou.platform.events import publish
from tongchou.platform.queries import Operator

CANCEL = "enrolment.register"


class NotOfToday(DomainError):
    code = "EN-2021"
    message = "该登记办理于{day},误登记只能当日撤销。请收取依据,按“更正错误的参保关系”办理,由他人核准"
    citation = "GX2017 §11"


class NothingToCancel(DomainError):
    code = "EN-2022"
    message = "该参保人没有可以撤销的登记"
    citation = "GX2017 §11"


class BuiltUpon(DomainError):
    code = "EN-2023"
    message = "登记之后已有{what},不能撤销,请先处理"
    citation = "GX2017 §11"


@transaction.atomic(durable=True)
def cancel_registration(*, person_no: str, reason: str, operator: Operator, now: datetime) -> CancelledRegistration:
    """撤销当日误登记 (ENR-35): the enrolment goes, and the person too when this registration made the record.

    What it said is kept. Raises: PersonUnknown, NothingToCancel, NotOfToday, BuiltUpon, ReasonMissing, NoPermission,
    OutOfScope.
    """
    person_id = Person.objects.filter(person_no=person_no, merged_into=None).values_list("pk", flat=True).first()
    if person_id is None:
        raise steps.PersonUnknown(person=person_no[:30])
    person = steps.lock_person(person_id, permission=CANCEL, operator=operator, now=now)
    if not reason.strip():
        raise steps.ReasonMissing
    registered_on = timezone.localdate(last_registration(person).created_at)
    if registered_on != timezone.localdate(now):
        raise NotOfToday(day=registered_on)
    return cancel(person, reason=reason, operator=operator, now=now)


def last_registration(person: Person) -> Enrolment:
    """The row that the last registration made and that still goes on. Raises: NothingToCancel."""
    enrolment = person.enrolments.order_by("-enrolled_from").first()
    if enrolment is None or enrolment.enrolled_until is not None:
        raise NothingToCancel
    return enrolment


def cancel(person: Person, *, reason: str, operator: Operator, now: datetime) -> CancelledRegistration:
    """撤销登记 of a locked person, a step of the caller's transaction: what stood before it stands again.

    Raises: NothingToCancel, BuiltUpon.
    """
    enrolment = last_registration(person)
    rows = person.enrolments.filter(created_at=enrolment.created_at)
    goes = person.created_at == enrolment.created_at and person.enrolments.count() == rows.count()
    kept = _keep(person, enrolment, goes=goes, reason=reason.strip(), operator=operator, now=now)
    publish(events.RegistrationCancelled(person.pk, enrolment.pk, goes))
    steps.note("cancel_registration", person, operator, now, reason=kept.reason, person_removed=goes)
    try:
        with transaction.atomic():
            _take_back(person, enrolment, goes=goes)
    except ProtectedError as used:
        what = "、".join(sorted({str(one._meta.verbose_name) for one in used.protected_objects}))
        raise BuiltUpon(what=what[:100]) from used
    if not goes:
        _restore(person, enrolment, reason=kept.reason, operator=operator, now=now)
    return kept


def _restore(person: Person, cancelled: Enrolment, *, reason: str, operator: Operator, now: datetime) -> None:
    """Place, household and particulars as they stood, and the residents' relation that it had ended (ENR-16)."""
    last = person.enrolments.order_by("-enrolled_from").first()
    if last is not None:
        person.pooling_area_id, person.unit_code = last.pooling_area_id, last.unit_code
    for change in person.changes.filter(changed_at=cancelled.created_at).order_by("-id"):
        if change.particular == "household":
            known = Household.objects.filter(pooling_area_id=person.pooling_area_id, number=change.old_value).first()
            person.household = known
            person.household_relation = HouseholdRelation.OTHER if known else ""
        elif change.particular in persons.REFRESHED:
            setattr(person, change.particular, change.old_value)
        change.delete()
    person.save()
    left = undoing.last_ending(person)
    if left is not None and left.source == EndingSource.EMPLOYEE and left.recorded_at == cancelled.created_at:
        undoing.undo_ending(person, reason=reason, evidence="撤销误登记的职工参保", operator=operator, now=now)


def _keep(
    person: Person, enrolment: Enrolment, *, goes: bool, reason: str, operator: Operator, now: datetime
) -> CancelledRegistration:
    return CancelledRegistration.objects.create(
        person_no=person.person_no,
        name=person.name,
        certificate_type=person.certificate_type,
        certificate_no=person.certificate_no,
        pooling_area=enrolment.pooling_area_id,
        unit_code=enrolment.unit_code,
        scheme=enrolment.scheme,
        enrolled_from=enrolment.enrolled_from,
        registered_at=enrolment.created_at,
        person_removed=goes,
        reason=reason[:200],
        cancelled_by_id=operator.pk,
        cancelled_at=now,
    )


def _take_back(person: Person, enrolment: Enrolment, *, goes: bool) -> None:
    """What the registration wrote, in the same instant, goes with it; the lists it took over wait again."""
    at = enrolment.created_at
    SpecialGroupSpan.objects.filter(person=person, created_at=at).delete()
    Listing.objects.filter(certificate_no=person.certificate_no, state=ListingState.ENROLLED, closed_at=at).update(
        state=ListingState.OPEN, closed_at=None
    )
    for row in person.enrolments.filter(created_at=at).order_by("-enrolled_from"):
        row.delete()
    if not goes:
        return
    ResidenceDocument.objects.filter(person=person).delete()
    BirthRecord.objects.filter(person=person).delete()
    ParticularChange.objects.filter(person=person).delete()
    SchoolLink.objects.filter(person=person).delete()
    SocialSecurityCard.objects.filter(person=person, status=CardStatus.ACTIVE).delete()
    person.delete()

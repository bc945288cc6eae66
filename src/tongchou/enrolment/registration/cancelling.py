"""撤销误登记 (ENR-35): what was registered by mistake is taken back on the same day; later there is another way."""

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from tongchou.enrolment import events
from tongchou.enrolment.commands import steps
from tongchou.enrolment.models import (
    BirthRecord,
    CancelledRegistration,
    Enrolment,
    Listing,
    ParticularChange,
    Person,
    ResidenceDocument,
    SchoolLink,
    SocialSecurityCard,
    SpecialGroupSpan,
)
from tongchou.enrolment.states import CardStatus, ListingState
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
    message = "登记之后已有{what},不能撤销。请先处理,或按“更正错误的参保关系”办理"
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
    enrolment = person.enrolments.order_by("-enrolled_from").first()
    if enrolment is None or enrolment.enrolled_until is not None:
        raise NothingToCancel
    registered_on = timezone.localdate(enrolment.created_at)
    if registered_on != timezone.localdate(now):
        raise NotOfToday(day=registered_on)
    goes = person.created_at == enrolment.created_at and person.enrolments.count() == 1
    kept = _keep(person, enrolment, goes=goes, reason=reason.strip(), operator=operator, now=now)
    publish(events.RegistrationCancelled(person.pk, enrolment.pk, goes))
    steps.note("cancel_registration", person, operator, now, reason=kept.reason, person_removed=goes)
    try:
        with transaction.atomic():
            _take_back(person, enrolment, goes=goes)
    except ProtectedError as used:
        what = "、".join(sorted({str(one._meta.verbose_name) for one in used.protected_objects}))
        raise BuiltUpon(what=what[:100]) from used
    return kept


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
    enrolment.delete()
    if not goes:
        return
    ResidenceDocument.objects.filter(person=person).delete()
    BirthRecord.objects.filter(person=person).delete()
    ParticularChange.objects.filter(person=person).delete()
    SchoolLink.objects.filter(person=person).delete()
    SocialSecurityCard.objects.filter(person=person, status=CardStatus.ACTIVE).delete()
    person.delete()

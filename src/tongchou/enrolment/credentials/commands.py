"""Linking other media to a person (就诊介质登记; QA2018 五(五); ENR-30)."""

from datetime import date, datetime, timedelta

from django.db import transaction

from tongchou.enrolment.commands import steps
from tongchou.enrolment.credentials.models import LinkedMedium
from tongchou.enrolment.credentials.states import MediumKind
from tongchou.enrolment.models import SocialSecurityCard
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform


class MediumTaken(DomainError):
    code = "EN-4031"
    message = "号码{number}已登记在他人名下或已是社会保障卡号"
    citation = "QA2018 五(五)"


class MediumSpanFaulty(DomainError):
    code = "EN-4032"
    message = "介质的最后使用日{last_day}早于启用日{first_day}"
    citation = "QA2018 五(五)"


@transaction.atomic(durable=True)
def link_medium(
    *,
    person_id: int,
    kind: MediumKind,
    number: str,
    valid_from: date,
    last_day: date,
    operator: platform.Operator,
    now: datetime,
) -> LinkedMedium:
    """登记就诊介质: good until its last day, after which only the social security card is (ENR-30).

    The same medium of the same person again gets the new days. Raises: MediumTaken, MediumSpanFaulty, NoPermission, ….
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    number = number.strip().upper()
    if last_day < valid_from:
        raise MediumSpanFaulty(last_day=last_day, first_day=valid_from)
    held = LinkedMedium.objects.filter(number=number).first()
    taken = held is not None and held.person_id != person.pk
    if not number or taken or SocialSecurityCard.objects.filter(number=number).exists():
        raise MediumTaken(number=number)
    made = held or LinkedMedium(person=person, number=number)
    made.kind, made.valid_from, made.valid_until = kind, valid_from, last_day + timedelta(days=1)
    made.staff_code, made.linked_at = operator.staff_code, now
    made.save()
    steps.note("link_medium", person, operator, now, kind=kind, tail=number[-4:], last_day=last_day)
    return made

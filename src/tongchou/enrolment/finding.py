"""Whom a case of enrolment is about (查找办理对象)."""

import unicodedata

from django.db.models import Q
from django.urls import reverse

from tongchou.cases.kinds import Subject
from tongchou.enrolment.models import Person
from tongchou.enrolment.queries import surviving_no


def living_person(key: str) -> Subject | None:
    """By person number or certificate number, of now or before (查找参保人); who was merged away as the surviving one.

    A number of before that by now is another person's finds that other (ENR-14, ENR-18).
    """
    kept = Person.objects.filter(merged_into=None)
    number = "".join(unicodedata.normalize("NFKC", key).split()).upper()
    found = kept.filter(person_no=number).first() or kept.filter(certificate_no=number).first()
    if found is None:
        found = kept.filter(former_certificates__certificate_no=number).order_by("-former_certificates__id").first()
    if found is None:
        away = Person.objects.filter(Q(person_no=number) | Q(certificate_no=number)).order_by("-id").first()
        found = kept.filter(person_no=surviving_no(away.person_no)).first() if away is not None else None
    if found is None:
        return None
    return Subject(found.person_no, found.name, found.unit_code, found.pooling_area_id)


def page_of_person(key: str, pooling_area: str) -> str:
    """The address of a person's record (参保人页面)."""
    return reverse("enrolment:person", args=[key])


def persons_concerned(subject: Subject) -> frozenset[str]:
    """The person and the members of the household, by certificate number (回避)."""
    found = Person.objects.filter(person_no=subject.key).values_list("pk", "household_id").first()
    if found is None:
        return frozenset()
    person_id, household_id = found
    mine = Person.objects.filter(pk=person_id)
    family = (
        Person.objects.filter(household_id=household_id, merged_into=None) if household_id else Person.objects.none()
    )
    return frozenset((mine | family).values_list("certificate_no", flat=True))


def household_concerned(subject: Subject) -> frozenset[str]:
    """The members of a household, by certificate number (回避)."""
    found = Person.objects.filter(household__number=subject.key, pooling_area_id=subject.pooling_area, merged_into=None)
    return frozenset(found.values_list("certificate_no", flat=True))

"""Whom a case of enrolment is about (查找办理对象)."""

from tongchou.cases.kinds import Subject
from tongchou.enrolment.models import Person


def living_person(key: str) -> Subject | None:
    """By person number or certificate number (查找参保人); nobody merged away."""
    kept = Person.objects.filter(merged_into=None)
    found = kept.filter(person_no=key).first() or kept.filter(certificate_no=key.upper()).first()
    if found is None:
        return None
    return Subject(found.person_no, found.name, found.unit_code, found.pooling_area_id)

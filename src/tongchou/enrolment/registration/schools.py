"""在校学生 (GX2017 §9, 24; JL2019 §7(二); ENR-12): classes of a school, and leaving it, which ends no enrolment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import Count, Q

from tongchou.enrolment.models import Person, SchoolLink
from tongchou.enrolment.queries import PersonRow, person_rows
from tongchou.enrolment.registration.forwarding import COLLECT
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import trail
from tongchou.platform.queries import Operator


class EndReason(models.TextChoices):
    """离校原因."""

    GRADUATED = "graduated", "毕业"
    WITHDRAWN = "withdrawn", "退学"
    MOVED = "moved", "转学"
    OFF_ROLL = "off_roll", "学籍名册已无"


class NobodyChosen(DomainError):
    code = "EN-2041"
    message = "须选择离校的学生"
    citation = "GX2017 §9"


class NotAtSchool(DomainError):
    code = "EN-2042"
    message = "人员编号{person}不是本校在校学生,未办理"
    citation = "GX2017 §9"


class LeftBeforeJoining(DomainError):
    code = "EN-2043"
    message = "离校日期{on}早于{name}的入校日期{since}"
    citation = "GX2017 §9"


@transaction.atomic(durable=True)
def end_links(
    *,
    school_code: str,
    person_nos: Sequence[str],
    reason: EndReason,
    ended_on: date,
    operator: Operator,
    now: datetime,
) -> int:
    """离校 (ENR-12): these students belong to no school from that day; their enrolment goes on. Returns how many.

    Whoever left already is left alone, so that a second click does nothing. Raises: NobodyChosen, NotAtSchool,
    LeftBeforeJoining, NoPermission, OutOfScope.
    """
    platform_checks.check_in_scope(operator, COLLECT, school_code, now, object_kind="org_unit", object_key=school_code)
    if not person_nos:
        raise NobodyChosen
    links = SchoolLink.objects.select_for_update(of=("self",)).filter(
        school_code=school_code, person__person_no__in=person_nos
    )
    held = list(links.select_related("person").order_by("id"))
    known = {link.person.person_no for link in held}
    for person_no in person_nos:
        if person_no not in known:
            raise NotAtSchool(person=person_no[:30])
    ended = 0
    for link in held:
        if link.linked_until is not None:
            continue
        if ended_on < link.linked_from:
            raise LeftBeforeJoining(on=ended_on, name=link.person.name, since=link.linked_from)
        link.linked_until, link.end_reason = ended_on, reason
        link.save(update_fields=["linked_until", "end_reason"])
        trail.record(
            "enrolment.end_school_link",
            at=now,
            operator=operator,
            pooling_area=link.person.pooling_area_id,
            unit_code=link.person.unit_code,
            object_kind="person",
            object_key=link.person_id,
            detail={"school": school_code, "reason": reason.value, "on": ended_on.isoformat()},
        )
        ended += 1
    return ended


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """One class of one school year with its students (班级)."""

    school_year: int
    name: str
    students: int


@dataclass(frozen=True, slots=True)
class Student:
    """A student as the class list shows one."""

    row: PersonRow
    link: SchoolLink


def classes_of(school_code: str) -> list[SchoolClass]:
    """The classes with students at school, the newest year first (在校班级)."""
    found = SchoolLink.objects.filter(school_code=school_code, linked_until=None)
    counted = found.values_list("school_year", "class_name").annotate(n=Count("id"))
    return [SchoolClass(*one) for one in counted.order_by("-school_year", "class_name")]


def students_of(school_code: str, school_year: int, class_name: str, on: date, *, limit: int = 300) -> list[Student]:
    """The students of a class, by name (班级花名册)."""
    found = SchoolLink.objects.filter(school_code=school_code, school_year=school_year, class_name=class_name)
    links = {link.person_id: link for link in found.filter(linked_until=None).order_by("person__name", "id")[:limit]}
    return [Student(row, links[row.id]) for row in person_rows(list(links), on)]


def left_count(school_code: str, since: date) -> int:
    """How many left the school since that day (离校人数)."""
    return SchoolLink.objects.filter(school_code=school_code, linked_until__gte=since).count()


def registered_elsewhere(school_code: str) -> int:
    """Students whose enrolment belongs to a village or community by now (已在村、社区参保)."""
    linked = SchoolLink.objects.filter(school_code=school_code, linked_until=None)
    return Person.objects.filter(~Q(unit_code=school_code), pk__in=linked.values("person_id")).count()

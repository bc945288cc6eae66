"""What others may ask of endings (停保、注销查询)."""

from django.db.models import Q, QuerySet

from tongchou.enrolment.models import Person, RefusedVisit, RelationEnding, StatusReport
from tongchou.platform.scope import Scope


def family_of(person_id: int) -> list[int]:
    """The person and the living members of the household, whom an ending is told (本人及家庭成员)."""
    household = Person.objects.filter(pk=person_id).values_list("household_id", flat=True).first()
    if household is None:
        return [person_id]
    members = Person.objects.filter(household_id=household, merged_into=None, died_on=None).exclude(pk=person_id)
    return [person_id, *members.order_by("id").values_list("pk", flat=True)]


def reports(words: str, *, state: str, reason: str, informant: str, scope: Scope) -> QuerySet[StatusReport]:
    """人员状态信息 inside a scope, by the beginning of name or certificate number (ENR-22)."""
    found = StatusReport.objects.filter(scope.q("unit_code", "pooling_area"))
    if wanted := words.strip():
        found = found.filter(Q(name__startswith=wanted) | Q(certificate_no__startswith=wanted.upper()))
    for name, value in (("state", state), ("reason", reason), ("informant", informant)):
        if value:
            found = found.filter(**{name: value})
    return found


def report(report_id: int) -> StatusReport | None:
    """One of them with its person, or nothing."""
    return StatusReport.objects.select_related("person", "ending").filter(pk=report_id).first()


def endings_of(person_id: int) -> list[RelationEnding]:
    """停保、注销登记 of a person, the latest first."""
    return list(RelationEnding.objects.filter(person_id=person_id).order_by("-id"))


def refused_visits(*, open_only: bool, scope: Scope) -> QuerySet[RefusedVisit]:
    """受影响的就医 inside a scope: what waits for reimbursement by hand (ENR-24)."""
    inside = Person.objects.filter(scope.q("unit_code", "pooling_area")).values("id")
    found = RefusedVisit.objects.filter(ending__person__in=inside).select_related("ending__person")
    return found.filter(closed_at=None) if open_only else found


def refused_visit(visit_id: int) -> RefusedVisit | None:
    """One of them, or nothing."""
    return RefusedVisit.objects.select_related("ending__person").filter(pk=visit_id).first()

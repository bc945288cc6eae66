"""What pages ask of the police's identity check (公安身份核查查询)."""

from typing import Final

from django.db.models import Count, Q, QuerySet

from tongchou.enrolment.identity.models import IdentityCheck, IdentityFinding
from tongchou.enrolment.identity.states import FindingState
from tongchou.platform.scope import Scope

TO_DO: Final = (FindingState.OPEN, FindingState.PROPOSED)


def findings(words: str, *, state: str, found: str, scope: Scope) -> QuerySet[IdentityFinding]:
    """核查明细 inside a scope, by the beginning of name or certificate number."""
    rows = IdentityFinding.objects.filter(scope.q("unit_code", "pooling_area"))
    if wanted := words.strip():
        rows = rows.filter(Q(name__startswith=wanted) | Q(certificate_no__startswith=wanted.upper()))
    if state:
        rows = rows.filter(state=state)
    return rows.filter(found=found) if found else rows


def finding(finding_id: int) -> IdentityFinding | None:
    """One of them with its person and household, or nothing."""
    found = IdentityFinding.objects.select_related("person__household", "check_of", "report")
    return found.filter(pk=finding_id).first()


def waiting(scope: Scope) -> dict[str, int]:
    """How many wait for a clerk, and how many for the second person (进度)."""
    rows = IdentityFinding.objects.filter(scope.q("unit_code", "pooling_area"), state__in=TO_DO)
    counted = dict(rows.values_list("state").annotate(many=Count("id")).order_by())
    return {state.value: counted.get(state.value, 0) for state in TO_DO}


def latest_checks(scope: Scope, *, limit: int = 3) -> list[IdentityCheck]:
    """The last files that were sent (近期核查)."""
    found = IdentityCheck.objects.filter(scope.q("unit_code", "pooling_area")).select_related("partner")
    return list(found.order_by("-id")[:limit])

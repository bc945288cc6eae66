"""What pages ask of names that the register lacks (未登记人员查询)."""

from django.db.models import Q, QuerySet

from tongchou.enrolment.models import UnregisteredLead
from tongchou.platform import queries as platform
from tongchou.platform.scope import Scope


def leads(
    scope: Scope, *, words: str = "", source: str = "", state: str = "", unit: str = ""
) -> QuerySet[UnregisteredLead]:
    """未登记人员 inside the scope, by the beginning of name or certificate number; `unit` with all below it."""
    found = UnregisteredLead.objects.filter(scope.q("unit_code", "pooling_area"))
    if wanted := words.strip():
        found = found.filter(Q(name__startswith=wanted) | Q(certificate_no__startswith=wanted.upper()))
    if unit:
        place = platform.unit(unit)
        found = found.filter(Scope(prefixes=(place.path,)).q("unit_code") if place else Q(pk__in=[]))
    given = {"source": source, "state": state}
    return found.filter(**{name: value for name, value in given.items() if value})


def lead(lead_id: int) -> UnregisteredLead | None:
    """One name, or nothing."""
    return UnregisteredLead.objects.filter(pk=lead_id).first()

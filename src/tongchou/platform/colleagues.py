"""同事名录: whom somebody at a unit may hand work to, by name (ORG-13)."""

from typing import Final

from django.db.models import Case, IntegerField, Q, Value, When

from tongchou.platform import queries
from tongchou.platform.models import Operator
from tongchou.platform.registers import Entry, Register


def _find(unit_code: str, words: str, most: int) -> list[Entry]:
    """Those in service, at the unit or above it: who is meant exactly, the unit's own, then those nearest above."""
    above = {unit.code: place for place, unit in enumerate(reversed(queries.units_above(unit_code)))}
    found = Operator.objects.filter(org_unit__in=above, is_active=True, left_at=None)
    if words:
        found = found.filter(Q(name__contains=words) | Q(staff_code__startswith=words))
    steps = [When(org_unit=code, then=Value(place)) for code, place in above.items()]
    meant = When(Q(staff_code=words) | Q(name=words), then=Value(-1))
    distance = Case(meant, *steps, default=Value(len(steps)), output_field=IntegerField())
    ordered = found.select_related("org_unit").alias(distance=distance).order_by("distance", "staff_code")
    return [Entry(one.staff_code, (one.name,), within=one.org_unit.name) for one in ordered[:most]]


COLLEAGUES: Final = Register(_find)
"""Members of staff at a unit and above it."""

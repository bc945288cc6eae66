"""What the months of employers mean for one person (职工缴费与待遇): read by the person's page."""

from datetime import date
from typing import Final

from django.db.models import OuterRef, Subquery

from tongchou.contributions.models import ProgrammeMember
from tongchou.contributions.programmes.states import Kept
from tongchou.contributions.units.models import EmployeeWaiting, UnitReceivableLine
from tongchou.platform import queries as platform

MONTHS_SHOWN: Final = 24


def months_of(person_id: int) -> list[UnitReceivableLine]:
    """单位缴费月份 of a member, the latest first, with the employer's month: paid, or what it stops; and `unit_path`,
    the place in the tree that the month belongs to.
    """
    place = platform.paths_of_units(OuterRef("receivable__unit_code"))
    found = UnitReceivableLine.objects.filter(person_id=person_id).annotate(unit_path=Subquery(place))
    found = found.select_related("receivable__employer")
    return list(found.order_by("-receivable__month", "-id")[:MONTHS_SHOWN])


def waiting_of(person_id: int, today: date) -> EmployeeWaiting | None:
    """等待期 that runs or is to come, or nothing."""
    return EmployeeWaiting.objects.filter(person_id=person_id, waits_until__gt=today).order_by("waits_from").first()


def programmes_of(person_id: int) -> list[ProgrammeMember]:
    """享受的激励政策, the latest first."""
    found = ProgrammeMember.objects.filter(person_id=person_id).exclude(state=Kept.WITHDRAWN)
    return list(found.select_related("programme", "due").order_by("-id"))

"""户 as its page shows it (ENR-01): members, who is being registered, what changed."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tongchou.cases import queries as cases
from tongchou.enrolment.history import RosterLine, first_members_of
from tongchou.enrolment.models import Household, ParticularChange
from tongchou.enrolment.queries import PersonRow
from tongchou.enrolment.registration.kind import CODE
from tongchou.enrolment.states import HouseholdRelation

SHOWN: Final = 100
"""Members on the page of a household."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody whom an open application would bring into the household (登记中)."""

    name: str
    relation: str
    case_number: str


@dataclass(frozen=True, slots=True)
class Book:
    """A household with its members and those who are being registered."""

    household: Household
    lines: list[RosterLine]
    registered: int
    """All members, those past the first `SHOWN` too."""
    pending: list[Pending]
    changes: list[ParticularChange]
    applications: list[Any]

    @property
    def members(self) -> list[PersonRow]:
        return [line.person for line in self.lines]

    @property
    def count(self) -> int:
        """人数 on the household's roster, those being registered included."""
        return self.registered + len(self.pending)

    @property
    def left_out(self) -> int:
        """How many members stand on no line here; the list of persons finds them by the household's number."""
        return self.registered - len(self.lines)

    @property
    def head(self) -> str:
        return next((line.person.name for line in self.lines if line.relation == HouseholdRelation.HEAD.label), "")


def household_book(household: Household, on: date) -> Book:
    """户 on a day (GX2017 §6)."""
    applications = cases.cases_of(household.number, kind=CODE, limit=30)
    changes = ParticularChange.objects.filter(particular="household").select_related("person")
    moved = changes.filter(person__pooling_area_id=household.pooling_area_id, person__unit_code=household.unit_code)
    lines, registered = first_members_of(household.pk, on, SHOWN)
    return Book(
        household=household,
        lines=lines,
        registered=registered,
        pending=[
            Pending(row["name"], HouseholdRelation(row["relation"]).label, case.number)
            for case in applications
            if case.finished_at is None
            for row in case.rows
        ],
        changes=list(
            (moved.filter(old_value=household.number) | moved.filter(new_value=household.number)).order_by("-id")[:50]
        ),
        applications=applications,
    )

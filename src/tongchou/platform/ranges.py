"""Dated rows in the database: half-open pairs of dates that must not overlap."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db.models import Func


class DateRange(Func):
    """`daterange(from, until)`: the half-open pair that exclusion constraints compare; until NULL is open."""

    function = "DATERANGE"
    output_field = DateRangeField()


def no_overlap(name: str, *same: str, span: tuple[str, str]) -> ExclusionConstraint:
    """No two rows with equal `same` columns may share a day of their `[from, until)` pair."""
    equal = [(column, RangeOperators.EQUAL) for column in same]
    return ExclusionConstraint(name=name, expressions=[*equal, (DateRange(*span), RangeOperators.OVERLAPS)])

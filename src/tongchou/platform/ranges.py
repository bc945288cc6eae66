"""Dated rows in the database: half-open pairs of dates that must not overlap."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db.models import Func, Q


class DateRange(Func):
    """`daterange(from, until)`: the half-open pair that exclusion constraints compare; until NULL is open."""

    function = "DATERANGE"
    output_field = DateRangeField()


def no_overlap(name: str, *same: str, span: tuple[str, str], condition: Q | None = None) -> ExclusionConstraint:
    """No two rows with equal `same` columns may share a day of their `[from, until)` pair; of some rows, or of all."""
    equal = [(column, RangeOperators.EQUAL) for column in same]
    expressions = [*equal, (DateRange(*span), RangeOperators.OVERLAPS)]
    return ExclusionConstraint(name=name, expressions=expressions, condition=condition)

"""Rows with a half-open pair of dates (有效期)."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q


class DatedRows(models.QuerySet[Any]):
    """Rows with `valid_from` and `valid_until`; an empty `valid_until` is open."""

    def in_force(self, day: date) -> "DatedRows":
        """Those whose `[valid_from, valid_until)` contains the day."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)

    def sharing_a_day_with(self, start: date, end: date | None) -> "DatedRows":
        """Those not empty whose span meets `[start, end)`."""
        found = self.filter(Q(valid_until=None) | Q(valid_until__gt=start)).exclude(valid_until=models.F("valid_from"))
        return found if end is None else found.filter(valid_from__lt=end)

"""The statutory calendar (工作日历: 法定节假日与调休; ORG-19)."""

from django.db import models
from django.db.models import F, Q

from tongchou.platform.models.operators import Operator
from tongchou.platform.states import IN_FORCE, CalendarState


class CalendarYear(models.Model):
    """One edition of one year's calendar; at most one is in force, earlier ones are superseded, never edited."""

    year = models.PositiveSmallIntegerField("年度")
    state = models.CharField("状态", max_length=20, choices=CalendarState)
    source = models.CharField("来源", max_length=200)
    is_first_data = models.BooleanField("随系统提供", default=False)
    imported_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField("导入时间")
    decided_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("批准时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year"], condition=Q(state__in=IN_FORCE), name="calendar_year_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["year"], condition=Q(state=CalendarState.DRAFT), name="calendar_year_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(is_first_data=True, imported_by=None, decided_by=None, decided_at=None)
                | Q(is_first_data=False, imported_by__isnull=False),
                name="calendar_year_imported_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(is_first_data=True)
                | Q(state=CalendarState.DRAFT, decided_by=None, decided_at=None)
                | (
                    Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(state__in=(CalendarState.DRAFT, CalendarState.PROVISIONAL))
                ),
                name="calendar_year_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("imported_by")), name="calendar_year_two_persons"
            ),
        ]


class CalendarDay(models.Model):
    """A day that departs from the week: a day off, or a make-up working day (调休)."""

    calendar = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days")
    day = models.DateField("日期")
    is_working = models.BooleanField("上班")
    name = models.CharField("名称", max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="calendar_day_once")]
        ordering = ["day"]

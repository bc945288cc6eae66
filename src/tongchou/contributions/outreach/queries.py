"""What the pages of outreach read (应保尽保): figures as counted, names, campaigns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from tongchou.contributions.models import CoverageSpan
from tongchou.contributions.outreach.models import (
    Campaign,
    CampaignTask,
    CoverageDay,
    CoverageName,
    PopulationFigure,
)
from tongchou.contributions.outreach.rules import coverage_rate
from tongchou.contributions.outreach.states import UNINSURED, Gap, Outcome, TaskState
from tongchou.platform import queries as platform
from tongchou.platform.scope import Scope

FIGURES: Final = ("residents", "registered", "insured", "employed", "dropped", "joined")


@dataclass(frozen=True, slots=True)
class Figures:
    """One place on one day (参保覆盖)."""

    residents: int = 0
    registered: int = 0
    insured: int = 0
    employed: int = 0
    dropped: int = 0
    joined: int = 0

    @property
    def uninsured(self) -> int:
        """未参保 with a name here, the dropped among them."""
        return self.registered - self.insured

    @property
    def unnamed(self) -> int:
        """未登记: by the population figure there are so many more than are registered."""
        return max(0, self.residents - self.registered)

    @property
    def rate(self) -> str:
        return coverage_rate(self.insured, self.residents)


YEARS_SHOWN: Final = 5
_YEARS: Final = """
SELECT year FROM generate_series(%s, %s, -1) AS year
 WHERE EXISTS (SELECT 1 FROM contributions_coverageday d
                WHERE d.benefit_year = year AND (d.pooling_area_id = ANY(%s) OR d.pooling_area_id IN (
                      SELECT u.pooling_area_id FROM platform_orgunit u WHERE u.code = ANY(%s))))
"""


def years(scope: Scope, today: date) -> list[int]:
    """The years that have been counted inside the scope, the newest first (统计年度)."""
    with connection.cursor() as cursor:
        tops = [path.rstrip("/").rsplit("/", 1)[-1] for path in (*scope.prefixes, *scope.granted)]
        cursor.execute(_YEARS, [today.year + 1, today.year - YEARS_SHOWN, list(scope.areas), tops])
        return [year for (year,) in cursor.fetchall()]


def days_of(unit_code: str, year: int) -> list[tuple[date, Figures]]:
    """The figures of a place, day by day (每日参保情况)."""
    found = CoverageDay.objects.filter(unit_code=unit_code, benefit_year=year)
    rows = found.values_list("counted_on").annotate(*(Sum(name) for name in FIGURES)).order_by("counted_on")
    return [(row[0], Figures(*row[1:])) for row in rows]


def figures_of(codes: Collection[str], year: int, day: date) -> dict[str, Figures]:
    """The figures of some places on a day that was counted (各地参保情况)."""
    found = CoverageDay.objects.filter(unit_code__in=codes, benefit_year=year, counted_on=day)
    rows = found.values_list("unit_code").annotate(*(Sum(name) for name in FIGURES)).order_by()
    return {row[0]: Figures(*row[1:]) for row in rows}


def counted_at(unit_code: str, year: int) -> datetime | None:
    """When the place was last counted (汇总时间)."""
    found: datetime | None = CoverageDay.objects.filter(unit_code=unit_code, benefit_year=year).aggregate(
        at=Max("counted_at")
    )["at"]
    return found


def below(unit_code: str, today: date) -> set[str]:
    """A place and everything below it, as codes (本级及以下机构)."""
    return {unit_code, *(unit.code for unit in platform.units_below(unit_code, today))}


def names(scope: Scope, *, year: int, unit_code: str, gap: str) -> QuerySet[CoverageName]:
    """Who is not insured, has dropped out or is new (参保覆盖名单); `gap` empty: all who are not insured."""
    found = CoverageName.objects.filter(scope.q("unit_code", "pooling_area"), benefit_year=year)
    found = found.filter(gap=gap) if gap in Gap.values else found.filter(gap__in=UNINSURED)
    if unit_code:
        place = platform.unit(unit_code)
        found = found.filter(Scope(prefixes=(place.path,)).q("unit_code") if place else Q(pk__in=[]))
    return found


def told(found: QuerySet[CoverageName]) -> QuerySet[CoverageName]:
    """The same with person, name of the village, and whether paid since the count (名单各行)."""
    paid = CoverageSpan.objects.filter(
        person=OuterRef("person_id"), benefit_year=OuterRef("benefit_year"), withdrawn_at=None
    )
    village = platform.names_of_units(OuterRef("unit_code"))
    return found.select_related("person").annotate(unit_name=Subquery(village), paid=Exists(paid))


def covered_since(person_ids: Sequence[int], year: int) -> set[int]:
    """Which of these have paid by now (已缴费)."""
    found = CoverageSpan.objects.filter(person_id__in=person_ids, benefit_year=year, withdrawn_at=None)
    return set(found.values_list("person_id", flat=True))


def last_tasks(person_ids: Sequence[int], year: int) -> dict[int, CampaignTask]:
    """The latest task of each (最近走访)."""
    found = CampaignTask.objects.filter(person_id__in=person_ids, benefit_year=year).order_by("id")
    return {task.person_id: task for task in found}


def campaigns(scope: Scope) -> QuerySet[Campaign]:
    """动员任务 inside the scope, with how many are done."""
    done = CampaignTask.objects.filter(campaign=OuterRef("pk"), state=TaskState.DONE).order_by()
    counted = done.values("campaign").annotate(count=Count("pk")).values("count")
    return Campaign.objects.filter(scope.q("unit_code", "pooling_area")).annotate(done=Coalesce(Subquery(counted), 0))


def campaign(number: str) -> Campaign | None:
    """One campaign, or nothing."""
    return Campaign.objects.select_related("made_by").filter(number=number).first()


def tasks(campaign_id: int, scope: Scope) -> QuerySet[CampaignTask]:
    """The tasks of a campaign inside the scope (走访任务)."""
    found = CampaignTask.objects.filter(scope.q("unit_code"), campaign_id=campaign_id)
    return found.select_related("person", "assigned_to")


def outcomes_of(campaign_id: int) -> dict[str, int]:
    """How many of a campaign came to which outcome; the empty one is still open (办理情况)."""
    found = CampaignTask.objects.filter(campaign_id=campaign_id).values_list("outcome").annotate(Count("id"))
    return dict(found.order_by())


def progress_by_unit(campaign_id: int) -> list[tuple[str, int, int, int]]:
    """Village, persons, done, joined (各村进度)."""
    found = CampaignTask.objects.filter(campaign_id=campaign_id).values_list("unit_code")
    counted: Any = found.annotate(
        persons=Count("id"),
        done=Count("id", filter=Q(state=TaskState.DONE)),
        joined=Count("id", filter=Q(outcome=Outcome.JOINED)),
    )
    return list(counted.order_by("unit_code"))


def populations(scope: Scope, year: int) -> QuerySet[PopulationFigure]:
    """人口基数 in use inside the scope."""
    return PopulationFigure.objects.filter(scope.q("unit_code", "pooling_area"), year=year, replaced_at=None)

"""What pages and papers read of subsidies (财政补助查询); plain results, amounts in fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, Sum

from tongchou.contributions.models import ContributionStandard
from tongchou.contributions.subsidies.arrivals import ORIGIN
from tongchou.contributions.subsidies.models import SubsidyApplication, SubsidyHead, SubsidyLevel
from tongchou.contributions.subsidies.states import SUBMITTED_STATES, Level, Purpose, Verdict
from tongchou.enrolment.states import PersonCategory
from tongchou.fund import documents
from tongchou.platform.scope import Scope


@dataclass(frozen=True, slots=True)
class LevelTotal:
    """应到、已到、未到 of one budget in a year; `late_fen` is what is owed past its last day."""

    level: Level
    payable_fen: int = 0
    received_fen: int = 0
    late_fen: int = 0

    @property
    def outstanding_fen(self) -> int:
        return self.payable_fen - self.received_fen


def years(scope: Scope) -> list[int]:
    """The years with applications inside the scope, the newest first."""
    found = SubsidyApplication.objects.filter(scope.q("unit_code", "pooling_area"))
    return sorted(set(found.values_list("benefit_year", flat=True)), reverse=True)


def priced_years(pooling_area: str) -> list[int]:
    """The years that have a standard, the newest first."""
    found = ContributionStandard.objects.filter(pooling_area_id=pooling_area, scheme="resident")
    return sorted(set(found.values_list("benefit_year", flat=True)), reverse=True)


def standards(pooling_area: str) -> list[ContributionStandard]:
    """The residents' standards with their shares, the newest first."""
    found = ContributionStandard.objects.filter(pooling_area_id=pooling_area, scheme="resident")
    return list(found.select_related("subsidy_share").order_by("-benefit_year", "category"))


def by_level(scope: Scope, benefit_year: int, today: date) -> list[LevelTotal]:
    """到位情况 of a year's applications inside the scope (CON-28)."""
    inside = SubsidyApplication.objects.filter(
        scope.q("unit_code", "pooling_area"),
        benefit_year=benefit_year,
        purpose=Purpose.ADVANCE,
        state__in=SUBMITTED_STATES,
    )
    summed = {
        level: (payable, received, late)
        for level, payable, received, late in SubsidyLevel.objects.filter(application__in=inside)
        .values_list("level")
        .annotate(
            Sum("payable_fen"),
            Sum("received_fen"),
            late=Sum(
                F("payable_fen") - F("received_fen"),
                filter=Q(due_on__lt=today, payable_fen__gt=F("received_fen")),
            ),
        )
        .order_by()
    }
    return [
        LevelTotal(level, *(int(fen or 0) for fen in summed.get(level.value, (0, 0, 0))))  # type: ignore[arg-type]
        for level in Level
    ]


def workbook(application: SubsidyApplication) -> list[tuple[str, Any]]:
    """测算表: the lines of the count behind the application, each with its category in words."""
    if application.snapshot is None:
        return []
    return [
        (str(PersonCategory(line.category).label), line) for line in application.snapshot.lines.order_by("category")
    ]


def left_out(application: SubsidyApplication) -> list[tuple[Verdict, int]]:
    """剔除人数 by reason."""
    if application.snapshot is None or not application.snapshot.excluded:
        return []
    found = SubsidyHead.objects.filter(snapshot_id=application.snapshot.pk).exclude(verdict="")
    counted = found.values_list("verdict").annotate(heads=Count("id")).order_by("verdict")
    return [(Verdict(verdict), heads) for verdict, heads in counted]


def letters(levels: Sequence[SubsidyLevel]) -> list[tuple[str, Any]]:
    """拨款单据 of an application's levels, each with its level in words."""
    names = {str(one.pk): str(Level(one.level).label) for one in levels}
    return [(names[one.origin_key], one) for one in documents.of_origin(ORIGIN, list(names))] if names else []

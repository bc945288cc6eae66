"""Stays across the start, the end or the turn of the year (跨期住院; BEN-09, BEN-10, BEN-30).

A stay is settled in one part, or in one part per year where the package says so; each part knows which lines are its
own and which of them are covered.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongchou.policy.eligibility import Span
from tongchou.policy.lines import RawLine
from tongchou.policy.packages import Package

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StayPart:
    """One settlement's worth of a stay.

    Lines served in [served_from, served_until) belong to it; of them those in [covered_from, covered_until) are
    covered (None = no bound; hand both to `engine.rate_lines`). `on` selects policy and benefit year. A part that
    `continues` the one before bears only one deductible together with it: give its facts the earlier
    `deductible_fen` as `continued_deductible_fen`.
    """

    benefit_year: int
    on: date
    served_from: date
    served_until: date
    covered: bool
    covered_from: date | None
    covered_until: date | None
    continues: bool = False

    def lines(self, lines: Iterable[RawLine]) -> list[RawLine]:
        """The part's own lines; a line without a date belongs to the last day of the part."""
        return [line for line in lines if self._owns(line[8])]

    def _owns(self, served_on: date | None) -> bool:
        return served_on is None or self.served_from <= served_on < self.served_until


def parts(
    package: Package, *, admitted_on: date, discharged_on: date, coverage: Sequence[Span]
) -> tuple[StayPart, ...]:
    """The parts in which a stay is settled (GX2017 §82; `crossyear.mode`, `benefit.cross_start`, `benefit.cross_end`).

    `coverage` are the person's coverage spans. By discharge (default) the year is that of the discharge, or of the
    last covered day when the new year is unpaid; split cuts at 31 December.
    """
    spans = merged(coverage)
    if package.parameter("crossyear.mode").content == "split":
        years = range(admitted_on.year, discharged_on.year + 1)
        cuts = [admitted_on, *(date(year, 1, 1) for year in years[1:]), discharged_on + _DAY]
        pieces = enumerate(itertools.pairwise(cuts))
        return tuple(_part(package, start, until, spans, continues=n > 0) for n, (start, until) in pieces)
    return (_part(package, admitted_on, discharged_on + _DAY, spans, continues=False),)


def _part(package: Package, start: date, until: date, spans: Sequence[Span], *, continues: bool) -> StayPart:
    last = until - _DAY
    span = _reached(spans, start, until)
    bounds = covered_bounds(package, start, last, span) if span else None
    if span is None or bounds is None:
        return StayPart(last.year, last, start, until, False, None, None, continues)
    covered_from, covered_until = bounds
    on = covered_until - _DAY if covered_until else last
    by_admission = package.parameter("benefit.asof").content == "admission"
    selects = max(start, covered_from or start) if by_admission else on
    return StayPart(on.year, selects, start, until, True, covered_from, covered_until, continues)


def _reached(spans: Sequence[Span], start: date, until: date) -> Span | None:
    """The last coverage span that shares a day with [start, until)."""
    shared = [span for span in spans if span.start < until and (span.until is None or start < span.until)]
    return shared[-1] if shared else None


def level_day(package: Package, *, admitted_on: date, discharged_on: date) -> date:
    """机构等级的确定日 (AGR-02; `benefit.level_asof`): the level an institution had on that day counts for the stay."""
    return admitted_on if package.parameter("benefit.level_asof").content == "admission" else discharged_on


def covered_bounds(package: Package, start: date, last: date, span: Span) -> tuple[date | None, date | None] | None:
    """From and until which day lines count; None when the admission date decides and lies outside (BEN-09, BEN-10)."""
    covered_from = covered_until = None
    if start < span.start:
        if package.parameter("benefit.cross_start").content == "admission_date":
            return None
        covered_from = span.start
    if span.until is not None and last >= span.until and not _kept_by_admission(package):
        covered_until = span.until
    return covered_from, covered_until


def _kept_by_admission(package: Package) -> bool:
    return package.parameter("benefit.cross_end").content == "admission_date"


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch joined: two paid years in a row are one cover."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start):
        before = joined[-1] if joined else None
        if before is not None and (before.until is None or span.start <= before.until):
            until = None if before.until is None or span.until is None else max(before.until, span.until)
            joined[-1] = Span(before.start, until)
        else:
            joined.append(Span(span.start, span.until))
    return tuple(joined)

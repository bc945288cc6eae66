"""What a year change tells other chapters (年度切换事件)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class YearReleased:
    """年度切换已发布: everything of the year is ready, says a second person."""

    pooling_area: str
    year: int

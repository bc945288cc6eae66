"""What others read of year changes (年度切换查询)."""

from dataclasses import dataclass

from tongchou.platform import queries as platform
from tongchou.year_change import items
from tongchou.year_change.models import Confirmation, YearChange
from tongchou.year_change.states import ItemState, YearState


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item of the list as it stands (清单项)."""

    item: items.Item
    state: ItemState
    said: str
    confirmation: Confirmation | None

    @property
    def by_hand(self) -> bool:
        """Whether nothing looks at it: somebody says that it is ready (由人工确认)."""
        return self.item.look is None


def changes(pooling_area: str) -> list[YearChange]:
    """Every year change of an area, the newest first (年度切换)."""
    found = YearChange.objects.filter(pooling_area=pooling_area).select_related("opened_by", "released_by")
    return list(found.order_by("-year"))


def change(pooling_area: str, year: int) -> YearChange | None:
    """年度切换 of an area and year."""
    found = YearChange.objects.filter(pooling_area=pooling_area, year=year)
    return found.select_related("opened_by", "released_by", "pooling_area").first()


def is_released(pooling_area: str, year: int) -> bool:
    """Whether a second person has released the year (已发布)."""
    return YearChange.objects.filter(pooling_area=pooling_area, year=year, state=YearState.RELEASED).exists()


def checklist(change: YearChange) -> list[ItemView]:
    """The items with where each stands; two questions however many items (清单)."""
    standing = change.confirmations.filter(withdrawn_at=None).select_related("confirmed_by")
    confirmed = {one.item: one for one in standing}
    return [_view(item, change, confirmed.get(item.code)) for item in items.registered()]


def _view(item: items.Item, change: YearChange, confirmation: Confirmation | None) -> ItemView:
    ready, said = change.findings.get(item.code, [False, ""])
    state = ItemState.READY if ready else ItemState.CONFIRMED if confirmation else ItemState.OPEN
    return ItemView(item, state, said, confirmation)


def history(change: YearChange) -> list[platform.TrailEntry]:
    """What was done with the list, the newest first (办理经过)."""
    return platform.trail_of("year_change", f"{change.pooling_area_id}-{change.year}")

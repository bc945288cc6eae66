"""年度切换清单 as paper (ORG-26): A4, what each item said, who confirmed and who released it."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from reportlab.platypus import Flowable, Spacer

from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.paper import LABEL, SMALL, WIDTH, grid, paragraph, verification_code
from tongchou.platform.web.printing import Print, printed
from tongchou.year_change import queries
from tongchou.year_change.models import YearChange
from tongchou.year_change.web.checklist import VIEW, found

PRINTED = "year_change.printed"
ROOM_TO_SIGN = 40


@page(VIEW)
def paper(request: PageRequest, year: int) -> HttpResponse:
    """The checklist on paper; each print is counted."""
    change = found(request, year)
    key = f"{change.pooling_area_id}-{year}"
    what = Print(
        agency=platform.unit_name(change.pooling_area_id, request.today),
        title=f"{year}年度切换清单",
        number=f"{key}-NDQH",
        code=verification_code("年度切换清单", key, change.checked_at.isoformat(), change.state),
        action=PRINTED,
        object_kind="year_change",
        object_key=key,
        file_name=f"year-change-{key}",
    )
    return printed(request, what, _body(change, _rows(change)))


def _rows(change: YearChange) -> list[list[Any]]:
    heads = [paragraph(one, LABEL) for one in ("事项", "依据", "核查结果", "状态", "确认")]
    return [heads, *([paragraph(one, SMALL) for one in _cells(view)] for view in queries.checklist(change))]


def _cells(view: queries.ItemView) -> tuple[str, ...]:
    confirmed = view.confirmation
    who = f"{confirmed.confirmed_by.name}:{confirmed.note} {confirmed.document}".strip() if confirmed else ""
    return (str(view.item.title), view.item.citation, view.said, str(view.state.label), who)


def _body(change: YearChange, rows: list[list[Any]]) -> list[Flowable]:
    at = timezone.localtime(change.checked_at).strftime("%Y-%m-%d %H:%M")
    released = "未发布"
    if change.released_by and change.released_at:
        released = f"{change.released_by.name} {timezone.localtime(change.released_at):%Y-%m-%d %H:%M} 发布"
    signs = [[paragraph(f"建立:{change.opened_by.name}"), paragraph(released), paragraph("负责人(签章):")]]
    return [
        Spacer(WIDTH, 4),
        paragraph(f"统筹区 {change.pooling_area.name}  核查时间 {at}", SMALL),
        grid(rows, (0.17, 0.13, 0.34, 0.1, 0.26), heads=1),
        Spacer(WIDTH, 8),
        grid(signs, (1 / 3, 1 / 3, 1 / 3), height=ROOM_TO_SIGN),
    ]

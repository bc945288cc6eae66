"""The statutory calendar (工作日历; ORG-19): first data, import, approval by a second person."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from chinese_calendar import constants
from django.db import transaction

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, events, queries, trail
from tongchou.platform.calendar_files import ImportedDay
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.models import CalendarDay, CalendarYear, Operator
from tongchou.platform.rules import MovableFeasts, statutory_holidays_from_2025
from tongchou.platform.states import CALENDAR_TRANSITIONS, IN_FORCE, CalendarState, NoticeLevel

FIRST_YEAR = 2016
LAST_YEAR = 2027
DERIVED = "暂定:按《全国年节及纪念日放假办法》推算,未含调休,待官方通知发布后导入替换"
FEASTS = Path(__file__).resolve().parents[1] / "first_data" / "movable_feasts.yaml"


class CalendarRefused(DomainError):
    code = "PL-0103"
    message = "{year}年日历不能导入:{problems}"
    citation = "GX2017 §113"


class NoCalendarDraft(DomainError):
    code = "PL-0104"
    message = "{year}年没有待批准的日历"


class CalendarDraftWaiting(DomainError):
    code = "PL-0105"
    message = "{year}年已有待批准的日历(由{name}导入),请先批准或退回"


class SamePersonApproves(DomainError):
    code = "PL-0106"
    message = "日历的导入人和批准人不得为同一人"
    citation = "GX2017 §121(六)"


@transaction.atomic
def ensure_calendar(*, now: datetime) -> list[int]:
    """Bring the years 2016 to 2027 as first data (工作日历初始数据). Returns the years that came newly into force.

    Years of the package's data stand as approved; a later year is derived from the statutory rule and stands as
    provisional (decision 0012), until the package or an import brings the official one.
    """
    standing = dict(CalendarYear.objects.filter(state__in=IN_FORCE).values_list("year", "state"))
    published = _published_years()
    package = f"国务院办公厅放假通知(chinesecalendar {metadata.version('chinesecalendar')})"
    first_data = partial(CalendarYear, is_first_data=True, imported_at=now)
    brought: list[tuple[CalendarYear, list[ImportedDay]]] = []
    for year in range(FIRST_YEAR, max(LAST_YEAR, *published) + 1):
        if year in published and standing.get(year) in (None, CalendarState.PROVISIONAL):
            edition = first_data(year=year, state=CalendarState.APPROVED, source=package)
            brought.append((edition, _published_days(year)))
        elif year not in published and year not in standing:
            edition = first_data(year=year, state=CalendarState.PROVISIONAL, source=DERIVED)
            brought.append((edition, _derived_days(year)))
    _put_in_force(brought, now)
    return [edition.year for edition, _ in brought]


def _put_in_force(brought: Sequence[tuple[CalendarYear, Sequence[ImportedDay]]], now: datetime) -> None:
    years = [edition.year for edition, _ in brought]
    for standing in CalendarYear.objects.select_for_update().filter(year__in=years, state__in=IN_FORCE):
        _supersede(standing)
    CalendarYear.objects.bulk_create(edition for edition, _ in brought)
    CalendarDay.objects.bulk_create(row for edition, days in brought for row in _rows(edition, days))
    for edition, days in brought:
        _record("platform.seed_calendar_year", edition, len(days), by=None, now=now)
        events.publish(events.CalendarPutInForce(year=edition.year))


@transaction.atomic
def import_calendar_year(
    *, year: int, days: Sequence[ImportedDay], source: str, by: Operator, now: datetime
) -> CalendarYear:
    """导入工作日历 (ORG-19): a draft that a second person approves; the calendar in force stays until then.

    Raises: CalendarRefused, CalendarDraftWaiting, NoPermission.
    """
    checks.check_permission(by, "calendar.draft", now)
    if waiting := CalendarYear.objects.filter(year=year, state=CalendarState.DRAFT).first():
        assert waiting.imported_by is not None
        raise CalendarDraftWaiting(year=year, name=waiting.imported_by.name)
    if problems := list(_problems(year, days, source)):
        raise CalendarRefused(year=year, problems=";".join(problems))
    draft = CalendarYear.objects.create(
        year=year, state=CalendarState.DRAFT, source=source.strip(), imported_by=by, imported_at=now
    )
    CalendarDay.objects.bulk_create(_rows(draft, days))
    _record("platform.import_calendar_year", draft, len(days), by=by, now=now)
    send_notice(
        recipients=queries.holders_of_permission("calendar.approve", now.date()),
        title=f"{year}年工作日历待批准",
        body=f"由{by.name}导入,来源:{source}",
        topic=f"calendar:{draft.pk}",
        now=now,
    )
    return draft


@transaction.atomic
def approve_calendar_year(*, year: int, by: Operator, now: datetime) -> CalendarYear:
    """批准工作日历 (ORG-19): by another person than imported it; what was in force is superseded, not changed.

    Raises: NoCalendarDraft, SamePersonApproves, NoPermission.
    """
    draft = _draft_for_decision(year, by, now)
    standing = CalendarYear.objects.select_for_update().filter(year=year, state__in=IN_FORCE).first()
    if standing is not None:
        _supersede(standing)
    _decide(draft, CalendarState.APPROVED, by, now)
    events.publish(events.CalendarPutInForce(year=year))
    return draft


@transaction.atomic
def reject_calendar_year(*, year: int, reason: str, by: Operator, now: datetime) -> CalendarYear:
    """退回工作日历 (ORG-19). Raises: NoCalendarDraft, SamePersonApproves, NoPermission."""
    draft = _draft_for_decision(year, by, now)
    _decide(draft, CalendarState.REJECTED, by, now, reason=reason)
    return draft


def remind_of_provisional_years(*, now: datetime) -> int:
    """Tell whoever imports calendars, once a month, which years are still provisional (暂定日历提醒)."""
    years = queries.provisional_years()
    if not years:
        return 0
    return send_notice(
        recipients=queries.holders_of_permission("calendar.draft", now.date()),
        level=NoticeLevel.WARNING,
        title=f"{'、'.join(map(str, years))}年工作日历为暂定",
        body="尚未含官方调休安排,涉及该年的工作日期限可能变动;官方通知发布后请导入并批准。",
        topic=f"calendar-provisional:{now:%Y-%m}",
        now=now,
    )


def _published_years() -> set[int]:
    return {day.year for day in constants.holidays} & set(range(FIRST_YEAR, 10000))


def _published_days(year: int) -> list[ImportedDay]:
    names = {holiday.value: holiday.chinese for holiday in constants.Holiday}
    off = [ImportedDay(day, False, names[name]) for day, name in constants.holidays.items() if day.year == year]
    on = [ImportedDay(day, True, f"{names[name]}调休") for day, name in constants.workdays.items() if day.year == year]
    return sorted([*off, *on], key=lambda one: one.day)


@cache
def movable_feasts() -> Mapping[int, MovableFeasts]:
    """The lunar feasts of the years that first data know (农历节日)."""
    with FEASTS.open(encoding="utf-8") as file:
        return {year: MovableFeasts(**days) for year, days in yaml.safe_load(file).items()}


def _derived_days(year: int) -> list[ImportedDay]:
    days = statutory_holidays_from_2025(year, movable_feasts()[year])
    return [ImportedDay(day, False, name) for day, name in sorted(days.items())]


def _rows(edition: CalendarYear, days: Iterable[ImportedDay]) -> Iterable[CalendarDay]:
    return (CalendarDay(calendar=edition, day=one.day, is_working=one.is_working, name=one.name) for one in days)


def _problems(year: int, days: Sequence[ImportedDay], source: str) -> Iterable[str]:
    """Why these days cannot be the calendar of that year."""
    seen: set[date] = set()
    if not source.strip():
        yield "未写明来源文件"
    if not any(not one.is_working for one in days):
        yield "没有放假日"
    for one in days:
        if one.day.year != year:
            yield f"{one.day}不在{year}年"
        if one.day in seen:
            yield f"{one.day}重复"
        if one.is_working and one.day.weekday() < 5:
            yield f"{one.day}本是工作日,不能作为调休上班日"
        seen.add(one.day)


def _draft_for_decision(year: int, by: Operator, now: datetime) -> CalendarYear:
    checks.check_permission(by, "calendar.approve", now)
    drafts = CalendarYear.objects.select_for_update(of=("self",)).select_related("imported_by")
    draft = drafts.filter(year=year, state=CalendarState.DRAFT).first()
    if draft is None:
        raise NoCalendarDraft(year=year)
    assert draft.imported_by is not None
    if draft.imported_by.citizen_id == by.citizen_id:
        raise SamePersonApproves()
    return draft


def _decide(draft: CalendarYear, state: CalendarState, by: Operator, now: datetime, reason: str = "") -> None:
    assert (CalendarState(draft.state), state) in CALENDAR_TRANSITIONS
    draft.state, draft.decided_by, draft.decided_at = state, by, now
    draft.save(update_fields=["state", "decided_by", "decided_at"])
    _record(f"platform.calendar_{state.value}", draft, draft.days.count(), by=by, now=now, reason=reason)


def _supersede(standing: CalendarYear) -> None:
    assert (CalendarState(standing.state), CalendarState.SUPERSEDED) in CALENDAR_TRANSITIONS
    standing.state = CalendarState.SUPERSEDED
    standing.save(update_fields=["state"])


def _record(
    action: str, edition: CalendarYear, days: int, *, by: Operator | None, now: datetime, reason: str = ""
) -> None:
    detail: dict[str, Any] = {"source": edition.source, "edition": edition.pk, "days": days}
    if reason:
        detail["reason"] = reason
    trail.record(action, at=now, operator=by, object_kind="calendar_year", object_key=edition.year, detail=detail)

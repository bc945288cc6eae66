"""The statutory calendar (ORG-19)."""

import io
from datetime import date

import pytest
import xlsxwriter
from django.db import IntegrityError, transaction

from tongchou.kernel.working_days import CalendarYearMissing
from tongchou.platform import commands, events, queries
from tongchou.platform.calendar_files import CalendarFileUnreadable, ImportedDay, read_calendar_file
from tongchou.platform.checks import NoPermission
from tongchou.platform.commands import calendar
from tongchou.platform.commands.calendar import (
    CalendarDraftWaiting,
    CalendarRefused,
    NoCalendarDraft,
    SamePersonApproves,
)
from tongchou.platform.models import CalendarYear
from tongchou.platform.rules import statutory_holidays_from_2025
from tongchou.platform.states import CalendarState
from tongchou.platform.tests.conftest import NOW, TODAY

pytestmark = pytest.mark.requirement("ORG-19")
YEARS = range(2016, 2028)


@pytest.fixture
def seeded(tree):
    assert commands.ensure_calendar(now=NOW) == list(YEARS)


def _day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        pytest.param("2018-04-26", 15, "2018-05-18", id="ORG-19"),
        pytest.param("2018-03-01", 20, "2018-03-29", id="ORG-17"),
        pytest.param("2018-02-09", 1, "2018-02-11", id="春节前调休上班"),
        pytest.param("2018-02-14", 1, "2018-02-22", id="春节"),
        pytest.param("2018-12-28", 1, "2018-12-29", id="元旦前调休上班"),
        pytest.param("2018-12-29", 1, "2019-01-02", id="跨年"),
    ],
)
def test_working_days_are_counted_over_holidays_and_make_up_days(seeded, start, count, due):
    assert queries.working_calendar().add_working_days(_day(start), count) == _day(due)


def test_the_holidays_of_2018_are_those_of_the_requirements(seeded):
    calendar_2018 = queries.working_calendar()
    spans = [("01-01", "01-01"), ("02-15", "02-21"), ("04-05", "04-07"), ("04-29", "05-01"), ("06-16", "06-18")]
    for first, last in [*spans, ("09-22", "09-24"), ("10-01", "10-07")]:
        for ordinal in range(_day(f"2018-{first}").toordinal(), _day(f"2018-{last}").toordinal() + 1):
            assert not calendar_2018.is_working_day(date.fromordinal(ordinal))
    for make_up in ("02-11", "02-24", "04-08", "04-28", "09-29", "09-30"):
        assert calendar_2018.is_working_day(_day(f"2018-{make_up}"))


def test_the_years_2016_to_2027_are_there(seeded):
    assert queries.working_calendar().years == tuple(YEARS)


def test_a_year_without_data_is_an_error(seeded):
    with pytest.raises(CalendarYearMissing, match="2028"):
        queries.working_calendar().is_working_day(_day("2028-01-03"))
    with pytest.raises(CalendarYearMissing):
        queries.working_calendar().add_working_days(_day("2027-12-30"), 5)


def test_a_year_that_is_missing_entirely_is_an_error(tree):
    with pytest.raises(CalendarYearMissing):
        queries.working_calendar().is_working_day(TODAY)


def test_2027_is_provisional_and_has_the_statutory_days_only(seeded):
    assert queries.provisional_years() == [2027]
    days = queries.calendar_days(2027)
    assert len(days) == 13
    assert not any(day.is_working for day in days)
    assert [str(day.day)[5:] for day in days] == [
        *("01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02", "06-09", "09-15"),
        *("10-01", "10-02", "10-03"),
    ]


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_statutory_rule_agrees_with_the_years_already_published(year):
    statutory = set(statutory_holidays_from_2025(year, calendar.movable_feasts()[year]))
    published = {one.day for one in calendar._published_days(year) if not one.is_working}
    assert statutory <= published
    assert len(statutory) == 13


def test_seeding_twice_changes_nothing(seeded):
    assert commands.ensure_calendar(now=NOW) == []
    assert CalendarYear.objects.count() == len(YEARS)


def test_published_data_replace_a_provisional_year(seeded, monkeypatch):
    monkeypatch.setattr(calendar, "_published_years", lambda: set(YEARS))
    published = calendar._published_days
    official = [ImportedDay(_day("2027-01-01"), False, "元旦")]
    monkeypatch.setattr(calendar, "_published_days", lambda year: official if year == 2027 else published(year))
    assert commands.ensure_calendar(now=NOW) == [2027]
    assert queries.provisional_years() == []
    assert [day.name for day in queries.calendar_days(2027)] == ["元旦"]


def test_who_imports_calendars_is_reminded_of_a_provisional_year_once_a_month(seeded, admin):
    assert commands.remind_of_provisional_years(now=NOW) == 1
    assert commands.remind_of_provisional_years(now=NOW) == 0
    assert "2027" in queries.notices_of(admin)[0].title


def test_without_provisional_years_nobody_is_reminded(admin):
    assert commands.remind_of_provisional_years(now=NOW) == 0


OFFICIAL = [
    ImportedDay(_day("2027-01-01"), False, "元旦"),
    ImportedDay(_day("2027-01-09"), True, "元旦调休"),
    ImportedDay(_day("2027-02-04"), False, "春节"),
]


@pytest.fixture
def drafted(seeded, admin):
    return commands.import_calendar_year(year=2027, days=OFFICIAL, source="国办发明电", by=admin, now=NOW)


def test_an_imported_year_comes_into_force_when_a_second_person_approves(drafted, security):
    assert queries.working_calendar().is_working_day(_day("2027-02-04"))
    heard = []
    handler = events.subscribe(events.CalendarPutInForce)(heard.append)
    commands.approve_calendar_year(year=2027, by=security, now=NOW)
    events.unsubscribe(events.CalendarPutInForce, handler)
    assert heard == [events.CalendarPutInForce(2027)]
    assert not queries.working_calendar().is_working_day(_day("2027-02-04"))
    assert queries.working_calendar().is_working_day(_day("2027-01-09"))
    assert queries.provisional_years() == []
    states = {edition.state for edition in queries.calendar_years() if edition.year == 2027}
    assert states == {CalendarState.APPROVED, CalendarState.SUPERSEDED}


def test_the_importer_does_not_approve(seeded, hire, security):
    both = hire("information", at="450100")
    commands.import_calendar_year(year=2027, days=OFFICIAL, source="国办发明电", by=both, now=NOW)
    commands.grant_post(
        operator_id=both.pk, post_code="leader", unit_code="450100", valid_from=TODAY, by=security, now=NOW
    )
    again = type(both).objects.get(pk=both.pk)
    with pytest.raises(SamePersonApproves):
        commands.approve_calendar_year(year=2027, by=again, now=NOW)


def test_the_database_refuses_one_person_for_both(drafted, admin):
    with pytest.raises(IntegrityError, match="calendar_year_two_persons"), transaction.atomic():
        CalendarYear.objects.filter(pk=drafted.pk).update(state="approved", decided_by=admin, decided_at=NOW)


def test_the_database_refuses_approval_by_nobody_and_two_years_in_force(drafted, security):
    with pytest.raises(IntegrityError, match="calendar_year_decided_by_somebody"), transaction.atomic():
        CalendarYear.objects.filter(pk=drafted.pk).update(state="approved")
    with pytest.raises(IntegrityError, match="calendar_year_one_in_force"), transaction.atomic():
        CalendarYear.objects.filter(pk=drafted.pk).update(state="approved", decided_by=security, decided_at=NOW)
    with pytest.raises(IntegrityError, match="calendar_year_imported_by_somebody"), transaction.atomic():
        CalendarYear.objects.filter(pk=drafted.pk).update(imported_by=None)


def test_a_rejected_draft_makes_room_for_another(drafted, admin, security):
    with pytest.raises(CalendarDraftWaiting):
        commands.import_calendar_year(year=2027, days=OFFICIAL, source="x", by=admin, now=NOW)
    rejected = commands.reject_calendar_year(year=2027, reason="漏一日", by=security, now=NOW)
    assert rejected.state == CalendarState.REJECTED
    assert queries.provisional_years() == [2027]
    assert commands.import_calendar_year(year=2027, days=OFFICIAL, source="国办发明电", by=admin, now=NOW)


def test_without_a_draft_there_is_nothing_to_approve(seeded, security):
    with pytest.raises(NoCalendarDraft):
        commands.approve_calendar_year(year=2027, by=security, now=NOW)


def test_who_approves_is_told_of_the_draft(seeded, security, admin):
    commands.import_calendar_year(year=2027, days=OFFICIAL, source="国办发明电", by=admin, now=NOW)
    assert queries.notices_of(security)[0].title == "2027年工作日历待批准"


def test_importing_and_approving_need_their_permissions(seeded, hire, admin):
    with pytest.raises(NoPermission):
        commands.import_calendar_year(year=2027, days=OFFICIAL, source="x", by=hire("clerk"), now=NOW)
    with pytest.raises(NoPermission):
        commands.approve_calendar_year(year=2027, by=admin, now=NOW)


@pytest.mark.parametrize(
    ("days", "source", "why"),
    [
        pytest.param([ImportedDay(_day("2028-01-01"), False, "元旦")], "x", "不在2027年", id="外年"),
        pytest.param(OFFICIAL + OFFICIAL[:1], "x", "2027-01-01重复", id="重复"),
        pytest.param([*OFFICIAL, ImportedDay(_day("2027-01-06"), True, "调休")], "x", "本是工作日", id="平日调休"),
        pytest.param(OFFICIAL[1:2], "x", "没有放假日", id="无放假日"),
        pytest.param(OFFICIAL, " ", "未写明来源", id="无来源"),
    ],
)
def test_a_calendar_that_cannot_be_right_is_refused(seeded, admin, days, source, why):
    with pytest.raises(CalendarRefused, match=why):
        commands.import_calendar_year(year=2027, days=days, source=source, by=admin, now=NOW)


CSV = "日期,类型,名称\n2027-01-01,放假,元旦\n2027/1/9,上班,元旦调休\n,,\n2027.2.4,放假,春节\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_is_read_in_the_encodings_clerks_have(encoding):
    assert read_calendar_file("2027.csv", CSV.encode(encoding)) == OFFICIAL


def test_an_excel_file_is_read_with_true_dates_and_text():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["名称", "日期", "类型"])
        for row, one in enumerate(OFFICIAL, start=1):
            sheet.write(row, 0, one.name)
            sheet.write(row, 1, one.day if row < 3 else str(one.day))
            sheet.write(row, 2, "上班" if one.is_working else "放假")
    assert read_calendar_file("2027.XLSX", file.getvalue()) == OFFICIAL


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", "日期,名称\n".encode(), "缺少列“类型”"),
        ("a.csv", b"", "缺少列"),
        ("a.csv", "日期,类型,名称\n2027-13-01,放假,x\n2027-01-01,也许,x\n".encode(), "第2行.*第3行"),
        ("a.csv", b"\xff\xff", "编码"),
        ("a.xlsx", b"not a workbook", "不是可以读取的"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(name, content, why):
    with pytest.raises(CalendarFileUnreadable, match=why):
        read_calendar_file(name, content)


def test_the_calendar_is_read_once_until_another_edition_is_in_force(drafted, security, django_assert_num_queries):
    queries.working_calendar()
    with django_assert_num_queries(1):
        first = queries.working_calendar()
    assert queries.working_calendar() is first
    commands.approve_calendar_year(year=2027, by=security, now=NOW)
    assert queries.working_calendar() is not first

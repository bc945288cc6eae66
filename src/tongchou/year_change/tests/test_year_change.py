"""The guided change of the year: looked through, confirmed, blocked, released by a second person (ORG-26)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps

from tongchou.platform import commands as platform_commands
from tongchou.platform import queries as platform
from tongchou.platform.calendar_files import ImportedDay
from tongchou.platform.checks import AreaOutOfScope, NoPermission
from tongchou.platform.events import subscribe, unsubscribe
from tongchou.platform.queries import Operator
from tongchou.platform.tests import factors
from tongchou.platform.tests.at_once import named_at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.year_change import commands, items, jobs, own_items, queries
from tongchou.year_change.events import YearReleased
from tongchou.year_change.items import Finding, Item
from tongchou.year_change.models import YearChange
from tongchou.year_change.states import ItemState, YearState

pytestmark = [pytest.mark.requirement("ORG-26"), pytest.mark.article("GX2017 §21")]
AREA = "450100"
NOW = datetime(2018, 12, 10, 2, tzinfo=UTC)
NEW_YEAR = datetime(2019, 1, 2, 2, tzinfo=UTC)
CALENDAR = own_items.ITEMS[0]
CLOSED: dict[str, bool] = {}


def _agreements(pooling_area: str, year: int, today: date) -> Finding:
    return Finding(CLOSED["agreements"], f"{pooling_area} {year}")


@pytest.fixture(autouse=True)
def checklist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three items: the calendar, agreements that look by themselves, a budget that is confirmed by hand."""
    CLOSED["agreements"] = True
    kept: dict[str, Item] = {}
    monkeypatch.setattr(items, "_items", kept)
    agreements = Item(
        code="agreements",
        order=20,
        title="协议",
        citation="GX2017 §45",
        permission="institutions.manage",
        look=_agreements,
        action=items.Action("续签", _renew),
    )
    budget = Item(code="budget", order=30, title="预算", citation="GX2017 §91", permission="payment.methods")
    for item in (budget, CALENDAR, agreements):
        items.register(item)


def _renew(pooling_area: str, year: int, operator: Operator, now: datetime) -> str:
    CLOSED["agreements"] = True
    return f"已续签{year}"


@pytest.fixture
def maker(hire: Hire) -> Operator:
    return hire("information", at=AREA, name="何准备")


@pytest.fixture
def leader(hire: Hire) -> factors.Device:
    return factors.bind(hire("leader", at=AREA, name="林领导"), NOW)


@pytest.fixture
def payer(hire: Hire) -> Operator:
    return hire("payment_manager", at=AREA, name="支经办")


@pytest.fixture
def change(maker: Operator) -> YearChange:
    return commands.open_change(pooling_area=AREA, year=2019, operator=maker, now=NOW)


def notices() -> Any:
    return apps.get_model("platform", "Notice").objects


def bring_calendar(hire: Hire) -> None:
    """2019 is imported by one and approved by another."""
    days = [ImportedDay(date(2019, 1, 1), False, "元旦"), ImportedDay(date(2019, 2, 5), False, "春节")]
    importer, approver = hire("system_admin", at=AREA), hire("security_admin", at=AREA)
    platform_commands.import_calendar_year(year=2019, days=days, source="国办发明电", by=importer, now=NOW)
    platform_commands.approve_calendar_year(year=2019, by=approver, now=NOW)


def confirm(change: YearChange, operator: Operator, item: str = "budget", note: str = "方案已印发") -> None:
    commands.confirm(
        change_id=change.pk, item_code=item, note=note, document="医保发〔2018〕9号", operator=operator, now=NOW
    )


def release(change: YearChange, leader: factors.Device, now: datetime = NOW) -> YearChange:
    return commands.release(change_id=change.pk, code=leader.code(now), operator=leader.operator, now=now)


def state_of(change: YearChange, item: str) -> ItemState:
    change.refresh_from_db()
    return next(view.state for view in queries.checklist(change) if view.item.code == item)


def test_without_the_years_calendar_the_release_is_blocked_and_names_it(change, leader, payer, hire):
    confirm(change, payer)
    with pytest.raises(commands.NotReady, match="工作日历"):
        release(change, leader)
    assert not queries.is_released(AREA, 2019)
    bring_calendar(hire)
    assert release(change, leader).state == YearState.RELEASED
    assert queries.is_released(AREA, 2019)
    assert not queries.is_released("450200", 2019)


def test_the_items_stand_in_their_order_each_with_what_was_found(change, payer):
    found = {view.item.code: (view.state, view.said) for view in queries.checklist(change)}
    assert list(found) == ["calendar", "agreements", "budget"]
    assert found["calendar"] == (ItemState.OPEN, "没有2019年工作日历")
    assert found["agreements"] == (ItemState.READY, "450100 2019")
    assert found["budget"] == (ItemState.OPEN, "")
    confirm(change, payer)
    assert state_of(change, "budget") == ItemState.CONFIRMED
    commands.withdraw_confirmation(change_id=change.pk, item_code="budget", operator=payer, now=NOW)
    assert state_of(change, "budget") == ItemState.OPEN


def test_the_release_looks_again_and_does_not_trust_what_was_found_before(change, leader, payer, hire):
    bring_calendar(hire)
    confirm(change, payer)
    CLOSED["agreements"] = False
    with pytest.raises(commands.NotReady, match="协议"):
        release(change, leader)


def test_whoever_opened_the_list_does_not_release_it(hire):
    both = factors.bind(hire("information", "leader", at=AREA), NOW)
    change = commands.open_change(pooling_area=AREA, year=2019, operator=both.operator, now=NOW)
    with pytest.raises(commands.SamePersonReleases):
        release(change, both)


def test_an_item_is_confirmed_by_whose_business_it_is_and_the_calendar_by_nobody(change, payer, maker, hire):
    with pytest.raises(NoPermission):
        confirm(change, maker)
    with pytest.raises(AreaOutOfScope):
        confirm(change, hire("payment_manager", at="450102"))
    with pytest.raises(commands.NoteMissing, match="情况"):
        confirm(change, payer, note="  ")
    confirm(change, payer)
    with pytest.raises(commands.ConfirmedAlready, match="支经办"):
        confirm(change, payer)
    with pytest.raises(commands.NotConfirmable, match="工作日历"):
        confirm(change, maker, item="calendar")
    with pytest.raises(commands.ItemUnknown, match="nothing"):
        confirm(change, payer, item="nothing")


def test_a_step_taken_from_the_list_is_seen_at_once(change, hire):
    CLOSED["agreements"] = False
    manager = hire("agreement_manager", at=AREA)
    commands.look_through(change_id=change.pk, operator=manager, now=NOW)
    assert state_of(change, "agreements") == ItemState.OPEN
    assert commands.act(change_id=change.pk, item_code="agreements", operator=manager, now=NOW) == "已续签2019"
    assert state_of(change, "agreements") == ItemState.READY
    with pytest.raises(commands.NothingToDo):
        commands.act(change_id=change.pk, item_code="budget", operator=hire("payment_manager", at=AREA), now=NOW)


def test_a_year_is_opened_once_and_only_when_it_is_near(maker, change, hire):
    with pytest.raises(commands.OpenedAlready):
        commands.open_change(pooling_area=AREA, year=2019, operator=maker, now=NOW)
    with pytest.raises(commands.YearNotNear, match="2018年度和2019年度"):
        commands.open_change(pooling_area=AREA, year=2020, operator=maker, now=NOW)
    with pytest.raises(AreaOutOfScope):
        commands.open_change(pooling_area=AREA, year=2018, operator=hire("information", at="450102"), now=NOW)


def test_a_released_list_stands_still_until_the_release_is_withdrawn_before_the_year(change, leader, payer, hire):
    bring_calendar(hire)
    confirm(change, payer)
    heard: list[YearReleased] = []
    subscribe(YearReleased)(heard.append)
    try:
        release(change, leader)
    finally:
        unsubscribe(YearReleased, heard.append)
    assert heard == [YearReleased(AREA, 2019)]
    with pytest.raises(commands.NotPreparing):
        commands.withdraw_confirmation(change_id=change.pk, item_code="budget", operator=payer, now=NOW)
    with pytest.raises(commands.NoteMissing, match="理由"):
        commands.withdraw_release(change_id=change.pk, reason=" ", operator=leader.operator, now=NOW)
    with pytest.raises(commands.YearBegun):
        commands.withdraw_release(change_id=change.pk, reason="预算有误", operator=leader.operator, now=NEW_YEAR)
    commands.withdraw_release(change_id=change.pk, reason="预算有误", operator=leader.operator, now=NOW)
    assert not queries.is_released(AREA, 2019)
    assert [entry.action for entry in queries.history(change)][:2] == [
        "year_change.release_withdrawn",
        "year_change.released",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_leaders_at_once_release_it_once(committed):
    hire = Hire()
    maker, payer = hire("information", at=AREA), hire("payment_manager", at=AREA)
    change = commands.open_change(pooling_area=AREA, year=2019, operator=maker, now=NOW)
    bring_calendar(hire)
    confirm(change, payer)
    leaders = [factors.bind(hire("leader", at=AREA), NOW) for _ in range(2)]
    ends = named_at_once(*[lambda leader=leader: str(release(change, leader).state) for leader in leaders])
    assert sorted(ends) == ["NotPreparing", "released"]


def test_the_clock_reminds_of_a_year_that_is_near_once_a_month_and_of_one_that_began_every_week(maker, leader, change):
    assert jobs.every_night(NOW) == 2
    assert jobs.every_night(datetime(2018, 12, 11, 2, tzinfo=UTC)) == 0
    notice = notices().filter(recipient=maker).get()
    assert (notice.title, notice.link) == ("甲市2019年度切换清单尚未发布", "/year-change/2019/")
    assert notice.body == "未就绪:工作日历、预算"
    assert jobs.every_night(NEW_YEAR) == 2
    assert jobs.every_night(datetime(2019, 1, 3, 2, tzinfo=UTC)) == 0
    assert jobs.every_night(datetime(2019, 1, 8, 2, tzinfo=UTC)) == 2
    begun = notices().filter(recipient=maker).latest("id")
    assert begun.title == "甲市2019年度已开始,切换清单仍未发布"


def test_in_spring_nobody_is_reminded_of_the_next_year(maker, leader, monkeypatch):
    monkeypatch.setattr(queries, "is_released", lambda area, year: year == 2019)
    assert jobs.every_night(datetime(2019, 3, 1, 2, tzinfo=UTC)) == 0


def test_an_area_that_began_to_work_with_the_house_in_summer_is_not_reminded_of_the_year_before(maker, leader):
    assert jobs.every_night(datetime(2019, 6, 1, 2, tzinfo=UTC)) == 0


def test_an_item_that_nobody_could_make_ready_stops_the_start():
    with pytest.raises(items.FaultyItem):
        items.register(Item(code="x", order=1, title="x", citation="", permission="no.such"))
    with pytest.raises(items.FaultyItem):
        items.register(Item(code="x", order=1, title="x", citation="", permission="fund.view", strict=True))


def test_the_calendar_is_ready_when_approved_and_not_while_provisional(hire, tree):
    platform_commands.ensure_calendar(now=NOW)
    assert CALENDAR.look is not None
    assert not CALENDAR.look(AREA, 2027, date(2026, 12, 1)).ready
    assert CALENDAR.look(AREA, 2018, date(2017, 12, 1)).ready
    assert platform.provisional_years() == [2027]

"""The agency tree (ORG-01, ORG-07)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tongchou.platform import commands, events, queries
from tongchou.platform.commands import organisation
from tongchou.platform.commands.organisation import (
    DateBeforeUnit,
    NameNotLater,
    OpenBusinessLeft,
    ParentDoesNotFit,
    SuccessorDoesNotFit,
    SuccessorNeeded,
    UnitAlreadyClosing,
    UnitExists,
    UnitInUse,
    UnitUnknown,
)
from tongchou.platform.models import OrgUnit, OrgUnitName, PoolingArea, PostHolding
from tongchou.platform.states import UnitLevel
from tongchou.platform.tests.conftest import NOW, START

JULY = date(2018, 7, 1)
IN_JULY = datetime.fromisoformat("2018-07-02T10:00:00+08:00")


@pytest.fixture
def three_cases(monkeypatch):
    """Three open cases at the town 450102001, which move when it closes."""
    cases = dict.fromkeys(("受理一", "受理二", "受理三"), "450102001")
    monkeypatch.setattr(organisation, "_open_business", {})

    @commands.count_open_business("业务件")
    def count(unit_code):
        return sum(1 for place in cases.values() if place == unit_code)

    @events.subscribe(events.OrgUnitClosed)
    def move(event):
        for case, place in cases.items():
            if place == event.unit_code:
                cases[case] = event.successor_code

    yield cases
    events.unsubscribe(events.OrgUnitClosed, move)


@pytest.mark.requirement("ORG-01")
@pytest.mark.article("GX2017 §3")
def test_a_unit_with_open_business_is_not_deleted(admin, three_cases):
    with pytest.raises(OpenBusinessLeft, match=r"有未办结业务.*业务件3"):
        commands.delete_org_unit(code="450102001", by=admin, now=NOW)


@pytest.mark.requirement("ORG-01")
def test_a_closed_units_business_moves_to_the_successor_and_the_old_code_stays(admin, three_cases):
    commands.close_org_unit(code="450102001", successor_code="450102002", valid_until=JULY, by=admin, now=IN_JULY)
    assert set(three_cases.values()) == {"450102002"}
    closed = queries.unit("450102001")
    assert (closed.valid_until, closed.successor_id, closed.closed_at) == (JULY, "450102002", IN_JULY)


@pytest.mark.requirement("ORG-01")
def test_a_closing_dated_ahead_takes_effect_on_its_day(admin, three_cases):
    commands.close_org_unit(code="450102001", successor_code="450102002", valid_until=JULY, by=admin, now=NOW)
    assert set(three_cases.values()) == {"450102001"}
    assert commands.put_due_changes_in_force(now=NOW) == 0
    assert commands.put_due_changes_in_force(now=IN_JULY) == 1
    assert set(three_cases.values()) == {"450102002"}
    assert commands.put_due_changes_in_force(now=IN_JULY) == 0


def test_lower_units_hang_under_the_successor_and_keep_their_codes(admin):
    commands.close_org_unit(code="450102001", successor_code="450102002", valid_until=JULY, by=admin, now=IN_JULY)
    village = queries.unit("450102001201")
    assert village.parent_id == "450102002"
    assert village.path == "450000/450100/450102/450102002/450102001201/"


def test_staff_and_posts_go_on_at_the_successor(admin, hire):
    clerk = hire("clerk", at="450102001")
    commands.close_org_unit(code="450102001", successor_code="450102002", valid_until=JULY, by=admin, now=IN_JULY)
    clerk.refresh_from_db()
    assert clerk.org_unit_id == "450102002"
    assert [holding.org_unit_id for holding in queries.holdings_of(clerk, JULY)] == ["450102002"]
    day_before = JULY - timedelta(days=1)
    assert [holding.org_unit_id for holding in queries.holdings_of(clerk, day_before)] == ["450102001"]


def test_a_post_already_held_at_the_successor_is_not_doubled(admin, hire, security):
    clerk = hire("clerk", at="450102001")
    commands.grant_post(
        operator_id=clerk.pk, post_code="clerk", unit_code="450102002", valid_from=START, by=security, now=NOW
    )
    commands.close_org_unit(code="450102001", successor_code="450102002", valid_until=JULY, by=admin, now=IN_JULY)
    assert PostHolding.objects.in_force(JULY).filter(operator=clerk).count() == 1


def test_closing_without_a_successor_needs_an_empty_unit(admin):
    with pytest.raises(SuccessorNeeded, match="下级机构1"):
        commands.close_org_unit(code="450102001", successor_code=None, valid_until=JULY, by=admin, now=NOW)
    closed = commands.close_org_unit(code="450102002", successor_code=None, valid_until=JULY, by=admin, now=IN_JULY)
    assert closed.closed_at == IN_JULY


@pytest.mark.parametrize(
    ("successor", "why"),
    [
        pytest.param("450102001201", "其下级", id="下级"),
        pytest.param("450102", "层级不同", id="上级"),
        pytest.param("450202001", "统筹区", id="外统筹区"),
    ],
)
def test_a_successor_that_does_not_fit_is_refused(hire, successor, why):
    provincial = hire("system_admin", at="450000")
    commands.open_org_unit(
        code="450202001",
        name="C县城关镇",
        level=UnitLevel.TOWN,
        parent_code="450202",
        pooling_area="450200",
        valid_from=START,
        by=provincial,
        now=NOW,
    )
    with pytest.raises(SuccessorDoesNotFit, match=why):
        commands.close_org_unit(code="450102001", successor_code=successor, valid_until=JULY, by=provincial, now=NOW)


def test_a_closing_successor_is_refused(admin):
    commands.close_org_unit(code="450102002", successor_code=None, valid_until=JULY, by=admin, now=NOW)
    with pytest.raises(SuccessorDoesNotFit, match="正在撤销"):
        commands.close_org_unit(code="450102001", successor_code="450102002", valid_until=JULY, by=admin, now=NOW)


def test_a_unit_closes_once(admin):
    commands.close_org_unit(code="450102002", successor_code=None, valid_until=JULY, by=admin, now=NOW)
    with pytest.raises(UnitAlreadyClosing):
        commands.close_org_unit(code="450102002", successor_code=None, valid_until=JULY, by=admin, now=NOW)
    with pytest.raises(UnitAlreadyClosing):
        commands.rename_org_unit(code="450102002", name="新名", valid_from=JULY, by=admin, now=NOW)


def test_a_unit_does_not_close_before_it_began(admin):
    with pytest.raises(DateBeforeUnit):
        commands.close_org_unit(code="450102002", successor_code=None, valid_until=START, by=admin, now=NOW)


def test_an_unknown_unit_is_refused(admin):
    with pytest.raises(UnitUnknown):
        commands.close_org_unit(code="450199", successor_code=None, valid_until=JULY, by=admin, now=NOW)


def test_a_unit_made_in_error_is_deleted(admin):
    commands.delete_org_unit(code="450102001201", by=admin, now=NOW)
    assert queries.unit("450102001201") is None


def test_a_unit_that_others_refer_to_is_not_deleted(admin):
    commands.close_org_unit(code="450102002", successor_code=None, valid_until=JULY, by=admin, now=IN_JULY)
    OrgUnit.objects.filter(code="450102002").update(successor="450102001201")
    with pytest.raises(UnitInUse):
        commands.delete_org_unit(code="450102001201", by=admin, now=IN_JULY)


def _open(code, level, parent, by=None, valid_from=START):
    return commands.open_org_unit(
        code=code,
        name="新机构",
        level=level,
        parent_code=parent,
        pooling_area="450100",
        valid_from=valid_from,
        by=by,
        now=NOW,
    )


def test_a_code_is_never_used_again(admin):
    commands.close_org_unit(code="450102002", successor_code=None, valid_until=JULY, by=admin, now=IN_JULY)
    with pytest.raises(UnitExists):
        _open("450102002", UnitLevel.TOWN, "450102")


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("450102003", UnitLevel.TOWN, "450100"),
        ("450102002201", UnitLevel.VILLAGE, "450102"),
        ("450104", UnitLevel.COUNTY, "450103"),
        ("460000", UnitLevel.PROVINCE, "450000"),
        ("450300", UnitLevel.CITY, None),
    ],
)
def test_a_level_hangs_only_under_the_level_above(tree, code, level, parent):
    with pytest.raises(ParentDoesNotFit):
        _open(code, level, parent)


def test_a_unit_does_not_begin_before_its_parent(tree):
    with pytest.raises(DateBeforeUnit):
        _open("450102003", UnitLevel.TOWN, "450102", valid_from=START - timedelta(days=1))


@pytest.mark.parametrize(
    ("code", "level"),
    [("45010", UnitLevel.COUNTY), ("450102", UnitLevel.TOWN), ("45010200", UnitLevel.TOWN), ("医院", UnitLevel.SCHOOL)],
)
def test_the_database_refuses_a_code_that_does_not_fit_the_level(tree, code, level):
    parent = OrgUnit.objects.get(code="450100")
    with pytest.raises(IntegrityError, match="org_unit_code_fits_level"), transaction.atomic():
        OrgUnit.objects.create(
            code=code, name="x", level=level, parent=parent, path=f"{parent.path}{code}/", valid_from=START
        )


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"path": "450000/450100/"}, "org_unit_path_ends_with_code"),
        ({"parent": None}, "org_unit_root_is_province"),
        ({"valid_until": START}, "org_unit_span_not_empty"),
        ({"closed_at": NOW}, "org_unit_closing_has_a_date"),
        ({"successor": "450103", "valid_until": JULY}, "org_unit_not_its_own_successor"),
    ],
)
def test_the_database_refuses_a_broken_unit(tree, changes, constraint):
    OrgUnit.objects.filter(code="450100").update(path="elsewhere/450100/")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrgUnit.objects.filter(code="450103").update(**changes)


def test_the_database_refuses_a_pooling_area_without_six_digits(db):
    with pytest.raises(IntegrityError, match="pooling_area_code_is_six_digits"), transaction.atomic():
        PoolingArea.objects.create(code="45", name="x", level=UnitLevel.CITY, valid_from=START)
    with pytest.raises(IntegrityError, match="pooling_area_span_not_empty"), transaction.atomic():
        PoolingArea.objects.create(code="450100", name="x", level="city", valid_from=START, valid_until=START)


@pytest.mark.requirement("ORG-07")
@pytest.mark.article("ESSAY 二.1")
def test_a_slip_of_an_earlier_day_bears_the_name_of_that_day(admin):
    new_year = date(2019, 1, 1)
    commands.rename_org_unit(code="450102", name="A县医疗保障局", valid_from=new_year, by=admin, now=NOW)
    assert queries.unit_name("450102", date(2018, 12, 20)) == "甲市A县社会保险事业管理所"
    assert queries.unit_name("450102", new_year) == "A县医疗保障局"
    assert queries.unit_name("450102", date(2010, 1, 1)) == "甲市A县社会保险事业管理所"
    assert queries.unit_name("999999", new_year) == "999999"


def test_a_name_dated_ahead_comes_into_force_on_its_day(admin):
    commands.rename_org_unit(code="450102", name="A县医疗保障局", valid_from=JULY, by=admin, now=NOW)
    assert queries.unit("450102").name == "甲市A县社会保险事业管理所"
    assert commands.put_due_changes_in_force(now=IN_JULY) == 1
    assert queries.unit("450102").name == "A县医疗保障局"


def test_a_name_at_once_is_at_once_the_units(admin):
    commands.rename_org_unit(code="450102", name="A县医疗保障局", valid_from=NOW.date(), by=admin, now=NOW)
    assert queries.unit("450102").name == "A县医疗保障局"


def test_a_new_name_begins_later_than_the_one_before(admin):
    with pytest.raises(NameNotLater):
        commands.rename_org_unit(code="450102", name="A县医疗保障局", valid_from=START, by=admin, now=NOW)


def test_the_database_refuses_two_names_on_one_day(tree):
    with pytest.raises(IntegrityError, match="org_unit_one_name_a_day"), transaction.atomic():
        OrgUnitName.objects.create(unit_id="450102", name="另一名", valid_from=JULY)


def test_the_tree_is_read_in_its_order(tree):
    codes = [unit.code for unit in queries.units_below("450102", JULY)]
    assert codes == ["450102", "450102001", "450102001201", "450102002", "H45010200001", "H45010200002"]
    assert [unit.code for unit in queries.units_below("450100", JULY, levels=["county"])] == ["450102", "450103"]
    assert [unit.code for unit in queries.units_above("450102001")] == ["450000", "450100", "450102", "450102001"]
    assert queries.units_below("999999", JULY) == queries.units_above("999999") == []
    assert queries.area_of_unit("450102") == "450100"
    assert [area.code for area in queries.pooling_areas(JULY)] == ["450100", "450200"]

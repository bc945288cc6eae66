"""The duty matrix (职责分工; ORG-03; JL2019 §2): which level sets rules, handles, reviews, reads."""

import threading
from datetime import UTC, date, datetime

import pytest

from tongchou.platform import checks, commands, duty_queries, queries
from tongchou.platform.checks import NotThisLevel
from tongchou.platform.commands import duty_matrix
from tongchou.platform.models import DutyEdition, Notice, Operator, TrailEntry
from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.standard_duties import DUTY_ITEMS, DUTY_OF, standard_matrix
from tongchou.platform.states import Duty, EditionState, UnitLevel
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import NOW, TODAY, Hire

PROVINCE, CITY, COUNTY, TOWN = UnitLevel.PROVINCE, UnitLevel.CITY, UnitLevel.COUNTY, UnitLevel.TOWN
JULY = date(2018, 7, 1)


def again(operator: Operator) -> Operator:
    """The same operator as another request sees it."""
    return Operator.objects.get(pk=operator.pk)


def province_only() -> dict:
    """The standard matrix, with 个人缴费标准维护 for the province alone."""
    return standard_matrix() | {("rates", CITY): (Duty.READS,)}


@pytest.fixture
def maker(hire):
    commands.ensure_standard_matrix(unit_code="450000", now=NOW)
    return hire("policy_maker", at="450000", name="林慧敏")


@pytest.fixture
def approver(hire):
    return hire("leader", at="450000", name="赵立新")


@pytest.fixture
def put_in_force(maker, approver):
    """Drafts and approves a matrix of the province, or of another unit by its own people."""

    def put(matrix, valid_from: date = TODAY, *, unit: str = "450000", by=None, approved_by=None) -> DutyEdition:
        draft = commands.begin_duty_draft(unit_code=unit, by=by or maker, now=NOW)
        saved = commands.save_duty_draft(
            edition_id=draft.pk, version=1, matrix=matrix, valid_from=valid_from, by=by or maker, now=NOW
        )
        return commands.approve_duty_draft(
            edition_id=saved.pk, version=saved.version, by=approved_by or approver, now=NOW
        )

    return put


@pytest.mark.requirement("ORG-03")
@pytest.mark.article("JL2019 §2")
def test_a_county_reads_the_contribution_standards_that_only_the_province_sets(put_in_force, hire):
    put_in_force(province_only())
    county, province = hire("eligibility", at="450102"), hire("eligibility", at="450000")
    checks.check_permission(county, "contributions.view", NOW)
    with pytest.raises(NotThisLevel) as refused:
        checks.check_permission(county, "contributions.set_rates", NOW)
    assert refused.value.code == "PL-1001"
    assert str(refused.value) == (
        "不能办理“维护缴费标准”:按职责分工,“个人缴费标准维护”的定规则由省级承担,甲市A县社会保险事业管理所(县级)只能查阅"
    )
    checks.check_permission(province, "contributions.set_rates", NOW)
    kept = TrailEntry.objects.filter(action="platform.access_refused", staff_code=county.staff_code).latest("id")
    assert kept.detail["code"] == "PL-1001"


@pytest.mark.requirement("ORG-03")
def test_without_a_matrix_a_post_keeps_what_it_gives(hire):
    assert "contributions.set_rates" in hire("eligibility", at="450102").permissions_on(TODAY)


@pytest.mark.requirement("ORG-03")
@pytest.mark.article("GX2017 §3")
@pytest.mark.article("GX2017 §45")
@pytest.mark.parametrize(
    ("post", "permission", "levels"),
    [
        pytest.param("policy_maker", "policy.draft", {"450000", "450100"}, id="政策由省市定"),
        pytest.param("accountant", "fund.post_voucher", {"450100"}, id="基金由市统收统支"),
        pytest.param("agreement_manager", "institutions.manage", {"450000", "450100", "450102"}, id="协议分级管理"),
        pytest.param("clerk", "enrolment.register", {"450100", "450102", "450102001", "450102001201"}, id="登记到村"),
    ],
)
def test_the_standard_matrix_divides_as_the_regulations_say(maker, hire, post, permission, levels):
    units = ("450000", "450100", "450102", "450102001", "450102001201")
    assert {unit for unit in units if permission in hire(post, at=unit).permissions_on(TODAY)} == levels


@pytest.mark.requirement("ORG-03")
def test_every_permission_of_an_item_exists_changes_something_and_stands_in_one_item():
    named = [name for item in DUTY_ITEMS for name in item.permissions()]
    assert len(named) == len(set(named)) == len(DUTY_OF)
    assert all(name in PERMISSIONS and not PERMISSIONS[name].reads for name in named)
    assert {item for item, _ in standard_matrix()} == {item.code for item in DUTY_ITEMS}


@pytest.mark.requirement("ORG-03")
def test_a_new_matrix_begins_on_its_day_and_the_old_one_ends_with_it(put_in_force, hire):
    city = hire("eligibility", at="450100")
    put_in_force(province_only(), valid_from=JULY)
    assert "contributions.set_rates" in again(city).permissions_on(date(2018, 6, 30))
    assert "contributions.set_rates" not in again(city).permissions_on(JULY)
    spans = DutyEdition.objects.order_by("valid_from").values_list("valid_from", "valid_until", "is_first_data")
    assert list(spans) == [(date(2017, 7, 1), JULY, True), (JULY, None, False)]


@pytest.mark.requirement("ORG-03")
def test_whoever_wrote_on_a_draft_does_not_approve_it_and_another_person_does(maker, approver, hire):
    both = hire("policy_maker", "leader", at="450000")
    draft = commands.begin_duty_draft(unit_code="450000", by=maker, now=NOW)
    first = {"edition_id": draft.pk, "matrix": province_only(), "valid_from": TODAY, "now": NOW}
    commands.save_duty_draft(**first, version=1, by=both)
    commands.save_duty_draft(**(first | {"matrix": standard_matrix()}), version=2, by=maker)
    commands.save_duty_draft(**first, version=3, by=maker)
    with pytest.raises(duty_matrix.SamePersonApproves):
        commands.approve_duty_draft(edition_id=draft.pk, version=4, by=both, now=NOW)
    commands.submit_duty_draft(edition_id=draft.pk, version=4, by=maker, now=NOW)
    assert Notice.objects.filter(recipient=approver, title__contains="职责分工待核准").count() == 1
    done = commands.approve_duty_draft(edition_id=draft.pk, version=4, note="同意", by=approver, now=NOW)
    assert commands.approve_duty_draft(edition_id=draft.pk, version=4, by=approver, now=NOW) == done  # a double click
    entry = queries.trail_of("duty_edition", draft.pk)[0]
    assert entry.detail["changed"] == {"rates:city": ["定规则、查阅", "查阅"]}


@pytest.mark.requirement("ORG-03")
def test_of_two_editors_the_second_is_told_and_loses_nothing_of_the_first(maker, hire):
    other = hire("policy_maker", at="450000", name="周明远")
    draft = commands.begin_duty_draft(unit_code="450000", by=maker, now=NOW)
    assert commands.begin_duty_draft(unit_code="450000", by=other, now=NOW) == draft
    save = {"edition_id": draft.pk, "version": 1, "valid_from": TODAY, "now": NOW}
    commands.save_duty_draft(**save, matrix=province_only(), by=maker)
    commands.save_duty_draft(**save, matrix=province_only(), by=maker)  # a double click
    with pytest.raises(duty_matrix.DraftMoved, match="已由林慧敏于"):
        commands.save_duty_draft(**save, matrix=standard_matrix(), by=other)
    kept = DutyEdition.objects.get(pk=draft.pk)
    assert kept.version == 2
    assert duty_queries.matrix_of(kept)["rates", CITY] == (Duty.READS,)


@pytest.mark.requirement("ORG-03")
def test_two_editors_at_the_same_moment_make_one_draft_and_one_save(committed):
    hire = Hire()
    commands.ensure_standard_matrix(unit_code="450000", now=NOW)
    writers = [hire("policy_maker", at="450000") for _ in range(2)]
    drafted = threading.Barrier(2)

    def write(writer: Operator) -> None:
        draft = commands.begin_duty_draft(unit_code="450000", by=writer, now=NOW)
        drafted.wait(20)
        matrix = standard_matrix() | {("rates", TOWN): (Duty.READS,) if writer is writers[0] else ()}
        commands.save_duty_draft(edition_id=draft.pk, version=1, matrix=matrix, valid_from=TODAY, by=writer, now=NOW)

    assert at_once(*[lambda one=one: write(one) for one in writers]) == ["", duty_matrix.DraftMoved.code]
    assert DutyEdition.objects.filter(state=EditionState.DRAFT).count() == 1


@pytest.mark.requirement("ORG-03")
def test_a_city_divides_what_the_province_gave_it_and_no_more(put_in_force, hire):
    maker, approver = hire("policy_maker", at="450100"), hire("leader", at="450100")
    town, county = hire("clerk", at="450102001"), hire("clerk", at="450102")
    with pytest.raises(duty_matrix.BeyondSuperior, match="“个人缴费标准维护”县级"):
        put_in_force(
            standard_matrix() | {("rates", COUNTY): (Duty.SETS,)}, unit="450100", by=maker, approved_by=approver
        )
    draft = duty_queries.draft_of("450100")
    narrower = standard_matrix() | {("collection", TOWN): (Duty.READS,)}
    saved = commands.save_duty_draft(
        edition_id=draft.pk, version=1, matrix=narrower, valid_from=TODAY, by=maker, now=NOW
    )
    commands.approve_duty_draft(edition_id=draft.pk, version=saved.version, by=approver, now=NOW)
    with pytest.raises(NotThisLevel, match="由市级、县级、村"):
        checks.check_permission(again(town), "contributions.collect", NOW)
    checks.check_permission(again(county), "contributions.collect", NOW)
    checks.check_permission(hire("clerk", at="450202"), "contributions.collect", NOW)  # the other city's county


@pytest.mark.requirement("ORG-03")
def test_refusals_around_a_draft(maker, approver, hire):
    county = hire("policy_maker", at="450102")
    with pytest.raises(duty_matrix.UnitDividesNothing):
        commands.begin_duty_draft(unit_code="450102", by=county, now=NOW)
    with pytest.raises(duty_matrix.EditionUnknown):
        commands.approve_duty_draft(edition_id=0, version=1, by=approver, now=NOW)
    draft = commands.begin_duty_draft(unit_code="450000", by=maker, now=NOW)
    save = {"edition_id": draft.pk, "version": 1, "by": maker, "now": NOW}
    with pytest.raises(duty_matrix.NothingChanged):
        commands.submit_duty_draft(edition_id=draft.pk, version=1, by=maker, now=NOW)
    with pytest.raises(duty_matrix.StartsInThePast):
        commands.save_duty_draft(**save, matrix=province_only(), valid_from=date(2018, 5, 31))
    nobody = {cell: () if cell[0] == "fund" else duties for cell, duties in standard_matrix().items()}
    with pytest.raises(duty_matrix.NobodySets, match="“基金统收统支”没有任何层级承担办理"):
        commands.save_duty_draft(**save, matrix=nobody, valid_from=TODAY)
    with pytest.raises(duty_matrix.NoteMissing):
        commands.reject_duty_draft(edition_id=draft.pk, version=1, note=" ", by=approver, now=NOW)
    rejected = commands.reject_duty_draft(edition_id=draft.pk, version=1, note="再议", by=approver, now=NOW)
    assert rejected.state == EditionState.REJECTED
    with pytest.raises(duty_matrix.DraftDecided, match="已退回"):
        commands.save_duty_draft(**save, matrix=province_only(), valid_from=TODAY)


@pytest.mark.requirement("ORG-03")
def test_an_edition_approved_for_later_bars_an_earlier_one(put_in_force, maker):
    put_in_force(province_only(), valid_from=JULY)
    draft = commands.begin_duty_draft(unit_code="450000", by=maker, now=NOW)
    with pytest.raises(duty_matrix.LaterEditionStands, match="2018-07-01"):
        commands.save_duty_draft(
            edition_id=draft.pk, version=1, matrix=standard_matrix(), valid_from=TODAY, by=maker, now=NOW
        )


@pytest.mark.requirement("ORG-03")
def test_an_operator_with_posts_at_two_levels_does_at_each_what_it_may(put_in_force, hire):
    put_in_force(province_only())
    both = hire("eligibility", at="450102")
    commands.grant_post(
        operator_id=both.pk, post_code="eligibility", unit_code="450000", valid_from=TODAY, by=None, now=NOW
    )
    scope = queries.scope_of(again(both), "contributions.set_rates", TODAY)
    assert scope.prefixes == ("450000/",)


@pytest.mark.requirement("ORG-03")
def test_the_reason_for_a_missing_button_is_told_only_where_the_post_would_give_it(put_in_force, hire):
    put_in_force(province_only(), valid_from=TODAY)
    real_now = datetime(2018, 6, 1, 2, tzinfo=UTC)
    county, statistician = hire("eligibility", at="450102"), hire("statistician", at="450102")
    county.has_perm = statistician.has_perm = lambda permission: False  # which asks the clock of the machine
    assert isinstance(checks.why_not(county, "contributions.set_rates", real_now), NotThisLevel)
    assert checks.why_not(statistician, "contributions.set_rates", real_now) is None

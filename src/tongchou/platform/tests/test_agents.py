"""Commissioned agents (代办机构; ORG-04): what their operators may do is the commission, to the day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongchou.platform import agent_queries, checks, commands, duties, queries
from tongchou.platform.checks import AgentScope, OutOfScope
from tongchou.platform.commands import agents
from tongchou.platform.commands.agents import Terms
from tongchou.platform.models import AgentOffice, Commission, CommissionItem, Notice, Operator, OrgUnit, TrailEntry
from tongchou.platform.rules import cut_permissions
from tongchou.platform.states import AgentRole, AgentType, UnitLevel
from tongchou.platform.tests.conftest import NOW, START, TODAY

SCHOOL = "S45010200001"
VILLAGE = "450102001201"
YEAR = Terms(items=["registration"], begins=date(2018, 1, 1), until=date(2018, 6, 30), responsible="王校长")


def open_school(code: str = SCHOOL, name: str = "某小学") -> OrgUnit:
    above = OrgUnit.objects.get(pk="450102001")
    return OrgUnit.objects.create(
        code=code,
        name=name,
        level=UnitLevel.SCHOOL,
        parent=above,
        pooling_area_id="450100",
        path=f"{above.path}{code}/",
        valid_from=START,
    )


@pytest.fixture
def county(hire) -> Operator:
    commands.ensure_commission_items()
    open_school()
    return hire("eligibility", at="450102", name="参保科")


@pytest.fixture
def commission(county):
    """Commissions the school: `commission()`, or with other terms."""

    def give(terms: Terms = YEAR, *, unit: str = SCHOOL, type: AgentType = AgentType.SCHOOL, request: str = "r1"):
        return commands.register_agent(
            unit_code=unit,
            name="",
            role=AgentRole.AGENT,
            type=type,
            terms=terms,
            request_id=request,
            by=county,
            now=NOW,
        )

    return give


def again(operator: Operator) -> Operator:
    """The same operator as another request sees it."""
    return Operator.objects.get(pk=operator.pk)


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


@pytest.mark.requirement("ORG-04")
@pytest.mark.article("GX2017 §4")
def test_a_school_commissioned_for_registration_only_may_not_submit_a_reimbursement(commission, hire):
    clerk = hire("clerk", at=SCHOOL)
    commission()
    clerk = again(clerk)
    checks.check_in_scope(clerk, "cases.accept", SCHOOL, NOW, work="import:roster")
    with pytest.raises(AgentScope) as refused:
        checks.check_in_scope(clerk, "cases.accept", SCHOOL, NOW, work="case:manual_claim")
    assert refused.value.code == "AGENT_SCOPE"
    with pytest.raises(
        AgentScope, match="不能办理“办理窗口结算”:代办机构“某小学”的委托事项为参保登记,有效期2018-01-01至2018-06-30"
    ):
        checks.check_permission(clerk, "settlement.settle", NOW)
    kept = TrailEntry.objects.filter(action="platform.access_refused", staff_code=clerk.staff_code).latest("id")
    assert kept.detail["code"] == "AGENT_SCOPE"


@pytest.mark.requirement("ORG-04")
@pytest.mark.parametrize(
    ("day", "may"),
    [
        pytest.param(date(2017, 12, 31), False, id="生效前一日"),
        pytest.param(date(2018, 1, 1), True, id="生效当日"),
        pytest.param(date(2018, 6, 30), True, id="最后一日"),
        pytest.param(date(2018, 7, 1), False, id="次日零时起"),
    ],
)
def test_the_validity_ends_at_midnight(commission, hire, day, may):
    clerk = hire("clerk", at=SCHOOL)
    commission()
    assert ("enrolment.register" in again(clerk).permissions_on(day)) is may
    late = datetime(day.year, day.month, day.day, 15, 59, 59, tzinfo=UTC)  # one second before midnight in China
    if may:
        checks.check_permission(again(clerk), "enrolment.register", late)
    else:
        with pytest.raises(AgentScope, match="有效期2018-01-01至2018-06-30"):
            checks.check_permission(again(clerk), "enrolment.register", late)


@pytest.mark.requirement("ORG-04")
def test_what_concerns_no_person_stays_readable_when_the_commission_is_over(commission, hire):
    clerk = hire("clerk", at=SCHOOL)
    commission()
    held = again(clerk).permissions_on(date(2018, 7, 1))
    assert held == {
        "dashboard.view",
        "org.view",
        "calendar.view",
        "catalogue.view",
        "policy.view",
        "agents.view",
        "duties.view",
    }


@pytest.mark.requirement("ORG-04")
def test_a_second_post_at_the_agency_is_not_bound_by_the_schools_commission(commission, hire, security):
    clerk = hire("clerk", at=SCHOOL)
    commands.grant_post(operator_id=clerk.pk, post_code="clerk", unit_code="450103", valid_from=START, by=None, now=NOW)
    commission()
    both = again(clerk)
    assert "settlement.settle" in both.permissions_on(TODAY)
    checks.check_in_scope(both, "settlement.settle", "450103", NOW)
    with pytest.raises(AgentScope):
        checks.check_in_scope(both, "settlement.settle", SCHOOL, NOW)
    with pytest.raises(OutOfScope):
        checks.check_in_scope(both, "settlement.settle", "450202", NOW)
    assert queries.scope_of(both, "cases.accept", TODAY, "case:manual_claim").prefixes == ("450000/450100/450103/",)


@pytest.mark.requirement("ORG-04")
def test_the_county_above_the_school_and_a_unit_that_is_no_agent_are_free(commission, hire):
    commission()
    checks.check_in_scope(hire("clerk", at="450102"), "settlement.settle", SCHOOL, NOW)
    checks.check_in_scope(hire("clerk", at=VILLAGE), "settlement.settle", VILLAGE, NOW)


@pytest.mark.requirement("ORG-04")
def test_whoever_works_below_an_agent_stands_under_the_nearest_commission(commission, hire):
    commission(unit="450102001", type=AgentType.TOWN)
    below = hire("clerk", at=VILLAGE)
    with pytest.raises(AgentScope, match="城关镇"):
        checks.check_permission(below, "settlement.settle", NOW)
    commission(replace(YEAR, items=["reimbursement"]), unit=VILLAGE, type=AgentType.VILLAGE_COMMITTEE, request="r2")
    checks.check_permission(again(below), "settlement.view", NOW)
    with pytest.raises(AgentScope, match="东村"):
        checks.check_permission(again(below), "enrolment.register", NOW)


@pytest.mark.requirement("ORG-04")
def test_holders_of_a_post_or_permission_leave_out_an_agent_outside_its_commission(commission, hire):
    clerk, county_clerk = hire("clerk", at=SCHOOL), hire("clerk", at="450102")
    commission()
    assert set(queries.holders_of_permission("settlement.settle", TODAY)) == {county_clerk}
    assert queries.holders_of("clerk", SCHOOL, TODAY, "import:roster") == [clerk, county_clerk]
    assert queries.holders_of("clerk", SCHOOL, TODAY, "case:manual_claim") == [county_clerk]


@pytest.mark.requirement("ORG-04")
def test_an_operators_duties_cost_one_question_whatever_they_stand_under(commission, hire):
    clerk = hire("clerk", "second_reviewer", at=SCHOOL)
    commission()
    commands.ensure_standard_matrix(unit_code="450000", now=NOW)
    fresh = again(clerk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        duties.duties_of(fresh, TODAY)
        fresh.permissions_on(TODAY)
        queries.scope_of(fresh, "cases.accept", TODAY, "case:manual_claim")
    assert len(asked) == 1


@pytest.mark.requirement("ORG-04")
@pytest.mark.article("GX2017 §4")
def test_a_changed_commission_begins_on_its_day_and_the_old_one_keeps_what_it_said(commission, county, hire):
    clerk = hire("clerk", at=SCHOOL)
    office = commission()
    standing = agent_queries.current_of([office], TODAY)[office.pk]
    wider = replace(YEAR, items=["registration", "reimbursement"], begins=date(2018, 6, 10), responsible="李校长")
    commands.change_commission(commission_id=standing.pk, terms=wider, request_id="r2", by=county, now=NOW)
    spans = [(one.valid_from, one.valid_until, one.items) for one in Commission.objects.order_by("valid_from")]
    assert spans == [
        (date(2018, 1, 1), date(2018, 6, 10), ["registration"]),
        (date(2018, 6, 10), date(2018, 7, 1), ["registration", "reimbursement"]),
    ]
    assert "settlement.view" not in again(clerk).permissions_on(date(2018, 6, 9))
    assert "settlement.view" in again(clerk).permissions_on(date(2018, 6, 10))


@pytest.mark.requirement("ORG-04")
def test_an_ended_commission_ends_at_once_and_a_renewal_begins_on_its_day(commission, county, hire):
    clerk = hire("clerk", at=SCHOOL)
    office = commission()
    standing = agent_queries.current_of([office], TODAY)[office.pk]
    end = {"commission_id": standing.pk, "last_day": TODAY - timedelta(days=1), "reason": "违规代办", "by": county}
    commands.end_commission(**end, now=NOW)
    assert commands.end_commission(**end, now=NOW).pk == standing.pk  # a double click
    assert "enrolment.register" not in again(clerk).permissions_on(TODAY)
    renewed = replace(YEAR, begins=date(2018, 9, 1), until=date(2019, 8, 31))
    first = commands.renew_commission(unit_code=SCHOOL, terms=renewed, request_id="r3", by=county, now=NOW)
    assert commands.renew_commission(unit_code=SCHOOL, terms=renewed, request_id="r3", by=county, now=NOW) == first
    assert "enrolment.register" in again(clerk).permissions_on(date(2018, 9, 1))
    assert [one.action for one in queries.trail_of("agent", SCHOOL)] == [
        "platform.renew_commission",
        "platform.end_commission",
        "platform.register_agent",
    ]


@pytest.mark.requirement("ORG-04")
@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        pytest.param(replace(YEAR, items=[]), agents.ItemsMissing, id="没有事项"),
        pytest.param(replace(YEAR, items=["审批"]), agents.ItemUnknown, id="没有的事项"),
        pytest.param(replace(YEAR, responsible=" "), agents.ResponsibleMissing, id="没有负责人"),
        pytest.param(replace(YEAR, until=date(2017, 12, 31)), agents.CommissionSpanFaulty, id="日期颠倒"),
        pytest.param(replace(YEAR, document=("协议.pdf", b"MZ not a pdf")), agents.DocumentUnfit, id="不是PDF"),
    ],
)
def test_a_faulty_commission_is_refused_and_nothing_is_registered(commission, terms, refusal):
    with pytest.raises(refusal):
        commission(terms)
    assert not AgentOffice.objects.exists()


@pytest.mark.requirement("ORG-04")
def test_refusals_around_an_agent(commission, county, hire):
    with pytest.raises(agents.UnitIsNoAgent, match=r"县级.*不能登记为学校"):
        commission(unit="450102")
    office = commission(replace(YEAR, document=("协议.pdf", b"%PDF-1.4 ...")))
    assert commission() == office  # the same request again
    with pytest.raises(agents.AgentExists):
        commission(request="r9")
    with pytest.raises(agents.CommissionOverlaps, match="2018-01-01至2018-06-30"):
        commands.renew_commission(unit_code=SCHOOL, terms=YEAR, request_id="r4", by=county, now=NOW)
    with pytest.raises(agents.AgentUnknown):
        commands.renew_commission(unit_code=VILLAGE, terms=YEAR, request_id="r5", by=county, now=NOW)
    standing = agent_queries.current_of([office], TODAY)[office.pk]
    early = replace(YEAR, begins=date(2018, 5, 1))
    with pytest.raises(agents.DateBeforeCommission):
        commands.change_commission(commission_id=standing.pk, terms=early, request_id="r6", by=county, now=NOW)
    with pytest.raises(agents.EndReasonMissing):
        commands.end_commission(commission_id=standing.pk, last_day=TODAY, reason=" ", by=county, now=NOW)
    other = hire("eligibility", at="450103")
    with pytest.raises(OutOfScope):
        commands.renew_commission(unit_code=SCHOOL, terms=YEAR, request_id="r7", by=other, now=NOW)
    commands.end_commission(commission_id=standing.pk, last_day=TODAY, reason="学校撤并", by=county, now=NOW)
    with pytest.raises(agents.CommissionMoved, match="参保科"):
        commands.change_commission(
            commission_id=standing.pk, terms=replace(YEAR, begins=TODAY), request_id="r8", by=county, now=NOW
        )


@pytest.mark.requirement("ORG-04")
def test_items_are_an_open_list_and_a_stale_change_is_refused(commission, county, hire):
    leader = hire("leader", at="450100")
    commands.set_commission_item(
        code="card",
        name="社保卡代领",
        permissions=["enrolment.view_person"],
        works=["import:groups"],
        citation="",
        version=0,
        by=leader,
        now=NOW,
    )
    commission(replace(YEAR, items=["card"]))
    clerk = hire("clerk", at=SCHOOL)
    assert "enrolment.view_person" in clerk.permissions_on(TODAY)
    change = {"code": "card", "name": "社保卡代领", "works": [], "citation": "", "by": leader, "now": NOW}
    commands.set_commission_item(**change, permissions=[], version=1)
    assert "enrolment.view_person" not in again(clerk).permissions_on(TODAY)
    with pytest.raises(agents.ItemMoved):
        commands.set_commission_item(**change, permissions=["cases.view"], version=1)
    with pytest.raises(agents.ItemFaulty, match=r"没有权限“x\.y”;没有业务“case:none”"):
        commands.set_commission_item(**(change | {"works": ["case:none"]}), permissions=["x.y"], version=2)
    commands.ensure_commission_items()
    assert CommissionItem.objects.get(pk="card").version == 2


@pytest.mark.requirement("ORG-04")
def test_whoever_registers_commissions_is_warned_once_of_one_that_ends(commission, county, hire):
    commission()
    assert commands.warn_of_ending_commissions(now=on(date(2018, 5, 1))) == 0
    assert commands.warn_of_ending_commissions(now=on(date(2018, 6, 10))) == 1
    assert commands.warn_of_ending_commissions(now=on(date(2018, 6, 11))) == 0
    assert Notice.objects.get(recipient=county).title == "“某小学”的委托将于2018-06-30到期"
    following = replace(YEAR, begins=date(2018, 7, 1), until=date(2018, 12, 31))
    commands.renew_commission(unit_code=SCHOOL, terms=following, request_id="r2", by=county, now=NOW)
    assert agent_queries.ending(date(2018, 6, 20)) == []


@pytest.mark.requirement("ORG-04")
def test_a_closed_agents_staff_gain_nothing_by_moving_to_the_successor(commission, hire, admin):
    open_school("S45010200002", "并入小学")
    clerk = hire("clerk", at=SCHOOL)
    commission()
    commands.close_org_unit(code=SCHOOL, valid_until=TODAY, successor_code="S45010200002", by=admin, now=NOW)
    moved = again(clerk)
    assert moved.org_unit_id == "S45010200002"
    assert "enrolment.register" in moved.permissions_on(TODAY)
    with pytest.raises(AgentScope, match="并入小学"):
        checks.check_permission(moved, "settlement.settle", NOW)


@pytest.mark.requirement("ORG-04")
def test_a_post_keeps_everything_where_nothing_stands_above_it():
    held = frozenset({"settlement.settle", "org.view"})
    assert cut_permissions(held, commission=None, duties=[]).kept == held

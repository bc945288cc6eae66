"""Area scope (ORG-02, ORG-06)."""

from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tongchou.platform import checks, commands, queries
from tongchou.platform.checks import AreaOutOfScope, NoPermission, OutOfScope
from tongchou.platform.models import Operator, OrgUnit, TrailEntry
from tongchou.platform.scope import Scope, outermost
from tongchou.platform.states import GrantPurpose, TrailOutcome
from tongchou.platform.tests.conftest import NOW, START, TODAY, citizen_id

JULY = date(2018, 7, 1)
ALL = {"450000", "450100", "450102", "450103", "450102001", "450102002", "450102001201"} | {
    *("H45010200001", "H45010200002", "450200", "450202")
}


def _units_seen(scope: Scope) -> set[str]:
    return set(OrgUnit.objects.filter(scope.q("code")).values_list("code", flat=True))


@pytest.mark.requirement("ORG-02")
@pytest.mark.article("GX2017 §3")
@pytest.mark.parametrize(
    ("at", "seen", "areas"),
    [
        pytest.param("450000", ALL, ("450100", "450200"), id="省看全部市"),
        pytest.param("450100", ALL - {"450000", "450200", "450202"}, ("450100",), id="市看本市各县"),
        pytest.param("450103", {"450103"}, (), id="县只看本县"),
        pytest.param("450102001", {"450102001", "450102001201"}, (), id="乡镇看本乡镇"),
        pytest.param("H45010200001", {"H45010200001"}, (), id="医保科只看本院"),
    ],
)
def test_a_post_reaches_the_subtree_of_its_unit(hire, at, seen, areas):
    scope = queries.scope_of(hire("leader", at=at), "settlement.view", TODAY)
    assert _units_seen(scope) == seen
    assert scope.areas == areas


@pytest.mark.requirement("ORG-02")
def test_another_countys_person_is_refused_and_the_attempt_is_in_the_trail(hire):
    clerk = hire("clerk", at="450102")
    with pytest.raises(OutOfScope, match="无权限"):
        checks.check_in_scope(clerk, "enrolment.view_person", "450103", NOW, object_kind="person", object_key="P0001")
    attempt = queries.trail_of("person", "P0001")[0]
    assert (attempt.action, attempt.outcome, attempt.staff_code) == (
        "platform.access_refused",
        TrailOutcome.REFUSED,
        clerk.staff_code,
    )
    assert attempt.detail == {"permission": "enrolment.view_person", "unit": "450103"}


@pytest.mark.requirement("ORG-06")
def test_a_hospital_does_not_see_another_hospital(hire):
    officer = hire("institution_officer", at="H45010200001")
    assert checks.can_in_scope(officer, "encounters.view", "H45010200001", NOW)
    assert not checks.can_in_scope(officer, "encounters.view", "H45010200002", NOW)
    assert not checks.can_in_scope(officer, "encounters.view", "450102", NOW)


def test_a_code_that_nobody_knows_is_out_of_everybodys_scope(hire):
    with pytest.raises(OutOfScope):
        checks.check_in_scope(hire("leader", at="450000"), "settlement.view", "999999", NOW)


def test_without_the_post_there_is_no_permission_anywhere(hire):
    with pytest.raises(NoPermission, match="冲销结算"):
        checks.check_in_scope(hire("clerk"), "settlement.reverse", "450102", NOW)


def test_a_disabled_operator_has_no_permission(hire, admin):
    clerk = hire("clerk")
    clerk = commands.disable_operator(operator_id=clerk.pk, reason="停职", by=admin, now=NOW)
    with pytest.raises(NoPermission):
        checks.check_permission(clerk, "enrolment.view_person", NOW)


def test_each_permission_has_its_own_scope(hire, security):
    clerk = hire("clerk", at="450102001")
    commands.grant_post(
        operator_id=clerk.pk, post_code="statistician", unit_code="450100", valid_from=TODAY, by=security, now=NOW
    )
    assert queries.scope_of(clerk, "enrolment.register", TODAY).prefixes == ("450000/450100/450102/450102001/",)
    assert queries.scope_of(clerk, "settlement.view", TODAY).prefixes == ("450000/450100/",)


@pytest.fixture
def auditor_with_grant(hire, security):
    auditor = hire("auditor", at="450100")
    commands.grant_scope(
        operator_id=auditor.pk,
        permissions=["settlement.view"],
        purpose=GrantPurpose.AUDIT,
        reason="跨市联合稽核",
        valid_from=TODAY,
        valid_until=JULY,
        by=security,
        now=NOW,
        unit_code="450202",
    )
    return Operator.objects.get(pk=auditor.pk)


@pytest.mark.requirement("ORG-02")
def test_an_explicit_grant_reads_across_the_tree_while_it_lasts(auditor_with_grant):
    scope = queries.scope_of(auditor_with_grant, "settlement.view", TODAY)
    assert scope.granted == ("450000/450200/450202/",)
    assert "450202" in _units_seen(scope)
    assert scope.covers("450000/450200/450202/")
    assert not scope.owns("450000/450200/450202/")
    assert queries.scope_of(auditor_with_grant, "settlement.view", JULY).granted == ()
    assert queries.scope_of(auditor_with_grant, "encounters.view", TODAY).granted == ()


def test_reading_by_a_grant_is_in_the_trail_and_reading_at_home_is_not(auditor_with_grant):
    def marks():
        return TrailEntry.objects.filter(action="platform.read_across", operator_id=auditor_with_grant.pk).count()

    checks.check_in_scope(auditor_with_grant, "settlement.view", "450102", NOW)
    assert marks() == 0
    checks.check_in_scope(auditor_with_grant, "settlement.view", "450202", NOW)
    assert marks() == 1


def test_a_revoked_grant_is_over(auditor_with_grant, security):
    grant = auditor_with_grant.scope_grants.get()
    commands.revoke_scope(grant_id=grant.pk, by=security, now=NOW)
    assert queries.scope_of(auditor_with_grant, "settlement.view", TODAY).granted == ()


def test_a_grant_of_a_pooling_area_reaches_its_units_and_its_fund(hire, security):
    clearing = hire("payment_manager", at="450100")
    commands.grant_scope(
        operator_id=clearing.pk,
        permissions=["clearing.view"],
        purpose=GrantPurpose.CLEARING,
        reason="异地清算",
        valid_from=TODAY,
        valid_until=JULY,
        by=security,
        now=NOW,
        pooling_area="450200",
    )
    scope = queries.scope_of(clearing, "clearing.view", TODAY)
    assert scope.areas == ("450100", "450200")
    assert {"450200", "450202"} <= _units_seen(scope)


@pytest.mark.requirement("ORG-02")
def test_a_county_does_not_reach_the_citys_fund(hire):
    county, city = hire("accountant", at="450102"), hire("cashier", at="450100")
    checks.check_area_in_scope(city, "fund.view", "450100", NOW)
    with pytest.raises(AreaOutOfScope):
        checks.check_area_in_scope(county, "fund.view", "450100", NOW)
    with pytest.raises(AreaOutOfScope):
        checks.check_area_in_scope(city, "fund.view", "450200", NOW)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(prefixes=("450000/450100/450102/",)),
        Scope(prefixes=("450000/450100/",), areas=("450100",)),
        Scope(prefixes=("450000/450100/450103/",), granted=("450000/450200/",), areas=("450200",)),
        Scope(areas=("450200",)),
    ],
)
@pytest.mark.parametrize(("unit", "area"), [("code", None), ("code", "pooling_area"), ("", "pooling_area")])
def test_the_condition_in_sql_is_the_condition_of_the_queryset(tree, scope, unit, area):
    by_queryset = set(OrgUnit.objects.filter(scope.q(unit, area)).values_list("code", flat=True))
    condition, values = scope.sql(unit, area and "pooling_area_id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT code FROM platform_orgunit WHERE {condition}", values)
        assert {code for (code,) in cursor.fetchall()} == by_queryset
    if scope.is_empty:
        assert not by_queryset


paths = st.lists(st.sampled_from("ABC"), min_size=1, max_size=4).map(
    lambda codes: "".join(f"{code}/" for code in codes)
)


@given(st.sets(paths, max_size=8), paths)
def test_outermost_paths_cover_what_all_of_them_cover(given_paths, path):
    kept = outermost(given_paths)
    covered = any(path.startswith(one) for one in given_paths)
    assert Scope(prefixes=kept).covers(path) == covered
    assert sum(path.startswith(one) for one in kept) == covered


def _register(number: int, unit: str) -> None:
    """A new operator by the command, which leaves an entry in the trail."""
    commands.register_operator(
        staff_code=f"R{number}",
        name="职员",
        citizen_id=citizen_id(number),
        unit_code=unit,
        active_from=START,
        password=None,
        by=None,
        now=NOW,
    )


@pytest.mark.requirement("ORG-02")
def test_the_trail_shows_what_happened_in_ones_own_subtree(hire):
    auditor, provincial = hire("trail_auditor", at="450103"), hire("trail_auditor", at="450000")
    since, until = NOW.replace(year=2017), NOW.replace(year=2019)

    def seen(operator):
        scope = queries.scope_of(operator, "trail.view", TODAY)
        return {entry.unit_code for entry in queries.trail_page(scope, since=since, until=until)}

    for number, unit in enumerate(("450103", "450102", "450000"), start=71):
        _register(number, unit)
    assert seen(auditor) == {"450103"}
    assert {"450103", "450102", "450000"} <= seen(provincial)


def test_the_trail_is_read_page_by_page(hire):
    auditor = hire("trail_auditor", at="450000")
    scope = queries.scope_of(auditor, "trail.view", TODAY)
    asked = {"since": NOW, "until": NOW.replace(year=2019), "action": "platform.register_operator"}
    for number in range(71, 76):
        _register(number, "450102")
    first = queries.trail_page(scope, limit=3, **asked)
    second = queries.trail_page(scope, limit=3, below_id=first[-1].id, **asked)
    ids = [entry.id for entry in (*first, *second)]
    assert len(ids) == len(set(ids)) == 5
    assert ids == sorted(ids, reverse=True)
    assert queries.trail_page(scope, staff_code="nobody", **asked) == []


def test_who_holds_a_post_nearby_is_found_nearest_first(hire):
    county, city = hire("approver", at="450102"), hire("approver", at="450100")
    hire("approver", at="450103")
    assert queries.holders_of("approver", "450102001", TODAY) == [county, city]
    assert queries.holders_of_permission("review.approve", TODAY)

"""Posts and separation of duties (ORG-09, ORG-10)."""

from datetime import date
from itertools import combinations

import pytest
from django.db import IntegrityError, transaction

from tongchou.platform import commands, queries
from tongchou.platform.commands.operators import OperatorUnknown, UnitNotOpen
from tongchou.platform.commands.posts import (
    GrantNotForReading,
    HoldingAlreadyEnded,
    OwnPost,
    PostAlreadyHeld,
    PostsConflict,
    PostUnknown,
    SpanInDisorder,
)
from tongchou.platform.models import Operator, Post, PostHolding, SodPair
from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.standard_posts import STANDARD_PAIRS, STANDARD_POSTS
from tongchou.platform.states import GrantPurpose
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import NOW, START, TODAY, Hire, citizen_id

JULY = date(2018, 7, 1)


def _grant(operator, post, by, *, at="450102", valid_from=TODAY, valid_until=None):
    return commands.grant_post(
        operator_id=operator.pk,
        post_code=post,
        unit_code=at,
        valid_from=valid_from,
        valid_until=valid_until,
        by=by,
        now=NOW,
    )


@pytest.mark.requirement("ORG-10")
@pytest.mark.article("QA2018 三.1")
@pytest.mark.parametrize(("held", "wanted"), [*combinations(("accountant", "cashier", "reviewer"), 2)])
def test_accountant_cashier_and_reviewer_are_three_persons(hire, security, held, wanted):
    li = hire(held, name="李")
    with pytest.raises(PostsConflict, match="会计、出纳、审核不得互相兼任"):
        _grant(li, wanted, security)


@pytest.mark.requirement("ORG-10")
@pytest.mark.article("QA2018 三.1")
def test_a_cashier_does_not_become_accountant_at_another_unit_either(hire, security):
    li = hire("cashier", name="李")
    with pytest.raises(PostsConflict) as refused:
        _grant(li, "accountant", security, at="450103")
    assert refused.value.sentence == "会计、出纳、审核不得互相兼任:李已任“出纳”,不能再任“会计”(QA2018 三.1)"


@pytest.mark.requirement("ORG-10")
def test_every_standard_pair_is_refused(hire):
    holders = {post.code: hire(post.code) for post in STANDARD_POSTS}
    for turn, pair in enumerate(STANDARD_PAIRS):
        held, wanted = (pair.post_a, pair.post_b) if turn % 2 else (pair.post_b, pair.post_a)
        with pytest.raises(PostsConflict) as refused:
            _grant(holders[held], wanted, None)
        assert refused.value.figures["reason"] == pair.reason


@pytest.mark.requirement("ORG-10")
def test_the_matrix_holds_the_rules_of_the_roles(tree):
    pairs = {(pair.post_a, pair.post_b) for pair in STANDARD_PAIRS}
    assert ("reviewer", "second_reviewer") in pairs
    assert ("auditor", "clerk") in pairs
    assert ("accountant", "internal_controller") in pairs
    assert ("clerk", "system_admin") in pairs
    assert ("security_admin", "system_admin") in pairs
    assert SodPair.objects.count() == len(STANDARD_PAIRS) == len(pairs)


@pytest.mark.requirement("ORG-10")
def test_separation_looks_at_the_person_not_at_the_login(hire, security):
    former = hire("cashier", person=citizen_id(500))
    Operator.objects.filter(pk=former.pk).update(leaves_on=TODAY, left_at=NOW)
    again = hire(person=citizen_id(500))
    with pytest.raises(PostsConflict):
        _grant(again, "accountant", security)


@pytest.mark.requirement("ORG-10")
def test_of_two_conflicting_posts_granted_at_the_same_instant_one_is_refused(committed):
    li = Hire()()
    ends = at_once(lambda: _grant(li, "accountant", None), lambda: _grant(li, "cashier", None))
    assert ends == ["", PostsConflict.code]


def test_posts_that_follow_each_other_do_not_meet(hire, security):
    li = hire()
    _grant(li, "cashier", security, valid_until=JULY)
    with pytest.raises(PostsConflict):
        _grant(li, "accountant", security, valid_from=date(2018, 6, 30))
    _grant(li, "accountant", security, valid_from=JULY)
    assert [holding.post_id for holding in queries.holdings_of(li, JULY)] == ["accountant"]


def test_a_post_yet_to_come_counts_as_well(hire, security):
    li = hire()
    _grant(li, "cashier", security, valid_from=JULY)
    with pytest.raises(PostsConflict):
        _grant(li, "accountant", security)
    _grant(li, "accountant", security, valid_until=JULY)


@pytest.mark.requirement("ORG-10")
def test_the_daily_check_finds_what_was_granted_before_the_pair_was_added(hire, security):
    li = hire("statistician", "archivist", name="李")
    assert commands.daily_sod_check(now=NOW) == 0
    SodPair.objects.create(post_a_id="archivist", post_b_id="statistician", reason="统计不得兼任档案", citation="内规")
    assert commands.daily_sod_check(now=NOW) == 1
    notice = queries.notices_of(security)[0]
    assert "李" in notice.body
    assert "统计不得兼任档案" in notice.body
    newest = queries.trail_of("operator", li.staff_code)[0]
    assert newest.action == "platform.separation_violated"


def test_the_daily_check_says_the_same_thing_once_a_day(hire, security):
    hire("statistician", "archivist")
    SodPair.objects.create(post_a_id="archivist", post_b_id="statistician", reason="统计不得兼任档案", citation="内规")
    commands.daily_sod_check(now=NOW)
    commands.daily_sod_check(now=NOW)
    assert queries.unread_count(security) == 1


def test_a_post_is_held_once_at_a_time_and_place(hire, security):
    clerk = hire("clerk")
    with pytest.raises(PostAlreadyHeld):
        _grant(clerk, "clerk", security)
    assert _grant(clerk, "clerk", security, at="450103").pk


def test_the_database_refuses_the_same_post_twice_on_a_day(hire):
    clerk = hire("clerk")
    with pytest.raises(IntegrityError, match="post_holding_once_at_a_time"), transaction.atomic():
        PostHolding.objects.create(
            operator=clerk, post_id="clerk", org_unit_id="450102", valid_from=TODAY, granted_at=NOW
        )


@pytest.mark.article("GX2017 §121(六)")
def test_nobody_grants_to_himself(security):
    with pytest.raises(OwnPost):
        _grant(security, "statistician", security)
    with pytest.raises(IntegrityError, match="post_holding_not_self_granted"), transaction.atomic():
        PostHolding.objects.create(
            operator=security,
            post_id="clerk",
            org_unit_id="450102",
            valid_from=TODAY,
            granted_by=security,
            granted_at=NOW,
        )


def test_an_unknown_post_unit_or_operator_is_refused(hire, security):
    clerk = hire()
    with pytest.raises(PostUnknown):
        _grant(clerk, "king", security)
    with pytest.raises(UnitNotOpen):
        _grant(clerk, "clerk", security, valid_from=date(2017, 1, 1))
    with pytest.raises(OperatorUnknown):
        _grant(Operator(pk=0), "clerk", security)
    with pytest.raises(SpanInDisorder):
        _grant(clerk, "clerk", security, valid_until=TODAY)


def test_a_revoked_post_ends_on_its_day(hire, security):
    clerk = hire("clerk")
    holding = queries.holdings_of(clerk, TODAY)[0]
    commands.revoke_post(holding_id=holding.pk, valid_until=JULY, by=security, now=NOW)
    assert queries.holdings_of(clerk, date(2018, 6, 30))
    assert queries.holdings_of(clerk, JULY) == []
    with pytest.raises(HoldingAlreadyEnded):
        commands.revoke_post(holding_id=holding.pk, valid_until=JULY, by=security, now=NOW)
    with pytest.raises(OperatorUnknown):
        commands.revoke_post(holding_id=0, valid_until=JULY, by=security, now=NOW)


def test_a_post_revoked_before_it_began_never_was(hire, security):
    clerk = hire()
    holding = _grant(clerk, "cashier", security, valid_from=JULY)
    commands.revoke_post(holding_id=holding.pk, valid_until=TODAY, by=security, now=NOW)
    assert queries.holdings_of(clerk, JULY) == []
    assert _grant(clerk, "accountant", security).pk


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"valid_until": date(2017, 6, 30)}, "post_holding_span_in_order"),
        ({"revoked_at": NOW}, "post_holding_revoked_has_an_end"),
    ],
)
def test_the_database_refuses_a_broken_holding(hire, changes, constraint):
    clerk = hire("clerk")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        PostHolding.objects.filter(operator=clerk).update(**changes)


def test_the_database_keeps_pairs_in_one_order_and_once(tree):
    with pytest.raises(IntegrityError, match="sod_pair_in_order"), transaction.atomic():
        SodPair.objects.create(post_a_id="clerk", post_b_id="archivist", reason="x", citation="x")
    with pytest.raises(IntegrityError, match="sod_pair_once"), transaction.atomic():
        SodPair.objects.create(post_a_id="accountant", post_b_id="cashier", reason="x", citation="x")


@pytest.mark.requirement("ORG-09")
def test_the_standard_posts_are_there_with_readable_duties(tree):
    names = {post.name for post in queries.posts()}
    assert {"会计", "出纳", "审核", "复核", "统计", "信息管理", "稽核"} <= names
    assert {"受理", "审批", "协议管理", "智能监控", "档案", "内控", "待遇资格"} <= names
    assert all(post.duties for post in queries.posts())


@pytest.mark.requirement("ORG-09")
def test_a_statistician_makes_reports_and_changes_no_settlement(hire):
    statistician = hire("statistician", at="450100")
    held = statistician.permissions_on(TODAY)
    assert "statistics.produce" in held
    assert {name for name in held if name.startswith("settlement.")} == {"settlement.view"}


@pytest.mark.article("GX2017 §133")
@pytest.mark.parametrize("post", ["system_admin", "security_admin", "trail_auditor"])
def test_administrators_have_no_business_rights(post):
    (wanted,) = (standard for standard in STANDARD_POSTS if standard.code == post)
    assert {name.partition(".")[0] for name in wanted.permissions} <= {
        *("org", "operators", "posts", "scope", "calendar", "security", "trail", "jobs", "training")
    }


def test_posts_name_only_known_permissions():
    for post in STANDARD_POSTS:
        assert set(post.permissions) <= set(PERMISSIONS)
        assert len(post.permissions) == len(set(post.permissions))


def test_every_permission_belongs_to_some_post():
    held = {name for post in STANDARD_POSTS for name in post.permissions}
    assert set(PERMISSIONS) == held


def test_what_an_agency_changed_stays_when_the_posts_are_ensured_again(tree):
    Post.objects.filter(code="clerk").update(duties="本局规定", permissions=["dashboard.view"])
    commands.ensure_standard_posts()
    assert Post.objects.get(code="clerk").permissions == ["dashboard.view"]


def test_permissions_of_a_post_hold_on_the_days_of_the_holding(hire, security):
    clerk = hire()
    _grant(clerk, "clerk", security, valid_until=JULY)
    assert "enrolment.register" in clerk.permissions_on(TODAY)
    assert "enrolment.register" not in clerk.permissions_on(JULY)
    assert "enrolment.register" not in clerk.permissions_on(date(2018, 5, 31))


def test_django_asks_the_posts(hire):
    clerk = hire("clerk")
    assert clerk.has_perm("enrolment.register")
    assert clerk.has_perms(["enrolment.register", "settlement.settle"])
    assert not clerk.has_perms(["enrolment.register", "fund.pay"])
    assert clerk.has_module_perms("enrolment")
    assert not clerk.has_module_perms("fund")


def _grant_scope(operator, by, **changes):
    given = {
        "operator_id": operator.pk,
        "permissions": ["settlement.view"],
        "purpose": GrantPurpose.AUDIT,
        "reason": "联合稽核",
        "valid_from": TODAY,
        "valid_until": JULY,
        "by": by,
        "now": NOW,
        "unit_code": "450202",
    }
    return commands.grant_scope(**(given | changes))


@pytest.mark.requirement("ORG-02")
def test_a_grant_across_the_tree_only_reads(hire, security):
    with pytest.raises(GrantNotForReading, match="冲销结算"):
        _grant_scope(hire("auditor"), security, permissions=["settlement.reverse"])


def test_a_grant_across_the_tree_has_an_end_and_another_granter(hire, security):
    with pytest.raises(SpanInDisorder):
        _grant_scope(hire("auditor"), security, valid_until=TODAY)
    with pytest.raises(OwnPost):
        _grant_scope(security, security)
    with pytest.raises(OperatorUnknown):
        commands.revoke_scope(grant_id=0, by=security, now=NOW)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"org_unit": None}, "scope_grant_unit_or_area"),
        ({"pooling_area": "450200"}, "scope_grant_unit_or_area"),
        ({"valid_until": START}, "scope_grant_span_in_order"),
        ({"reason": ""}, "scope_grant_has_a_reason"),
    ],
)
def test_the_database_refuses_a_broken_grant(hire, security, changes, constraint):
    grant = _grant_scope(hire("auditor"), security)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(grant).objects.filter(pk=grant.pk).update(**changes)

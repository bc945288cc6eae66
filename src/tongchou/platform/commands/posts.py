"""Posts, separation of duties and read grants (岗位、不相容岗位、跨机构授权; ORG-02, 09, 10; QA2018 三.1)."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, queries, training_queries
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.commands.operators import (
    OperatorUnknown,
    check_in_service,
    check_unit_open,
    end_holding,
    locked_person,
    record_operator,
)
from tongchou.platform.models import Operator, OrgUnit, PoolingArea, Post, PostHolding, ScopeGrant, SodPair
from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.rules import separation_conflicts
from tongchou.platform.standard_posts import STANDARD_PAIRS, STANDARD_POSTS
from tongchou.platform.states import GrantPurpose, TrailOutcome


class PostsConflict(DomainError):
    code = "PL-0411"
    message = "{reason}:{name}已任“{held}”,不能再任“{wanted}”({rests_on})"


class PostUnknown(DomainError):
    code = "PL-0412"
    message = "没有代码为{post}的岗位"


class PostAlreadyHeld(DomainError):
    code = "PL-0413"
    message = "{name}在{unit}已任“{post}”(自{valid_from}起)"


class OwnPost(DomainError):
    code = "PL-0414"
    message = "不能给自己授予岗位或权限"
    citation = "GX2017 §121(六)"


class HoldingAlreadyEnded(DomainError):
    code = "PL-0416"
    message = "该任职已于{valid_until}终止"


class GrantNotForReading(DomainError):
    code = "PL-0417"
    message = "跨机构授权只能授予查阅权限,“{permission}”不是"
    citation = "GX2017 §3"


class SpanInDisorder(DomainError):
    code = "PL-0418"
    message = "终止日期{valid_until}须晚于开始日期{valid_from}"


class TrainingMissing(DomainError):
    code = "PL-1040"
    message = "“{post}”要求{courses}的有效培训结果,{name}没有;须由领导确认并写明理由后才能授予"
    citation = "QA2018 三.4"


@transaction.atomic
def ensure_standard_posts() -> None:
    """Add the standard posts and separation pairs that are missing; what an agency changed stays (ORG-09, ORG-10)."""
    Post.objects.bulk_create(
        [
            Post(code=one.code, name=one.name, duties=one.duties, permissions=list(one.permissions), rank=rank)
            for rank, one in enumerate(STANDARD_POSTS)
        ],
        ignore_conflicts=True,
    )
    SodPair.objects.bulk_create(
        [
            SodPair(post_a_id=one.post_a, post_b_id=one.post_b, reason=one.reason, citation=one.citation)
            for one in STANDARD_PAIRS
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def grant_post(
    *,
    operator_id: int,
    post_code: str,
    unit_code: str,
    valid_from: date,
    valid_until: date | None = None,
    by: Operator | None,
    now: datetime,
    confirmed_by: Operator | None = None,
) -> PostHolding:
    """授予岗位 (ORG-09, ORG-10; QA2018 三.1): static separation of duties is checked by person, not by login.

    `by` is None for set-up only; `confirmed_by` is the leader who wants the post given without its training (ORG-14).
    Raises: PostsConflict, PostAlreadyHeld, OwnPost, OperatorUnknown, OperatorHasLeft, PostUnknown, UnitNotOpen,
    SpanInDisorder, TrainingMissing, NoPermission, OutOfScope.
    """
    operator, post = prepare_grant(
        operator_id=operator_id,
        post_code=post_code,
        unit_code=unit_code,
        valid_from=valid_from,
        valid_until=valid_until,
        by=by,
        now=now,
    )
    if by is not None and confirmed_by is None:
        _check_trained(operator, post, valid_from)
    granted = PostHolding.objects.create(
        operator=operator,
        post=post,
        org_unit_id=unit_code,
        valid_from=valid_from,
        valid_until=valid_until,
        granted_by=by,
        granted_at=now,
    )
    detail = {"post": post_code, "unit": unit_code, "valid_from": str(valid_from)}
    if valid_until is not None:
        detail["valid_until"] = str(valid_until)
    if confirmed_by is not None:
        detail["confirmed_by"] = confirmed_by.staff_code
    record_operator("platform.grant_post", operator, by=by, now=now, detail=detail)
    return granted


def prepare_grant(
    *,
    operator_id: int,
    post_code: str,
    unit_code: str,
    valid_from: date,
    valid_until: date | None,
    by: Operator | None,
    now: datetime,
) -> tuple[Operator, Post]:
    """The person, locked, and the post, when nothing but training can stand against the grant; a step of commands.

    Raises: PostsConflict, PostAlreadyHeld, OwnPost, OperatorUnknown, OperatorHasLeft, PostUnknown, UnitNotOpen,
    SpanInDisorder, NoPermission, OutOfScope.
    """
    operator = locked_person(operator_id)
    if by is not None:
        checks.check_in_scope(by, "posts.grant", unit_code, now)
        if by.citizen_id == operator.citizen_id:
            raise OwnPost()
    check_in_service(operator)
    post = Post.objects.filter(pk=post_code).first()
    if post is None:
        raise PostUnknown(post=post_code)
    if valid_until is not None and valid_until <= valid_from:
        raise SpanInDisorder(valid_from=valid_from, valid_until=valid_until)
    check_unit_open(unit_code, valid_from)
    held = PostHolding.objects.filter(operator__citizen_id=operator.citizen_id)
    meeting = list(held.sharing_a_day_with(valid_from, valid_until).select_related("post", "org_unit"))
    for holding in meeting:
        if holding.post_id == post_code and holding.org_unit_id == unit_code:
            raise PostAlreadyHeld(
                name=operator.name, unit=holding.org_unit.name, post=post.name, valid_from=holding.valid_from
            )
    _check_separation(operator, post, meeting)
    return operator, post


@transaction.atomic
def revoke_post(*, holding_id: int, valid_until: date, by: Operator, now: datetime) -> PostHolding:
    """收回岗位 (ORG-09): from `valid_until` on; before the first day it never was.

    Raises: OperatorUnknown, HoldingAlreadyEnded, NoPermission, OutOfScope.
    """
    holding = PostHolding.objects.select_for_update(of=("self",)).filter(pk=holding_id).first()
    if holding is None:
        raise OperatorUnknown()
    checks.check_in_scope(by, "posts.grant", holding.org_unit_id, now)
    if holding.valid_until is not None and holding.valid_until <= valid_until:
        raise HoldingAlreadyEnded(valid_until=holding.valid_until)
    end_holding(holding, max(valid_until, holding.valid_from), by, now)
    detail = {"post": holding.post_id, "unit": holding.org_unit_id, "valid_until": str(holding.valid_until)}
    record_operator("platform.revoke_post", holding.operator, by=by, now=now, detail=detail)
    return holding


@transaction.atomic
def grant_scope(
    *,
    operator_id: int,
    permissions: Collection[str],
    purpose: GrantPurpose,
    reason: str,
    valid_from: date,
    valid_until: date,
    by: Operator,
    now: datetime,
    unit_code: str | None = None,
    pooling_area: str | None = None,
) -> ScopeGrant:
    """跨机构查阅授权 (ORG-02): reading in another subtree or pooling area, for clearing or audit, for a time.

    Exactly one of `unit_code` and `pooling_area`; the granter must hold `scope.grant` where the operator works.
    Raises: GrantNotForReading, OwnPost, OperatorUnknown, OperatorHasLeft, SpanInDisorder, NoPermission, OutOfScope.
    """
    operator = locked_person(operator_id)
    checks.check_in_scope(by, "scope.grant", operator.org_unit_id, now)
    if by.citizen_id == operator.citizen_id:
        raise OwnPost()
    check_in_service(operator)
    for name in permissions:
        if not PERMISSIONS[name].reads:
            raise GrantNotForReading(permission=PERMISSIONS[name].label)
    if valid_until <= valid_from:
        raise SpanInDisorder(valid_from=valid_from, valid_until=valid_until)
    grant = ScopeGrant.objects.create(
        operator=operator,
        org_unit=OrgUnit.objects.get(pk=unit_code) if unit_code else None,
        pooling_area=PoolingArea.objects.get(pk=pooling_area) if pooling_area else None,
        permissions=sorted(permissions),
        purpose=purpose,
        reason=reason,
        valid_from=valid_from,
        valid_until=valid_until,
        granted_by=by,
        granted_at=now,
    )
    detail = {
        "unit": unit_code,
        "pooling_area": pooling_area,
        "permissions": sorted(permissions),
        "purpose": purpose.value,
        "reason": reason,
        "valid_from": str(valid_from),
        "valid_until": str(valid_until),
    }
    record_operator("platform.grant_scope", operator, by=by, now=now, detail=detail)
    return grant


@transaction.atomic
def revoke_scope(*, grant_id: int, by: Operator, now: datetime) -> ScopeGrant:
    """收回跨机构查阅授权 (ORG-02): from today on. Raises: OperatorUnknown, NoPermission, OutOfScope."""
    grant = ScopeGrant.objects.select_for_update(of=("self",)).filter(pk=grant_id).first()
    if grant is None:
        raise OperatorUnknown()
    checks.check_in_scope(by, "scope.grant", grant.operator.org_unit_id, now)
    grant.valid_until = max(grant.valid_from, min(grant.valid_until, timezone.localdate(now)))
    grant.save(update_fields=["valid_until"])
    record_operator("platform.revoke_scope", grant.operator, by=by, now=now, detail={"grant": grant.pk})
    return grant


def daily_sod_check(*, now: datetime) -> int:
    """每日岗位检查 (ORG-10; QA2018 三.1): whoever holds two posts that must not meet is reported. Returns how many.

    Grants are refused when they are made; this finds what came in another way, or was allowed before a pair was added.
    """
    today = timezone.localdate(now)
    found = queries.separation_conflicts_on(today)
    names = dict(Post.objects.values_list("code", "name"))
    receivers = {operator.pk: operator for operator in queries.holders_of_permission("posts.grant", today)}
    receivers |= {operator.pk: operator for operator in queries.holders_of_permission("audit.inspect", today)}
    for citizen_id, conflict in found:
        person = Operator.objects.filter(citizen_id=citizen_id).order_by("-id")[0]
        with transaction.atomic():
            record_operator(
                "platform.separation_violated",
                person,
                by=None,
                now=now,
                outcome=TrailOutcome.FAILED,
                detail={"posts": [conflict.post_a, conflict.post_b]},
            )
            send_notice(
                recipients=receivers.values(),
                title="不相容岗位由同一人担任",
                body=f"{person.name}({person.staff_code})同时任“{names[conflict.post_a]}”和“{names[conflict.post_b]}”:"
                f"{conflict.reason}({conflict.citation})",
                topic=f"sod:{today}:{person.pk}:{conflict.post_a}:{conflict.post_b}",
                now=now,
            )
    return len(found)


def _check_trained(operator: Operator, post: Post, on: date) -> None:
    """ORG-14: the training that the post asks for. Raises: TrainingMissing."""
    if missing := training_queries.missing_courses(operator, post.pk, on):
        courses = "、".join(f"“{course.code} {course.name}”" for course in missing)
        raise TrainingMissing(post=post.name, courses=courses, name=operator.name)


def _check_separation(operator: Operator, wanted: Post, meeting: list[PostHolding]) -> None:
    """ORG-10: the wanted post beside those held in the same days, anywhere (decision 0010)."""
    held = {holding.post_id: holding.post.name for holding in meeting}
    pairs = SodPair.objects.filter(Q(post_a=wanted) | Q(post_b=wanted)).order_by("id")
    listed = list(pairs.values_list("post_a", "post_b", "reason", "citation"))
    for conflict in separation_conflicts({wanted.pk, *held}, listed):
        other = conflict.post_b if conflict.post_a == wanted.pk else conflict.post_a
        raise PostsConflict(
            reason=conflict.reason,
            rests_on=conflict.citation,
            name=operator.name,
            held=held[other],
            wanted=wanted.name,
        )

"""What others may ask the platform (平台查询)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable

from tongchou.kernel.working_days import WorkingCalendar
from tongchou.platform import duties
from tongchou.platform.duties import duties_of
from tongchou.platform.models import (
    CalendarDay,
    CalendarYear,
    Notice,
    Operator,
    OrgUnit,
    OrgUnitName,
    PoolingArea,
    Post,
    PostHolding,
    SecondFactor,
    SodPair,
    TrailEntry,
    TrailSeal,
)
from tongchou.platform.permissions import NEED_SECOND_FACTOR
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.rules import Conflict, separation_conflicts
from tongchou.platform.scope import Scope
from tongchou.platform.states import AREA_LEVELS, IN_FORCE, CalendarState

# --- the agency tree ------------------------------------------------------------------------------------------------


def unit(code: str) -> OrgUnit | None:
    """The unit with that code, closed or not (机构)."""
    return OrgUnit.objects.filter(code=code).first()


def units_by_code() -> dict[str, OrgUnit]:
    """Every unit by its code, closed or not, for files that name thousands of them (机构)."""
    return OrgUnit.objects.in_bulk()


def paths_by_unit(codes: Collection[str]) -> dict[str, str]:
    """Where units stand in the tree (机构路径), in one question; what is no unit is left out."""
    return dict(OrgUnit.objects.filter(code__in=codes).values_list("code", "path"))


def paths_of_units(code: Combinable | str) -> QuerySet[OrgUnit]:
    """The path of the unit that an outer query names (机构路径), for `Subquery`."""
    return OrgUnit.objects.filter(code=code).values("path")


def unit_name(code: str, on: date) -> str:
    """The name of the unit valid on that day, as documents of that day show it (ORG-07; ESSAY 二.1).

    Before its first recorded name, the first; an unknown code stands for itself.
    """
    return unit_names_then([(code, on)])[code, on]


def unit_names_then(asked: Collection[tuple[str, date]]) -> dict[tuple[str, date], str]:
    """The same for many units and days, in one question: what a paper says of each who signed it."""
    known: dict[str, list[OrgUnitName]] = {}
    for name in OrgUnitName.objects.filter(unit_id__in={code for code, _on in asked}).order_by("valid_from"):
        known.setdefault(name.unit_id, []).append(name)
    return {(code, on): _name_then(known.get(code, []), on) or code for code, on in asked}


def agency_name(code: str, on: date) -> str:
    """The agency above a village, town or school, by the name valid that day (ORG-07): the county's, else itself."""
    above = OrgUnit.objects.annotate(bottom=Subquery(paths_of_units(code))).filter(
        level__in=AREA_LEVELS, bottom__startswith=F("path")
    )
    nearest = Subquery(above.order_by("-path").values("code")[:1])
    known = list(OrgUnitName.objects.filter(unit_id=nearest).order_by("valid_from"))
    return _name_then(known, on) or unit_name(code, on)


def _name_then(names: Sequence[OrgUnitName], on: date) -> str:
    """Of the names of a unit, the oldest first, the one of that day; before the first, the first."""
    fitting = [one.name for one in names if one.valid_from <= on] or [one.name for one in names[:1]]
    return fitting[-1] if fitting else ""


def units_below(code: str, on: date, levels: Sequence[str] = ()) -> list[OrgUnit]:
    """The unit and its subtree as far as open that day, in order of the tree (下级机构)."""
    top = unit(code)
    if top is None:
        return []
    found = OrgUnit.objects.in_force(on).filter(path__startswith=top.path)
    if levels:
        found = found.filter(level__in=levels)
    return list(found.order_by("path"))


def units_above(code: str) -> list[OrgUnit]:
    """The chain from the root to the unit itself, for breadcrumbs (上级机构)."""
    bottom = unit(code)
    return [] if bottom is None else list(OrgUnit.objects.filter(code__in=bottom.path.split("/")).order_by("path"))


def area_of_unit(code: str) -> str | None:
    """The pooling area of the unit; None for a province that pools by city, and for an unknown code (统筹区)."""
    return OrgUnit.objects.filter(code=code).values_list("pooling_area_id", flat=True).first()


def pooling_areas(on: date) -> list[PoolingArea]:
    """The pooling areas of that day (统筹地区)."""
    return list(PoolingArea.objects.in_force(on).order_by("code"))


# --- operators, posts, scope ----------------------------------------------------------------------------------------


def operator_by_staff_code(staff_code: str) -> Operator | None:
    """The operator with that staff code (经办人)."""
    return Operator.objects.select_related("org_unit").filter(staff_code=staff_code).first()


def posts() -> list[Post]:
    """Every post with its description (岗位职责; ORG-09)."""
    return list(Post.objects.all())


def holdings_of(operator: Operator, on: date) -> list[PostHolding]:
    """The posts the operator holds that day, with post and unit (任职)."""
    found = PostHolding.objects.filter(operator=operator).in_force(on)
    return list(found.select_related("post", "org_unit").order_by("post__rank", "org_unit_id"))


def holders_of(
    post_code: str, unit_code: str, on: date, work: str = "", *, takes: tuple[str, str] | None = None
) -> list[Operator]:
    """Who holds the post at that unit or above it on that day, nearest first (岗位人员).

    Those at an agent count while it is commissioned for the work (`case:…`, `import:…`; ORG-04); with `takes`, those
    whose level has that duty in that item (ORG-03).
    """
    chain = [above.code for above in units_above(unit_code)]
    held = [
        one
        for one in duties.holdings_at([post_code], chain, on)
        if one.allows(work) and (takes is None or one.takes(*takes))
    ]
    depth = {one.operator_id: len(one.path) for one in sorted(held, key=lambda one: len(one.path))}
    usable = Operator.objects.filter(pk__in=depth, is_active=True, left_at=None)
    return sorted(usable, key=lambda one: (-depth[one.pk], one.staff_code))


def own_holdings(
    operator: Operator, post_codes: Collection[str], units: Collection[str], on: date
) -> list[duties.Held]:
    """The holdings of the operator of these posts at these units that day, read afresh (本人任职).

    Whoever acts by one asks it for the work first: an agent's holds while it is commissioned (ORG-04).
    """
    return duties.holdings_at(post_codes, units, on, operator)


def holders_of_permission(name: str, on: date) -> list[Operator]:
    """Everybody who holds the permission anywhere that day (权限持有人)."""
    found = {one.operator_id for one in duties.giving(permission_named(name).name, on)}
    return list(Operator.objects.filter(pk__in=found, is_active=True, left_at=None).order_by("staff_code"))


def scope_of(operator: Operator, permission: str, on: date, work: str = "") -> Scope:
    """属地管理 (ORG-02; GX2017 §3): where the operator's posts and read grants let the permission reach that day.

    `work` is the kind of case or import it is wanted for, which an agent may not be commissioned for (ORG-04). Kept on
    the operator object, so that the checks of one request ask once.
    """
    known: dict[tuple[str, date, str], Scope] = operator.__dict__.setdefault("_scopes", {})
    if (permission, on, work) not in known:
        known[permission, on, work] = duties_of(operator, on).scope(permission, work)
    return known[permission, on, work]


def demo_logins_present() -> bool:
    """Whether a demo operator could still log in: such a house serves on loopback only."""
    return Operator.objects.filter(is_demo=True, is_active=True, left_at=None).exists()


# --- separation of duties -------------------------------------------------------------------------------------------


def sod_pairs() -> list[tuple[str, str, str, str]]:
    """`sod.static_pairs`: (post, post, reason, citation) (ORG-10)."""
    return list(SodPair.objects.order_by("id").values_list("post_a", "post_b", "reason", "citation"))


def separation_conflicts_on(on: date) -> list[tuple[str, Conflict]]:
    """Everybody, by citizen ID, who holds two posts that must not meet that day (不相容岗位检查; QA2018 三.1)."""
    held: dict[str, set[str]] = {}
    for citizen_id, post in PostHolding.objects.in_force(on).values_list("operator__citizen_id", "post"):
        held.setdefault(citizen_id, set()).add(post)
    pairs = sod_pairs()
    return [
        (citizen_id, conflict)
        for citizen_id, posts_held in sorted(held.items())
        for conflict in separation_conflicts(posts_held, pairs)
    ]


# --- the calendar ---------------------------------------------------------------------------------------------------

_calendars: dict[tuple[int, ...], WorkingCalendar] = {}


def working_calendar() -> WorkingCalendar:
    """工作日历 (ORG-19): the editions in force, read again only when another edition came into force.

    A year without data is an error of the calendar itself, `CalendarYearMissing`.
    """
    in_force = CalendarYear.objects.filter(state__in=IN_FORCE).order_by("id").values_list("id", flat=True)
    version = tuple(in_force)
    if version not in _calendars:
        _calendars.clear()
        _calendars[version] = _read_calendar(version)
    return _calendars[version]


def _read_calendar(editions: tuple[int, ...]) -> WorkingCalendar:
    years: dict[int, dict[date, bool]] = {
        year: {} for year in CalendarYear.objects.filter(id__in=editions).values_list("year", flat=True)
    }
    for day, works in CalendarDay.objects.filter(calendar__in=editions).values_list("day", "is_working"):
        years[day.year][day] = works
    return WorkingCalendar(years)


def calendar_years() -> list[CalendarYear]:
    """Every edition of every year, the newest first within a year (日历版本)."""
    return list(CalendarYear.objects.order_by("year", "-id"))


def calendar_days(year: int) -> list[CalendarDay]:
    """The departures from the week of the edition in force (节假日与调休)."""
    return list(CalendarDay.objects.filter(calendar__year=year, calendar__state__in=IN_FORCE))


def provisional_years() -> list[int]:
    """Years whose calendar in force is provisional: deadlines in them may still move (暂定日历)."""
    found = CalendarYear.objects.filter(state=CalendarState.PROVISIONAL)
    return list(found.order_by("year").values_list("year", flat=True))


# --- the trail and notices ------------------------------------------------------------------------------------------


def trail_of(object_kind: str, object_key: object, limit: int = 50) -> list[TrailEntry]:
    """What happened to one thing, the newest first (操作日志)."""
    found = TrailEntry.objects.exclude(object_key="").filter(object_kind=object_kind, object_key=str(object_key))
    return list(found.order_by("-id")[:limit])


def trail_page(
    scope: Scope,
    *,
    since: datetime,
    until: datetime,
    action: str = "",
    staff_code: str = "",
    outcome: str = "",
    below_id: int | None = None,
    limit: int = 50,
) -> list[TrailEntry]:
    """A page of the trail inside the scope, the newest first; `below_id` is the last id of the page before."""
    found = TrailEntry.objects.filter(_visible_entries(scope), at__gte=since, at__lt=until)
    wanted = {"action": action, "staff_code": staff_code, "outcome": outcome}
    found = found.filter(**{field: value for field, value in wanted.items() if value})
    if below_id is not None:
        found = found.filter(id__lt=below_id)
    return list(found.order_by("-id")[:limit])


def _visible_entries(scope: Scope) -> Q:
    visible = scope.q("unit_code")
    if any(prefix.count("/") == 1 for prefix in scope.prefixes):
        visible |= Q(unit_code="")  # the top of the tree sees what belongs to no unit, such as unknown logins
    return visible


def unread_count(operator: Operator) -> int:
    """How many notices the operator has not read (未读通知)."""
    return Notice.objects.filter(recipient=operator, read_at=None).count()


def notices_of(operator: Operator, limit: int = 50) -> list[Notice]:
    """The operator's notices, the newest first (通知)."""
    return list(Notice.objects.filter(recipient=operator)[:limit])


def trail_entry(scope: Scope, entry_id: int) -> TrailEntry | None:
    """One entry of the trail inside the scope (日志条目)."""
    return TrailEntry.objects.filter(_visible_entries(scope), id=entry_id).first()


def count_in_trail(object_kind: str, object_key: str, action: str, since: datetime | None = None) -> int:
    """How often something was done to one thing (次数): copies printed, refused attempts."""
    found = TrailEntry.objects.exclude(object_key="")
    found = found.filter(object_kind=object_kind, object_key=object_key, action=action)
    return found.count() if since is None else found.filter(at__gte=since).count()


def last_noted(
    object_kind: str, actions: Collection[str], pooling_area: str, since: datetime
) -> dict[str, Mapping[str, Any]]:
    """What was said last of each thing to which one of the acts was done since then, by its key (最近一次操作)."""
    found = TrailEntry.objects.filter(
        object_kind=object_kind, action__in=actions, pooling_area=pooling_area, at__gte=since
    )
    return dict(found.order_by("id").values_list("object_key", "detail"))


def last_seal() -> TrailSeal | None:
    """The newest seal of the trail; None before the first (最近封印)."""
    return TrailSeal.objects.defer("digests", "covered").order_by("-number").first()


# --- what the pages of the platform list ----------------------------------------------------------------------------


def units_in(scope: Scope, *, parent: str = "", words: str = "") -> list[OrgUnit]:
    """The open and closed units inside the scope: those just below `parent`, or whose name or code fits (机构列表).

    Without either, the topmost ones. At most 500, in order of the tree.
    """
    found = OrgUnit.objects.filter(scope.q("code")).annotate(below=Count("children"))
    if words:
        found = found.filter(Q(name__contains=words) | Q(code__startswith=words))
    elif parent:
        found = found.filter(parent=parent)
    else:
        found = found.filter(path__in=(*scope.prefixes, *scope.granted))
    return list(found.order_by("path")[:500])


def holder_counts(scope: Scope, on: date) -> dict[str, tuple[str, int]]:
    """Each post held at a unit inside the scope that day: its name, and by how many persons in service (在岗人数)."""
    found = PostHolding.objects.filter(scope.q("org_unit_id")).in_force(on)
    usable = found.filter(operator__is_active=True, operator__left_at=None).values_list("post_id", "post__name")
    counted = usable.annotate(n=Count("operator__citizen_id", distinct=True)).order_by()
    return {code: (name, n) for code, name, n in counted}


def names_of_operators(ids: Collection[int]) -> dict[int, str]:
    """Names of members of staff, with their code (人员姓名)."""
    found = Operator.objects.filter(pk__in=ids).values_list("pk", "name", "staff_code")
    return {pk: f"{name} ({code})" for pk, name, code in found}


def names_of_staff(codes: Collection[str]) -> dict[str, str]:
    """The names of members of staff by staff code, for lists and timelines (工作人员姓名)."""
    return dict(Operator.objects.filter(staff_code__in=codes).values_list("staff_code", "name"))


def operators_in(scope: Scope, *, words: str = "", post: str = "", on: date) -> list[Operator]:
    """The operators whose unit lies inside the scope, with the posts they hold that day as `posts_held` (人员列表).

    At most 1,000, by staff code.
    """
    found = Operator.objects.filter(scope.q("org_unit_id")).select_related("org_unit")
    if words:
        found = found.filter(Q(name__startswith=words) | Q(staff_code__startswith=words))
    if post:
        found = found.filter(pk__in=PostHolding.objects.filter(post=post).in_force(on).values("operator"))
    return _with_posts(found.order_by("staff_code")[:1000], on)


def colleagues_who_may(permission: str, unit: OrgUnit, on: date) -> list[Operator]:
    """Those in service who work at the unit or below it and hold a post with the permission that day (可办理人员).

    At most 1,000, by staff code; `checks` says whether it reaches what they are given.
    """
    holding = PostHolding.objects.filter(post__permissions__contains=[permission]).in_force(on)
    found = Operator.objects.filter(pk__in=holding.values("operator"), org_unit__path__startswith=unit.path)
    found = found.select_related("org_unit")
    return list(found.filter(is_active=True, left_at=None).order_by("staff_code")[:1000])


def approvers_in(scope: Scope, *, words: str = "", on: date) -> list[Operator]:
    """Those of `operators_in` in service whose posts approve money or policy (须绑定动态口令的人员; SYS-11)."""
    asked = PostHolding.objects.filter(post__permissions__overlap=sorted(NEED_SECOND_FACTOR)).in_force(on)
    approving = set(asked.values_list("operator", flat=True))
    found = operators_in(scope, words=words, on=on)
    return [one for one in found if one.pk in approving and one.is_active and one.left_at is None]


def second_factors_of(ids: Collection[int]) -> dict[int, SecondFactor]:
    """The device each operator has in use (在用的动态口令)."""
    found = SecondFactor.objects.filter(operator__in=ids, ended_at=None, confirmed_at__isnull=False)
    return {one.operator_id: one for one in found}


def demo_operators(on: date) -> list[Operator]:
    """The operators of the invented city who can log in, with the posts they hold that day (演示账号)."""
    usable = Operator.objects.filter(is_demo=True, is_active=True, left_at=None).select_related("org_unit")
    return _with_posts(usable.order_by("id")[:100], on)


def _with_posts(operators: QuerySet[Operator], on: date) -> list[Operator]:
    held = Prefetch("holdings", PostHolding.objects.in_force(on).select_related("post"), to_attr="holdings_now")
    listed = list(operators.prefetch_related(held))
    for operator in listed:
        operator.posts_held = "、".join(holding.post.name for holding in operator.holdings_now)
    return listed


def holdings_history(operator: Operator) -> list[PostHolding]:
    """Every post ever granted to the operator, the newest first (任职沿革)."""
    found = PostHolding.objects.filter(operator=operator).select_related("post", "org_unit", "granted_by", "revoked_by")
    return list(found.order_by("-valid_from", "-id"))


def unit_names(code: str) -> list[OrgUnitName]:
    """The names of the unit over time, the newest first (名称沿革; ORG-07)."""
    return list(OrgUnitName.objects.filter(unit=code).order_by("-valid_from"))


def staff_of(code: str, on: date) -> list[PostHolding]:
    """Who holds which post at exactly this unit that day (在岗人员)."""
    found = PostHolding.objects.filter(org_unit=code).in_force(on).select_related("operator", "post")
    return list(found.order_by("post__rank", "operator__staff_code")[:200])


def unit_names_of(codes: Collection[str]) -> dict[str, str]:
    """The present names of units by code, for lists (机构名称)."""
    return dict(OrgUnit.objects.filter(code__in=codes).values_list("code", "name"))


def unit_in_words(code: str) -> str:
    """A unit as a refusal names it, with its code; what is no unit by the code alone (机构名称及代码)."""
    found = unit(code)
    return found.in_words if found else code


def names_of_units(code: Combinable | str) -> QuerySet[OrgUnit]:
    """The present name of the unit whose code a query of another chapter holds, as its sub-query (机构名称)."""
    return OrgUnit.objects.filter(code=code).values("name")


def units_of_operators(ids: Collection[int]) -> dict[int, str]:
    """The name of the unit each operator works at (人员所属机构)."""
    found = Operator.objects.filter(pk__in=ids) if ids else Operator.objects.none()
    return dict(found.values_list("pk", "org_unit__name"))

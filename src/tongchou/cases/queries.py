"""What others may ask about cases (业务件查询), and what the pages list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.expressions import RawSQL
from django.utils import timezone

from tongchou.cases import kinds, rules
from tongchou.cases.models import (
    Attachment,
    Case,
    CaseAct,
    CaseMaterial,
    Content,
    Delegation,
    Draft,
    Receipt,
    StepLimit,
    SupplementNotice,
)
from tongchou.cases.rules import Urgency
from tongchou.cases.states import DECIDING, OPEN, Act, CaseState, Channel
from tongchou.kernel.working_days import WorkingCalendar
from tongchou.platform import queries as platform
from tongchou.platform.duties import duties_of
from tongchou.platform.queries import Operator
from tongchou.platform.scope import Scope
from tongchou.platform.states import Duty


def by_number(number: str, *, with_files: bool = True) -> Case | None:
    """The case of that number with what its page shows (业务件); a paper of it shows no `with_files`."""
    acts = CaseAct.objects.select_related("operator", "on_behalf_of").order_by("-version")
    files = Attachment.objects.select_related("attached_by", "content").defer("content__data", "content__thumbnail")
    found = Case.objects.select_related("receipt", "accepted_by").filter(number=number)
    found = found.annotate(
        unit_name=Subquery(platform.names_of_units(OuterRef("unit_code"))),
        unit_path=Subquery(platform.paths_of_units(OuterRef("unit_code"))),
        received_at_unit=Subquery(platform.names_of_units(OuterRef("receipt__unit_code"))),
    )
    return found.prefetch_related(
        Prefetch("acts", acts),
        *([Prefetch("attachments", files.order_by("id"))] if with_files else []),
        Prefetch("materials", CaseMaterial.objects.select_related("verified_by", "received_by").order_by("id")),
    ).first()


def receipt(number: str) -> Receipt | None:
    """A receipt with its cases (收件回执)."""
    return (
        Receipt.objects.select_related("received_by").prefetch_related("cases__materials").filter(number=number).first()
    )


def attachment(case_number: str, attachment_id: int) -> Attachment | None:
    """One file of a case, without its bytes (附件)."""
    found = Attachment.objects.select_related("content", "case").defer("content__data", "content__thumbnail")
    return found.filter(case__number=case_number, pk=attachment_id).first()


def data_of(attached: Attachment) -> bytes:
    """The bytes of a file (附件内容)."""
    return bytes(Content.objects.values_list("data", flat=True).get(pk=attached.content_id))


def thumbnail_of(attached: Attachment) -> bytes | None:
    """The small picture of a file; None for a PDF (缩略图)."""
    found = Content.objects.values_list("thumbnail", flat=True).get(pk=attached.content_id)
    return bytes(found) if found is not None else None


def cases_of(subject_key: str, *, kind: str = "", limit: int = 50) -> list[Case]:
    """The cases about one subject, the newest first (历次业务)."""
    found = Case.objects.filter(subject_key=subject_key)
    return list((found.filter(kind=kind) if kind else found).order_by("-id")[:limit])


def open_cases_of(subject_key: str) -> list[Case]:
    """The cases about one subject that still wait for somebody, the oldest first (未办结)."""
    return list(Case.objects.filter(subject_key=subject_key, state__in=OPEN).order_by("id"))


def asked_at_home(subject_key: str, pooling_area: str, *, limit: int = 50) -> list[Case]:
    """The cases about one subject that were asked for by self-service, the newest first (自助申请; ENR-34)."""
    found = Case.objects.filter(subject_key=subject_key, pooling_area=pooling_area, channel=Channel.WEB)
    return list(found.order_by("-id")[:limit])


def answered_from_home(request_id: str) -> Case | None:
    """The case that this request of self-service made already (重复提交)."""
    return Case.objects.filter(accepted_by=None, request_id=request_id).first()


def notices_of(case: Case) -> list[SupplementNotice]:
    """Every list of missing papers that was told, the oldest first (补正通知)."""
    return list(SupplementNotice.objects.filter(case=case).order_by("id"))


def notice_of(case: Case) -> SupplementNotice | None:
    """The list of what is still awaited (补正通知); None while nothing is."""
    if case.state != CaseState.SUPPLEMENTING:
        return None
    return SupplementNotice.objects.filter(case=case, closed_at=None).first()


# --- drafts ---------------------------------------------------------------------------------------------------------


def drafts_of(operator: Operator, on: date) -> QuerySet[Draft]:
    """The forms that the operator left unfinished, not yet expired (本人草稿)."""
    return Draft.objects.filter(operator_id=operator.pk, expires_on__gt=on)


def drafts_listed(operator: Operator, criteria: Mapping[str, Any], on: date) -> QuerySet[Draft]:
    """The own drafts that fit the filter (草稿清单)."""
    found = drafts_of(operator, on)
    if words := criteria.get("words", ""):
        found = found.filter(Q(subject_key=words) | Q(subject_name__startswith=words))
    return found.filter(kind=criteria["kind"]) if criteria.get("kind") else found


def draft_of(operator: Operator, kind: str, subject_key: str, on: date) -> Draft | None:
    """The operator's unfinished form of that item for that subject (草稿)."""
    return drafts_of(operator, on).filter(kind=kind, subject_key=subject_key).first()


def receipt_is_open(number: str, operator: Operator, on: date) -> bool:
    """Whether another case may still be added to the receipt: the operator's own, of that day."""
    found = Receipt.objects.filter(number=number, received_by_id=operator.pk).first()
    return found is not None and timezone.localdate(found.received_at) == on


# --- who may act ----------------------------------------------------------------------------------------------------


def delegator_for(
    operator: Operator,
    *,
    posts: Sequence[str],
    units: Collection[str],
    on: date,
    work: str = "",
    takes: tuple[str, str] = ("", Duty.REVIEWS),
) -> Operator | None:
    """Who handed one of these posts to the operator for that day, holding it at one of these units (委托人)."""
    given = Delegation.objects.filter(delegate_id=operator.pk, post__in=posts, valid_from__lte=on, valid_until__gt=on)
    for one in given.select_related("delegator").order_by("id"):
        held = platform.own_holdings(one.delegator, [one.post], units, on)
        if any(holding.allows(work) and holding.takes(*takes) for holding in held):
            return one.delegator
    return None


def hands_at(kind: kinds.Kind, step: kinds.Step, unit_code: str, on: date) -> list[Operator]:
    """Who may act at the step for a case of that unit: holders of its posts there or above, and delegates.

    Their level must have the step's duty in the kind's item (ORG-03).
    """
    takes = (kind.item, step.duty)
    holders = [one for post in step.posts for one in platform.holders_of(post, unit_code, on, kind.work, takes=takes)]
    given = Delegation.objects.filter(
        delegator__in=[one.pk for one in holders], post__in=step.posts, valid_from__lte=on, valid_until__gt=on
    )
    delegates = [one.delegate for one in given.select_related("delegate")]
    return list({one.pk: one for one in (*holders, *delegates)}.values())


def delegations_of(operator: Operator, on: date) -> list[Delegation]:
    """What the operator handed over or took, not yet over that day (岗位委托)."""
    found = Delegation.objects.filter(Q(delegator_id=operator.pk) | Q(delegate_id=operator.pk), valid_until__gt=on)
    return list(found.select_related("delegator", "delegate").order_by("valid_from", "id"))


# --- limits of approval chains --------------------------------------------------------------------------------------


def step_limits(kind: str, pooling_area: str, on: date) -> dict[str, int]:
    """The limits in force that day by step, in fen (审批限额); steps without one follow the declaration."""
    found = _limits_on(on).filter(kind=kind, pooling_area=pooling_area)
    return dict(found.values_list("step", "above_fen"))


def limits_of(pooling_areas: Collection[str]) -> list[StepLimit]:
    """Every limit ever set in these pooling areas, the newest first (限额沿革)."""
    found = StepLimit.objects.filter(pooling_area__in=pooling_areas).select_related("set_by")
    return list(found.order_by("-valid_from", "-id")[:200])


def _limits_on(on: date) -> QuerySet[StepLimit]:
    return StepLimit.objects.filter(Q(valid_until=None) | Q(valid_until__gt=on), valid_from__lte=on)


# --- the queue ------------------------------------------------------------------------------------------------------


def own_posts(operator: Operator, on: date) -> frozenset[str]:
    """The posts the operator holds that day (本人岗位)."""
    return frozenset(held.post_code for held in duties_of(operator, on).held)


def posts_at_hand(operator: Operator, on: date) -> frozenset[str]:
    """The posts the operator may act for that day, the own and the delegated ones (可代行岗位)."""
    given = Delegation.objects.filter(delegate_id=operator.pk, valid_from__lte=on, valid_until__gt=on)
    return own_posts(operator, on) | set(given.values_list("post", flat=True))


def waiting_for(posts: Collection[str]) -> Q:
    """Cases whose step at hand one of these posts may decide (待办条件)."""
    wanted = Q(pk__in=[])
    for kind in kinds.registered():
        codes = [step.code for step in kind.steps if set(step.posts) & set(posts)]
        if codes:
            wanted |= Q(kind=kind.code, step__in=codes)
    return wanted & Q(state=CaseState.IN_HAND)


def for_hands(found: QuerySet[Case], operator: Operator) -> QuerySet[Case]:
    """The cases with the path of their unit, and the steps that the operator, as a person, did on each (办理情形)."""
    mine = CaseAct.objects.filter(case=OuterRef("pk"), person=operator.citizen_id, act__in=DECIDING)
    return found.annotate(
        unit_path=Subquery(platform.paths_of_units(OuterRef("unit_code"))),
        done_steps=ArraySubquery(mine.values("step")),
    )


def listed(
    scope: Scope, criteria: Mapping[str, Any], *, posts: Collection[str], operator: Operator, today: date
) -> QuerySet[Case]:
    """The cases inside the scope that fit the filter (业务件清单)."""
    found = Case.objects.filter(scope.q("unit_code", "pooling_area")).select_related("accepted_by")
    view = criteria.get("view", "")
    if view == "mine":
        found = found.filter(waiting_for(posts) | _given_to(operator))
    elif view == "unattended":
        found = found.filter(pk__in=RawSQL(*_unattended(today)))
    elif view == "open":
        found = found.filter(state__in=OPEN)
    elif view == "overdue":
        found = found.filter(state=CaseState.IN_HAND, due_on__lt=today)
    elif view == "to_hand_out":
        found = found.exclude(state__in=OPEN).filter(handed_out_at=None)
    if words := criteria.get("words", ""):
        found = found.filter(Q(number__endswith=words) | Q(subject_key=words) | Q(subject_name__startswith=words))
    if entered := criteria.get("entered", ""):
        found = found.filter(paper_on__isnull=entered != "afterwards")
    wanted = {"kind": criteria.get("kind"), "state": criteria.get("state")}
    return for_hands(found.filter(**{name: value for name, value in wanted.items() if value}), operator)


@dataclass(frozen=True, slots=True)
class Workload:
    """待办 of one operator: how many cases wait for the posts at hand, and how many of them are overdue."""

    waiting: int
    overdue: int


def workload(operator: Operator, on: date) -> Workload:
    """待办件数 (ORG-17), for own posts and delegated ones: counted in the statement that every page asks anyway."""
    found = duties_of(operator, on).counts.get(WORKLOAD) or {}
    return Workload(found.get("waiting", 0), found.get("overdue", 0))


def workload_sql() -> str:
    """The count of what waits where the operator, or who delegated a post, holds the step's post (待办计数).

    Codes of items, steps and posts are plain words (`kinds.problems`), so they may stand in the text.
    """
    may = _who_may()
    return _WORKLOAD.replace("{may}", may) if may else "SELECT NULL::jsonb"


def _who_may() -> str:
    """Items, steps, posts and the duty that a step takes, as rows of a statement."""
    return ", ".join(
        f"('{kind.code}', '{step.code}', '{post}', '{kind.item}', '{step.duty.value}')"
        for kind in kinds.registered()
        for step in kind.steps
        for post in step.posts
    )


def _given_to(operator: Operator) -> Q:
    """Cases a leader gave to the operator by name (转交)."""
    return Q(handler_id=operator.pk, state=CaseState.IN_HAND)


WORKLOAD: Final = "cases"
_WORKLOAD: Final = """
WITH mine AS MATERIALIZED (
    SELECT DISTINCT may.kind, may.step, unit.path
      FROM (VALUES {may}) AS may (kind, step, post, item, duty)
      JOIN platform_postholding held ON held.post_id = may.post AND held.valid_from <= %(on)s
           AND (held.valid_until IS NULL OR held.valid_until > %(on)s)
      JOIN platform_orgunit unit ON unit.code = held.org_unit_id
     WHERE (held.operator_id = %(operator)s
        OR EXISTS (SELECT FROM cases_delegation given
                    WHERE given.delegate_id = %(operator)s AND given.delegator_id = held.operator_id
                      AND given.post = may.post AND given.valid_from <= %(on)s AND given.valid_until > %(on)s))
       AND NOT EXISTS (SELECT FROM platform_dutyedition edition JOIN platform_dutycell cell
                           ON cell.edition_id = edition.id AND cell.level = unit.level AND cell.item = may.item
                        WHERE edition.unit_id = ANY(string_to_array(unit.path, '/')) AND edition.state = 'approved'
                          AND edition.valid_from <= %(on)s
                          AND (edition.valid_until IS NULL OR edition.valid_until > %(on)s)
                          AND NOT may.duty = ANY(cell.duties))),
waits AS (
    SELECT DISTINCT waiting.id, waiting.due_on
      FROM mine
      JOIN cases_case waiting ON waiting.kind = mine.kind AND waiting.step = mine.step AND waiting.state = 'in_hand'
      JOIN platform_orgunit unit ON unit.code = waiting.unit_code AND starts_with(unit.path, mine.path)
    UNION
    SELECT id, due_on FROM cases_case WHERE handler_id = %(operator)s AND state = 'in_hand')
SELECT jsonb_build_object('waiting', count(*), 'overdue', count(*) FILTER (WHERE due_on < %(on)s)) FROM waits
"""


_UNATTENDED: Final = """
SELECT waiting.id
  FROM cases_case waiting
  JOIN platform_orgunit unit ON unit.code = waiting.unit_code
  LEFT JOIN platform_operator handler ON handler.id = waiting.handler_id
 WHERE waiting.state = 'in_hand' AND (handler.id IS NULL OR NOT handler.is_active OR handler.left_at IS NOT NULL)
   AND NOT EXISTS (
       SELECT FROM (VALUES {may}) AS may (kind, step, post, item, duty)
         JOIN platform_postholding held ON held.post_id = may.post AND held.valid_from <= %s
              AND (held.valid_until IS NULL OR held.valid_until > %s)
         JOIN platform_orgunit place ON place.code = held.org_unit_id
         JOIN platform_operator holder ON holder.id = held.operator_id AND holder.is_active AND holder.left_at IS NULL
        WHERE may.kind = waiting.kind AND may.step = waiting.step AND starts_with(unit.path, place.path))
"""


def _unattended(on: date) -> tuple[str, tuple[date, ...]]:
    """无人办理: in hand at a step whose post nobody in service holds there or above; a delegate acts for a holder."""
    may = _who_may()
    if not may:
        return "SELECT NULL::bigint", ()
    return _UNATTENDED.replace("{may}", may), (on, on)


def unattended_groups(on: date) -> list[tuple[str, str, str, int]]:
    """What nobody can handle, counted by item, step and unit (无人办理)."""
    found = Case.objects.filter(pk__in=RawSQL(*_unattended(on))).values_list("kind", "step", "unit_code")
    return list(found.annotate(n=Count("id")).order_by("kind", "step", "unit_code"))


def due_soon_count(operator: Operator, calendar: WorkingCalendar, on: date) -> int:
    """临期件数: what waits and is due within three working days."""
    soon = calendar.add_working_days(on, rules.DUE_SOON_WORKING_DAYS)
    return _at_hand(operator, on).filter(due_on__gte=on, due_on__lte=soon).count()


def _at_hand(operator: Operator, on: date) -> QuerySet[Case]:
    """What waits for the operator; whether a post was delegated is asked inside the same statement."""
    own = own_posts(operator, on)
    wanted = waiting_for(own) | _given_to(operator)
    for post in {post for kind in kinds.registered() for step in kind.steps for post in step.posts} - own:
        given = Delegation.objects.filter(delegate_id=operator.pk, post=post, valid_from__lte=on, valid_until__gt=on)
        wanted |= waiting_for([post]) & Exists(given)
    scope = platform.scope_of(operator, "cases.view", on)
    return Case.objects.filter(scope.q("unit_code", "pooling_area")).filter(wanted)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands against its time limit (期限)."""

    urgency: Urgency
    left: int
    """Working days left; negative when overdue, 0 while paused."""


def standing(calendar: WorkingCalendar, due: date | None, today: date) -> Standing:
    """办理期限 as of today (ORG-17)."""
    left = 0 if due is None else calendar.working_days_between(today, due)
    return Standing(rules.urgency(calendar, due=due, today=today), left)


def open_count_by_unit(unit_codes: Collection[str]) -> dict[str, int]:
    """How many open cases belong to each unit (未办结业务; ORG-01)."""
    found = Case.objects.filter(unit_code__in=unit_codes, state__in=OPEN).values("unit_code")
    return {row["unit_code"]: row["n"] for row in found.annotate(n=Count("id")).order_by()}


# --- for chapters that hand cases on ----------------------------------------------------------------------------------


def waiting_at(kind: str, step: str, unit_code: str, *, limit: int = 500) -> list[Case]:
    """The cases of a unit that stand at a step of an item, the oldest first (待办件)."""
    found = Case.objects.filter(kind=kind, step=step, unit_code=unit_code, state=CaseState.IN_HAND)
    return list(found.order_by("id")[:limit])


@dataclass(frozen=True, slots=True)
class Glance:
    """Where a case stands: state, step, and what was last said when it went back."""

    number: str
    state: str
    step: str
    due_on: date | None
    returned: str


def glances(numbers: Collection[str]) -> dict[str, Glance]:
    """How these cases stand, by number (办理情况)."""
    said = CaseAct.objects.filter(case=OuterRef("pk")).order_by("-version")
    found = Case.objects.filter(number__in=numbers).annotate(
        last_act=Subquery(said.values("act")[:1]), last_said=Subquery(said.values("opinion")[:1])
    )
    return {
        one.number: Glance(
            one.number, one.state, one.step, one.due_on, one.last_said if one.last_act == Act.RETURNED else ""
        )
        for one in found
    }


def open_of_unit(kind: str, unit_code: str, *, limit: int = 500) -> list[Case]:
    """The open cases of an item in a unit, the oldest first, with the last word said on each (在办件)."""
    said = CaseAct.objects.filter(case=OuterRef("pk")).order_by("-version")
    found = Case.objects.filter(kind=kind, unit_code=unit_code, state__in=OPEN).annotate(
        last_act=Subquery(said.values("act")[:1]), last_said=Subquery(said.values("opinion")[:1])
    )
    return list(found.order_by("id")[:limit])

"""What may be asked about agents and their commissions (代办机构查询; ORG-04)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tongchou.platform import duties
from tongchou.platform.models import (
    AgentOffice,
    AgreementDocument,
    Commission,
    CommissionItem,
    Operator,
    OrgUnit,
    PostHolding,
)
from tongchou.platform.scope import Scope

NOTICE_DAYS: Final = 30
"""How many days before its end a commission is warned of (decision 0208)."""

IN_FORCE, ENDING, ENDED = "in_force", "ending", "ended"
"""What the list of agents can be narrowed to."""


def items() -> list[CommissionItem]:
    """Every item an agent may be commissioned for (委托事项)."""
    return list(CommissionItem.objects.all())


def item(code: str) -> CommissionItem | None:
    """The item of that code (委托事项)."""
    return CommissionItem.objects.filter(pk=code).first()


def item_names() -> dict[str, str]:
    """The names of the items by code, for lists (委托事项)."""
    return dict(CommissionItem.objects.values_list("code", "name"))


def office_at(unit_code: str) -> AgentOffice | None:
    """The agent bound to that unit (代办机构)."""
    return AgentOffice.objects.select_related("unit").filter(unit=unit_code).first()


def commissions_of(office: AgentOffice) -> list[Commission]:
    """Every commission of the agent, the newest first (委托沿革); those taken back before they began at the end."""
    found = Commission.objects.filter(office=office).select_related("made_by", "ended_by", "document")
    return list(found.defer("document__data", "document__digest").order_by("-valid_from", "-id"))


def commission(commission_id: int) -> Commission | None:
    """One commission with its agent (委托)."""
    found = Commission.objects.select_related("office__unit", "made_by", "document").defer("document__data")
    return found.filter(pk=commission_id).first()


def document_of(given: Commission) -> AgreementDocument | None:
    """The signed paper with its bytes (委托协议)."""
    return AgreementDocument.objects.filter(pk=given.document_id).first()


def listed(scope: Scope, criteria: Mapping[str, Any], on: date) -> QuerySet[AgentOffice]:
    """The agents inside the scope that fit the filter (代办机构清单)."""
    found = AgentOffice.objects.filter(scope.q("unit_id")).select_related("unit")
    if words := criteria.get("words"):
        found = found.filter(Q(name__contains=words) | Q(unit_id__startswith=words))
    wanted = {"type": criteria.get("type"), "role": criteria.get("role")}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    now = Commission.objects.in_force(on).filter(office=OuterRef("pk"))
    if item_code := criteria.get("item"):
        found = found.filter(Exists(now.filter(items__contains=[item_code])))
    state = criteria.get("state")
    if state == IN_FORCE:
        found = found.filter(Exists(now))
    elif state == ENDING:
        found = found.filter(
            Exists(now.filter(valid_until__lte=on + timedelta(days=NOTICE_DAYS))), ~Exists(_follows(on))
        )
    elif state == ENDED:
        found = found.filter(~Exists(now))
    return found


def current_of(offices: Collection[AgentOffice], on: date) -> dict[int, Commission]:
    """What each agent is commissioned for that day; where nothing, the last before it or the first to come."""
    found: dict[int, Commission] = {}
    rows = Commission.objects.filter(office__in=[one.pk for one in offices]).exclude(valid_until=F("valid_from"))
    for row in rows.order_by("valid_from", "id"):
        if row.office_id not in found or row.valid_from <= on:
            found[row.office_id] = row
    return found


def is_renewed(given: Commission) -> bool:
    """Whether another commission of the agent begins where this one ends (已续签)."""
    later = Commission.objects.filter(office=given.office_id, valid_from__gte=given.valid_until)
    return later.exclude(valid_until=F("valid_from")).exists()


def ending(on: date, days: int = NOTICE_DAYS) -> list[Commission]:
    """Commissions that end within so many days and are not followed by another (即将到期的委托)."""
    found = Commission.objects.in_force(on).filter(valid_until__lte=on + timedelta(days=days))
    return list(
        found.filter(~Exists(_next_of())).select_related("office__unit").order_by("valid_until", "office__unit_id")
    )


def ending_count(scope: Scope, on: date) -> int:
    """How many commissions inside the scope are about to end and not renewed (即将到期)."""
    return listed(scope, {"state": ENDING}, on).count()


def managers_of(unit: OrgUnit, on: date) -> list[Operator]:
    """Who registers commissions of that unit, those nearest to it in the tree (委托经办人)."""
    reach = [one for one in duties.giving("agents.manage", on) if unit.path.startswith(one.path)]
    nearest = max((len(one.path) for one in reach), default=0)
    ids = [one.operator_id for one in reach if len(one.path) == nearest]
    return list(Operator.objects.filter(pk__in=ids, is_active=True, left_at=None))


def operators_at(unit_code: str, on: date) -> list[PostHolding]:
    """Who acts for the agent that day (代办人员)."""
    found = PostHolding.objects.filter(org_unit=unit_code).in_force(on)
    return list(found.select_related("operator", "post").order_by("post__rank", "operator__staff_code")[:100])


def _next_of() -> QuerySet[Commission]:
    """Of the commission of an outer query, the one that follows it."""
    later = Commission.objects.filter(office=OuterRef("office"), valid_from__gte=OuterRef("valid_until"))
    return later.exclude(valid_until=F("valid_from"))


def _follows(on: date) -> QuerySet[Commission]:
    """Of the agent of an outer query, a commission that is yet to begin."""
    return Commission.objects.filter(office=OuterRef("pk"), valid_from__gt=on).exclude(valid_until=F("valid_from"))

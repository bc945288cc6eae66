"""Commissioning agents (代办机构与委托; GX2017 §4, 83, 126; JL2019 §4, 6; ORG-04). Decision 0208."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import agent_queries, checks, trail
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.commands.operators import check_unit_open
from tongchou.platform.models import AgentOffice, AgreementDocument, Commission, CommissionItem, Operator, OrgUnit
from tongchou.platform.models.trail import NO_AREA
from tongchou.platform.permissions import PERMISSIONS
from tongchou.platform.standard_commissions import STANDARD_ITEMS
from tongchou.platform.states import AGENT_LEVELS, AgentRole, AgentType, NoticeLevel, UnitLevel

LARGEST_DOCUMENT: Final = 5 << 20
_SIGNS: Final = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class AgentExists(DomainError):
    code = "PL-0901"
    message = "机构{unit}已登记为代办机构“{name}”,请在该机构下续签或变更委托"
    citation = "GX2017 §4"


class UnitIsNoAgent(DomainError):
    code = "PL-0902"
    message = "{unit}({level})不能登记为{type}"
    citation = "GX2017 §4"


class AgentUnknown(DomainError):
    code = "PL-0903"
    message = "没有绑定机构{unit}的代办机构"


class ItemsMissing(DomainError):
    code = "PL-0904"
    message = "须至少选择一项委托事项"
    citation = "GX2017 §4"


class ItemUnknown(DomainError):
    code = "PL-0905"
    message = "没有委托事项“{item}”"


class CommissionSpanFaulty(DomainError):
    code = "PL-0906"
    message = "委托的终止日期{until}须不早于生效日期{begins}"


class CommissionOverlaps(DomainError):
    code = "PL-0907"
    message = "“{agent}”在{begins}至{until}已有委托,同一日只能有一份委托"


class CommissionOver(DomainError):
    code = "PL-0908"
    message = "该委托已于{until}终止,请办理续签"


class CommissionMoved(DomainError):
    code = "PL-0909"
    message = "该委托已由{name}于{at}变更,请核对后再办"


class ResponsibleMissing(DomainError):
    code = "PL-0910"
    message = "须填写代办机构的负责人"


class EndReasonMissing(DomainError):
    code = "PL-0911"
    message = "终止委托须写明原因"


class DocumentUnfit(DomainError):
    code = "PL-0912"
    message = "委托协议“{name}”须为PDF、JPG或PNG文件,且不超过{limit}兆字节"


class ItemFaulty(DomainError):
    code = "PL-0913"
    message = "委托事项须改正:{problems}"


class ItemMoved(DomainError):
    code = "PL-0914"
    message = "委托事项“{item}”已被他人修改,请核对后再保存"


class DateBeforeCommission(DomainError):
    code = "PL-0915"
    message = "{given}须在委托期间({begins}至{until})之内;已过去的日子不能改动"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a commission says (委托内容); `until` is the last day, as the paper has it."""

    items: Collection[str]
    begins: date
    until: date
    responsible: str
    phone: str = ""
    agreement_no: str = ""
    document: tuple[str, bytes] | None = None
    """File name and bytes of the signed agreement."""

    @property
    def ends(self) -> date:
        """The first day on which it no longer holds: the last day ends at midnight."""
        return self.until + timedelta(days=1)


@transaction.atomic
def ensure_commission_items() -> None:
    """Add the standard items that are missing; what an agency changed or added stays (委托事项; ORG-04)."""
    CommissionItem.objects.bulk_create(
        [
            CommissionItem(
                code=one.code,
                name=one.name,
                permissions=list(one.permissions),
                works=list(one.works),
                citation=one.citation,
                rank=rank,
            )
            for rank, one in enumerate(STANDARD_ITEMS)
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def register_agent(
    *,
    unit_code: str,
    name: str,
    role: AgentRole,
    type: AgentType,
    terms: Terms,
    request_id: str,
    by: Operator,
    now: datetime,
) -> AgentOffice:
    """登记代办机构 (GX2017 §4; JL2019 §4): bind a body to its unit, with its first commission.

    From now on the unit's operators do what is commissioned, and no more. Repeating a request_id returns the first
    answer. Raises: AgentExists, UnitIsNoAgent, UnitNotOpen, those of a commission, NoPermission, OutOfScope.
    """
    unit = OrgUnit.objects.select_for_update(of=("self",)).filter(code=unit_code).first()
    checks.check_in_scope(by, "agents.manage", unit_code, now)
    assert unit is not None  # an unknown code is out of everybody's scope
    if repeated := _answered(by, request_id):
        return repeated.office
    if known := AgentOffice.objects.filter(unit=unit).first():
        raise AgentExists(unit=unit.name, name=known.name)
    if UnitLevel(unit.level) not in AGENT_LEVELS[type]:
        raise UnitIsNoAgent(unit=unit.name, level=UnitLevel(unit.level).label, type=type.label)
    check_unit_open(unit_code, terms.begins)
    office = AgentOffice.objects.create(
        unit=unit, name=name.strip()[:100] or unit.name, role=role, type=type, registered_by=by, registered_at=now
    )
    given = _commission(office, terms, request_id=request_id, by=by, now=now)
    _record("platform.register_agent", given, by=by, now=now, role=role.value, type=type.value)
    return office


@transaction.atomic
def renew_commission(*, unit_code: str, terms: Terms, request_id: str, by: Operator, now: datetime) -> Commission:
    """续签委托 (GX2017 §4): another span of the agent, beside none that it has.

    Repeating a request_id returns the first answer. Raises: AgentUnknown, those of a commission, NoPermission,
    OutOfScope.
    """
    office = _locked(unit_code, by, now)
    if repeated := _answered(by, request_id):
        return repeated
    given = _commission(office, terms, request_id=request_id, by=by, now=now)
    _record("platform.renew_commission", given, by=by, now=now)
    return given


@transaction.atomic
def change_commission(*, commission_id: int, terms: Terms, request_id: str, by: Operator, now: datetime) -> Commission:
    """变更委托: close the commission and open the next from `terms.begins`, a day of it from today on.

    What it said before that day stays. Repeating a request_id returns the first answer. Raises: AgentUnknown,
    CommissionMoved, CommissionOver, DateBeforeCommission, those of a commission, NoPermission, OutOfScope.
    """
    standing = _standing(commission_id, by, now)
    if repeated := _answered(by, request_id):
        return repeated
    _check_unmoved(standing)
    today = timezone.localdate(now)
    if standing.valid_until <= today:
        raise CommissionOver(until=standing.valid_until - timedelta(days=1))
    first = max(standing.valid_from, today)
    if not first <= terms.begins < standing.valid_until:
        raise DateBeforeCommission(given=terms.begins, begins=first, until=standing.valid_until - timedelta(days=1))
    _close(standing, terms.begins, reason="变更委托", by=by, now=now)
    document = None if terms.document else standing.document
    given = _commission(standing.office, terms, request_id=request_id, by=by, now=now, document=document)
    _record("platform.change_commission", given, by=by, now=now, before=standing.pk)
    return given


@transaction.atomic
def end_commission(*, commission_id: int, last_day: date, reason: str, by: Operator, now: datetime) -> Commission:
    """终止委托: after `last_day`, yesterday at the earliest; one that has not begun never was.

    Ending it twice on the same day gives the first answer. Raises: AgentUnknown, CommissionMoved, CommissionOver,
    DateBeforeCommission, EndReasonMissing, NoPermission, OutOfScope.
    """
    standing = _standing(commission_id, by, now)
    ends = last_day + timedelta(days=1)
    if standing.ended_at is not None and standing.valid_until == ends and standing.ended_by_id == by.pk:
        return standing
    _check_unmoved(standing)
    if not reason.strip():
        raise EndReasonMissing()
    today = timezone.localdate(now)
    if standing.valid_until <= today:
        raise CommissionOver(until=standing.valid_until - timedelta(days=1))
    if not today <= ends <= standing.valid_until:
        raise DateBeforeCommission(
            given=last_day, begins=standing.valid_from, until=standing.valid_until - timedelta(days=1)
        )
    _close(standing, max(ends, standing.valid_from), reason=reason.strip()[:200], by=by, now=now)
    _record("platform.end_commission", standing, by=by, now=now, reason=standing.end_reason)
    return standing


@transaction.atomic
def set_commission_item(
    *,
    code: str,
    name: str,
    permissions: Collection[str],
    works: Collection[str],
    citation: str,
    version: int,
    by: Operator,
    now: datetime,
) -> CommissionItem:
    """维护委托事项: what an item means, in permissions and kinds of work; `version` 0 adds one.

    Raises: ItemFaulty, ItemMoved, NoPermission.
    """
    checks.check_permission(by, "agents.set_items", now)
    code, name = code.strip(), name.strip()
    if problems := _item_problems(code, name, permissions, works):
        raise ItemFaulty(problems=";".join(problems))
    standing = CommissionItem.objects.select_for_update().filter(pk=code).first()
    if (standing.version if standing else 0) != version:
        raise ItemMoved(item=name)
    if CommissionItem.objects.filter(name=name).exclude(pk=code).exists():
        raise ItemFaulty(problems=f"已有名称为“{name}”的事项")
    saved = standing or CommissionItem(code=code, rank=CommissionItem.objects.count(), version=0)
    before = {"permissions": saved.permissions, "works": saved.works} if standing else {}
    saved.name, saved.citation, saved.version = name[:30], citation.strip()[:60], saved.version + 1
    saved.permissions, saved.works = sorted(permissions), sorted(works)
    saved.save()
    trail.record(
        "platform.set_commission_item",
        at=now,
        operator=by,
        object_kind="commission_item",
        object_key=code,
        detail={"name": name, "permissions": saved.permissions, "works": saved.works, "before": before},
    )
    return saved


def warn_of_ending_commissions(*, now: datetime) -> int:
    """委托到期提醒: whoever registers commissions there is told once of each that is about to end. Returns how many."""
    today, told = timezone.localdate(now), 0
    for given in agent_queries.ending(today):
        last = given.valid_until - timedelta(days=1)
        told += send_notice(
            recipients=agent_queries.managers_of(given.office.unit, today),
            level=NoticeLevel.WARNING,
            title=f"“{given.office.name}”的委托将于{last}到期",
            body="到期后该机构的人员不能再办理委托事项;继续委托的,请及时续签。",
            link=f"/system/agents/{given.office.unit_id}/",
            topic=f"commission:{given.pk}:{given.valid_until}",
            now=now,
        )
    return told


def hand_over_commission(unit: OrgUnit, successor: OrgUnit, *, now: datetime) -> None:
    """机构撤销: what is commissioned to a closing unit goes on at its successor; a step of the closing.

    A successor that is an agent itself keeps its own commission. So staff who move with the unit gain nothing by it.
    """
    office, day = AgentOffice.objects.filter(unit=unit).first(), unit.valid_until
    if office is None or AgentOffice.objects.filter(unit=successor).exists():
        return
    assert day is not None
    heir = AgentOffice.objects.create(
        unit=successor, name=successor.name, role=office.role, type=office.type, registered_at=now
    )
    for given in Commission.objects.filter(office=office, valid_until__gt=day).select_for_update(of=("self",)):
        Commission.objects.create(
            office=heir,
            items=given.items,
            valid_from=max(day, given.valid_from),
            valid_until=given.valid_until,
            responsible=given.responsible,
            phone=given.phone,
            agreement_no=given.agreement_no,
            document=given.document,
            made_at=now,
        )
        given.valid_until = max(day, given.valid_from)
        given.save(update_fields=["valid_until"])


def _answered(by: Operator, request_id: str) -> Commission | None:
    found = Commission.objects.select_related("office").filter(made_by=by, request_id=request_id)
    return found.exclude(request_id="").first()


def _locked(unit_code: str, by: Operator, now: datetime) -> AgentOffice:
    found = AgentOffice.objects.select_for_update(of=("self",)).select_related("unit").filter(unit=unit_code).first()
    checks.check_in_scope(by, "agents.manage", unit_code, now, object_kind="agent", object_key=unit_code)
    if found is None:
        raise AgentUnknown(unit=unit_code)
    return found


def _standing(commission_id: int, by: Operator, now: datetime) -> Commission:
    """The commission, its agent locked. Raises: AgentUnknown, NoPermission, OutOfScope."""
    found = Commission.objects.filter(pk=commission_id).values_list("office__unit_id", flat=True).first()
    office = _locked(found or "", by, now)
    standing = Commission.objects.select_related("ended_by", "document").get(pk=commission_id)
    standing.office = office
    return standing


def _check_unmoved(standing: Commission) -> None:
    if standing.ended_at is not None:
        assert standing.ended_by is not None
        at = timezone.localtime(standing.ended_at).strftime("%Y-%m-%d %H:%M")
        raise CommissionMoved(name=standing.ended_by.name, at=at)


def _close(standing: Commission, ends: date, *, reason: str, by: Operator, now: datetime) -> None:
    standing.valid_until, standing.ended_by, standing.ended_at, standing.end_reason = ends, by, now, reason
    standing.save(update_fields=["valid_until", "ended_by", "ended_at", "end_reason"])


def _commission(
    office: AgentOffice,
    terms: Terms,
    *,
    request_id: str,
    by: Operator,
    now: datetime,
    document: AgreementDocument | None = None,
) -> Commission:
    """Raises: ItemsMissing, ItemUnknown, ResponsibleMissing, CommissionSpanFaulty, CommissionOverlaps, DocumentUnfit.

    `document` is the paper of the commission before, where no new one came.
    """
    known = [code for code in CommissionItem.objects.values_list("code", flat=True) if code in set(terms.items)]
    if unknown := sorted(set(terms.items) - set(known)):
        raise ItemUnknown(item=unknown[0])
    if not known:
        raise ItemsMissing()
    if not terms.responsible.strip():
        raise ResponsibleMissing()
    if terms.until < terms.begins:
        raise CommissionSpanFaulty(until=terms.until, begins=terms.begins)
    clash = Commission.objects.filter(office=office).sharing_a_day_with(terms.begins, terms.ends).first()
    if clash is not None:
        raise CommissionOverlaps(
            agent=office.name, begins=clash.valid_from, until=clash.valid_until - timedelta(days=1)
        )
    return Commission.objects.create(
        office=office,
        items=known,
        valid_from=terms.begins,
        valid_until=terms.ends,
        responsible=terms.responsible.strip()[:50],
        phone=terms.phone.strip()[:30],
        agreement_no=terms.agreement_no.strip()[:60],
        document=_document(*terms.document) if terms.document else document,
        made_by=by,
        made_at=now,
        request_id=request_id,
    )


def _document(name: str, data: bytes) -> AgreementDocument:
    """The signed agreement, its type by its content. Raises: DocumentUnfit."""
    shown = name.replace("\\", "/").rsplit("/", 1)[-1].strip()[-100:] or "委托协议"
    media_type = next((media for sign, media in _SIGNS if data.startswith(sign)), "")
    if not media_type or len(data) > LARGEST_DOCUMENT:
        raise DocumentUnfit(name=shown, limit=LARGEST_DOCUMENT >> 20)
    return AgreementDocument.objects.create(
        name=shown, media_type=media_type, digest=hashlib.sha256(data).digest(), data=data
    )


def _item_problems(code: str, name: str, permissions: Collection[str], works: Collection[str]) -> list[str]:
    found = []
    if not (code.isidentifier() and code.isascii() and len(code) <= 30):
        found.append("事项代码须为字母、数字和下划线")
    if not name:
        found.append("须填写名称")
    found += [f"没有权限“{one}”" for one in sorted(permissions) if one not in PERMISSIONS]
    known = checks.works()
    found += [f"没有业务“{one}”" for one in sorted(works) if one not in known]
    return found


def _record(action: str, given: Commission, *, by: Operator | None, now: datetime, **more: Any) -> None:
    detail: Mapping[str, Any] = {
        "commission": given.pk,
        "items": given.items,
        "valid_from": str(given.valid_from),
        "valid_until": str(given.valid_until),
        "responsible": given.responsible,
        **more,
    }
    trail.record(
        action,
        at=now,
        operator=by,
        pooling_area=given.office.unit.pooling_area_id or NO_AREA,
        unit_code=given.office.unit_id,
        object_kind="agent",
        object_key=given.office.unit_id,
        detail=detail,
    )

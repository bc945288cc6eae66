"""交换对象与约定经办 (JL2019 §50; SYS-04; ORG-05): who is at the other end, and what is exchanged how."""

from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from tongchou.exchange.commands.filled import NotFilled, check_filled
from tongchou.exchange.commands.formats import FormatGone
from tongchou.exchange.flows import title_of, titles
from tongchou.exchange.models import ExchangeAgreement, FileFormat, Partner
from tongchou.exchange.states import Direction, Frequency, OnArrival, PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

MANAGE: Final = "exchange.manage"


class PartnerTwice(DomainError):
    code = "EX-2201"
    message = "统筹地区{area}已有代码为{partner}的交换对象"
    citation = "JL2019 §50"


class PartnerUnknown(DomainError):
    code = "EX-2202"
    message = "没有编号为{partner}的交换对象"
    citation = "JL2019 §50"


class AgreedAlready(DomainError):
    code = "EX-2204"
    message = "与{partner}自{on}起已有“{flow}”的交换约定"
    citation = "JL2019 §50"


class FormatsMissing(DomainError):
    code = "EX-2205"
    message = "“{direction}”的约定须指定{what}格式"
    citation = "JL2019 §50"


class FormatNotInForce(DomainError):
    code = "EX-2304"
    message = "格式{name}还没有核准,不能用于交换约定"
    citation = "JL2019 §50"


class FlowUnknown(DomainError):
    code = "EX-2305"
    message = "没有名为“{flow}”的交换项目"
    citation = "JL2019 §50"


class StaffUnknown(DomainError):
    code = "EX-2306"
    message = "没有工号为“{staff}”的工作人员,不能作为受理人"
    citation = "JL2019 §50"


@transaction.atomic
def register_partner(
    *,
    pooling_area: str,
    code: str,
    name: str,
    kind: PartnerKind,
    contact: str = "",
    phone: str = "",
    role: str = "",
    operator: platform.Operator,
    now: datetime,
) -> Partner:
    """登记交换对象 (JL2019 §50; SYS-04). Raises: NotFilled, PartnerTwice, NoPermission, AreaOutOfScope."""
    platform_checks.check_area_in_scope(operator, MANAGE, pooling_area, now)
    check_filled(代码=code, 名称=name)
    try:
        with transaction.atomic():
            partner = Partner.objects.create(
                pooling_area_id=pooling_area,
                code=code.strip(),
                name=name.strip(),
                kind=kind,
                contact=contact.strip(),
                phone=phone.strip(),
                role=role.strip(),
                created_at=now,
            )
    except IntegrityError:
        raise PartnerTwice(area=pooling_area, partner=code) from None
    _note("register_partner", operator, now, partner, code=partner.code, kind=str(kind))
    return partner


@transaction.atomic
def change_partner(
    *,
    partner_id: int,
    name: str,
    contact: str,
    phone: str,
    role: str = "",
    in_use: bool,
    operator: platform.Operator,
    now: datetime,
) -> Partner:
    """变更交换对象. Raises: PartnerUnknown, NotFilled, NoPermission, AreaOutOfScope."""
    partner = Partner.objects.select_for_update().filter(pk=partner_id).first()
    if partner is None:
        raise PartnerUnknown(partner=partner_id)
    platform_checks.check_area_in_scope(operator, MANAGE, partner.pooling_area_id, now)
    check_filled(名称=name)
    before = {"name": partner.name, "in_use": partner.in_use}
    partner.name, partner.contact, partner.phone, partner.in_use = name.strip(), contact.strip(), phone.strip(), in_use
    partner.role = role.strip()
    partner.save()
    _note("change_partner", operator, now, partner, before=before, name=partner.name, in_use=in_use)
    return partner


@transaction.atomic
def agree(
    *,
    partner_id: int,
    flow: str,
    direction: Direction,
    frequency: Frequency,
    sent_as_id: int | None,
    answered_as_id: int | None,
    responsible: str,
    legal_basis: str,
    valid_from: date,
    valid_until: date | None = None,
    taken_by: str = "",
    on_arrival: OnArrival = OnArrival.CONFIRM,
    operator: platform.Operator,
    now: datetime,
) -> ExchangeAgreement:
    """登记交换约定 (JL2019 §50; SYS-04).

    `taken_by` is the staff code in whose name files that a link brings are checked, and taken in as `on_arrival` says.
    Raises: PartnerUnknown, NotFilled, FlowUnknown, StaffUnknown, FormatsMissing, FormatNotInForce, AgreedAlready,
    NoPermission, AreaOutOfScope.
    """
    partner = Partner.objects.select_for_update().filter(pk=partner_id).first()
    if partner is None:
        raise PartnerUnknown(partner=partner_id)
    platform_checks.check_area_in_scope(operator, MANAGE, partner.pooling_area_id, now)
    check_filled(责任人=responsible, 依据=legal_basis)
    if flow not in titles():
        raise FlowUnknown(flow=flow)
    if taken_by and platform.operator_by_staff_code(taken_by) is None:
        raise StaffUnknown(staff=taken_by)
    for wanted, what, given in ((Direction.IN, "发出", sent_as_id), (Direction.OUT, "接收", answered_as_id)):
        if direction != wanted and given is None and (wanted == Direction.IN or direction == Direction.BOTH):
            raise FormatsMissing(direction=direction.label, what=what)
        _check_approved(given)
    try:
        with transaction.atomic():
            made = ExchangeAgreement.objects.create(
                partner=partner,
                flow=flow,
                direction=direction,
                frequency=frequency,
                sent_as_id=sent_as_id,
                answered_as_id=answered_as_id,
                responsible=responsible.strip(),
                taken_by=taken_by,
                on_arrival=on_arrival,
                legal_basis=legal_basis.strip(),
                valid_from=valid_from,
                valid_until=valid_until,
            )
    except IntegrityError:
        raise AgreedAlready(partner=partner.name, on=valid_from, flow=title_of(flow)) from None
    _note("agree", operator, now, partner, flow=flow, valid_from=valid_from.isoformat())
    return made


def _check_approved(format_id: int | None) -> None:
    """Raises: FormatGone, FormatNotInForce."""
    if format_id is None:
        return
    found = FileFormat.objects.filter(pk=format_id).first()
    if found is None:
        raise FormatGone(format=format_id)
    if found.approved_at is None:
        raise FormatNotInForce(name=str(found))


@transaction.atomic
def end_agreement(*, agreement_id: int, ends_on: date, operator: platform.Operator, now: datetime) -> ExchangeAgreement:
    """终止交换约定 on a day, itself no longer included. Raises: NotFilled, PartnerUnknown, NoPermission."""
    agreement = ExchangeAgreement.objects.select_for_update(of=("self",)).filter(pk=agreement_id).first()
    if agreement is None:
        raise PartnerUnknown(partner=agreement_id)
    platform_checks.check_area_in_scope(operator, MANAGE, agreement.partner.pooling_area_id, now)
    if ends_on <= agreement.valid_from:
        raise NotFilled(what="晚于起始日的终止日期")
    agreement.valid_until = ends_on
    agreement.save(update_fields=["valid_until"])
    _note("end_agreement", operator, now, agreement.partner, flow=agreement.flow, ends_on=ends_on.isoformat())
    return agreement


def _note(action: str, operator: platform.Operator, now: datetime, partner: Partner, **detail: Any) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        pooling_area=partner.pooling_area_id,
        object_kind="partner",
        object_key=partner.pk,
        detail=detail,
    )

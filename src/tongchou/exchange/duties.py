"""Duties and hand-offs (责任事项与交接; ORG-05): what is owed by which day, its receipt, and what is overdue.

A night puts down what falls due; a file that comes or goes closes its hand-off by itself, and what has no file is
recorded by hand. Nobody has to remember that a list did not come: its day passes, and it is red.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.exchange.flows import titles
from tongchou.exchange.models import HandOff, ImportFile, OutgoingFile, Partner, PartnerDuty
from tongchou.exchange.rules import Rhythm
from tongchou.exchange.states import DutyForm, Frequency, Giver, HandOffState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.commands import send_notice
from tongchou.platform.spreadsheets import kinds
from tongchou.platform.states import NoticeLevel

MANAGE: Final = "exchange.manage"
VIEW: Final = "exchange.view"
AHEAD: Final = timedelta(days=31)
"""How long before its day a hand-off is put down."""
LONGEST_BEFORE: Final = timedelta(days=800)


class DutyIncomplete(DomainError):
    code = "EX-2311"
    message = "责任事项须填写{what}"
    citation = "JL2019 §50"


class DutyTwice(DomainError):
    code = "EX-2312"
    message = "{partner}自{on}起已有事项“{subject}”"
    citation = "JL2019 §50"


class DutyUnknown(DomainError):
    code = "EX-2313"
    message = "没有编号为{duty}的责任事项"
    citation = "JL2019 §50"


class HandOffUnknown(DomainError):
    code = "EX-2314"
    message = "没有编号为{hand_off}的交接"
    citation = "JL2019 §50"


class HandedOver(DomainError):
    code = "EX-2315"
    message = "“{subject}”{period}期{state},不再登记"
    citation = "JL2019 §50"


class HandedOverLater(DomainError):
    code = "EX-2316"
    message = "交接日期{on}在今天之后"
    citation = "JL2019 §50"


class FileOfNobody(DomainError):
    code = "EX-2317"
    message = "“{name}”不是已登记的导入类别或交换项目"
    citation = "JL2019 §50"


@transaction.atomic
def add_duty(
    *,
    partner_id: int,
    subject: str,
    form: DutyForm,
    giver: Giver,
    rhythm: Rhythm,
    responsible: str,
    legal_basis: str,
    valid_from: date,
    valid_until: date | None = None,
    import_kind: str = "",
    options: Mapping[str, str] | None = None,
    flow: str = "",
    operator: platform.Operator,
    now: datetime,
) -> PartnerDuty:
    """登记责任事项 (ORG-05). Its first hand-offs are put down at once.

    Raises: DutyIncomplete, DutyTwice, FileOfNobody, NoPermission, AreaOutOfScope.
    """
    partner = Partner.objects.select_for_update().get(pk=partner_id)
    platform_checks.check_area_in_scope(operator, MANAGE, partner.pooling_area_id, now)
    for what, text in (("事项", subject), ("我方责任人", responsible), ("依据", legal_basis)):
        if not text.strip():
            raise DutyIncomplete(what=what)
    if not 1 <= rhythm.due_day <= 31 or not 1 <= rhythm.due_month <= 12 or not 0 <= rhythm.months_later <= 12:
        raise DutyIncomplete(what="1至31日、1至12月之间的约定日期")
    if import_kind and import_kind not in {one.name for one in kinds.registered()}:
        raise FileOfNobody(name=import_kind)
    if flow and flow not in titles():
        raise FileOfNobody(name=flow)
    try:
        with transaction.atomic():
            duty = PartnerDuty.objects.create(
                partner=partner,
                subject=subject.strip(),
                form=form,
                giver=giver,
                import_kind=import_kind,
                options=dict(options or {}),
                flow=flow,
                frequency=rhythm.frequency,
                due_day=rhythm.due_day,
                due_month=rhythm.due_month,
                months_later=rhythm.months_later,
                responsible=responsible.strip(),
                legal_basis=legal_basis.strip(),
                valid_from=valid_from,
                valid_until=valid_until,
                staff_code=operator.staff_code,
                created_at=now,
            )
    except IntegrityError:
        raise DutyTwice(partner=partner.name, on=valid_from, subject=subject) from None
    _note("add_duty", duty, now, operator, subject=duty.subject)
    _put_down(duty, timezone.localdate(now))
    return duty


@transaction.atomic
def end_duty(*, duty_id: int, ends_on: date, operator: platform.Operator, now: datetime) -> PartnerDuty:
    """终止责任事项: from that day nothing more falls due. Raises: DutyUnknown, DutyIncomplete, NoPermission."""
    duty = PartnerDuty.objects.select_for_update(of=("self",)).select_related("partner").filter(pk=duty_id).first()
    if duty is None:
        raise DutyUnknown(duty=duty_id)
    platform_checks.check_area_in_scope(operator, MANAGE, duty.partner.pooling_area_id, now)
    if ends_on <= duty.valid_from:
        raise DutyIncomplete(what="晚于起始日的终止日期")
    duty.valid_until = ends_on
    duty.save(update_fields=["valid_until"])
    duty.hand_offs.filter(state=HandOffState.AWAITED, due_on__gte=ends_on).delete()
    _note("end_duty", duty, now, operator, ends_on=ends_on.isoformat())
    return duty


@transaction.atomic
def record_hand_off(
    *,
    hand_off_id: int,
    done_on: date,
    reference: str,
    rows: int | None = None,
    remark: str = "",
    operator: platform.Operator,
    now: datetime,
) -> HandOff:
    """登记交接 by hand, with its receipt: a certificate, a transfer, a list on paper.

    Raises: HandOffUnknown, HandedOver, HandedOverLater, DutyIncomplete, NoPermission, AreaOutOfScope.
    """
    found = _locked(hand_off_id, operator, now)
    if not reference.strip():
        raise DutyIncomplete(what="回执号或文号")
    if done_on > timezone.localdate(now):
        raise HandedOverLater(on=done_on)
    found.remark, found.rows = remark.strip(), rows
    _close(found, done_on=done_on, reference=reference.strip(), staff_code=operator.staff_code, now=now)
    _note("record_hand_off", found.duty, now, operator, period=found.period, reference=found.reference)
    return found


@transaction.atomic
def waive_hand_off(*, hand_off_id: int, remark: str, operator: platform.Operator, now: datetime) -> HandOff:
    """本期无需交接, and why. Raises: HandOffUnknown, HandedOver, DutyIncomplete, NoPermission, AreaOutOfScope."""
    found = _locked(hand_off_id, operator, now)
    if not remark.strip():
        raise DutyIncomplete(what="本期无需交接的理由")
    found.state, found.remark = HandOffState.WAIVED, remark.strip()
    found.staff_code, found.recorded_at = operator.staff_code, now
    found.save()
    _note("waive_hand_off", found.duty, now, operator, period=found.period, remark=found.remark)
    return found


def _locked(hand_off_id: int, operator: platform.Operator, now: datetime) -> HandOff:
    """Raises: HandOffUnknown, HandedOver, NoPermission, AreaOutOfScope."""
    found = (
        HandOff.objects.select_for_update(of=("self",)).select_related("duty__partner").filter(pk=hand_off_id).first()
    )
    if found is None:
        raise HandOffUnknown(hand_off=hand_off_id)
    platform_checks.check_area_in_scope(operator, MANAGE, found.duty.partner.pooling_area_id, now)
    if found.state != HandOffState.AWAITED:
        raise HandedOver(subject=found.duty.subject, period=found.period, state=HandOffState(found.state).label)
    return found


def _close(found: HandOff, *, done_on: date, reference: str, staff_code: str, now: datetime) -> None:
    found.state, found.done_on, found.reference = HandOffState.DONE, done_on, reference[:60]
    found.staff_code, found.recorded_at = staff_code, now
    found.save()


# --- what the clock and the files do --------------------------------------------------------------------------------


def put_down(now: datetime) -> int:
    """每日生成待交接事项 (定时任务): what falls due within a month, once; who answers for the overdue is told."""
    today = timezone.localdate(now)
    made = sum(_put_down(duty, today) for duty in PartnerDuty.objects.select_related("partner"))
    _remind(today, now)
    return made


def rhythm_of(duty: PartnerDuty) -> Rhythm:
    """How often the duty falls due (交接周期)."""
    return Rhythm(Frequency(duty.frequency), duty.due_day, duty.due_month, duty.months_later)


def _put_down(duty: PartnerDuty, today: date) -> int:
    until = min(duty.valid_until or date.max, today + AHEAD)
    if duty.frequency == Frequency.DAILY:
        until = min(until, today + timedelta(days=1))
    since = max(duty.valid_from, _known_until(duty, today))
    if since >= until:
        return 0
    made = HandOff.objects.bulk_create(
        [HandOff(duty=duty, period=due.period, due_on=due.due_on) for due in rhythm_of(duty).due_between(since, until)],
        ignore_conflicts=True,
    )
    return len(made)


def _known_until(duty: PartnerDuty, today: date) -> date:
    """From when on nothing is put down yet: the last known day, or at most a year back for a duty just entered."""
    last = duty.hand_offs.order_by("-due_on").values_list("due_on", flat=True).first()
    return last or today - timedelta(days=366)


def _remind(today: date, now: datetime) -> None:
    """逾期提醒, once per hand-off, to whoever manages the exchange of the area."""
    overdue = list(
        HandOff.objects.filter(state=HandOffState.AWAITED, due_on__lt=today)
        .select_related("duty__partner")
        .order_by("due_on")[:200]
    )
    if not overdue:
        return
    for one in overdue:
        partner = one.duty.partner
        send_notice(
            recipients=[
                each
                for each in platform.holders_of_permission(MANAGE, today)
                if platform.scope_of(each, MANAGE, today).covers_area(partner.pooling_area_id)
            ],
            title=f"{partner.name}:{one.duty.subject} {one.period} 逾期未交接",
            body=f"约定日期{one.due_on},联系人{partner.contact or '未登记'} {partner.phone}".strip(),
            link="/exchange/duties/",
            level=NoticeLevel.URGENT,
            topic=f"hand-off-{one.pk}",
            now=now,
        )


def note_taken_in(file: ImportFile, now: datetime) -> HandOff | None:
    """A file was taken in: the hand-off of its period, if one waits, has its receipt; a step of the caller.

    A file is of the duty whose kind it is and whose options it has; of the period of its list date, else of today's.
    """
    owed = PartnerDuty.objects.filter(
        partner__pooling_area_id=file.pooling_area_id, giver=Giver.PARTNER, import_kind=file.kind
    )
    if file.partner_id:
        owed = owed.filter(partner_id=file.partner_id)
    day = _day_of(file.options, timezone.localdate(now))
    for duty in owed:
        if any(file.options.get(name) != value for name, value in duty.options.items()):
            continue
        found = _awaited(duty, day)
        if found is not None:
            found.incoming, found.rows = file, file.rows_taken
            _close(
                found,
                done_on=timezone.localdate(file.uploaded_at),
                reference=f"导入{file.pk}",
                staff_code=file.staff_code,
                now=now,
            )
            return found
    return None


def note_sent(file: OutgoingFile, now: datetime) -> HandOff | None:
    """A file went out: the hand-off of its period has its receipt; a step of the caller's transaction."""
    on = timezone.localdate(now)
    for duty in PartnerDuty.objects.filter(partner_id=file.partner_id, giver=Giver.HOUSE, flow=file.flow):
        found = _awaited(duty, on)
        if found is not None:
            found.outgoing, found.rows = file, file.rows
            _close(found, done_on=on, reference=file.number, staff_code=file.made_by, now=now)
            return found
    return None


def _awaited(duty: PartnerDuty, day: date) -> HandOff | None:
    """The hand-off of the period of a day, where it waits; one that comes long before its day is put down now."""
    rhythm = rhythm_of(duty)
    period = rhythm.period_of(day)
    due = next(
        (one for one in rhythm.due_between(day.replace(day=1), day + LONGEST_BEFORE) if one.period == period), None
    )
    if due is not None:
        HandOff.objects.get_or_create(duty=duty, period=period, defaults={"due_on": due.due_on})
    return HandOff.objects.select_for_update().filter(duty=duty, period=period, state=HandOffState.AWAITED).first()


def _day_of(options: Mapping[str, Any], today: date) -> date:
    try:
        return date.fromisoformat(str(options.get("list_date", "")).strip())
    except ValueError:
        return today


def _note(action: str, duty: PartnerDuty, now: datetime, operator: platform.Operator, **detail: Any) -> None:
    trail.record(
        f"exchange.{action}",
        at=now,
        operator=operator,
        pooling_area=duty.partner.pooling_area_id,
        object_kind="partner",
        object_key=duty.partner_id,
        detail=detail,
    )

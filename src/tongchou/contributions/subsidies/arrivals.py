"""补助到位与清算 (GX2017 §31; QA2018 一; JL2019 §11; CON-28, CON-30): from the budget's letter to the fiscal account.

A letter becomes a business document of the books; it counts as received when finance has matched it with the entry of
the fiscal account and a second person has reviewed it. Who is late is told to those who must ask.
"""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tongchou.contributions.subsidies.applications import (
    PREPARE,
    SUBMIT,
    AnotherPerson,
    ApplicationElsewhere,
    ApplicationUnknown,
    _note,
)
from tongchou.contributions.subsidies.models import (
    SubsidyApplication,
    SubsidyArrival,
    SubsidyLevel,
    SubsidySettlement,
)
from tongchou.contributions.subsidies.states import SUBMITTED_STATES, ApplicationState, Level, Purpose
from tongchou.fund import documents
from tongchou.fund.events import DocumentPosted
from tongchou.fund.states import DocumentKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks
from tongchou.platform import queries as platform
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.states import NoticeLevel

ORIGIN: Final = "subsidy_level"
KINDS: Final = {
    Level.CENTRAL: DocumentKind.SUBSIDY_CENTRAL,
    Level.PROVINCE: DocumentKind.SUBSIDY_PROVINCE,
    Level.CITY: DocumentKind.SUBSIDY_CITY,
    Level.COUNTY: DocumentKind.SUBSIDY_COUNTY,
}
PAYABLE: Final = (ApplicationState.APPROVED, ApplicationState.GRANTED, ApplicationState.ARRIVED)


class LevelUnknown(DomainError):
    code = "CO-5031"
    message = "没有编号为{level}的分级应补"
    citation = "GX2017 §31"


class GrantedTooMuch(DomainError):
    code = "CO-5032"
    message = "{level}应到{payable}元,已到{received}元,不能再登记拨款{amount}元"
    citation = "GX2017 §31"


class NotPrepaid(DomainError):
    code = "CO-5033"
    message = "{unit}没有{year}年度的年度申请,不能清算"
    citation = "JL2019 §11"


class GrantUnderWay(DomainError):
    code = "CO-5034"
    message = "{level}有已登记拨款{amount}元尚未到账记账,不能清算"
    citation = "JL2019 §11"


@transaction.atomic
def note_grant(
    *, level_id: int, amount_fen: int, payer: str, paper: str, operator: platform.Operator, now: datetime
) -> str:
    """登记拨款 (GX2017 §31): the budget's letter, as a document that waits for the fiscal account's entry. Fen.

    Returns the document's number. Raises: LevelUnknown, ApplicationElsewhere, GrantedTooMuch, NoPermission,
    AreaOutOfScope, what the books refuse.
    """
    level = SubsidyLevel.objects.select_for_update(of=("self",)).filter(pk=level_id).first()
    if level is None:
        raise LevelUnknown(level=level_id)
    application = level.application
    checks.check_area_in_scope(operator, documents.PREPARE, application.pooling_area_id, now)
    if application.purpose != Purpose.ADVANCE or application.state not in PAYABLE:
        raise ApplicationElsewhere(
            number=application.number, state=ApplicationState(application.state).label, act="登记拨款"
        )
    kind = KINDS[Level(level.level)]
    earlier = documents.find(
        pooling_area=application.pooling_area_id, scheme="resident", kind=kind, payer=payer, paper=paper
    )
    coming = documents.waiting_fen(origin=ORIGIN, origin_key=str(level.pk))
    if earlier is None and amount_fen > level.outstanding_fen - coming:
        raise GrantedTooMuch(
            level=Level(level.level).label,
            payable=yuan_text(level.payable_fen),
            received=yuan_text(level.received_fen + coming),
            amount=yuan_text(amount_fen),
        )
    made = documents.issue(
        pooling_area=application.pooling_area_id,
        scheme="resident",
        kind=kind,
        amount_fen=amount_fen,
        payer=payer,
        paper=paper,
        summary=f"{application.benefit_year}年度{kind.label}",
        origin=ORIGIN,
        origin_key=str(level.pk),
        operator=operator,
        now=now,
    )
    if application.state == ApplicationState.APPROVED:
        SubsidyApplication.objects.filter(pk=application.pk).update(state=ApplicationState.GRANTED)
    _note("contributions.note_grant", application, operator, now, document=made.number, level=level.level)
    return str(made.number)


def note_arrival(event: DocumentPosted) -> None:
    """到账: the books have posted the letter's money (GX2017 §31); a step of the posting's transaction."""
    if event.origin != ORIGIN:
        return
    level = SubsidyLevel.objects.select_for_update(of=("self",)).get(pk=int(event.origin_key))
    SubsidyArrival.objects.create(
        level=level,
        amount_fen=event.amount_fen,
        arrived_on=event.dated_on,
        document_no=event.number,
        voucher_no=event.voucher_no,
    )
    level.received_fen += event.amount_fen
    level.save(update_fields=["received_fen"])
    levels = list(SubsidyLevel.objects.filter(application_id=level.application_id))
    if all(one.outstanding_fen <= 0 for one in levels):
        SubsidyApplication.objects.filter(pk=level.application_id).update(state=ApplicationState.ARRIVED)


def late(pooling_area: str, today: date) -> list[SubsidyLevel]:
    """逾期未到位 (CON-28): levels whose last day has passed and which have not paid in full."""
    found = SubsidyLevel.objects.filter(
        application__pooling_area_id=pooling_area,
        application__purpose=Purpose.ADVANCE,
        application__state__in=SUBMITTED_STATES,
        due_on__lt=today,
        payable_fen__gt=F("received_fen"),
    )
    return list(found.select_related("application").order_by("due_on", "id"))


def remind(now: datetime) -> int:
    """到位提醒 (定时任务; CON-28): once a month for each level that is late. Returns how many levels are."""
    today = timezone.localdate(now)
    found = [one for area in platform.pooling_areas(today) for one in late(area.code, today)]
    asked = {
        one.pk: one for name in (PREPARE, documents.PREPARE) for one in platform.holders_of_permission(name, today)
    }
    for level in found:
        application = level.application
        send_notice(
            recipients=[one for one in asked.values() if _reaches(one, application, now)],
            title=f"{application.benefit_year}年度{Level(level.level).label}补助逾期未到位",
            body=f"应到{yuan_text(level.payable_fen)}元,已到{yuan_text(level.received_fen)}元,"
            f"尚欠{yuan_text(level.outstanding_fen)}元,到位期限{level.due_on}。",
            link=f"/contributions/subsidies/{application.number}/",
            level=NoticeLevel.URGENT,
            topic=f"subsidy.late {level.pk} {today:%Y-%m}",
            now=now,
        )
    return len(found)


def _reaches(operator: platform.Operator, application: SubsidyApplication, now: datetime) -> bool:
    return any(checks.can_in_scope(operator, name, application.unit_code, now) for name in (PREPARE, documents.PREPARE))


@transaction.atomic
def settle(*, number: str, operator: platform.Operator, now: datetime) -> list[SubsidySettlement]:
    """年终清算 (JL2019 §11; CON-30): what each budget paid against what the final count entitles to; again, the same.

    Raises: ApplicationUnknown, ApplicationElsewhere, NotPrepaid, GrantUnderWay, AnotherPerson, NoPermission,
    OutOfScope.
    """
    final = SubsidyApplication.objects.select_for_update(of=("self",)).filter(number=number).first()
    if final is None:
        raise ApplicationUnknown(number=number)
    checks.check_in_scope(operator, SUBMIT, final.unit_code, now)
    if final.state == ApplicationState.SETTLED:
        return list(final.settlements.order_by("id"))
    if final.purpose != Purpose.FINAL or final.state != ApplicationState.APPROVED:
        raise ApplicationElsewhere(number=number, state=ApplicationState(final.state).label, act="清算")
    if operator.staff_code in (final.made_by, final.reviewed_by):
        raise AnotherPerson
    advance = SubsidyApplication.objects.filter(
        unit_code=final.unit_code, benefit_year=final.benefit_year, purpose=Purpose.ADVANCE
    ).first()
    if advance is None:
        raise NotPrepaid(unit=final.unit_code, year=final.benefit_year)
    paid = {one.level: one for one in advance.levels.select_for_update()}
    for line in final.levels.order_by("id"):
        before = paid.get(line.level)
        if before and (coming := documents.waiting_fen(origin=ORIGIN, origin_key=str(before.pk))):
            raise GrantUnderWay(level=Level(line.level).label, amount=yuan_text(coming))
        prepaid = before.received_fen + before.brought_fen if before else 0
        SubsidySettlement.objects.create(
            application=final,
            level=line.level,
            prepaid_fen=prepaid,
            final_fen=line.payable_fen,
            settled_by=operator.staff_code,
            settled_at=now,
        )
    SubsidyApplication.objects.filter(pk__in=(final.pk, advance.pk)).update(state=ApplicationState.SETTLED)
    settled = list(final.settlements.order_by("id"))
    _note("contributions.settle_subsidy", final, operator, now, carry_fen=sum(one.carry_fen for one in settled))
    return settled

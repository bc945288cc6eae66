"""补(换)社会保障卡 as a case (附件3; GX2017 §13; JS2017 七(一); ENR-29).

A lost card is out of use from the report on, before anybody decides; the decision orders the new one. It is handed out
at the exit window, and ends the old one there.
"""

import re
from datetime import date, datetime
from typing import Final

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment.commands import cards, steps
from tongchou.enrolment.credentials import queries
from tongchou.enrolment.credentials.states import ReplacementReason
from tongchou.enrolment.finding import living_person, page_of_person, persons_concerned
from tongchou.enrolment.forms import annex3
from tongchou.enrolment.models import Person
from tongchou.enrolment.posts import COUNTY
from tongchou.enrolment.states import CardStatus
from tongchou.kernel.errors import DomainError
from tongchou.platform.queries import Operator

_TIME_OF_DAY: Final = re.compile(r"([01]?\d|2[0-3])[:\uff1a][0-5]\d")


class HasCard(DomainError):
    code = "EN-4004"
    message = "{name}已有社会保障卡{number}({status}),不是首次申领"
    citation = "GX2017 §13"


class LossTimeMissing(DomainError):
    code = "EN-6503"
    message = "挂失须填写{missing}"
    citation = "GX2017 §13"


class LossTimeFaulty(DomainError):
    code = "EN-6504"
    message = "遗失时间“{said}”不合理:{problem}"
    citation = "GX2017 §13"


def _known(subject: Subject) -> Values:
    """The card now, and when a new one would be ready (现用卡)."""
    person = Person.objects.get(person_no=subject.key)
    held = next((one for one in queries.cards_of(person.pk) if one.ended_on is None), None)
    return {"certificate_no": person.certificate_no, "old_card": held.number if held else ""}


def _check(subject: Subject, values: Values, on: date) -> None:
    """What the decision would refuse, said at the counter.

    Raises: HolderDead, HasCard, NoCard, CardBeingMade, LossTimeMissing, LossTimeFaulty.
    """
    person = Person.objects.get(person_no=subject.key)
    cards.check_alive(person)
    cards.check_none_in_making(person)
    _check_loss(values, on)
    held = next((one for one in queries.cards_of(person.pk) if one.ended_on is None), None)
    reason = ReplacementReason(values["reason"])
    if reason is ReplacementReason.FIRST:
        if held is not None:
            raise HasCard(name=person.name, number=held.number, status=CardStatus(held.status).label)
    elif held is None:
        raise cards.NoCard(status="可以补换")


def _check_loss(values: Values, on: date) -> None:
    """遗失时间 (附件3): named with a loss, a real time, and not ahead. Raises: LossTimeMissing, LossTimeFaulty."""
    lost_on, lost_time = values.get("lost_on", ""), values.get("lost_time", "").strip()
    if values["reason"] == ReplacementReason.LOST:
        missing = [label for label, said in (("遗失日期", lost_on), ("遗失时间", lost_time)) if not said]
        if missing:
            raise LossTimeMissing(missing="、".join(missing))
    if lost_on and date.fromisoformat(lost_on) > on:
        raise LossTimeFaulty(said=lost_on, problem="晚于办理日期")
    if lost_time and not _TIME_OF_DAY.fullmatch(lost_time):
        raise LossTimeFaulty(said=lost_time, problem="应为24小时制的时:分,如09:30")


def _report_lost(subject: Subject, values: Values, *, operator: Operator, now: datetime) -> str:
    """挂失 with the application: every check refuses the card from now on (ENR-29)."""
    person_id = Person.objects.values_list("pk", flat=True).get(person_no=subject.key)
    person = steps.lock_person(person_id, permission="cases.accept", operator=operator, now=now)
    if values["reason"] != ReplacementReason.LOST:
        return ""
    if person.cards.filter(status=CardStatus.ACTIVE).exists():
        said = f"{values.get('lost_on', '')} {values.get('lost_time', '')}".strip()
        cards.lose(person, said_by=person.name, note=f"遗失时间{said}" if said else "", operator=operator, now=now)
    loss = queries.loss_of(person.pk)
    return f"{loss.in_words},医院、药店不能刷卡" if loss else ""


def _order(case: Decided, *, operator: Operator, now: datetime) -> str:
    person_id = Person.objects.values_list("pk", flat=True).get(person_no=case.subject_key)
    person = steps.lock_person(person_id, permission="enrolment.review", operator=operator, now=now)
    card = cards.order(
        person,
        reason=f"{ReplacementReason(case.values['reason']).label}(受理号{case.number})",
        comes_first=bool(case.values.get("away_filing")),
        operator=operator,
        now=now,
    )
    return f"已受理制卡,新卡号{card.number},预计{card.ready_on}可领"


KIND: Final = Kind(
    code="replace_card",
    title="社会保障卡挂失、补(换)",
    citation="GX2017 §13",
    fields=(
        Field("reason", "原因", kind="choice", required=True, choices=tuple(ReplacementReason.choices)),
        Field("lost_on", "遗失日期", kind="day", help="遗失的必填"),
        Field("lost_time", "遗失时间", longest=5, help="遗失的必填,如09:30"),
        Field("collector", "委托领取人", longest=50, help="本人领取的不填"),
        Field("away_filing", "异地就医登记号", longest=40, help="已登记异地就医的优先制卡"),
    ),
    materials=(
        Material("form", "补(换)证申请表(附件3)"),
        Material("certificate", "有效身份证件或户口簿"),
        Material("old_card", "旧卡", needed=lambda values: values.get("reason") in ("damaged", "changed", "renewed")),
    ),
    steps=(Step("review", "复核", COUNTY),),
    working_days=5,
    limit_source="GX2017 §13(“规定时间”未定,按5个工作日)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check,
    known=_known,
    at_once=_report_lost,
    effect=_order,
    result_title="补(换)证办理结果",
    archive_class="参保登记",
    form=annex3.FORM,
)
"""补(换)社会保障卡."""

"""缴费错记调整 at the counter (CON-23): a payment booked to one member of a household or school was another's."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.contributions import commands, queries
from tongchou.contributions.forms import move as move_form
from tongchou.contributions.models import Contribution
from tongchou.contributions.refunds import money
from tongchou.contributions.refunds.case import facts_of, find_subject, page_of_person, year_of
from tongchou.contributions.rules import RESIDENT
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment import queries as registered
from tongchou.enrolment.finding import persons_concerned
from tongchou.enrolment.queries import Facts
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.queries import Operator
from tongchou.platform.states import Duty, UnitLevel


class RightPersonUnknown(DomainError):
    code = "CO-4021"
    message = "没有登记编号或证件号码为{key}的参保人"
    citation = "GX2017 §28"


class SamePerson(DomainError):
    code = "CO-4022"
    message = "应记入的人与错记的人是同一人"
    citation = "GX2017 §28"


class NotOfOneHousehold(DomainError):
    code = "CO-4023"
    message = "{right}与{wrong}不在同一户,也不在同一学校,不能调整;请按错缴退费办理"
    citation = "GX2017 §28"


class NothingPaid(DomainError):
    code = "CO-4024"
    message = "{wrong}没有{year}年度的有效缴费记录"
    citation = "GX2017 §28"


def _known(subject: Subject) -> Values:
    """What is booked to the person now (现记缴费)."""
    person = facts_of(subject.key, date.max)
    paid = queries.payments_of(person.id) if person else []
    lines = [f"{one.benefit_year}年度{yuan_text(one.amount_fen)}元" for one in paid if one.voided_at is None]
    return {"benefit_year": "、".join(lines[:3])} if lines else {}


def _checked(subject_key: str, values: Values) -> tuple[Contribution, Facts, Facts]:
    """The payment, whose it was booked as, whose it is. Raises: RightPersonUnknown, SamePerson, NothingPaid,
    NotOfOneHousehold, BenefitsUsed, YearUnreadable.
    """
    year, key = year_of(values), values["right_person"].strip()
    wrong, right = facts_of(subject_key, date.max), facts_of(key, date.max)
    assert wrong is not None
    if right is None:
        raise RightPersonUnknown(key=key)
    if right.id == wrong.id:
        raise SamePerson
    paid = Contribution.objects.filter(person_id=wrong.id, scheme=RESIDENT, benefit_year=year, voided_at=None).first()
    if paid is None:
        raise NothingPaid(wrong=wrong.name, year=year)
    if not _belong_together(wrong, right):
        raise NotOfOneHousehold(right=right.name, wrong=wrong.name)
    money.check_unused(paid)
    return paid, wrong, right


def _belong_together(wrong: Facts, right: Facts) -> bool:
    """同一户, or the same school (CON-23)."""
    homes = {registered.household_of(one.id) for one in (wrong, right)}
    if len(homes) == 1 and None not in homes:
        return True
    unit = platform.unit(wrong.unit_code)
    return wrong.unit_code == right.unit_code and unit is not None and unit.level == UnitLevel.SCHOOL


def _check(subject: Subject, values: Values, on: date) -> None:
    """What the last decision would find, said at the counter."""
    paid, _wrong, right = _checked(subject.key, values)
    on = registered.facts(right.id, paid.paid_in_full_on)
    assert on is not None
    commands.check_movable(paid, on)


def _amount(subject: Subject, values: Values) -> int:
    """The payment that would be moved (调整金额)."""
    paid, _wrong, _right = _checked(subject.key, values)
    return paid.amount_fen


def _move(case: Decided, *, operator: Operator, now: datetime) -> str:
    """冲销 and 新记 in the transaction of the last decision."""
    paid, wrong, right = _checked(case.subject_key, case.values)
    on = paid.paid_in_full_on
    locked: Mapping[int, Facts] = {key: enrolment.lock(person_id=key, on=on) for key in sorted((wrong.id, right.id))}
    standing = Contribution.objects.select_for_update(of=("self",)).filter(pk=paid.pk, voided_at=None).first()
    if standing is None:
        raise NothingPaid(wrong=wrong.name, year=paid.benefit_year)
    case.check_sum(standing.amount_fen)
    reason = f"错记调整({case.number}):{case.values['reason']}"[:200]
    moved = commands.move(standing, locked[wrong.id], locked[right.id], reason=reason, now=now)
    trail.record(
        "contributions.move_contribution",
        at=now,
        operator=operator,
        pooling_area=wrong.pooling_area,
        unit_code=wrong.unit_code,
        object_kind="person",
        object_key=wrong.id,
        detail={"from": paid.pk, "to": moved.pk, "person": right.id, "year": paid.benefit_year, "case": case.number},
    )
    amount = yuan_text(moved.amount_fen)
    return f"{paid.benefit_year}年度缴费{amount}元已由{wrong.name}调整至{right.name},双方待遇已重新认定"


KIND: Final = Kind(
    code="move_contribution",
    title="缴费错记调整",
    citation="GX2017 §28",
    fields=(
        Field("benefit_year", "保险年度", required=True, longest=4, help="四位年份,如2018"),
        Field("right_person", "应记入的参保人", required=True, longest=50, help="人员编号或证件号码;须同户或同校"),
        Field("reason", "错记经过", kind="long_text", required=True, longest=150),
    ),
    materials=(
        Material("form", "缴费错记调整申请表"),
        Material("payment_proof", "缴费凭证或银行扣款记录"),
        Material("certificates", "双方身份证件或户口簿"),
    ),
    steps=(
        Step("review", "复核", ("second_reviewer",), duty=Duty.HANDLES),
        Step("approval", "审批", ("approver", "leader"), duty=Duty.HANDLES),
    ),
    working_days=15,
    limit_source="GX2017 §28(更正未定时限,比照参保登记审核)",
    subject_label="错记的参保人(人员编号或证件号码)",
    find_subject=find_subject,
    record=page_of_person,
    item="collection",
    parties=persons_concerned,
    check=_check,
    known=_known,
    amount=_amount,
    effect=_move,
    result_title="缴费错记调整办理结果",
    archive_class="基金征缴",
    form=move_form.FORM,
)
"""缴费错记调整."""

"""缴费退费申请 at the counter (GX2017 §28; CON-21, CON-22): refused with the rule's text unless it was an error of
handling; reviewed and approved by two persons, the second with the second factor.
"""

from datetime import date, datetime
from typing import Final

from django.urls import reverse

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.contributions.forms import refund as refund_form
from tongchou.contributions.procedure import procedure
from tongchou.contributions.refunds import commands, money
from tongchou.contributions.refunds.states import ASKED_AT_COUNTER, Ground
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.banks import account_bank
from tongchou.enrolment.finding import persons_concerned
from tongchou.enrolment.queries import Facts
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform.queries import Operator
from tongchou.platform.states import Duty

ACCOUNT: Final = "退回账户(查不到原缴费账户时填写)"


class YearUnreadable(DomainError):
    code = "CO-4019"
    message = "保险年度“{text}”应为四位年份,如2018"
    citation = "GX2017 §28"


def facts_of(key: str, on: date) -> Facts | None:
    """By person number or certificate number (查找参保人), the dead included."""
    return enrolment.facts_by_person_no(key, on) or enrolment.facts_by_certificate(key, on)


def find_subject(key: str) -> Subject | None:
    """参保人 as the subject of a case."""
    found = facts_of(key, date.max)
    return Subject(found.person_no, found.name, found.unit_code, found.pooling_area) if found else None


def page_of_person(key: str, pooling_area: str) -> str:
    """What the person owes and has paid (应缴与代扣): there stands what may be asked back."""
    return reverse("contributions:owed_by", args=[key])


def year_of(values: Values) -> int:
    """保险年度 as the form says it. Raises: YearUnreadable."""
    text = values.get("benefit_year", "").strip()
    if not (text.isdecimal() and 2000 <= int(text) <= 2199):
        raise YearUnreadable(text=text)
    return int(text)


def _known(subject: Subject) -> Values:
    """What lies here for this person (可退款项)."""
    person = facts_of(subject.key, date.max)
    if person is None:
        return {}
    lines = [
        f"{one.benefit_year}年度{ground.label}{yuan_text(one.amount_fen)}元" for ground, one in money.all_of(person.id)
    ]
    return {"ground": "、".join(lines)} if lines else {}


def _wanted(subject_key: str, area: str, values: Values) -> tuple[money.Overpaid, Ground, money.Account]:
    """The money, the ground and the account. Raises: NotRefundable, what `money.find` raises, OtherAccount,
    AccountNeeded, YearUnreadable.
    """
    ground = Ground(values["ground"])
    allowed = procedure(area).error_reasons
    if ground not in allowed:
        raise money.NotRefundable(
            ground=ground.label, allowed="、".join(one.label for one in ASKED_AT_COUNTER if one in allowed)
        )
    person = facts_of(subject_key, date.max)
    assert person is not None
    overpaid = money.find(person.id, year_of(values), ground)
    account = commands.account_for(
        overpaid,
        account_no=values.get("account_no", ""),
        holder_name=values.get("holder_name", ""),
        bank_name=values.get("bank_name", ""),
    )
    return overpaid, ground, account


def _check(subject: Subject, values: Values, on: date) -> None:
    """What the approval would find, said at the counter (CON-21)."""
    _wanted(subject.key, subject.pooling_area, values)


def _amount(subject: Subject, values: Values) -> int:
    """What would go back (退费金额)."""
    overpaid, _ground, _account = _wanted(subject.key, subject.pooling_area, values)
    return overpaid.amount_fen


def _refund(case: Decided, *, operator: Operator, now: datetime) -> str:
    """准予退费: the money is found anew, for it may have been dealt with meanwhile. Raises: SumDiffers, and what
    `_wanted` raises.
    """
    person = facts_of(case.subject_key, date.max)
    assert person is not None
    overpaid, ground, account = _wanted(case.subject_key, person.pooling_area, case.values)
    case.check_sum(overpaid.amount_fen)
    order = commands.approve(
        overpaid=overpaid,
        ground=ground,
        account=account,
        unit_code=person.unit_code,
        evidence=case.materials[:300],
        case_number=case.number,
        operator=operator,
        now=now,
    )
    amount = yuan_text(order.amount_fen)
    return f"准予退费{amount}元,退费单{order.number},退回{account.holder_name}账户(尾号{account.tail})"


def _died(values: Values) -> bool:
    return values.get("ground") == Ground.DIED_BEFORE


def _names_account(values: Values) -> bool:
    return bool(values.get("account_no", "").strip())


KIND: Final = Kind(
    code="refund_contribution",
    title="缴费差错退费",
    citation="GX2017 §28",
    fields=(
        Field(
            "ground",
            "退费理由",
            kind="choice",
            required=True,
            choices=tuple((one.value, one.label) for one in ASKED_AT_COUNTER),
            help="一次性缴纳的医保费不予退还,只更正经办差错",
        ),
        Field("benefit_year", "保险年度", required=True, longest=4, help="四位年份,如2018"),
        Field("reason", "情况说明", kind="long_text", required=True, longest=200),
        Field("account_no", "收款账号", longest=32, section=ACCOUNT, help="退回原缴费账户;系统已有原账户时不填"),
        Field("holder_name", "收款户名", longest=60, section=ACCOUNT),
        account_bank(section=ACCOUNT),
    ),
    materials=(
        Material("form", "退费申请表"),
        Material("certificate", "申请人身份证件"),
        Material("payment_proof", "缴费凭证或银行扣款记录"),
        Material("death_proof", "死亡证明或户口注销证明", needed=_died),
        Material("account_proof", "原缴费账户的银行凭证", needed=_names_account),
    ),
    steps=(
        Step("review", "复核", ("second_reviewer",), duty=Duty.HANDLES),
        Step("approval", "审批", ("approver", "leader"), needs_code=True, duty=Duty.HANDLES),
    ),
    working_days=15,
    limit_source="GX2017 §28(退费未定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=find_subject,
    record=page_of_person,
    item="collection",
    parties=persons_concerned,
    check=_check,
    known=_known,
    amount=_amount,
    effect=_refund,
    result_title="缴费差错退费办理结果",
    archive_class="基金征缴",
    form=refund_form.FORM,
)
"""缴费差错退费."""

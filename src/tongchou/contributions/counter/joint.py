"""合并缴费 (GX2017 §23, 26; CON-07, CON-12, CON-14): one payer, several persons, one transaction of the terminal.

Each person's year keeps its own receipt number, so that one of them can be undone, refunded or moved by itself; the
paper lists them all under one number. All or nothing. Decision 0356.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from tongchou.contributions.counter import commands, queries
from tongchou.contributions.counter.commands import Paid, Payer
from tongchou.contributions.counter.models import CounterPayment
from tongchou.contributions.counter.states import PayerKind, PaymentState
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform.numbering import Series, next_written

JOINT: Final = Series("counter.joint", name="合并收据", mark="HJ", width=7)


class NothingChosen(DomainError):
    code = "CO-6301"
    message = "没有选择为谁缴费"
    citation = "GX2017 §23"


class ChosenTwice(DomainError):
    code = "CO-6302"
    message = "{name}的{year}年度选择了两次"
    citation = "GX2017 §21"


class OneAreaOnly(DomainError):
    code = "CO-6303"
    message = "合并缴费的人须在同一统筹地区参保"
    citation = "GX2017 §23"


class MemberRefused(DomainError):
    code = "CO-6304"
    message = "{name}:{why}({refused})。全部没有收款"
    citation = "GX2017 §23"


class JointUnknown(DomainError):
    code = "CO-6305"
    message = "没有合并收据号为{number}的现场缴费"
    citation = "GX2017 §28"


class NothingToCancel(DomainError):
    code = "CO-6306"
    message = "合并收据{number}没有可{what}的缴费"
    citation = "GX2017 §28"


@dataclass(frozen=True, slots=True)
class Due:
    """应缴一项: one year of one person, with the amount the payer was told. Fen."""

    person_id: int
    benefit_year: int
    amount_fen: int


@transaction.atomic
def take_joint_payment(
    *,
    dues: Sequence[Due],
    means: str,
    reference: str,
    payer: Payer,
    request_id: str,
    despite_file: bool = False,
    operator: platform.Operator,
    now: datetime,
) -> list[CounterPayment]:
    """合并缴费: the chosen years of several persons by one payer, all or none of them (CON-07, CON-12).

    Whoever is the payer pays for himself and, by `payer`, for the others. The same `request_id` again gives the first
    receipts. Raises: NothingChosen, PayerIncomplete, ChosenTwice, OneAreaOnly, MemberRefused, NoPermission, OutOfScope.
    """
    if not dues:
        raise NothingChosen
    if payer.kind == PayerKind.SELF:
        raise commands.PayerIncomplete(what="姓名和证件号码")
    people = _locked(sorted({one.person_id for one in dues}), now)
    for person in people.values():
        platform_checks.check_in_scope(
            operator, commands.COLLECT, person.unit_code, now, object_kind="person", object_key=person.id
        )
    if earlier := queries.answered_jointly(operator.staff_code, request_id):
        return earlier
    _check_once(dues, people)
    joint_no = _number(people, len(dues), now)
    return [
        _take(people[one.person_id], paid, operator, now)
        for one, paid in _each(dues, people, Paid(0, 0, means, reference, payer, request_id, despite_file, joint_no))
    ]


def _locked(person_ids: Sequence[int], now: datetime) -> dict[int, Facts]:
    """The persons, locked in the order of their ids before any day is. Raises: PersonUnknown."""
    on = timezone.localdate(now)
    return {person_id: enrolment.lock(person_id=person_id, on=on) for person_id in person_ids}


def _check_once(dues: Sequence[Due], people: dict[int, Facts]) -> None:
    """Raises: ChosenTwice, OneAreaOnly."""
    seen: set[tuple[int, int]] = set()
    for one in dues:
        person = people[one.person_id]
        if (person.id, one.benefit_year) in seen:
            raise ChosenTwice(name=person.name, year=one.benefit_year)
        seen.add((person.id, one.benefit_year))
    if len({person.pooling_area for person in people.values()}) > 1:
        raise OneAreaOnly


def _number(people: dict[int, Facts], dues: int, now: datetime) -> str:
    """合并收据号; one person's year needs none."""
    if dues == 1:
        return ""
    area = next(iter(people.values())).pooling_area
    return next_written(JOINT, area=area, year=timezone.localdate(now).year)


def _each(dues: Sequence[Due], people: dict[int, Facts], of_all: Paid) -> list[tuple[Due, Paid]]:
    """Each line as one payment of its own, the earlier year of a person first."""
    ordered = sorted(dues, key=lambda one: (one.person_id, one.benefit_year))
    return [
        (
            one,
            Paid(
                one.benefit_year,
                one.amount_fen,
                of_all.means,
                of_all.reference,
                _for(of_all.payer, people[one.person_id]),
                f"{of_all.request_id}#{place}",
                of_all.despite_file,
                of_all.joint_no,
            ),
        )
        for place, one in enumerate(ordered)
    ]


def _for(payer: Payer, person: Facts) -> Payer:
    """The payer as this person sees him: the person self where it is the same."""
    return Payer() if payer.certificate_no.strip().upper() == person.certificate_no else payer


def _take(person: Facts, paid: Paid, operator: platform.Operator, now: datetime) -> CounterPayment:
    """Raises: MemberRefused, which names whose payment was refused and why."""
    try:
        return commands.take(person, paid, operator=operator, now=now)
    except DomainError as refusal:
        raise MemberRefused(name=person.name, why=refusal.sentence, refused=refusal.code) from refusal


# --- undone together --------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_cancel(*, joint_no: str, reason: str, operator: platform.Operator, now: datetime) -> list[CounterPayment]:
    """申请全部撤销: every payment that still stands. Raises: JointUnknown, NothingToCancel, and as for one."""
    return [
        commands.ask_cancel(number=one.number, reason=reason, operator=operator, now=now)
        for one in _in_state(joint_no, PaymentState.RECEIVED, "申请撤销", now)
    ]


@transaction.atomic
def confirm_cancel(
    *, joint_no: str, void_reference: str = "", operator: platform.Operator, now: datetime
) -> list[CounterPayment]:
    """核准全部撤销: those whose undoing was asked for. Raises: JointUnknown, NothingToCancel, and as for one."""
    return [
        commands.confirm_cancel(number=one.number, void_reference=void_reference, operator=operator, now=now)
        for one in _in_state(joint_no, PaymentState.CANCEL_ASKED, "核准撤销", now)
    ]


@transaction.atomic
def refuse_cancel(*, joint_no: str, operator: platform.Operator, now: datetime) -> list[CounterPayment]:
    """不予全部撤销. Raises: JointUnknown, NothingToCancel, and as for one."""
    return [
        commands.refuse_cancel(number=one.number, operator=operator, now=now)
        for one in _in_state(joint_no, PaymentState.CANCEL_ASKED, "退回撤销申请", now)
    ]


def _in_state(joint_no: str, state: PaymentState, what: str, now: datetime) -> list[CounterPayment]:
    """Those of the paper in this state; all its persons locked first. Raises: JointUnknown, NothingToCancel."""
    found = queries.joint(joint_no) if joint_no else []
    if not found:
        raise JointUnknown(number=joint_no)
    _locked(sorted({one.person_id for one in found}), now)
    standing = [one for one in found if one.state == state]
    if not standing:
        raise NothingToCancel(number=joint_no, what=what)
    return standing

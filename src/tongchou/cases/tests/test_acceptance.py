"""Acceptance at the counter (受理): numbers, receipts, refusals, the one list of what is missing."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from tongchou.cases import commands, kinds
from tongchou.cases.commands.acceptance import (
    AlreadyInHand,
    FormFaulty,
    NobodyAtStep,
    ReceiptNotOpen,
)
from tongchou.cases.commands.steps import ReasonMissing, SubjectUnknown
from tongchou.cases.models import Case, CaseAct, Receipt
from tongchou.cases.states import Act, CaseState
from tongchou.cases.tests.conftest import NOW, Refunds, accept, application, prepare, refund, staff
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.tests.at_once import at_once, ended_at_once
from tongchou.platform.tests.conftest import Hire


@pytest.mark.article("JL2019 §3")
@pytest.mark.requirement("ORG-15")
def test_two_items_of_one_visit_have_two_numbers_and_one_receipt(office):
    first = accept(office.clerk)
    second = accept(office.clerk, subject_key="P2", receipt_number=first.receipt.number)
    assert (first.number, second.number) == ("450102-2018-SL-000001", "450102-2018-SL-000002")
    assert first.receipt == second.receipt
    assert first.receipt.number == "450102-2018-HZ-000001"


@pytest.mark.requirement("ORG-17")
@pytest.mark.article("GX2017 §11")
def test_a_complete_application_goes_to_its_first_step_with_a_due_date(office):
    case = accept(office.clerk)
    assert (case.state, case.step, case.accepted_on, case.due_on) == (
        CaseState.IN_HAND,
        "first",
        date(2018, 3, 1),
        date(2018, 3, 29),
    )
    noted = apps.get_model("platform", "TrailEntry").objects.get(action="cases.accepted", object_key=case.number)
    assert noted.staff_code == office.clerk.staff_code


@pytest.mark.article("JL2019 §18")
@pytest.mark.requirement("ORG-16")
def test_missing_papers_are_told_once_and_in_full_and_the_clock_waits(office):
    case = accept(office.clerk, values={"reason": "多缴", "way": "bank"}, received=frozenset())
    assert (case.state, case.due_on, case.accepted_on) == (CaseState.SUPPLEMENTING, None, None)
    notice = case.notices.get()
    assert notice.materials == ["invoice", "bank_book"]
    assert notice.supply_by == date(2018, 3, 22)


def test_clicking_twice_makes_one_case(office):
    first = accept(office.clerk, request_id="same")
    again = accept(office.clerk, request_id="same")
    assert first.pk == again.pk
    assert (Case.objects.count(), Receipt.objects.count()) == (1, 1)


def test_two_clerks_may_use_the_same_request_id(office, hire):
    accept(office.clerk, request_id="same")
    accept(hire("clerk"), request_id="same", subject_key="P2")
    assert Case.objects.count() == 2


def test_the_same_item_for_the_same_person_is_not_accepted_twice(office):
    earlier = accept(office.clerk)
    with pytest.raises(AlreadyInHand, match=f"人P1的“退费”正在办理.*{earlier.number}"):
        accept(office.clerk)


def test_every_fault_of_the_form_is_told_at_once(office):
    with pytest.raises(FormFaulty) as refusal:
        accept(
            office.clerk,
            applicant_name="  ",
            values={"reason": "", "paid_on": "2018-13-01", "way": "gold", "colour": "red"},
            received=frozenset({"passport"}),
        )
    told = str(refusal.value)
    for part in ("申请人未填写", "原因未填写", "缴费日期不是日期", "方式不在可选范围", "“colour”", "“passport”"):
        assert part in told
    assert not Case.objects.exists()


def test_nobody_is_accepted_for_an_unknown_person_or_item(office):
    with pytest.raises(SubjectUnknown, match="人员编号“P9”"):
        accept(office.clerk, subject_key="P9")
    with pytest.raises(kinds.KindUnknown):
        accept(office.clerk, kind="wish")


@pytest.mark.requirement("ORG-02")
def test_another_countys_person_is_refused(office):
    with pytest.raises(OutOfScope):
        accept(office.clerk, subject_key="Q1")


def test_whoever_does_not_accept_cannot_accept(office):
    with pytest.raises(NoPermission):
        accept(office.reviewer)


@pytest.mark.requirement("ORG-12")
def test_nobody_at_the_first_step_is_said_before_accepting(hire, refunds):
    prepare()
    clerk = hire("clerk")
    with pytest.raises(NobodyAtStep, match="“初审”环节没有在岗的审核人员"):
        accept(clerk)
    assert not Case.objects.exists()


def test_a_receipt_of_yesterday_or_of_a_colleague_is_not_continued(office, hire):
    first = accept(office.clerk)
    with pytest.raises(ReceiptNotOpen):
        accept(office.clerk, subject_key="P2", receipt_number=first.receipt.number, now=NOW + timedelta(days=1))
    with pytest.raises(ReceiptNotOpen):
        accept(hire("clerk"), subject_key="P2", receipt_number=first.receipt.number)


@pytest.mark.article("JL2019 §18")
def test_not_accepting_has_a_reason_and_a_number(office):
    with pytest.raises(ReasonMissing):
        commands.decline_application(application(), reason=" ", request_id="d1", operator=office.clerk, now=NOW)
    case = commands.decline_application(
        application(), reason="不属本统筹区", request_id="d1", operator=office.clerk, now=NOW
    )
    again = commands.decline_application(
        application(), reason="不属本统筹区", request_id="d1", operator=office.clerk, now=NOW
    )
    assert case.pk == again.pk
    assert (case.state, case.result) == (CaseState.NOT_ACCEPTED, "不予受理:不属本统筹区")
    assert accept(office.clerk).state == CaseState.IN_HAND


def test_a_person_or_the_clock_stands_behind_every_act(office):
    case = accept(office.clerk)
    with pytest.raises(IntegrityError, match="by_a_person_or_the_clock"), transaction.atomic():
        CaseAct.objects.create(case=case, version=9, at=NOW, act=Act.AGREED, operator=office.clerk, person="")


@pytest.mark.requirement("ORG-20")
def test_fifty_windows_at_once_give_consecutive_numbers(committed):
    kinds.register(refund(Refunds(), find_subject=lambda key: kinds.Subject(key, key, "450102", "450100")))
    try:
        prepare()
        hire = Hire()
        clerk = staff(hire).clerk

        def window(at: int) -> None:
            for n in range(5):
                accept(clerk, subject_key=f"K{at}-{n}", request_id=f"w{at}-{n}")
                accept(clerk, subject_key=f"K{at}-{n}", request_id=f"w{at}-{n}")

        assert at_once(*[lambda at=at: window(at) for at in range(10)]) == [""] * 10
        numbers = sorted(Case.objects.values_list("number", flat=True))
        assert numbers == [f"450102-2018-SL-{n:06d}" for n in range(1, 51)]
    finally:
        kinds.withdraw("test_refund")


def test_the_same_click_arriving_twice_at_once_makes_one_case(committed):
    kinds.register(refund(Refunds()))
    try:
        prepare()
        clerk = staff(Hire()).clerk
        answers = ended_at_once(*[lambda: accept(clerk, request_id="same").pk] * 4)
        assert answers == [Case.objects.get().pk] * 4
        assert Case.objects.count() == Receipt.objects.count() == 1
    finally:
        kinds.withdraw("test_refund")

"""A transfer written against the wrong roster is taken back by another person (CON-09, FIN-07; decision 0418)."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from tongchou.contributions import commands as contributions
from tongchou.contributions import invariants, reversing, usage
from tongchou.contributions.models import Contribution, CoverageSpan, Receivable
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.schools import taking_back
from tongchou.contributions.schools.models import SchoolPayment, SchoolTransfer
from tongchou.contributions.schools.states import SchoolState
from tongchou.contributions.tests.conftest import AREA, PREMIUM
from tongchou.contributions.tests.test_once_owed_pages import seat as seat
from tongchou.contributions.tests.test_schools import NOW, School, line, number, refused, states
from tongchou.contributions.tests.test_schools import school as school
from tongchou.enrolment import queries as registered
from tongchou.enrolment.commands.relations import terminate
from tongchou.fund import closing
from tongchou.fund import commands as fund
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.tests.at_once import at_once

Person = apps.get_model("enrolment", "Person")
Voucher = apps.get_model("fund", "Voucher")
TrailEntry = apps.get_model("platform", "TrailEntry")
LATER = datetime(2017, 10, 25, 2, tzinfo=UTC)
WHY = "应记入第二小学"


@pytest.fixture
def second(hire):
    """Another person of finance."""
    return hire("finance_reviewer", at=AREA)


def take_back(transfer, operator, *, reason=WHY, now=LATER, version=None):
    held = SchoolPayment.objects.get(pk=transfer.payment_id)
    return taking_back.take_back(
        transfer_id=transfer.pk,
        version=held.version if version is None else version,
        reason=reason,
        operator=operator,
        now=now,
    )


def booked(school: School, students=2) -> tuple[SchoolPayment, SchoolTransfer]:
    school.enrol(students)
    payment = school.roster([line(n) for n in range(1, students + 1)])
    transfer = school.transfer(payment, students * PREMIUM)
    school.act(schools.book, payment)
    transfer.refresh_from_db()
    payment.refresh_from_db()
    return payment, transfer


def person(n):
    return Person.objects.get(certificate_no=number(n))


def books():
    """Vouchers, and what they come to on the premium income."""
    entry = apps.get_model("fund", "Entry")
    income = entry.objects.filter(account__code__startswith="4")
    return Voucher.objects.count(), sum((one.credit_fen or 0) - (one.debit_fen or 0) for one in income)


@pytest.mark.requirement("CON-09", "FIN-07")
@pytest.mark.article("GX2017 §95", "GX2017 §100")
def test_a_transfer_of_another_school_is_taken_back_with_all_that_was_booked_by_it(school, second):
    payment, wrong = booked(school)
    batch = wrong.batch
    gone = take_back(wrong, second)
    assert (gone.withdrawn_reason, gone.taken_back_by, gone.taken_back_at) == (WHY, second.staff_code, LATER)
    reversal = Voucher.objects.get(number=gone.reversal_no)
    assert reversal.reversal_of.number == batch.voucher_no
    assert books() == (2, 0)
    payment.refresh_from_db()
    assert (payment.state, states(payment)) == (SchoolState.OPEN, ["listed", "listed"])
    assert not Contribution.objects.filter(voided_at=None).exists()
    assert set(Contribution.objects.values_list("void_reason", flat=True)) == {
        f"学校代缴单{payment.number}到账撤销:{WHY}"
    }
    assert not CoverageSpan.objects.filter(withdrawn_at=None).exists()
    assert set(Receivable.objects.values_list("state", "contribution")) == {("due", None)}
    sums = schools.sums_of(payment)
    assert (sums.transferred_fen, sums.booked_fen, sums.paid_fen, sums.listed_fen) == (0, 0, 0, 36_000)
    entry = TrailEntry.objects.get(action="contributions.take_back_school_transfer")
    assert (entry.object_key, entry.detail["students"], entry.detail["reason"]) == (payment.number, 2, WHY)
    assert entry.detail["voucher"] == gone.reversal_no
    assert invariants.broken(AREA, LATER.date()) == []
    paid = Contribution.objects.order_by("id").first()
    Contribution.objects.filter(pk=paid.pk).update(voided_at=None, void_reason="")
    assert f"缴费记录{paid.pk}的到账已撤销而仍有效" in invariants.broken(AREA, LATER.date())
    paid.save()
    school.transfer(payment, 36_000, "B1")
    assert school.act(schools.book, payment).rows_accepted == 2
    assert books() == (3, 36_000)
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-09")
def test_one_that_is_not_booked_goes_without_a_voucher_and_its_roster_may_be_withdrawn_then(school, second):
    school.enrol(1)
    payment = school.roster([line(1)])
    wrong = school.transfer(payment, PREMIUM)
    assert "先由财务撤销" in refused(schools.withdraw_roster, payment, school, "CO-6851", reason="误报")
    assert take_back(wrong, second).reversal_no == ""
    assert books() == (0, 0)
    school.act(schools.withdraw_roster, payment, reason="误报")
    payment.refresh_from_db()
    assert payment.state == SchoolState.WITHDRAWN


@pytest.mark.requirement("CON-09")
@pytest.mark.article("GX2017 §24")
def test_what_was_booked_with_it_stands_and_is_booked_again_and_what_was_booked_before_stays(school, second):
    school.enrol(3)
    payment = school.roster([line(1), line(2), line(3)])
    school.transfer(payment, PREMIUM, "B1")
    school.act(schools.share_out, payment, left_out=[2, 3])
    school.act(schools.book, payment)
    right = school.transfer(payment, PREMIUM, "B2")
    wrong = school.transfer(payment, PREMIUM, "B3")
    school.act(schools.share_out, payment, left_out=[])
    school.act(schools.book, payment)
    wrong.refresh_from_db()
    assert [one.reference for one in taking_back.undoing(wrong).beside] == ["B2"]
    take_back(wrong, second)
    payment.refresh_from_db()
    assert (payment.state, states(payment)) == (SchoolState.PART, ["paid", "listed", "listed"])
    right.refresh_from_db()
    assert (right.batch_id, right.withdrawn_reason) == (None, "")
    assert schools.sums_of(payment).at_hand_fen == PREMIUM
    school.act(schools.share_out, payment, left_out=[3])
    school.act(schools.book, payment)
    assert states(payment) == ["paid", "paid", "left_out"]
    assert books() == (4, 36_000)
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-09", "ORG-10")
@pytest.mark.article("QA2018 三")
def test_only_another_person_of_finance_takes_it_back_with_a_reason_and_once(school, second, hire):
    payment, wrong = booked(school)
    for operator, refusal in (
        (school.clerk, NoPermission),
        (hire("finance_reviewer", at="450103"), OutOfScope),
        (school.finance, taking_back.OneselfTakesBack),
    ):
        with pytest.raises(refusal):
            take_back(wrong, operator)
    with pytest.raises(taking_back.WhyTakenBack):
        take_back(wrong, second, reason=" ")
    with pytest.raises(schools.RosterMoved):
        take_back(wrong, second, version=payment.version - 1)
    with pytest.raises(schools.TransferUnknown):
        taking_back.take_back(transfer_id=0, version=0, reason=WHY, operator=second, now=LATER)
    first = take_back(wrong, second)
    again = take_back(wrong, second, version=payment.version)
    assert (again.reversal_no, again.taken_back_at) == (first.reversal_no, LATER)
    with pytest.raises(taking_back.TakenBackAlready, match=WHY):
        take_back(wrong, hire("finance_reviewer", at=AREA))
    assert TrailEntry.objects.filter(action="contributions.take_back_school_transfer").count() == 1
    assert books() == (2, 0)


@pytest.mark.requirement("CON-09")
def test_an_entry_that_was_corrected_is_not_taken_back_but_the_one_in_its_place(school, second):
    school.enrol(1)
    payment = school.roster([line(1)])
    wrong = school.transfer(payment, 30_000)
    right = schools.correct_transfer(
        transfer_id=wrong.pk, reference="B1", amount_fen=PREMIUM, credited_on=NOW.date(), reason="金额录错",
        operator=school.finance, now=NOW,
    )  # fmt: skip
    with pytest.raises(schools.TransferUnknown):
        take_back(wrong, second)
    take_back(right, second)
    with pytest.raises(schools.TransferUnknown):
        schools.correct_transfer(
            transfer_id=right.pk, reference="B1", amount_fen=PREMIUM, credited_on=NOW.date(), reason="再更正",
            operator=school.finance, now=NOW,
        )  # fmt: skip


@pytest.mark.requirement("CON-09", "CON-23")
@pytest.mark.article("GX2017 §28")
def test_once_a_student_was_refunded_moved_or_corrected_it_stays(school, second):
    _payment, wrong = booked(school, 3)
    paid = Contribution.objects.get(person_id=person(2).pk)
    with transaction.atomic():
        contributions.withdraw(paid, registered.facts(paid.person_id, NOW.date()), reason="错缴退费", now=NOW)
    with pytest.raises(taking_back.PaymentsChangedSince, match=r"1名学生.*学\*\*\(2行\)"):
        take_back(wrong, second)
    other = Contribution.objects.get(person_id=person(3).pk)
    with transaction.atomic():
        from_to = [registered.facts(person(n).pk, NOW.date()) for n in (3, 2)]
        contributions.move(other, *from_to, reason="错记", now=NOW)
    with pytest.raises(taking_back.PaymentsChangedSince, match=r"学\*\*\(3行\)"):
        take_back(wrong, second)
    assert books() == (1, 54_000)


@pytest.mark.requirement("CON-09", "CON-23")
@pytest.mark.article("GX2017 §28")
def test_once_benefits_of_the_days_were_used_it_stays(school, second):
    _payment, wrong = booked(school)
    treated = person(2).pk
    in_the_year = datetime(2018, 3, 1, 2, tzinfo=UTC)
    for month in range(11, 13):
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2017, month, 1))

    def uses(person_id, spans):
        return int(person_id == treated)

    usage.answer_with(uses)
    try:
        with pytest.raises(taking_back.BenefitsUsedSince, match=r"1名学生.*学\*\*\(2行\)"):
            take_back(wrong, second, now=in_the_year)
    finally:
        usage.withdraw(uses)
    assert take_back(wrong, second, now=in_the_year).reversal_no


@pytest.mark.requirement("CON-09", "FIN-07")
@pytest.mark.article("GX2017 §101")
def test_the_reversal_lies_in_the_month_of_its_voucher_then_in_this_one_and_never_in_a_closed_year(
    school, second, hire
):
    _payment, wrong = booked(school)
    fund.open_period(pooling_area=AREA, scheme="resident", month=date(2017, 11, 1))
    first = datetime(2017, 11, 1, 2, tzinfo=UTC)
    closing.close_period(
        pooling_area=AREA,
        scheme="resident",
        month=date(2017, 10, 1),
        operator=hire("accountant", at=AREA),
        now=first,
    )
    with pytest.raises(reversing.YearClosed, match="2017年度账已结"):
        take_back(wrong, second, now=datetime(2018, 1, 9, 2, tzinfo=UTC))
    gone = take_back(wrong, second, now=datetime(2017, 11, 6, 2, tzinfo=UTC))
    assert Voucher.objects.get(number=gone.reversal_no).dated_on == date(2017, 11, 6)


@pytest.mark.requirement("CON-09", "ENR-23")
def test_a_student_who_has_left_since_owes_nothing_when_the_money_goes(school, second):
    _payment, wrong = booked(school)
    terminate(
        person_id=person(2).pk, terminated_on=date(2017, 10, 22), reason="职工参保", operator=school.policy, now=LATER
    )
    take_back(wrong, second)
    owed = dict(Receivable.objects.values_list("person__certificate_no", "state"))
    assert (owed[number(1)], owed[number(2)]) == ("due", "void")
    assert invariants.broken(AREA, LATER.date()) == []


@pytest.mark.requirement("CON-09")
def test_a_transfer_is_taken_back_whole_or_not_at_all(school, second):
    _payment, wrong = booked(school)
    found = SchoolTransfer.objects.filter(pk=wrong.pk)
    for changes, name in (
        ({"withdrawn_reason": "x"}, "school_transfer_booked_stays"),
        ({"taken_back_at": NOW}, "school_transfer_taken_back_whole"),
        ({"reversal_no": "J1"}, "school_transfer_taken_back_whole"),
        (
            {"batch": None, "reversal_no": "J1", "withdrawn_reason": "x", "taken_back_at": NOW, "taken_back_by": "A"},
            "school_transfer_reversed_booking",
        ),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            found.update(**changes)


@pytest.mark.requirement("CON-09")
def test_its_page_says_what_goes_with_it_and_two_clicks_take_it_back_once(
    school, second, seat, django_assert_max_num_queries
):
    payment, wrong = booked(school)
    where, roster = f"/contributions/schools/transfers/{wrong.pk}/", f"/contributions/schools/{payment.number}/"
    assert "须由另一人撤销" not in seat(school.clerk).get(where).content.decode()
    own = seat(school.finance)
    assert "由另一人撤销" in own.get(where).content.decode()
    told = {"reason": WHY, "version": payment.version}
    refused = own.post(f"{where}withdraw/", told)
    assert (refused.status_code, "CO-6855" in refused.content.decode()) == (422, True)
    assert books() == (1, 36_000)
    desk = seat(second)
    assert f'href="{where}"' in desk.get(roster).content.decode()
    desk.get(where)
    with django_assert_max_num_queries(12):
        shown = desk.get(where).content.decode()
    assert "同批入账的 2 名学生 360.00 元" in shown
    assert desk.post(f"{where}withdraw/", told | {"reason": ""}).status_code == 422
    stale = desk.post(f"{where}withdraw/", told | {"version": 0})
    assert (stale.status_code, "CO-6044" in stale.content.decode()) == (422, True)
    for _click in range(2):
        assert desk.post(f"{where}withdraw/", told).url == roster
    late = desk.post(f"{where}withdraw/", told | {"reason": "另有原因"})
    assert (late.status_code, "CO-6854" in late.content.decode()) == (422, True)
    assert books() == (2, 0)
    with django_assert_max_num_queries(12):
        gone = desk.get(where).content.decode()
    for words in ("已撤销", WHY, SchoolTransfer.objects.get().reversal_no):
        assert words in gone
    assert "撤销到账" not in gone
    assert f"已撤销:{WHY}" in desk.get(roster).content.decode()
    assert desk.get("/contributions/schools/transfers/0/").status_code == 404


@pytest.mark.requirement("CON-09", "ORG-16")
def test_a_transfer_is_taken_back_by_one_of_two_and_booked_or_taken_back_but_never_both(
    transactional_db, hire, rates, tmp_path
):
    school = School(hire, tmp_path)
    second, third = (hire("finance_reviewer", at=AREA) for _ in range(2))
    payment, wrong = booked(school)
    gone = at_once(lambda: take_back(wrong, second, reason="一"), lambda: take_back(wrong, third, reason="二"))
    assert gone == ["", taking_back.TakenBackAlready.code]
    assert books() == (2, 0)
    again = school.transfer(payment, 36_000, "B2")
    payment.refresh_from_db()
    version = payment.version
    ended = at_once(
        lambda: take_back(again, second, version=version),
        lambda: schools.book(number=payment.number, version=version, operator=school.clerk, now=LATER),
    )
    assert ended == ["", schools.RosterMoved.code]
    again.refresh_from_db()
    taken = again.taken_back_at is not None
    assert Contribution.objects.filter(voided_at=None).count() == (0 if taken else 2)
    assert books() == ((2, 0) if taken else (3, 36_000))
    assert invariants.broken(AREA, LATER.date()) == []

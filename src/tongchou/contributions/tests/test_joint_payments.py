"""One payer, several members of a household, one transaction of the terminal (合并缴费; CON-07, CON-12, CON-14)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongchou.contributions import invariants
from tongchou.contributions.counter import commands as counter
from tongchou.contributions.counter import joint, queries
from tongchou.contributions.counter.commands import Payer
from tongchou.contributions.counter.joint import Due
from tongchou.contributions.counter.models import CounterDay, CounterPayment
from tongchou.contributions.counter.states import PayerKind
from tongchou.contributions.models import Contribution, CoverageSpan, Receivable
from tongchou.contributions.tests.conftest import PREMIUM, citizen_number
from tongchou.contributions.tests.test_counter import NOW, YEAR, entries
from tongchou.contributions.tests.test_counter import desk as desk
from tongchou.contributions.tests.test_once_owed_pages import seat as seat
from tongchou.platform import queries as platform
from tongchou.platform.checks import OutOfScope

FATHER_NO = citizen_number(date(1970, 5, 6), 31)
FATHER = Payer(PayerKind.RELATIVE, "韦大", FATHER_NO, "户主")
HOUSEHOLD = "/contributions/counter/persons/{}/household/"


@pytest.fixture
def family(desk, enrol):
    """A father and head of household, a mother, and a child born this year."""
    people = [
        enrol(
            name=name,
            certificate_no=number,
            born_on=born,
            enrolled_on=max(date(2014, 9, 1), born),
            now=NOW,
            household_no="H1",
            household_relation=relation,
        ).person
        for name, number, born, relation in (
            ("韦大", FATHER_NO, date(1970, 5, 6), "head"),
            ("覃秀", citizen_number(date(1972, 3, 4), 42), date(1972, 3, 4), "spouse"),
            ("韦小宝", citizen_number(date(2018, 2, 1), 43), date(2018, 2, 1), "child"),
        )
    ]
    desk.open_year()
    return people


def pay(desk, people, **changes):
    facts = {
        "dues": [Due(one.pk, YEAR, PREMIUM) for one in people], "means": "pos", "reference": "T1", "payer": FATHER,
        "request_id": "r1", "operator": desk.clerk, "now": NOW,
    }  # fmt: skip
    return joint.take_joint_payment(**facts | changes)


@pytest.mark.requirement("CON-12")
@pytest.mark.requirement("CON-14")
@pytest.mark.article("GX2017 §26")
def test_the_head_pays_for_himself_his_wife_and_the_newborn_in_one_go(desk, family):
    made = pay(desk, family)
    assert len({one.joint_no for one in made}) == 1
    assert len({one.number for one in made}) == 3
    assert [(one.payer_kind, one.payer_name, one.payer_relation) for one in made] == [
        ("self", "韦大", ""),
        ("relative", "韦大", "户主"),
        ("relative", "韦大", "户主"),
    ]
    assert made[2].contribution.get_kind_display() == "新生儿3个月内"
    assert CoverageSpan.objects.get(person=family[2]).covered_from == date(2018, 2, 1)
    day = CounterDay.objects.get()
    assert (day.amount_fen, queries.totals_of(day)[0].payments) == (3 * PREMIUM, 3)
    desk.close(pos=3 * PREMIUM)
    day.batch.refresh_from_db()
    assert entries(day.batch.voucher_no) == [("1002", 3 * PREMIUM), ("4001", -3 * PREMIUM)]
    assert invariants.broken(day.pooling_area_id, NOW.date()) == []


@pytest.mark.requirement("CON-07")
def test_all_are_paid_or_none_and_the_refusal_names_the_member(desk, family):
    desk.take(family[1].pk)
    with pytest.raises(joint.MemberRefused, match=r"覃秀.*CO-") as refused:
        pay(desk, family)
    assert "全部没有收款" in refused.value.sentence
    assert CounterPayment.objects.filter(joint_no="").count() == CounterPayment.objects.count() == 1
    with pytest.raises(joint.MemberRefused, match="韦小宝"):
        pay(desk, family[:1], dues=[Due(family[0].pk, YEAR, PREMIUM), Due(family[2].pk, YEAR, PREMIUM - 1)])
    with pytest.raises(joint.NothingChosen):
        pay(desk, [])
    with pytest.raises(joint.ChosenTwice, match="韦大"):
        pay(desk, [family[0], family[0]])
    with pytest.raises(counter.PayerIncomplete):
        pay(desk, family, payer=Payer())
    assert Contribution.objects.filter(voided_at=None).count() == 1


def test_a_second_click_answers_with_the_first_receipts(desk, family):
    first = pay(desk, family)
    assert [one.pk for one in pay(desk, family)] == [one.pk for one in first]
    assert CounterPayment.objects.count() == 3


def test_one_members_year_alone_is_an_ordinary_receipt(desk, family):
    (made,) = pay(desk, family[1:2])
    assert (made.joint_no, made.payer_name) == ("", "韦大")
    assert pay(desk, family[1:2]) == [made]


def test_a_clerk_of_another_place_takes_nothing_for_a_household(desk, family, hire):
    with pytest.raises(OutOfScope):
        pay(desk, family, operator=hire("clerk", at="450103"))


@pytest.mark.requirement("CON-21")
@pytest.mark.article("GX2017 §28")
def test_one_or_all_are_undone_the_same_day_and_the_day_agrees(desk, family):
    made = pay(desk, family)
    number = made[0].joint_no
    counter.ask_cancel(number=made[1].number, reason="重复", operator=desk.clerk, now=NOW)
    counter.confirm_cancel(number=made[1].number, operator=desk.second, now=NOW)
    assert CounterDay.objects.get().amount_fen == 2 * PREMIUM
    with pytest.raises(joint.NothingToCancel):
        joint.confirm_cancel(joint_no=number, operator=desk.second, now=NOW)
    joint.ask_cancel(joint_no=number, reason="刷错卡", operator=desk.clerk, now=NOW)
    joint.refuse_cancel(joint_no=number, operator=desk.second, now=NOW)
    joint.ask_cancel(joint_no=number, reason="刷错卡", operator=desk.clerk, now=NOW)
    done = joint.confirm_cancel(joint_no=number, void_reference="V9", operator=desk.second, now=NOW)
    assert {one.number for one in done} == {made[0].number, made[2].number}
    assert CounterDay.objects.get().amount_fen == 0
    assert set(Receivable.objects.values_list("state", flat=True)) == {"due"}
    with pytest.raises(joint.JointUnknown):
        joint.ask_cancel(joint_no="none", reason="x", operator=desk.clerk, now=NOW)
    desk.close()
    assert invariants.broken(CounterDay.objects.get().pooling_area_id, NOW.date()) == []


@pytest.mark.requirement("CON-14")
def test_the_page_offers_what_each_member_owes_and_the_paper_lists_them(desk, family, seat, monkeypatch):
    monkeypatch.setattr("tongchou.platform.web.access.now", lambda: NOW)
    clerk, where = seat(desk.clerk), HOUSEHOLD.format(family[1].person_no)
    clerk.get(where)
    with CaptureQueriesContext(connection) as asked:
        told = clerk.get(where).content.decode()
    assert len(asked) <= 12
    values = [f"{one.pk}:{YEAR}:{PREMIUM}" for one in family]
    assert all(f'value="{value}" checked' in told for value in values)
    filled = {
        "request_id": "web1", "dues": values, "means": "pos", "reference": "T9", "payer": str(family[0].pk),
        "payer_kind": "other",
    }  # fmt: skip
    assert clerk.post(where, filled | {"dues": []}).status_code == 422
    assert clerk.post(where, filled | {"dues": [f"{family[0].pk}:{YEAR}:1"]}).status_code == 422
    assert "CO-6005" in clerk.post(where, filled | {"payer": ""}).content.decode()
    done = clerk.post(where, filled)
    assert done.status_code == 302
    assert clerk.post(where, filled).url == done.url
    late = clerk.post(where, filled | {"request_id": "web2"})
    assert (late.status_code, "CO-6021" in late.content.decode()) == (422, True), "paid while the page was open"
    shown = clerk.get(done.url).content.decode()
    assert all(number in shown for number in CounterPayment.objects.values_list("number", flat=True))
    paper = clerk.get(done.url.rstrip("/") + ".pdf")
    assert paper.content[:4] == b"%PDF"
    assert platform.count_in_trail("person", family[1].person_no, "contributions.counter_household_seen") >= 2
    cancel = f"{done.url}cancel/"
    assert clerk.post(cancel, {"decision": "ask", "reason": "刷错卡"}).status_code == 302
    assert "全部核准撤销" not in clerk.get(done.url).content.decode()
    second = seat(desk.second)
    assert "全部核准撤销" in second.get(done.url).content.decode()
    assert second.post(cancel, {"decision": "confirm"}).status_code == 302
    assert not CounterPayment.objects.exclude(state="cancelled").exists()
    assert second.post(cancel, {"decision": "refuse"}).status_code == 422
    assert clerk.get(done.url.replace("HJ", "XX")).status_code == 404

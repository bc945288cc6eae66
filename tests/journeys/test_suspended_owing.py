"""Who is suspended owes nothing that is open, on every channel, and owes it again once resumed (停保与应缴)."""

import importlib.util
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tongchou.contributions import collection, invariants, progress, queries, receivables
from tongchou.contributions import commands as contributions
from tongchou.contributions import told as letters
from tongchou.contributions.commands import NotEnrolledToPay
from tongchou.contributions.counter import queries as counter
from tongchou.contributions.models import ProgressRow, Receivable
from tongchou.contributions.states import Channel
from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.commands.relations import resume, suspend
from tongchou.policy.eligibility import Standing
from tongchou.simulator.bank import Drawn

_specification = importlib.util.spec_from_file_location("city", Path(__file__).with_name("test_withholding.py"))
withholding = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(withholding)
hire, quick_hashing, tree, town = (getattr(withholding, name) for name in ("hire", "quick_hashing", "tree", "town"))
AREA, PREMIUM, YEAR, NOW, BACK = (getattr(withholding, name) for name in ("AREA", "PREMIUM", "YEAR", "NOW", "BACK"))
TODAY = date(2017, 10, 9)

pytestmark = [pytest.mark.requirement("ENR-20"), pytest.mark.requirement("CON-02")]


def told(person) -> list[tuple[str, str, date]]:
    found = Receivable.objects.filter(person=person).order_by("id")
    return [(one.state, queries.reason_of(one), one.due_from) for one in found]


def pause(town, person, since, now=NOW):
    return suspend(person_id=person.pk, suspended_from=since, reason="参军", operator=town.clerk, now=now)


def back(town, person, on, now=NOW):
    return resume(person_id=person.pk, resumed_on=on, operator=town.clerk, now=now)


def night(day: date) -> None:
    invariants.every_night(datetime(day.year, day.month, day.day, 2, tzinfo=UTC))


@pytest.mark.article("JL2019 §8")
def test_who_is_suspended_owes_nothing_and_whoever_is_resumed_owes_from_that_day(town):
    (soldier,) = town.family(1)
    town.open_year()
    pause(town, soldier, date(2017, 10, 1))
    assert told(soldier) == [("void", "已停保", TODAY)]
    with pytest.raises(collection.NothingToDraw, match="没有未缴的人"):
        town.batch()
    night(TODAY)
    progress.roll_up(NOW)
    assert not ProgressRow.objects.exists()
    asked = counter.owed(enrolment.facts(soldier.pk, TODAY), TODAY)
    assert {one.code for one in asked} == {"CO-2004"}
    with pytest.raises(NotEnrolledToPay, match="暂停参保"):
        contributions.check_payable(enrolment.facts(soldier.pk, TODAY), benefit_year=YEAR, paid_on=TODAY)
    back(town, soldier, date(2017, 10, 9))
    assert told(soldier)[1:] == [("due", "", TODAY)]
    assert town.batch().persons == 1


def test_a_suspension_asked_for_ahead_takes_the_year_out_when_it_holds_as_the_year_begins(town):
    soldier, later = town.family(2)
    town.open_year()
    pause(town, soldier, date(2017, 12, 1))
    pause(town, later, date(2018, 4, 1))
    assert [told(one)[0][:2] for one in (soldier, later)] == [("void", "已停保"), ("due", "")]
    night(TODAY)
    assert len(told(soldier)) == 1
    assert town.batch(send=False).persons == 1
    night(date(2018, 3, 31))
    assert told(later)[0][0] == "sent"
    collection.cancel_batch(batch_id=Receivable.objects.get(person=later).item.batch_id, operator=town.clerk, now=NOW)
    night(date(2018, 3, 31))
    assert told(later)[0][0] == "due"
    night(date(2018, 4, 1))
    assert told(later)[0][:2] == ("void", "已停保")


def test_a_resumption_entered_ahead_is_owed_from_its_day_and_stays_owed(town):
    (soldier,) = town.family(1)
    town.open_year()
    pause(town, soldier, date(2017, 10, 1))
    back(town, soldier, date(2018, 5, 1))
    night(date(2018, 3, 1))
    assert told(soldier)[1:] == [("due", "", date(2018, 5, 1))]


@pytest.mark.requirement("CON-06")
def test_what_lies_with_the_bank_waits_for_its_answer(town, tmp_path):
    first, second = town.family(2)
    town.open_year()
    batch = town.batch()
    pause(town, first, date(2017, 10, 16))
    night(TODAY)
    assert [told(one)[0][0] for one in (first, second)] == ["sent", "sent"]
    town.book(batch, tmp_path, lambda line, fen: Drawn(0, "balance"))
    assert [told(one)[0][:2] for one in (first, second)] == [("void", "已停保"), ("failed", "余额不足")]
    assert letters.counts(letters.Stage.FAILED, batch.pk)[0] == 1
    pause(town, second, date(2017, 10, 16))
    assert letters.counts(letters.Stage.FAILED, batch.pk)[0] == 0


def test_a_file_that_never_left_leaves_the_suspended_out(town):
    first, second = town.family(2)
    town.open_year()
    batch = town.batch(send=False)
    pause(town, first, date(2017, 10, 1))
    collection.cancel_batch(batch_id=batch.pk, operator=town.clerk, now=NOW)
    assert [told(one)[0][:2] for one in (first, second)] == [("void", "已停保"), ("due", "")]


@pytest.mark.requirement("CON-21")
def test_what_is_paid_stays_paid_and_is_owed_by_nobody_suspended_once_it_is_voided(town):
    (soldier,) = town.family(1)
    town.open_year()
    made = record_contribution(
        person_id=soldier.pk, benefit_year=YEAR, amount_fen=PREMIUM, paid_on=TODAY, channel=Channel.COUNTER,
        operator=town.clerk, now=NOW,
    )  # fmt: skip
    pause(town, soldier, date(2017, 10, 9))
    assert told(soldier)[0][0] == "paid"
    contributions.void_contribution(contribution_id=made.pk, reason="重复", operator=town.clerk, now=NOW)
    assert told(soldier)[0][:2] == ("void", "已停保")


@pytest.mark.requirement("CON-13")
@pytest.mark.article("JL2019 §14")
def test_nobody_is_in_arrears_with_the_days_of_a_suspension(town):
    (soldier,) = town.family(1)
    town.open_year()
    record_contribution(
        person_id=soldier.pk, benefit_year=YEAR, amount_fen=PREMIUM, paid_on=TODAY, channel=Channel.COUNTER,
        operator=town.clerk, now=NOW,
    )  # fmt: skip
    pause(town, soldier, date(2018, 11, 1))
    autumn, spring = (datetime(*day, 2, tzinfo=UTC) for day in ((2018, 11, 2), (2019, 5, 2)))
    contributions.set_standard(
        pooling_area=AREA, scheme="resident", benefit_year=2019, personal_fen=PREMIUM, subsidy_fen=1, source="文件",
        operator=town.clerk, now=autumn,
    )  # fmt: skip
    receivables.open_year(
        pooling_area=AREA, benefit_year=2019, opens_on=date(2018, 9, 1), operator=town.clerk, now=autumn
    )
    assert [one[0] for one in told(soldier)] == ["paid"]
    back(town, soldier, date(2019, 5, 1), spring)
    assert told(soldier)[1:] == [("due", "", date(2019, 5, 1))]
    assert queries.coverage_standing(soldier.pk, date(2019, 4, 30)).standing == Standing.SUSPENDED
    found = queries.coverage_standing(soldier.pk, date(2019, 5, 2))
    assert (found.standing, found.reason) == (Standing.ARREARS, "自2019-05-01起欠费")


def test_the_year_of_before_a_suspension_stays_owed(town):
    (soldier,) = town.family(1)
    town.open_year()
    pause(town, soldier, date(2019, 1, 1))
    assert receivables.owe_nothing_while_suspended(date(2019, 2, 1)) == 0
    assert told(soldier)[0][0] == "due"

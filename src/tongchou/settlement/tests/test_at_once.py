"""What must hold when many settle at once (pitfalls C6–C9); every thread commits for real."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tongchou.kernel.errors import DomainError
from tongchou.platform.tests.at_once import ended_at_once
from tongchou.settlement import checks, commands, invariants, statements
from tongchou.settlement.commands import attempts
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Kept, Line, at, yuan
from tongchou.wire import booking

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


def check_books(who: world.Person) -> None:
    """The accumulators are what was settled; what the funds owe is what they pay; every visit is settled once."""
    assert world.accumulators(who) == world.recomputed(who)
    assert invariants.broken(pooling_area=world.AREA, since=date(2018, 1, 1), until=date(2019, 1, 1)) == []


@pytest.mark.requirement("SET-04")
def test_the_same_message_sent_16_times_at_once_books_once_and_gives_16_equal_answers() -> None:
    """C6."""
    who = world.person()
    visit = world.visit(who)
    total = world.charge(visit, [Line(scope=yuan("100"))])
    message = world.key(on=at("2018-03-15"), msgid="SAME")

    def send() -> bytes:
        try:
            return commands.settle_encounter(
                key=message, asked=world.asked(visit, total), area=world.AREA, encounter=visit.id, batch=None,
                render=Kept(),
            )  # fmt: skip
        except DomainError:
            earlier = booking.earlier_answer(message)
            assert earlier is not None
            return earlier

    answers = ended_at_once(*[send] * THREADS)
    assert len(set(answers)) == 1
    assert world.count("settlement_settlement") == world.count("wire_booking") == 1
    assert world.accumulators(who)["outpatient_paid"] == yuan("50")
    check_books(who)


@pytest.mark.article("GX2017 §80")
def test_one_visit_settled_16_times_at_once_from_16_messages_is_settled_once() -> None:
    """C7."""
    who = world.person()
    visit = world.visit(who)
    total = world.charge(visit, [Line(scope=yuan("100"))])
    results = ended_at_once(*[lambda: world.settle(visit, total)] * THREADS)
    assert sum(not isinstance(result, DomainError) for result in results) == 1
    refused = [result for result in results if isinstance(result, DomainError)]
    assert {type(refusal) for refusal in refused} <= {checks.AlreadySettled, checks.ChargesChanged}
    assert world.count("settlement_settlement") == 1
    check_books(who)


@pytest.mark.requirement("BEN-21", "BEN-23")
def test_one_person_at_16_hospitals_at_once_takes_the_limit_exactly() -> None:
    """C8: 16 × 50.00 against a yearly limit of 300.00."""
    who = world.person()
    visits = [world.visit(who, institution=random.choice([world.CLINIC, world.HOSPITAL])) for _ in range(THREADS)]
    totals = [world.charge(visit, [Line(scope=yuan("100"))]) for visit in visits]
    jobs = [lambda v=visit, t=total: world.settle(v, t) for visit, total in zip(visits, totals, strict=True)]
    paid = sorted(settled.columns["pool_paid_fen"] for settled in ended_at_once(*jobs))
    assert paid == [0] * 10 + [yuan("50")] * 6
    assert world.accumulators(who)["outpatient_paid"] == yuan("300")
    check_books(who)


@pytest.mark.requirement("BEN-22")
def test_four_chronic_visits_at_once_bear_the_deductible_once() -> None:
    """C8: the deductible of 200.00 a year is borne once, not four times."""
    who = world.person()
    visits = [world.visit(who, kind="chronic", disease_code="高血压") for _ in range(4)]
    totals = [world.charge(visit, [Line(scope=yuan("150"))]) for visit in visits]
    jobs = [lambda v=visit, t=total: world.settle(v, t) for visit, total in zip(visits, totals, strict=True)]
    settled = ended_at_once(*jobs)
    assert sum(one.columns["deductible_fen"] for one in settled) == yuan("200")
    assert sum(one.columns["pool_paid_fen"] for one in settled) == yuan("280")
    check_books(who)


@pytest.mark.article("GX2017 §71")
def test_cancelling_and_settling_at_once_end_in_one_state_or_the_other() -> None:
    who = world.person()
    visit, settled = world.settled_visit(who, [Line(scope=yuan("100"))])
    total = settled.columns["total_fen"]
    jobs: list[Callable[[], Any]] = [lambda: world.cancel(visit, settled.settlement_id)] * 4
    jobs += [lambda: world.settle(visit, total)] * 4
    results = ended_at_once(*jobs)
    assert sum(not isinstance(result, DomainError) for result in results[:4]) == 1
    assert sum(not isinstance(result, DomainError) for result in results[4:]) <= 1
    assert all(isinstance(result, DomainError | world.Settled) for result in results)
    assert world.accumulators(who) == world.recomputed(who)
    check_books(who)


@pytest.mark.requirement("BEN-42")
def test_settling_and_cancelling_many_visits_of_one_person_at_once_loses_nothing() -> None:
    who = world.person()
    made = [
        world.settled_visit(who, [Line(scope=yuan("40"))], on=(date(2018, 1, 1) + timedelta(days=n)).isoformat())
        for n in range(8)
    ]
    fresh = [world.visit(who, "2018-05-01") for _ in range(8)]
    totals = [world.charge(visit, [Line(scope=yuan("90"), own=yuan("1"))]) for visit in fresh]
    jobs = [lambda v=visit, s=settled: world.cancel(v, s.settlement_id) for visit, settled in made]
    jobs += [lambda v=visit, t=total: world.settle(v, t) for visit, total in zip(fresh, totals, strict=True)]
    assert not [result for result in ended_at_once(*jobs) if isinstance(result, Exception)]
    check_books(who)


def test_a_settlement_that_keeps_losing_takes_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was overtaken three times locks the person and gets through."""
    who = world.person()
    world.settled_visit(who, [Line(scope=yuan("10"))])
    visit = world.visit(who)
    total = world.charge(visit, [Line(scope=yuan("100"))])
    rivals = [world.visit(who) for _ in range(attempts.ATTEMPTS)]
    totals = [world.charge(rival, [Line(scope=yuan("20"))]) for rival in rivals]
    overtaking = list(zip(rivals, totals, strict=True))
    real = statements.record

    def overtaken(key: Any, *args: Any, **kwargs: Any) -> Any:
        if key.msgid == "SLOW" and overtaking:
            rival, of_rival = overtaking.pop()
            world.settle(rival, of_rival)
        return real(key, *args, **kwargs)

    monkeypatch.setattr(statements, "record", overtaken)
    settled = world.settle(visit, total, key=world.key(on=at("2018-03-15"), msgid="SLOW"))
    assert settled.columns["pool_paid_fen"] == yuan("50")
    assert overtaking == []
    check_books(who)


@pytest.mark.requirement("SET-09", "ACC-10", "BEN-34")
@pytest.mark.article("NC-ACCT §11")
def test_two_pharmacies_at_once_never_overdraw_an_account() -> None:
    """Eight purchases of 50.00 on a balance of 130.00: two are paid, one in part, all given back."""
    with world.using(world.book(world.tset(texts=world.PHARMACIES))):
        who = world.person()
        world.credit(who.id, "130.00")
        visits = [
            world.visit(who, kind="pharmacy", institution=world.PHARMACY, care_type="41") for _ in range(THREADS // 2)
        ]
        totals = [world.charge(visit, [Line(scope=yuan("50"))]) for visit in visits]
        jobs = [
            lambda v=visit, t=total: world.settle(v, t, use_account=True)
            for visit, total in zip(visits, totals, strict=True)
        ]
        settled = ended_at_once(*jobs)
        paid = sorted(one.columns["account_paid_fen"] for one in settled)
        assert paid == [0] * 5 + [yuan("30")] + [yuan("50")] * 2
        assert sum(one.columns["cash_fen"] for one in settled) == yuan("270")
        assert world.balance(who.id) == 0
        back = [
            lambda v=visit, s=one.settlement_id: world.cancel(v, s) for visit, one in zip(visits, settled, strict=True)
        ]
        assert not [result for result in ended_at_once(*back) if isinstance(result, Exception)]
        assert world.balance(who.id) == yuan("130")
        check_books(who)

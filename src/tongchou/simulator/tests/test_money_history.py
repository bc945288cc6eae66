"""Special groups, payments and coverage of the invented people: consistent in themselves and with the rules."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from tongchou.contributions import queries, rules
from tongchou.kernel.errors import DomainError
from tongchou.parameters import queries as parameters
from tongchou.policy.packages import PolicyBook
from tongchou.simulator import covering, groups, premiums
from tongchou.simulator.founding import Chunk
from tongchou.simulator.plan import AREA
from tongchou.simulator.premiums import Payments
from tongchou.simulator.tests import support

PERSONS = 20_000


@pytest.fixture(scope="module", autouse=True)
def shipped_rules() -> Iterator[None]:
    with parameters.using(PolicyBook.load(Path(settings.POLICIES))):
        yield


@pytest.fixture(scope="module")
def chunk(shipped_rules: None) -> Chunk:
    (made,) = support.chunks(PERSONS)
    return made


def test_nobody_is_in_one_category_twice_at_once(chunk: Chunk) -> None:
    spans = chunk.special
    order = np.lexsort((spans.valid_from, spans.category, spans.person))
    person, category = spans.person[order], spans.category[order]
    same = (person[1:] == person[:-1]) & (category[1:] == category[:-1])
    until, following = spans.valid_until[order][:-1], spans.valid_from[order][1:]
    assert (until[same] <= following[same]).all()


def test_spans_of_categories_are_not_empty_and_end_with_life(chunk: Chunk) -> None:
    spans, died_on = chunk.special, chunk.people.died_on[chunk.special.person]
    assert (np.isnat(spans.valid_until) | (spans.valid_until > spans.valid_from)).all()
    dead = ~np.isnat(died_on)
    assert (spans.valid_until[dead] <= died_on[dead] + 1).all()


def test_only_people_of_ninety_are_listed_as_such(chunk: Chunk) -> None:
    listed = chunk.special.person[chunk.special.category == groups.NINETY]
    assert len(listed)
    assert (chunk.people.age[listed] >= 90).all()


def test_nobody_pays_a_year_twice_and_the_rows_are_in_order(chunk: Chunk) -> None:
    paid = chunk.history.payments
    later_year = (paid.person[1:] == paid.person[:-1]) & (paid.benefit_year[1:] > paid.benefit_year[:-1])
    assert (later_year | (paid.person[1:] > paid.person[:-1])).all()


def test_payments_lie_between_birth_and_today_and_end_with_life(chunk: Chunk) -> None:
    paid, people = chunk.history.payments, chunk.people
    assert (paid.paid_on >= people.born_on[paid.person]).all()
    assert (paid.paid_on <= np.datetime64(support.DAY)).all()
    dead = ~np.isnat(people.died_on[paid.person])
    assert (paid.paid_on[dead] < people.died_on[paid.person][dead]).all()


def test_amounts_are_the_standards_and_aid_is_part_of_them(chunk: Chunk) -> None:
    paid = chunk.history.payments
    for year in np.unique(paid.benefit_year):
        personal, _, _ = premiums.standard_of(int(year))
        assert (paid.amount_fen[paid.benefit_year == year] == personal * 100).all()
    assert ((paid.aided_fen >= 0) & (paid.aided_fen <= paid.amount_fen)).all()
    assert (paid.aided_fen > 0).any()


def test_nearly_everybody_is_covered_this_year(chunk: Chunk) -> None:
    paid = chunk.history.payments
    residents = int((~chunk.people.employee & np.isnat(chunk.people.died_on)).sum())
    covered = len(np.unique(paid.person[paid.benefit_year == support.DAY.year]))
    assert 0.92 < covered / residents < 0.98


def test_every_path_of_paying_is_walked(chunk: Chunk) -> None:
    paid, spans = covering.Coverage().decide(chunk.people, chunk.history.payments)
    kinds = {covering.KINDS[kind] for kind in np.unique(spans.kind)}
    assert kinds == set(covering.KINDS)
    assert len(paid) <= len(chunk.history.payments)


@pytest.mark.article("GX2017 §22")
def test_coverage_is_what_the_waiting_rules_say_one_by_one(chunk: Chunk) -> None:
    paid, spans = covering.Coverage().decide(chunk.people, chunk.history.payments)
    before: dict[int, int] = {}
    for row in range(6_000):
        person, year = int(paid.person[row]), int(paid.benefit_year[row])
        case = rules.case_of(
            benefit_year=year,
            paid_on=paid.paid_on[row].item(),
            last_paid_year=before.get(person),
            born_on=chunk.people.born_on[person].item(),
        )
        decision = rules.decide(case, queries.waiting(AREA, year, paid.paid_on[row].item()))
        before[person] = year
        assert spans.covered_from[row].item() == decision.covered_from
        assert spans.covered_until[row].item() == decision.covered_until
        assert covering.KINDS[spans.kind[row]] == decision.kind


def test_a_payment_that_the_rules_refuse_was_never_taken(chunk: Chunk) -> None:
    first = int(chunk.history.payments.person[0])
    refused = Payments(
        person=np.array([first, first]),
        benefit_year=np.array([2024, 2025]),
        paid_on=np.array(["2024-08-15", "2024-10-01"], dtype="datetime64[D]"),
        channel=np.array([premiums.TAX, premiums.TAX]),
        amount_fen=np.array([40_000, 40_000]),
        aided_fen=np.array([0, 0]),
    )
    with pytest.raises(DomainError):
        rules.decide(rules.Case(2024, date(2024, 8, 15), None, None), queries.waiting(AREA, 2024, date(2024, 8, 15)))
    paid, spans = covering.Coverage().decide(chunk.people, refused)
    assert list(paid.benefit_year) == [2025]
    assert spans.covered_from[0] == np.datetime64("2025-01-01")


def test_later_standards_repeat_the_last_known_one_and_say_so() -> None:
    assert premiums.standard_of(2019) == (220, 520, False)
    assert premiums.standard_of(2026) == (400, 700, True)

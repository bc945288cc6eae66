"""The invented people: as many as asked for, the same for a seed, with the national shares."""

from datetime import date

import numpy as np
import pytest
from stdnum.cn import ric, uscc

from tongchou.kernel.months import age_on
from tongchou.platform.pinyin import initials
from tongchou.platform.rules import citizen_id_is_valid
from tongchou.simulator import check_digits, people
from tongchou.simulator.people import CHILD, FATHER, HEAD, MOTHER, People
from tongchou.simulator.plan import CityPlan, ImpossibleCity, ImpossibleSeed
from tongchou.simulator.tests import support

LARGE = 60_000


def joined(parts: list[People], fact: str) -> np.ndarray:
    return np.concatenate([getattr(part, fact) for part in parts])


@pytest.fixture(scope="module")
def large() -> People:
    (chunk,) = support.chunks(LARGE)
    return chunk.people


def test_the_same_seed_gives_the_same_people() -> None:
    first = list(people.populate(support.plan(), support.ground()))
    again = list(people.populate(support.plan(), support.ground()))
    for fact in ("citizen_ids", "names", "born_on", "village", "working"):
        assert np.array_equal(joined(first, fact), joined(again, fact))


def test_another_seed_gives_other_people() -> None:
    first = list(people.populate(support.plan(), support.ground()))
    other = list(people.populate(support.plan(seed=8), support.ground()))
    assert not np.array_equal(joined(first, "citizen_ids"), joined(other, "citizen_ids"))


def test_a_city_has_exactly_as_many_people_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PERSONS_PER_CHUNK", 250)
    made = list(people.populate(support.plan(), support.ground()))
    assert [len(part) for part in made] == [250, 250, 100]
    assert np.array_equal(joined(made, "ids"), np.arange(1, 601))


def test_nobody_shares_a_citizen_number_even_across_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PERSONS_PER_CHUNK", 20_000)
    numbers = joined(list(people.populate(support.plan(LARGE), support.ground(LARGE))), "citizen_ids")
    assert len(np.unique(numbers)) == LARGE


def test_citizen_numbers_say_birthday_and_sex_and_check() -> None:
    (chunk,) = support.chunks()
    crowd = chunk.people
    for number, born_on, male in zip(crowd.citizen_ids, crowd.born_on, crowd.male, strict=True):
        written = number.decode()
        assert citizen_id_is_valid(written)
        assert written[6:14] == f"{born_on.item():%Y%m%d}"
        assert int(written[16]) % 2 == int(male)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_check_digits_are_those_of_the_standard(number: str) -> None:
    body = np.frombuffer(number[:17].encode(), dtype=np.uint8) - ord("0")
    assert (
        chr(check_digits.ID_CHECKS[int(body @ check_digits.ID_WEIGHTS) % 11])
        == number[17]
        == ric.calc_check_digit(number)
    )


def test_credit_codes_of_organisations_check() -> None:
    assert all(uscc.is_valid(check_digits.uscc("450100", serial)) for serial in range(1, 500, 7))


def test_more_births_on_a_day_than_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="more births"):
        check_digits.serial_digits(np.array([check_digits.SERIALS_PER_SEX]), np.array([True]))


def test_initials_are_those_the_register_would_write() -> None:
    (chunk,) = support.chunks()
    names = [name.decode() for name in chunk.people.names]
    assert [letters.decode() for letters in chunk.people.initials] == [initials(name, surname=True) for name in names]


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [("children", 0.215, 0.265), ("students", 0.015, 0.025), ("adults", 0.71, 0.77)],
)
def test_residents_have_the_national_shares(large: People, share: str, low: float, high: float) -> None:
    resident = ~large.employee
    of = {
        "children": large.age < 18,
        "students": large.student,
        "adults": (large.age >= 18) & ~large.student,
    }[share]
    assert low <= (resident & of).sum() / resident.sum() <= high


def test_one_in_six_is_an_employee_and_a_quarter_of_those_retired(large: People) -> None:
    assert large.employee.mean() == pytest.approx(1 / 6, abs=0.01)
    assert large.retired.sum() / large.employee.sum() == pytest.approx(0.276, abs=0.02)


def test_ages_are_completed_years(large: People) -> None:
    for at in range(0, 2_000, 3):
        assert large.age[at] == age_on(large.born_on[at].item(), support.DAY)


def test_parents_are_a_generation_older_than_their_children(large: People) -> None:
    born = dict(zip(zip(large.household_ids, large.role, strict=True), large.born_on, strict=True))
    generations = [
        (born[household, parent], born[household, child])
        for household in range(1, 3_000)
        for parent, child in ((HEAD, CHILD), (FATHER, HEAD), (MOTHER, HEAD))
        if (household, parent) in born and (household, child) in born
    ]
    assert len(generations) > 1_000
    assert min((child - parent).astype(int) for parent, child in generations) > 18 * 365


def test_every_household_has_one_head_in_its_own_village(large: People) -> None:
    heads = large.households
    assert len(np.unique(large.household_ids[heads])) == len(heads) == large.household_ids.max()
    village_of = dict(zip(large.household_ids[heads], large.village[heads], strict=True))
    assert all(
        village_of[one] == place for one, place in zip(large.household_ids[:5000], large.village[:5000], strict=True)
    )


def test_grown_ups_are_the_same_people_whenever_the_city_is_founded() -> None:
    def grown_ups(today: date) -> set[bytes]:
        crowd = support.chunks(600, today)[0].people
        return set(crowd.citizen_ids[crowd.age >= 5])

    assert grown_ups(date(2027, 6, 1)) >= grown_ups(support.DAY)


@pytest.mark.parametrize("persons", [-5, 0, 60, 199, 20_000_001, 10**12])
def test_impossible_cities_are_refused_with_what_is_possible(persons: int) -> None:
    with pytest.raises(ImpossibleCity, match=f"人数须在200与20,000,000之间,不能是{persons:,}"):
        CityPlan(persons, 1, support.DAY)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_cannot_be_remembered_is_refused(seed: int) -> None:
    with pytest.raises(ImpossibleSeed, match="随机种子须在0与"):
        CityPlan(600, seed, support.DAY)

"""The visits the hospitals are played with: sane, and of the magnitudes of the national figures (section 6)."""

import dataclasses
from datetime import timedelta
from math import log
from statistics import mean, stdev

import pytest

from tongchou.simulator import catalogue_data, geography, places
from tongchou.simulator.catalogue_data import diagnoses, items
from tongchou.simulator.tests import support
from tongchou.simulator.visits import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY, NobodyOpen, Visit, VisitMaker

PATTERNS = (
    r"X[A-Z]\d\d[A-Z]{2}[A-Z]\d{3}[A-Z]\d{3}\d{4}\d{5}",
    r"Z[A-Z]\d\d[A-Z]{2}[A-Z]\d{4}\d{4}\d{5}",
    r"00\d{13}",
    r"T\d{9}",
    r"C\d{19}(\d{7})?",
)


def maker(seed: int = 1) -> VisitMaker:
    return VisitMaker(support.institutions(), support.crowd(), seed=seed, zone=support.ZONE)


@pytest.fixture(scope="module")
def stays() -> list[Visit]:
    drawn = maker()
    return [drawn.visit(support.DAY, kind=INPATIENT) for _ in range(1_200)]


def test_the_same_seed_draws_the_same_visits() -> None:
    first, again = maker(5), maker(5)
    for _ in range(50):
        one, other = first.visit(support.DAY), again.visit(support.DAY)
        assert (one.patient, one.place.code, one.total) == (other.patient, other.place.code, other.total)


@pytest.mark.parametrize("kind", [OUTPATIENT, CHRONIC, PHARMACY, INPATIENT])
def test_a_visit_is_whole(kind: str) -> None:
    drawn = maker(3)
    for _ in range(60):
        visit = drawn.visit(support.DAY, kind=kind)
        assert visit.lines
        assert visit.total == sum(line.amount for line in visit.lines) > 0
        assert all(visit.began_at <= line.served_at <= visit.ended_at + timedelta(hours=12) for line in visit.lines)
        assert visit.place.open_on(support.DAY)
        assert (visit.place.type == places.PHARMACY) == (kind == PHARMACY)
        assert visit.doctor in visit.place.doctors


@pytest.mark.parametrize("kind", [None, INPATIENT])
def test_nobody_is_seen_before_birth(kind: str | None) -> None:
    grown, newborn = (
        support.crowd()[0],
        dataclasses.replace(support.crowd()[1], born_on=support.DAY + timedelta(days=1)),
    )
    drawn = VisitMaker(support.institutions(), [newborn, grown], seed=2, zone=support.ZONE)
    assert {drawn.visit(support.DAY, kind=kind).patient.citizen_id for _ in range(20)} == {grown.citizen_id}


def test_nobody_is_given_what_sex_or_age_excludes() -> None:
    drawn = maker(4)
    for _ in range(400):
        visit = drawn.visit(support.DAY)
        age = visit.patient.age(support.DAY)
        for line in visit.lines:
            assert line.item.sex in ("", "M" if visit.patient.male else "F")
            assert line.item.min_age is None or age >= line.item.min_age - 1
            assert line.item.max_age is None or age <= line.item.max_age
        assert visit.diagnosis.sex in ("", "M" if visit.patient.male else "F")


@pytest.mark.parametrize(("level", "share", "cost"), [("3", 0.29, 13_900), ("2", 0.47, 6_600), ("1", 0.24, 3_600)])
def test_admissions_have_the_shares_and_costs_of_their_level(
    stays: list[Visit], level: str, share: float, cost: int
) -> None:
    here = [visit for visit in stays if visit.place.level == level]
    assert len(here) / len(stays) == pytest.approx(share, abs=0.05)
    assert mean(float(visit.total) for visit in here) == pytest.approx(cost, rel=0.18)


def test_costs_of_stays_are_as_uneven_as_real_ones(stays: list[Visit]) -> None:
    assert stdev(log(float(visit.total)) for visit in stays if visit.place.level == "2") == pytest.approx(0.6, abs=0.12)


def test_stays_last_nine_days_and_half_the_patients_are_seniors(stays: list[Visit]) -> None:
    assert mean((visit.ended_at - visit.began_at).days for visit in stays) == pytest.approx(9.4, abs=0.7)
    assert mean(visit.patient.age(support.DAY) >= 60 for visit in stays) == pytest.approx(0.5, abs=0.06)


def test_eight_to_fifteen_per_cent_of_a_stay_is_self_paid(stays: list[Visit]) -> None:
    total = sum(float(visit.total) for visit in stays)
    own = sum(float(line.amount) * float(line.item.pre_self_pay) for visit in stays for line in visit.lines)
    assert 0.08 < own / total < 0.15


def test_a_visit_of_so_many_lines_has_so_many() -> None:
    drawn = maker(6)
    assert {len(drawn.outpatient_of_lines(support.NOON, 10).lines) for _ in range(20)} == {10}
    assert {len(drawn.purchase_of_lines(support.NOON, 5).lines) for _ in range(20)} == {5}


def test_catalogue_codes_are_unique_and_shaped_like_national_ones() -> None:
    import re

    codes = [item.code for item in items()]
    assert len(set(codes)) == len(codes) > 400
    assert [code for code in codes if not any(re.fullmatch(pattern, code) for pattern in PATTERNS)] == []


def test_every_diagnosis_finds_something_to_charge() -> None:
    tags = {tag for item in items() for tag in item.tags}
    assert {diagnosis.tag for diagnosis in diagnoses()} <= tags
    assert len(diagnoses()) >= 300
    for disease in catalogue_data.chronic_diseases():
        assert any(d.code.startswith(disease.diagnosis_prefixes) for d in diagnoses())


def closed(place: places.Place) -> places.Place:
    return dataclasses.replace(place, agreements=())


@pytest.mark.parametrize("persons", [600, 2_000, 3_000, 5_000])
@pytest.mark.parametrize("seed", [1, 7, 41, 2017])
def test_there_is_somewhere_to_go_on_every_day_of_a_small_city(persons: int, seed: int) -> None:
    plan = support.plan(persons, seed=seed)
    drawn = VisitMaker(places.establish(plan, geography.lay_out(plan)), (), seed=seed, zone=support.ZONE)
    for back in range(0, 365, 3):
        day = support.DAY - timedelta(days=back)
        for kind in (OUTPATIENT, CHRONIC, PHARMACY, INPATIENT):
            place = drawn.where(day, kind)
            assert place.open_on(day)
            assert (place.type == places.PHARMACY) == (kind == PHARMACY)


def test_where_all_stations_rest_the_nearest_level_is_visited() -> None:
    there = [closed(place) if place.level == "0" else place for place in support.institutions()]
    there = [place for place in there if place.type != places.PHARMACY]
    drawn = VisitMaker(there, support.crowd(), seed=3, zone=support.ZONE)
    assert {drawn.where(support.DAY, OUTPATIENT).level for _ in range(60)} == {"1", "2", "3"}


def test_where_nobody_is_open_it_is_said() -> None:
    drawn = VisitMaker([closed(place) for place in support.institutions()], support.crowd(), seed=3, zone=support.ZONE)
    with pytest.raises(NobodyOpen, match="没有这一类的定点机构"):
        drawn.where(support.DAY, PHARMACY)

"""Numbers and ids under concurrency (ORG-20)."""

from datetime import date

import pytest
from django.db import connection, transaction

from tongchou.platform import ids
from tongchou.platform.numbering import (
    NumberTakenOutsideTransaction,
    Series,
    SeriesExhausted,
    next_number,
    next_written,
)
from tongchou.platform.tests.at_once import ended_at_once

CASES = Series("test_case", name="受理号", mark="SL", width=6)


@pytest.mark.requirement("ORG-20")
def test_fifty_parallel_registrations_get_fifty_consecutive_numbers(committed):
    def register():
        with transaction.atomic():
            return next_number(CASES, area="450102", year=2018)

    assert sorted(ended_at_once(*[register] * 50)) == list(range(1, 51))


@pytest.mark.requirement("ORG-20")
def test_a_registration_that_fails_leaves_no_gap(db):
    class Failed(Exception):
        pass

    def fail():
        assert next_number(CASES, area="450102", year=2018) == 2
        raise Failed

    with transaction.atomic():
        assert next_number(CASES, area="450102", year=2018) == 1
    with pytest.raises(Failed), transaction.atomic():
        fail()
    with transaction.atomic():
        assert next_number(CASES, area="450102", year=2018) == 2


@pytest.mark.requirement("ORG-20")
def test_a_number_reads_as_area_year_kind_and_sequence(db):
    assert next_written(CASES, area="450102", year=2018) == "450102-2018-SL-000001"


def test_each_area_year_and_kind_counts_for_itself(db):
    other = Series("test_voucher", name="凭证号", mark="PZ", width=5)
    numbers = [
        next_number(series, area=area, year=year)
        for series in (CASES, other)
        for area in ("450102", "450103")
        for year in (2018, 2019)
    ]
    assert numbers == [1] * 8


def test_a_series_that_is_full_is_refused(db):
    short = Series("test_short", name="短号", mark="D", width=1)
    for expected in range(1, 10):
        assert next_number(short, area="450102", year=2018) == expected
    with pytest.raises(SeriesExhausted, match="短号2018年"), transaction.atomic():
        next_number(short, area="450102", year=2018)


def test_a_number_is_not_taken_outside_a_transaction(committed):
    with pytest.raises(NumberTakenOutsideTransaction):
        next_number(CASES, area="450102", year=2018)


@pytest.fixture
def sequence(committed):
    """A sequence of ids as a chapter's migration makes it."""
    with connection.cursor() as cursor:
        cursor.execute(ids.create_sequence("test_thing").sql)
    yield "test_thing"
    with connection.cursor() as cursor:
        cursor.execute(ids.create_sequence("test_thing").reverse_sql)


def test_ids_are_unique_among_threads_and_processes(sequence):
    processes = [ids.IdBlocks() for _ in range(3)]  # what other processes would hold

    def take(turn):
        return [processes[turn % 3].take(sequence) for _ in range(700)]

    taken = [one for part in ended_at_once(*[lambda turn=turn: take(turn) for turn in range(8)]) for one in part]
    assert len(taken) == len(set(taken)) == 5600


def test_a_block_costs_one_question_to_the_database(sequence, django_assert_num_queries):
    blocks = ids.IdBlocks()
    with django_assert_num_queries(1):
        assert [blocks.take(sequence) for _ in range(1000)] == list(range(1, 1001))
    with django_assert_num_queries(1):
        assert blocks.take(sequence) == 1001


def test_several_ids_taken_together_follow_each_other(sequence):
    blocks = ids.IdBlocks()
    assert blocks.take(sequence, 990) == 1
    assert blocks.take(sequence, 20) == 1001  # the ten left over are passed by
    assert blocks.take(sequence) == 1021
    for count in (0, 1001):
        with pytest.raises(ValueError, match="ids come"):
            blocks.take(sequence, count)


def test_a_dated_id_begins_with_year_and_month(sequence):
    blocks = ids.IdBlocks()
    assert blocks.take_dated(sequence, date(2018, 4, 26)) == 1804_00000000001
    assert blocks.take_dated(sequence, date(2099, 12, 31)) == 9912_00000000002 < 2**53


def test_a_dated_id_does_not_run_into_the_month(sequence):
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE ids_test_thing RESTART WITH 100000000000")
    with pytest.raises(OverflowError):
        ids.IdBlocks().take_dated(sequence, date(2018, 4, 26))


@pytest.mark.parametrize("name", ["Things", "a b", "x; DROP", "事"])
def test_a_name_of_ids_is_a_plain_word(name):
    with pytest.raises(ValueError, match="not a name of ids"):
        ids.create_sequence(name)

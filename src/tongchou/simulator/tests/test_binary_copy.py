"""COPY in binary form: what goes in as columns comes out as rows."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import connection

from tongchou.simulator import binary_copy
from tongchou.simulator.binary_copy import ColumnDoesNotFit, Target, write_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def driver(db: None) -> psycopg.Connection[Any]:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copied (id bigint, small smallint, yes boolean, name varchar(20), note text, day date,"
            " at timestamptz, facts jsonb, area char(6))"
        )
    return connection.connection


@pytest.fixture(autouse=True)
def temporary_tables_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        binary_copy,
        "column_types",
        lambda driver, table: dict(
            driver.execute(
                "SELECT attname, typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
                " WHERE attrelid = %s::regclass AND attnum > 0",
                [table],
            ).fetchall()
        ),
    )


def columns(rows: int) -> dict[str, Any]:
    names = np.array(["韦小燕", "李", "", "欧阳明月"])
    return {
        "id": np.arange(rows),
        "small": np.arange(rows) % 7 - 3,
        "yes": np.arange(rows) % 2 == 0,
        "name": names[np.arange(rows) % 4],
        "note": np.ma.masked_array(np.full(rows, b"x"), mask=np.arange(rows) % 3 == 0),
        "day": np.where(np.arange(rows) % 5 == 0, np.datetime64("NaT", "D"), np.datetime64("2026-02-28")),
        "at": np.full(rows, np.datetime64("2026-11-21T04:00:00", "us")),
        "facts": np.full(rows, b'{"a":1}'),
        "area": "450100",
    }


def read(driver: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return driver.execute("SELECT * FROM copied ORDER BY id").fetchall()


def test_values_texts_dates_and_nulls_come_out_as_they_went_in(driver: psycopg.Connection[Any]) -> None:
    write_rows(driver, "copied", columns(61))
    rows = read(driver)
    assert len(rows) == 61
    at = datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert rows[0] == (0, -3, True, "韦小燕", None, None, at, '{"a": 1}', "450100")
    assert rows[7] == (7, -3, False, "欧阳明月", "x", date(2026, 2, 28), at, '{"a": 1}', "450100")


def test_a_large_batch_goes_in_pieces(driver: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary_copy, "ROWS_PER_WRITE", 16)
    write_rows(driver, "copied", columns(1_000))
    assert [row[0] for row in read(driver)] == list(range(1_000))


def test_rows_may_keep_their_order_but_for_a_few(driver: psycopg.Connection[Any]) -> None:
    write_rows(driver, "copied", columns(100), at_once=8)
    places = driver.execute("SELECT id FROM copied").fetchall()
    assert sorted(places) == [(n,) for n in range(100)]
    assert all(abs(place - n) < 8 for place, (n,) in enumerate(places))


def test_no_rows_are_no_work(driver: psycopg.Connection[Any]) -> None:
    write_rows(driver, "copied", columns(0))
    assert read(driver) == []


def test_several_batches_of_one_copy(driver: psycopg.Connection[Any]) -> None:
    names = list(columns(1))
    with Target(driver, "copied", names) as target:
        target.write(columns(10))
        target.write(columns(20))
    assert target.rows == len(read(driver)) == 30


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"nonsense": np.arange(3)}, "no column"),
        ({"id": np.arange(3), "small": np.arange(4)}, "rows"),
        ({"name": np.arange(3)}, "not texts"),
    ],
)
@pytest.mark.parametrize("at_once", [None, 3, 2])
def test_columns_that_do_not_fit_are_a_fault(
    driver: psycopg.Connection[Any], wrong: dict[str, Any], said: str, at_once: int | None
) -> None:
    with pytest.raises(ColumnDoesNotFit, match=said):
        write_rows(driver, "copied", wrong, at_once=at_once)

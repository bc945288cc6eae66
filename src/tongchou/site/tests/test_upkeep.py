"""A backup restores to the fen, or is refused."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from tongchou.site import upkeep
from tongchou.site.problems import SetupProblem

NOW = datetime(2018, 3, 1, 12, tzinfo=timezone.get_fixed_timezone(480))
READER = f"tongchou_reader_{os.getpid()}"  # roles belong to the whole server
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books() -> Iterator[None]:
    """Two accounts with money, beside whatever the migrations have made."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE books (account text PRIMARY KEY, balance_fen bigint NOT NULL, at timestamptz)")
        cursor.execute("INSERT INTO books VALUES ('基金', 1234567, '2018-01-01 08:00+8'), ('现金', -67, NULL)")
        cursor.execute(f"CREATE ROLE {READER}")
        cursor.execute(f"GRANT SELECT ON books TO {READER}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS books")
        cursor.execute(f"DROP OWNED BY {READER}; DROP ROLE {READER}")


@pytest.fixture
def empty_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Another database on the same server, which the connection is switched to."""
    ours = connection.settings_dict["NAME"]
    name = f"{ours}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    connection.close()
    yield name
    connection.close()
    connection.settings_dict["NAME"] = ours
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}"')


def switch_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def balances() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT account, balance_fen FROM books ORDER BY account")
        return list(cursor.fetchall())


@pytest.mark.requirement("SYS-12")
def test_a_restored_database_agrees_with_the_backup_to_the_fen(
    books: None, tmp_path: Path, empty_database: str
) -> None:
    manifest = upkeep.make_backup(tmp_path / "backup", at=NOW)
    before = balances()
    assert manifest["tables"]["public.books"]["fen"] == {"balance_fen": 1234500}
    switch_to(empty_database)
    restored = upkeep.restore_backup(tmp_path / "backup")
    assert balances() == before
    assert upkeep.describe_tables() == restored["tables"] == manifest["tables"]


def test_a_restore_that_lost_a_fen_is_told_with_both_figures(books: None, tmp_path: Path, empty_database: str) -> None:
    upkeep.make_backup(tmp_path / "backup", at=NOW)
    path = tmp_path / "backup" / upkeep.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["tables"]["public.books"]["fen"]["balance_fen"] += 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    switch_to(empty_database)
    with pytest.raises(SetupProblem, match=r"public\.books: fen .*1234501.* → .*1234500"):
        upkeep.restore_backup(tmp_path / "backup")


def test_a_restore_never_overwrites_books(books: None, tmp_path: Path) -> None:
    upkeep.make_backup(tmp_path / "backup", at=NOW)
    with pytest.raises(SetupProblem, match="HS-0403"):
        upkeep.restore_backup(tmp_path / "backup")


def test_a_changed_dump_is_not_restored(books: None, tmp_path: Path, empty_database: str) -> None:
    upkeep.make_backup(tmp_path / "backup", at=NOW)
    with (tmp_path / "backup" / upkeep.DUMP).open("r+b") as dump:
        dump.seek(-1, 2)
        last = dump.read(1)
        dump.seek(-1, 2)
        dump.write(bytes([last[0] ^ 1]))
    switch_to(empty_database)
    with pytest.raises(SetupProblem, match="HS-0402"):
        upkeep.restore_backup(tmp_path / "backup")


def test_a_folder_without_a_manifest_is_not_a_backup(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="HS-0402"):
        upkeep.restore_backup(tmp_path)


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(SetupProblem, match="HS-0401"):
        upkeep.make_backup(tmp_path / "backup", at=NOW)


def test_rows_written_while_a_backup_runs_are_in_neither_dump_nor_manifest(
    books: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = upkeep._run_client

    def dump_while_someone_writes(name: str, *arguments: str) -> None:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO books VALUES ('晚到', 1)")
        other.close()
        dump(name, *arguments)

    monkeypatch.setattr(upkeep, "_run_client", dump_while_someone_writes)
    manifest = upkeep.make_backup(tmp_path / "backup", at=NOW)
    assert manifest["tables"]["public.books"]["rows"] == 2
    assert len(balances()) == 3


def test_differences_name_the_table_that_is_missing() -> None:
    table = {"rows": 1, "digest": "7", "fen": {}}
    assert upkeep.differences({"public.a": table}, {"public.b": table}) == [
        "public.a: 恢复后缺少这张表",
        "public.b: 备份里没有这张表",
    ]

"""Databases for tests (测试数据库): a migrated copy kept between sessions, and a quick return to it after a commit.

Django empties the tables after a test that commits, which would take the migrations' own rows along, and books refuse
to be emptied. Here the rows of the migrated state are remembered and put back, triggers off.
"""

import contextlib
import hashlib
import http.client
import os
import pickle
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import psutil
import psycopg

from tongchou.site import embedded
from tongchou.site.postgres_place import checkout, home

Made = TypeVar("Made")
_DATA_SUFFIXES = {".json", ".yaml", ".csv", ".sql", ".txt"}
_IMPORT = re.compile(r"^\s*(?:from|import) (tongchou[\w.]*)(?: import ([\w, ]+))?", re.MULTILINE)
_MIGRATED = "tongchou_migrated_"
_ASIDE = {"public.platform_trailentry", "public.platform_trailseal"}
_TABLES = r"""
    SELECT c.oid, format('%I.%I', n.nspname, c.relname)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    ORDER BY 2
"""
_COLUMNS = """
    SELECT a.attrelid, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute a
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY 1
"""


Contents = dict[str, tuple[str, bytes]]
"""Of each table its columns, as SQL names them, and its rows, as COPY writes them."""


class TestDatabase:
    """The database of one pytest process (本进程的测试数据库)."""

    __test__ = False

    def __init__(self) -> None:
        self.name = f"test_tongchou_{os.getpid()}"
        self._migrated = _MIGRATED + _fingerprint()
        self._rows: Contents = {}

    @property
    def url(self) -> str:
        """How a process of its own reaches this database (连接地址)."""
        return urlsplit(_server_url())._replace(path=f"/{self.name}").geturl()

    def prepare(self) -> None:
        """Begin from the kept copy where an earlier session made one for the same migrations (准备)."""
        _drop_databases_of_dead_processes()
        if self._migrated in _databases(_MIGRATED):
            _maintain(f'CREATE DATABASE "{self.name}" TEMPLATE "{self._migrated}"')

    def remember(self) -> None:
        """Keep the migrated state: its rows for this session, a whole copy for the next ones (记住)."""
        with _connect(self.name) as connection:
            self._rows = self.contents(connection)
        if self._migrated in (kept := _databases(_MIGRATED)):
            return
        part = f"{self.name}_part"
        _maintain(*(f'DROP DATABASE IF EXISTS "{older}"' for older in kept))
        _maintain(f'CREATE DATABASE "{part}" TEMPLATE "{self.name}"')
        try:
            _maintain(f'ALTER DATABASE "{part}" RENAME TO "{self._migrated}"')
        except psycopg.errors.DuplicateDatabase:
            _maintain(f'DROP DATABASE "{part}"')  # another session was faster

    def restore(self) -> None:
        """Put the migrated rows back, and nothing else; whoever is still connected is sent away (还原)."""
        with _connect(self.name) as connection:
            connection.execute("SET lock_timeout = '20s'")
            connection.execute("SET session_replication_role = replica")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            for table in self._filled(connection).values():
                connection.execute(f"DELETE FROM {table}")
            for table, (columns, rows) in self._rows.items():
                with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    copy.write(rows)

    def contents(self, connection: psycopg.Connection) -> Contents:
        """Columns and rows of every table that has some, as `connection` sees them (现有内容)."""
        found: Contents = {}
        filled = self._filled(connection)
        for number, columns in connection.execute(_COLUMNS, [list(filled)]).fetchall():
            table = filled[number]
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) TO STDOUT") as copy:
                found[table] = columns, b"".join(map(bytes, copy))
        return found

    def is_migrated_only(self, connection: psycopg.Connection) -> bool:
        """Whether no other table has rows than in the migrated state, the trail's apart: some entries stand aside."""
        return set(self._filled(connection).values()) - _ASIDE == set(self._rows) - _ASIDE

    def drop(self) -> None:
        """Leave nothing behind but the kept copy (删除)."""
        _maintain(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _filled(self, connection: psycopg.Connection) -> dict[int, str]:
        """The tables that have rows, by their number in PostgreSQL's catalogue."""
        tables: dict[int, str] = dict(connection.execute(_TABLES).fetchall())
        return {number: tables[number] for number in _with_rows(tables, connection)}


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a table holds beyond the migrated state; `instead` where rows of that state were changed or taken away."""

    columns: str
    lines: bytes
    instead: bool


class MadeOnce:
    """What many tests begin with, made by the first of them; the others get its rows back (一次造好).

    Rows come back by COPY with the triggers off, inside the transaction of the test. A test that has put down rows of
    its own before has its world made in the ordinary way.
    """

    def __init__(self, database: TestDatabase) -> None:
        self._database = database
        self._kept: dict[str, tuple[bytes, dict[str, _Rows]]] = {}

    def __call__(self, key: str, make: Callable[[], Made]) -> Made:
        """What `make` returns, pickled in between; `make` may add and change rows."""
        from django.db import connection, transaction

        with transaction.atomic():
            raw = connection.connection
            if not self._database.is_migrated_only(raw):
                return make()
            if key not in self._kept:
                before = self._database.contents(raw)
                made = make()
                self._kept[key] = pickle.dumps(made), dict(_beyond(before, self._database.contents(raw)))
                return made
            pickled, rows = self._kept[key]
            _put_back(rows, raw)
            return pickle.loads(pickled)

    def beside(self, key: str, plant: Callable[[], None]) -> None:
        """The same for rows that do not depend on others: only the tables they go to must be empty before."""
        from django.db import connection, transaction

        with transaction.atomic():
            raw = connection.connection
            if key not in self._kept:
                before = self._database.contents(raw)
                plant()
                rows = dict(_beyond(before, self._database.contents(raw)))
                if rows.keys().isdisjoint(before):
                    self._kept[key] = b"", rows
                return
            _, rows = self._kept[key]
            if _with_rows(dict(enumerate(rows)), raw):
                plant()
            else:
                _put_back(rows, raw)


def _with_rows(tables: Mapping[int, str], connection: psycopg.Connection) -> list[int]:
    look = " UNION ALL ".join(
        f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {table})" for number, table in tables.items()
    )
    return [number for (number,) in connection.execute(look).fetchall()]


def _put_back(rows: dict[str, _Rows], connection: psycopg.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, kept in rows.items():
            if kept.instead:
                cursor.execute(f"DELETE FROM {table}")
            with cursor.copy(f"COPY {table} ({kept.columns}) FROM STDIN") as copy:
                copy.write(kept.lines)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _beyond(before: Contents, after: Contents) -> Iterator[tuple[str, _Rows]]:
    for table, (columns, lines) in after.items():
        _, stood = before.get(table, (columns, b""))
        if lines == stood:
            continue
        old, new = set(stood.splitlines(keepends=True)), lines.splitlines(keepends=True)
        instead = not old <= set(new)
        yield table, _Rows(columns, lines if instead else b"".join(line for line in new if line not in old), instead)


class ServedSite:
    """The web server as it runs in production, on a free loopback port (真实服务进程)."""

    def __init__(self, database_url: str, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, "TONGCHOU_DATABASE_URL": database_url}
        self._log = log
        self.process: psutil.Popen | None = None

    def start(self) -> None:
        """Start, and return when it answers (启动)."""
        command = [sys.executable, "-P", "-m", "tongchou.site.cli", "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self.process = psutil.Popen(
                command, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        while not self._answers():
            with contextlib.suppress(psutil.TimeoutExpired):
                self.process.wait(0.05)
                raise AssertionError(self._log.read_text(errors="replace"))

    def kill(self) -> None:
        """`kill -9` of the server and all its workers at once (强行中断)."""
        if self.process is None or not self.process.is_running():
            return
        family = [self.process, *self.process.children(recursive=True)]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(family, 10)
        self.process.wait()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        return False


def _fingerprint() -> str:
    """Of everything that shapes the migrated state: migrations, what they import, data files, locked packages."""
    source = checkout() / "src"
    waiting = [*source.glob("tongchou/*/migrations/*.py"), *source.glob("tongchou/*/apps.py")]
    waiting += [file for file in source.rglob("*") if file.suffix in _DATA_SUFFIXES and "tests" not in file.parts]
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in seen and file.is_file():
            seen.add(file)
            waiting += _imported(file, source) if file.suffix == ".py" else []
    digest = hashlib.sha256((checkout() / "requirements.lock").read_bytes())
    for file in sorted(seen):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _imported(file: Path, source: Path) -> Iterator[Path]:
    """The files of our own modules that `file` imports."""
    for module, names in _IMPORT.findall(file.read_text(encoding="utf-8")):
        for name in (module, *(f"{module}.{part.strip()}" for part in names.split(",") if part.strip())):
            yield source.joinpath(*name.split(".")).with_suffix(".py")
            yield source.joinpath(*name.split(".")) / "__init__.py"


def _connect(name: str) -> psycopg.Connection:
    return psycopg.connect(_server_url(), dbname=name)


def _server_url() -> str:
    return os.environ.get("TONGCHOU_DATABASE_URL") or embedded.database_url(home())


def _maintain(*statements: str) -> None:
    with _connect("postgres") as connection:
        connection.autocommit = True
        for statement in statements:
            connection.execute(statement)


def _databases(prefix: str) -> list[str]:
    with _connect("postgres") as connection:
        named = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        return [name for (name,) in named.fetchall()]


def _drop_databases_of_dead_processes() -> None:
    """A killed pytest leaves its databases behind."""
    for name in _databases("test_tongchou_"):
        process = re.match(r"test_tongchou_(\d+)", name)
        if process and not psutil.pid_exists(int(process[1])):
            _maintain(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

"""Databases for tests (测试数据库): a migrated copy kept between sessions, and a quick return to it after a commit.

Django empties the tables after a test that commits, which would take the migrations' own rows along, and books refuse
to be emptied. Here the rows of the migrated state are remembered and put back, triggers off.
"""

import contextlib
import hashlib
import http.client
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg

from tongchou.site import embedded
from tongchou.site.postgres_place import checkout, home

_DATA_SUFFIXES = {".json", ".yaml", ".csv", ".sql", ".txt"}
_IMPORT = re.compile(r"^\s*(?:from|import) (tongchou[\w.]*)(?: import ([\w, ]+))?", re.MULTILINE)
_MIGRATED = "tongchou_migrated_"
_TABLES = r"""
    SELECT format('%I.%I', n.nspname, c.relname), string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    GROUP BY 1 ORDER BY 1
"""


class TestDatabase:
    """The database of one pytest process (本进程的测试数据库)."""

    __test__ = False

    def __init__(self) -> None:
        self.name = f"test_tongchou_{os.getpid()}"
        self._migrated = _MIGRATED + _fingerprint()
        self._rows: dict[str, bytes] = {}

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
            for table, columns in self._filled(connection):
                with connection.cursor().copy(f"COPY {table} ({columns}) TO STDOUT") as copy:
                    self._rows[table] = b"".join(map(bytes, copy))
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
            for table, _ in self._filled(connection):
                connection.execute(f"DELETE FROM {table}")
            columns: dict[str, str] = dict(connection.execute(_TABLES).fetchall())
            for table, rows in self._rows.items():
                with connection.cursor().copy(f"COPY {table} ({columns[table]}) FROM STDIN") as copy:
                    copy.write(rows)

    def drop(self) -> None:
        """Leave nothing behind but the kept copy (删除)."""
        _maintain(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _filled(self, connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
        tables = connection.execute(_TABLES).fetchall()
        look = " UNION ALL ".join(f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {table})"
                                  for number, (table, _) in enumerate(tables))  # fmt: skip
        yield from (tables[number] for (number,) in connection.execute(look).fetchall())


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
            _maintain(f'DROP DATABASE IF EXISTS "{name}"')

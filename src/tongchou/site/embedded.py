"""The embedded PostgreSQL: starts with the first who needs it, stops with the last who leaves (内嵌数据库).

Every process that uses the server holds a shared lock on a file of the home, its *lease*. Whoever can turn that lock
into an exclusive one is alone and stops the server. A lease dies with its process, so a server left behind by a
killed start is taken over, and stopped, by the next. Decision 0002.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil

from tongchou.site.postgres_place import (
    OWNER_NOTE,
    SOCKET_NAME,
    Place,
    data_version,
    home,
    place_of,
    program_version,
    programs,
)
from tongchou.site.problems import SetupProblem

ROLE = "tongchou"
DATABASE = "tongchou"
LEAST_FREE_BYTES = 1 << 30
FIRST_WITH_BUILTIN_LOCALE = 17
LONGEST_START_SECONDS = 600  # replaying the log of a killed server may take long; the wait ends as soon as it is done
LONGEST_STOP_SECONDS = 20
LARGEST_LOG_BYTES = 10 << 20
MEBIBYTE = 1 << 20

Say = Callable[[str], None]


def database_url(folder: Path) -> str:
    """How to reach the embedded server of the home `folder`; starts nothing (连接地址)."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(place_of(folder).socket), safe='')}"


@dataclass(slots=True)
class Lease:
    """One process's use of the embedded server (占用)."""

    folder: Path
    place: Place
    lock: IO[str]
    process: "subprocess.Popen[bytes] | None"

    def leave(self) -> bool:
        """Give up the lease; True when this was the last one and the server was stopped (退出)."""
        with _exclusive(self.folder / "postgres.start.lock"):
            alone = _try_exclusive(self.lock)
            if alone:
                _stop(self.place)
            self.lock.close()
        if self.process is not None:
            # Stopped: reap it. Still used by others: it is theirs now, and no longer our child to warn about.
            self.process.returncode = self.process.wait() if alone else 0
        return alone


@contextlib.contextmanager
def leased(folder: Path | None = None, *, say: Say = lambda line: None) -> Iterator[Lease | None]:
    """Hold the embedded server for a block; nothing to hold when `TONGCHOU_DATABASE_URL` names another (使用数据库)."""
    if os.environ.get("TONGCHOU_DATABASE_URL"):
        yield None
        return
    lease = start(folder or home(), say=say)
    try:
        yield lease
    finally:
        lease.leave()


def start(folder: Path, *, say: Say = lambda line: None) -> Lease:
    """Join the running server of the home, or start it (启动数据库).

    Raises: SetupProblem when the disk is full, the data folder is damaged or not ours, or the server will not start.
    """
    folder = folder.absolute()
    place = _own_place(folder)
    with _exclusive(folder / "postgres.start.lock"):
        lock = (folder / "postgres.lease").open("a", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            process = None if is_ready(place) else _start_server(place, say)
        except BaseException:
            lock.close()
            raise
    return Lease(folder=folder, place=place, lock=lock, process=process)


def is_ready(place: Place) -> bool:
    """Whether this place's own server runs and takes connections (是否就绪)."""
    return _server(place) is not None and _pid_file(place)[7:8] == ["ready"]


def run_programs(place: Place, name: str, *arguments: str, input_text: str = "") -> str:
    """Run one of PostgreSQL's programs as the database's account and return what it printed (运行数据库程序).

    Raises: subprocess.CalledProcessError with what it said on its error output.
    """
    command = [str(programs(place) / name), *arguments]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, input=input_text, capture_output=True, text=True, check=True, cwd="/", env=_environment(), **_as(place)
    )
    return done.stdout


def _own_place(folder: Path) -> Place:
    """The place, its folders made, after the checks that a sentence can explain."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = place_of(folder)
        for wanted in (place.root, place.socket):
            wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
            if place.account is not None and wanted.stat().st_uid == 0:
                os.chown(wanted, place.account.pw_uid, place.account.pw_gid)
    except PermissionError as denied:
        raise _not_ours(Path(denied.filename or folder)) from denied
    user = place.account.pw_uid if place.account else os.geteuid()
    for existing in (place.root, place.socket, place.data):
        if existing.exists() and existing.stat().st_uid != user:
            raise _not_ours(existing)
    if place.root.parent != folder:
        (place.root / OWNER_NOTE).write_text(f"{folder}\n", encoding="utf-8")
    check_free_space(place.root)
    return place


def _not_ours(path: Path) -> SetupProblem:
    return SetupProblem(
        "HS-0105",
        f"{path} 属于另一个用户,不能使用。",
        f"{path} belongs to another user.",
        then="换回原来的用户运行,或用 TONGCHOU_HOME 指定另一个数据目录。",
        then_english="Run as the user who made it, or set TONGCHOU_HOME to another folder.",
    )


def check_free_space(folder: Path, *, least: int = LEAST_FREE_BYTES) -> None:
    """Refuse to work on a disk that is nearly full (磁盘空间)."""
    free = shutil.disk_usage(folder).free
    if free < least:
        raise SetupProblem(
            "HS-0106",
            f"磁盘快满了: {folder} 所在分区只剩 {free // MEBIBYTE} MB,至少要 {least // MEBIBYTE} MB。",
            f"The disk is nearly full: {free // MEBIBYTE} MB left at {folder}, {least // MEBIBYTE} MB needed.",
            then="清出空间后再运行,或用 TONGCHOU_HOME 把数据放到另一块磁盘。已有数据没有改动。",
            then_english="Make room and run again, or set TONGCHOU_HOME to another disk. Nothing was changed.",
        )


def _start_server(place: Place, say: Say) -> "subprocess.Popen[bytes] | None":
    """Clear away a killed predecessor, make the cluster, launch; None where a recovering server came up by itself."""
    if _server(place) is not None:
        say("数据库正在恢复,请稍候… / The database is recovering, please wait…")
        _wait_until(lambda: is_ready(place) or _server(place) is None, LONGEST_START_SECONDS)
        if is_ready(place):
            return None
    _forget_killed_server(place)
    if data_version(place) is None:
        _make_cluster(place, say)
    return _launch(place)


def _make_cluster(place: Place, say: Say) -> None:
    """initdb under a temporary name, the database in it, then one rename: a data folder is whole or not there."""
    if place.data.exists() and any(place.data.iterdir()):
        raise SetupProblem(
            "HS-0107",
            f"数据目录不完整: {place.data} 里缺少 PG_VERSION。",
            f"The data folder {place.data} is damaged: PG_VERSION is missing.",
            then=f"如有备份: 把它移开 (mv {place.data} {place.data}.bad),再运行 tongchou restore;否则移开后重新运行。",
            then_english="Move it aside and run `tongchou restore` from a backup, or move it aside and start anew.",
        )
    say("正在建立数据库… / Making the database…")
    for half_made in place.root.glob("data.part-*"):
        shutil.rmtree(half_made)
    part = place.root / f"data.part-{os.getpid()}"
    try:
        run_programs(place, "initdb", f"--pgdata={part}", f"--username={ROLE}", *_cluster_options(place))
        create = f"CREATE DATABASE {DATABASE};\n"
        run_programs(place, "postgres", "--single", "-D", str(part), "postgres", input_text=create)
    except subprocess.CalledProcessError as failed:
        shutil.rmtree(part, ignore_errors=True)
        raise _will_not_start(place, failed.stderr) from failed
    if place.data.exists():
        place.data.rmdir()
    part.rename(place.data)


def _cluster_options(place: Place) -> tuple[str, ...]:
    """Checksums, UTF-8, and an order of text that does not change with the machine's locale."""
    builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    locale = builtin if program_version(programs(place)) >= FIRST_WITH_BUILTIN_LOCALE else ("--locale=C.UTF-8",)
    return ("--encoding=UTF8", "--data-checksums", "--auth=trust", "--no-instructions", *locale)


def _launch(place: Place) -> "subprocess.Popen[bytes]":
    """Start the server in a session of its own, so that a Ctrl-C meant for us does not reach it."""
    if place.log.exists() and place.log.stat().st_size > LARGEST_LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    server_programs = programs(place)
    settings = [word for name, value in _settings(place, server_programs).items() for word in ("-c", f"{name}={value}")]
    with place.log.open("ab") as log:
        said_before = log.tell()
        process = subprocess.Popen(
            [server_programs / "postgres", "-D", place.data, *settings],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd="/", env=_environment(), start_new_session=True, **_as(place),
        )  # fmt: skip
    started = _wait_until(lambda: is_ready(place) or process.poll() is not None, LONGEST_START_SECONDS)
    if started and process.poll() is None:
        return process
    process.kill()
    process.wait()
    raise _will_not_start(place, place.log.read_bytes()[said_before:].decode(errors="replace"))


def _settings(place: Place, server_programs: Path) -> dict[str, str]:
    """The server's settings; access is by the mode of the socket alone, there is no network address."""
    memory = psutil.virtual_memory().total // MEBIBYTE
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{place.socket}"',
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(2048, max(64, memory // 4))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(256, max(32, memory // 16))}MB",
        "synchronous_commit": "on",
        "wal_compression": "off",  # these programs know pglz alone, which takes a tenth of what a large file costs
        "max_wal_size": "4GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "track_io_timing": "on",
        "log_line_prefix": "%m [%p] ",
        "log_parameter_max_length_on_error": "0",  # no personal data in the log
    }
    if any(server_programs.parent.rglob("pg_stat_statements.*")):
        settings["shared_preload_libraries"] = "pg_stat_statements"
    return settings


def _will_not_start(place: Place, said: str) -> SetupProblem:
    last = [line.strip() for line in said.splitlines() if line.strip()][-6:]
    return SetupProblem(
        "HS-0108",
        "数据库没有启动成功。它最后说:\n    " + "\n    ".join(last),
        "The database did not start; its last words are above.",
        then=f"查看 {place.log};运行 ./tongchou doctor 检查环境。",
        then_english=f"See {place.log} and run ./tongchou doctor.",
    )


def _pid_file(place: Place) -> list[str]:
    """The lines of `postmaster.pid`, stripped: process, folder, start, port, socket, address, memory key, status."""
    try:
        return [line.strip() for line in (place.data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _server(place: Place) -> psutil.Process | None:
    """The process of this place's server: the recorded number may since belong to something else."""
    lines = _pid_file(place)
    if not lines or not lines[0].isdigit():
        return None
    return next((p for p in (_process(int(lines[0])),) if p is not None and _works_in(p, place.data)), None)


def _process(number: int) -> psutil.Process | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(number)
    return None


def _works_in(process: psutil.Process, data: Path) -> bool:
    """Whether this is a PostgreSQL process of the data folder: all of them stand in it."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == data.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _forget_killed_server(place: Place) -> None:
    """Wait for the orphans of a killed server, then drop the lock files it left.

    PostgreSQL does this itself unless the recorded process number is in use again, which is usual in containers.
    """
    lines = _pid_file(place)
    if not lines:
        return
    if not _wait_until(lambda: not any(_works_in(p, place.data) for p in psutil.process_iter()), LONGEST_STOP_SECONDS):
        raise _will_not_start(place, "processes of a killed server are still at work in the data folder")
    (place.data / "postmaster.pid").unlink()
    for stale in (place.socket / SOCKET_NAME, place.socket / f"{SOCKET_NAME}.lock"):
        stale.unlink(missing_ok=True)


def _stop(place: Place) -> None:
    """Fast shutdown: roll back what is open, write everything down, end. Impatient after a while."""
    for signal_number in (signal.SIGINT, signal.SIGQUIT):
        server = _server(place)
        if server is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            server.send_signal(signal_number)
            server.wait(LONGEST_STOP_SECONDS)


def _wait_until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _as(place: Place) -> dict[str, Any]:
    """The arguments that make `subprocess` run as the database's account."""
    if place.account is None:
        return {"umask": 0o077}
    return {"user": place.account.pw_uid, "group": place.account.pw_gid, "extra_groups": [], "umask": 0o077}


def _environment() -> dict[str, str]:
    """Nothing of the caller's that would steer PostgreSQL elsewhere, and messages in one language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LANG": "C.UTF-8"}


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _try_exclusive(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

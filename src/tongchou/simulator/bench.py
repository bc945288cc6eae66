"""`tongchou bench` (性能测试): a real server and database, load from a process of its own, then the books' check.

Each run founds a city in a home of its own, unless it is pointed at a running server of this home. What it started it
stops, and its home it removes, also when it fails.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psutil

from tongchou.site import embedded
from tongchou.site.postgres_place import home, place_of
from tongchou.site.problems import SetupProblem

PERSONS: Final = 20_000
CLIENTS: Final = 16
SECONDS: Final = 15.0
CLIENTS_OF_HALF_LOAD: Final = 64
LONGEST_START_SECONDS: Final = 60
LONGEST_RUN_BEYOND_SECONDS: Final = 120
LONGEST_STOP_SECONDS: Final = 10
HALF_LOAD: Final = " at half load"
ZONE: Final = ZoneInfo("Asia/Shanghai")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """One measured job, as `--json` prints it. An item is a whole visit; latencies are the settling message's."""

    job: str
    rate_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms_per_item: float
    items: int
    seconds: float
    identities_ok: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """A result with what the table shows besides: whose processor time, the other messages, how late visits began."""

    result: Result
    server_ms: float = 0.0
    database_ms: float = 0.0
    client_ms: float = 0.0
    others_p50_ms: float = 0.0
    others_p99_ms: float = 0.0
    late_ms: float = 0.0


@dataclass(slots=True)
class House:
    """A running server, where its parts are, and how many settlements it has answered."""

    url: str
    environment: Mapping[str, str]
    server: psutil.Process | None
    database: psutil.Process | None
    answered: int = 0


def measure(
    job: str,
    *,
    url: str | None = None,
    clients: int = CLIENTS,
    seconds: float = SECONDS,
    persons: int = PERSONS,
    say: Say = print,
) -> list[Measured]:
    """The job at full load, then at half of the rate it reached; then the books (性能测试). Raises: SetupProblem."""
    with running_house(url, persons, say) as house:
        before = _books(house)["settlements"]
        say(f"满负荷 {seconds:.0f} 秒,{clients} 个客户端… / Full load for {seconds:.0f} s, {clients} clients…")
        full = _run(house, job, "", clients=clients, seconds=seconds)
        rate = full.result.rate_per_s / 2
        say(f"半负荷,每秒 {rate:.0f} 笔… / Half load, {rate:.0f} a second…")
        half = _run(house, job, HALF_LOAD, clients=CLIENTS_OF_HALF_LOAD, seconds=seconds * 2 / 3, rate=rate)
        say("核对账目… / Checking the books…")
        books = _books(house)
        for line in books["broken"][:10]:
            say(f"  ✗ {line}")
        if books["settlements"] - before != house.answered:
            say(f"  ✗ 应答 {house.answered} 笔,入账 {books['settlements'] - before} 笔")
        right = not books["broken"] and books["settlements"] - before == house.answered
        return [replace(each, result=replace(each.result, identities_ok=right)) for each in (full, half)]


@contextlib.contextmanager
def running_house(url: str | None, persons: int, say: Say) -> Iterator[House]:
    """The server of this home at `url`, or one in a home of its own that is removed afterwards (测试环境)."""
    if url is not None:
        with embedded.leased(home(), say=say):
            yield House(url, dict(os.environ), _listener(url), database_of(home()))
        return
    folder = home() / f"bench-{os.getpid()}"
    environment = {**os.environ, "TONGCHOU_HOME": str(folder)}
    environment.pop("TONGCHOU_DATABASE_URL", None)
    with contextlib.ExitStack() as running:
        running.callback(remove, folder)
        lease = embedded.start(folder, say=say)
        running.callback(lease.leave)
        say(f"正在准备 {persons:,} 人的城市… / Making a city of {persons:,} people…")
        command(environment, "migrate")
        command(environment, "demo", f"--persons={persons}", "--settlements=0")
        port = _free_port()
        server = running.enter_context(_server(folder, environment, port))
        yield House(f"http://127.0.0.1:{port}", environment, psutil.Process(server.pid), database_of(folder))


def command(environment: Mapping[str, str], *words: str) -> None:
    """`tongchou …` in a process of its own. Raises: SetupProblem, with its last words."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tongchou.site.cli", *words],
        env=dict(environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise failed(f"tongchou {words[0]}", done.stderr or done.stdout)


@contextlib.contextmanager
def _server(folder: Path, environment: Mapping[str, str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """`tongchou serve` on a free port, once it answers; stopped at the end of the block."""
    log = folder / "server.log"
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tongchou.site.cli", "serve", f"--port={port}"],
            stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True, env=dict(environment),
        )  # fmt: skip
    try:
        deadline = time.monotonic() + LONGEST_START_SECONDS
        while not _answers(f"http://127.0.0.1:{port}/healthz"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise failed("tongchou serve", log.read_text(errors="replace"))
            time.sleep(0.1)
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        process.terminate()
        for member in psutil.wait_procs(family, LONGEST_STOP_SECONDS)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
    process.wait()


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError, urllib.error.URLError), opener.open(url, timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def _run(house: House, job: str, variant: str, *, clients: int, seconds: float, rate: float = 0.0) -> Measured:
    """One run of the load client, with processor times sampled while it measures."""
    command = [sys.executable, "-P", "-m", "tongchou.simulator.load", job, f"--url={house.url}"]
    command += [f"--clients={clients}", f"--seconds={seconds}", f"--rate={rate}"]
    client = subprocess.Popen(
        command, env=dict(house.environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        before, after, figures = _follow(house, client, seconds)
    finally:
        if client.poll() is None:
            client.kill()
        said = client.communicate()[1]
    if "items" not in figures:
        raise failed("load", figures.get("refused") or said)
    house.answered += figures["answered"]
    items = max(1, figures["items"])
    server, database, loading = ((b - a) * 1000 / items for a, b in zip(before, after, strict=True))
    result = Result(
        job=job + variant,
        rate_per_s=round(figures["items"] / figures["seconds"], 1),
        p50_ms=round(figures["settling"]["p50"], 3),
        p99_ms=round(figures["settling"]["p99"], 3),
        cpu_ms_per_item=round(server + database, 3),
        items=figures["items"],
        seconds=round(figures["seconds"], 2),
        identities_ok=False,
    )
    return Measured(
        result, server, database, loading, figures["others"]["p50"], figures["others"]["p99"], figures["late_ms"]
    )


Times = tuple[float, float, float]


def _follow(house: House, client: "subprocess.Popen[str]", seconds: float) -> tuple[Times, Times, dict[str, Any]]:
    """Read what the client says until it ends; processor seconds at the beginning and the end of measuring."""
    assert client.stdout is not None
    before = after = (0.0, 0.0, 0.0)
    figures: dict[str, Any] = {}
    loading = psutil.Process(client.pid)
    with _killed_after(client, seconds + LONGEST_RUN_BEYOND_SECONDS):
        for line in client.stdout:
            if line.startswith("measuring"):
                before = (cpu_of(house.server), cpu_of(house.database), cpu_of(loading))
            elif line.startswith("measured"):
                after = (cpu_of(house.server), cpu_of(house.database), cpu_of(loading))
            else:
                figures = json.loads(line)
    return before, after, figures


@contextlib.contextmanager
def _killed_after(process: "subprocess.Popen[str]", seconds: float) -> Iterator[None]:
    """Bounded in time: a client that hangs is ended."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cpu_of(process: psutil.Process | None) -> float:
    """Processor seconds of a process and all below it, those that ended included."""
    if process is None:
        return 0.0
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system
    ended = process.cpu_times()
    return total + ended.children_user + ended.children_system


def serving() -> psutil.Process | None:
    """The database's process that works for this one; none where the database runs elsewhere."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        return psutil.Process(pid)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def cpu_here() -> float:
    """Processor seconds of this process and of the whole database, whatever of its processes have worked."""
    served = serving()
    return time.process_time() + cpu_of(served.parent() if served else None)


def _books(house: House) -> dict[str, Any]:
    """What the books say: how many settlements there are, and every identity that does not hold."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tongchou.simulator.bench_books"],
        env=dict(house.environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise failed("bench_books", done.stderr)
    books: dict[str, Any] = json.loads(done.stdout)
    return books


def database_of(folder: Path) -> psutil.Process | None:
    """The embedded server of a home; None where the database runs elsewhere."""
    with contextlib.suppress(OSError, ValueError, psutil.NoSuchProcess):
        return psutil.Process(int((place_of(folder).data / "postmaster.pid").read_text().split()[0]))
    return None


def _listener(url: str) -> psutil.Process | None:
    """The process that listens at the address, where the system tells."""
    port = urlsplit(url).port
    with contextlib.suppress(psutil.AccessDenied):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                process = psutil.Process(connection.pid)
                parent = process.parent()
                return parent if parent is not None and "tongchou" in " ".join(parent.cmdline()) else process
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def remove(folder: Path) -> None:
    """Take a home of a benchmark away, with its database."""
    with contextlib.suppress(SetupProblem):
        shutil.rmtree(place_of(folder).root, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def failed(what: str, said: str) -> SetupProblem:
    """What stopped a benchmark, in its last words."""
    last = "\n    ".join(said.strip().splitlines()[-8:])
    return SetupProblem(
        "SM-0201",
        f"性能测试中断: {what} 失败。它最后说:\n    {last}",
        f"The benchmark was broken off: {what} failed; its last words are above.",
        then="排除上面的问题后重新运行;测试环境已清除。",
        then_english="Settle the point above and run again; what had been started is gone.",
    )


def engine(seconds: float = 3.0) -> list[Result]:
    """待遇引擎: the jobs of the engine's own benchmark, under the package of the city (性能测试)."""
    from tongchou.policy import bench
    from tongchou.policy.packages import PolicyBook
    from tongchou.simulator.plan import AREA
    from tongchou.site.postgres_place import checkout

    package = PolicyBook.load(checkout() / "policies").package(AREA, "resident", datetime.now(ZONE).date())
    return [Result(**job) for job in bench.engine_jobs(package, seconds)]


def batch(rows: int, say: Say) -> Iterator[Result]:
    """批量核算: the jobs of settling by the column, under the package of the city and, compared, under every one."""
    from tongchou.policy import batch_bench
    from tongchou.policy.packages import PolicyBook
    from tongchou.simulator.plan import AREA
    from tongchou.site.postgres_place import checkout

    book = PolicyBook.load(checkout() / "policies")
    package = book.package(AREA, "resident", datetime.now(ZONE).date())
    return (Result(**job) for job in batch_bench.jobs(package, book.packages, rows, say))


def as_json(results: Sequence[Result]) -> Iterator[str]:
    """One object per job."""
    return (json.dumps(asdict(result)) for result in results)

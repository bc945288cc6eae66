"""`./run`: everything from an empty home to the first page, and back to silence on Ctrl-C (一键启动).

The order: port, assets, database, migrations, first data, server, live city. What was started is stopped in the
opposite order, and nothing else is. A note in the home tells the next start what a killed one left running.
"""

import argparse
import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from tongchou.site import assets, city, embedded, serve
from tongchou.site.postgres_place import home
from tongchou.site.problems import SetupProblem

LONGEST_WAIT_FOR_FIRST_PAGE = 120
LONGEST_STOP_SECONDS = 10


class SetupFailed(Exception):
    """The reason was already said (已说明原因)."""


class Stopped(BaseException):
    """Someone asked us to stop (收到停止信号)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the house until it is told to stop; returns the exit code (主程序)."""
    options = _options(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        _run(options)
    except SetupProblem as problem:
        print(problem.text(), file=sys.stderr)
        return 1
    except SetupFailed:
        return 1
    except Stopped:
        say("已停止,数据都已保存。 / Stopped, everything is saved.")
    return 0


def say(line: str) -> None:
    """One line of progress (进度)."""
    print(line, flush=True)


def _run(options: argparse.Namespace) -> None:
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    _clear_killed_start(folder)
    serve.check_port_is_free(options.host, options.port)
    embedded.check_free_space(folder)
    assets.collect(folder, say=say)
    with embedded.leased(folder, say=say), contextlib.ExitStack() as running:
        url = f"{'https' if os.environ.get('TONGCHOU_TLS_CERT') else 'http'}://{options.host}:{options.port}/"
        listen, tell = os.pipe()
        where = (f"--host={options.host}", f"--port={options.port}", f"--persons={options.persons}", f"--tell={tell}")
        server = running.enter_context(_child(folder, "server", "-m", "tongchou.site.city", *where, shown=tell))
        running.callback(_forget_note, folder)
        _note(folder, url, server)
        with os.fdopen(listen, encoding="utf-8") as told:
            logins = told.read().splitlines()  # ends when the server begins to listen, or has ended
        _wait_for_first_page(folder, options, server)
        _welcome(url, logins, live=not options.quiet_city)
        if not options.quiet_city:
            live = running.enter_context(_child(folder, "live", "-m", "tongchou.simulator.live", "--url", url))
            _note(folder, url, server, live)
        _watch(folder, server)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run", description="启动统筹演示城市 / Start Tongchou with an invented city"
    )
    parser.add_argument("--host", default="127.0.0.1", help="监听地址 / address to listen on (127.0.0.1)")
    port = int(os.environ.get("TONGCHOU_PORT", "8000"))
    parser.add_argument("--port", type=int, default=port, help="端口 / port (8000)")
    parser.add_argument(
        "--persons", type=int, default=city.PERSONS, help=f"首次建城的人数 / people of a new city ({city.PERSONS})"
    )
    quiet = os.environ.get("TONGCHOU_LIVE", "on").lower() in ("off", "0", "no")
    parser.add_argument(
        "--quiet-city", action="store_true", default=quiet, help="不模拟医院实时业务 / no hospitals at work"
    )
    return parser.parse_args(arguments)


def _stop(number: int, frame: FrameType | None) -> None:
    """Leave by the same door whatever the signal; a second one does not interrupt the stopping."""
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    say("\n正在停止… / Stopping…")
    raise Stopped


@contextlib.contextmanager
def _child(folder: Path, name: str, *arguments: str, shown: int = 0) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of ours in a session of its own, its words in a log; stopped at the end of the block.

    With the end of a pipe in `shown`, the program gets that and the terminal, to tell of its progress.
    """
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.DEVNULL, stdout=None if shown else log, stderr=log, start_new_session=True,
            pass_fds=[shown] if shown else [], env={**os.environ, "TONGCHOU_HOME": str(folder)},
        )  # fmt: skip
    if shown:
        os.close(shown)
    try:
        yield process
    finally:
        if process.poll() is None:
            _end(psutil.Process(process.pid))
        process.wait()


def _end(process: psutil.Process) -> None:
    """Ask a process to end, which then ends its own; insist with whatever of the family is left."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for asked, seconds in (([process], LONGEST_STOP_SECONDS), (family, LONGEST_STOP_SECONDS / 4)):
        _signal(asked, psutil.Process.terminate)
        psutil.wait_procs(asked, seconds)
    _signal(family, psutil.Process.kill)
    psutil.wait_procs(family, LONGEST_STOP_SECONDS)


def _signal(processes: list[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    """psutil looks at the time of birth before it sends, so a number used again is safe."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            send(process)


def _wait_for_first_page(folder: Path, options: argparse.Namespace, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + LONGEST_WAIT_FOR_FIRST_PAGE
    while time.monotonic() < deadline and server.poll() is None:
        if _answers(options.host, options.port):
            return
        time.sleep(0.05)
    if server.poll() == city.GAVE_UP:
        raise SetupFailed
    raise _server_failed(folder)


def _answers(host: str, port: int) -> bool:
    """Whether our own server says that it is well; straight to it, past any proxy."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    if os.environ.get("TONGCHOU_TLS_CERT"):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = (
            False,
            ssl.CERT_NONE,
        )  # our own port, only asked for a sign of life
        connection = http.client.HTTPSConnection(host, port, timeout=5, context=context)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def _watch(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    """Wait for the server, which ends only by itself when something is wrong with it."""
    server.wait()
    raise _server_failed(folder)


def _server_failed(folder: Path) -> SetupProblem:
    log = folder / "logs" / "server.log"
    last = "\n    ".join(log.read_text(errors="replace").strip().splitlines()[-8:])
    return SetupProblem(
        "HS-0204",
        f"服务没有运行起来,或中途退出。它最后说:\n    {last}",
        "The server did not start or has ended; its last words are above.",
        then=f"查看 {log};运行 ./tongchou doctor 检查环境。",
        then_english=f"See {log} and run ./tongchou doctor.",
    )


def _welcome(url: str, logins: Sequence[str], *, live: bool) -> None:
    say(f"\n  统筹已就绪 / Tongchou is ready:  {url}\n")
    if logins:
        say("  演示账号,只在本机有效 / Demo logins, on this machine only")
        say("\n".join(f"    {login}" for login in logins))
    if live:
        say("\n  模拟的医院正在实时结算,不要时加 --quiet-city / invented hospitals at work; --quiet-city stops them")
    say("\n  Ctrl-C 停止 / stops everything\n")


def _note(folder: Path, url: str, *children: "subprocess.Popen[bytes]") -> None:
    """Write down what runs, each process with its time of birth, so that a number used again is not mistaken for it."""
    running = [_identity(psutil.Process(number)) for number in (os.getpid(), *(child.pid for child in children))]
    (folder / "run.json").write_text(json.dumps({"url": url, "processes": running}), encoding="utf-8")


def _forget_note(folder: Path) -> None:
    (folder / "run.json").unlink(missing_ok=True)


def _identity(process: psutil.Process) -> dict[str, Any]:
    return {"pid": process.pid, "born": process.create_time()}


def _same_process(identity: dict[str, Any]) -> psutil.Process | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(identity["pid"])
        if process.create_time() == identity["born"] and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def _clear_killed_start(folder: Path) -> None:
    """Stop what an earlier start left running when it was killed; refuse while that start itself still lives."""
    try:
        note = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        starter, *children = note["processes"]
    except (FileNotFoundError, ValueError, KeyError):
        return
    if _same_process(starter):
        raise SetupProblem(
            "HS-0205",
            f"这个数据目录的统筹已在运行: {note['url']}",
            f"Tongchou already runs from this folder: {note['url']}",
            then="直接打开上面的地址;要重新启动,先在原来的终端按 Ctrl-C。",
            then_english="Open that address; to start anew, press Ctrl-C in the other terminal first.",
        )
    for child in filter(None, map(_same_process, children)):
        say("上次启动被强行中断,正在停止它留下的服务… / Stopping what a killed start left behind…")
        _end(child)
    _forget_note(folder)


if __name__ == "__main__":
    sys.exit(main())

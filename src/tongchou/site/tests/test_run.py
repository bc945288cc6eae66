"""`./run` from an empty home to the first page, and everything gone afterwards."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tongchou.site import assets

PERSONS = 200


@pytest.fixture
def home(spare_home: Path) -> Path:
    """A home with an empty database and the assets that set-up would have fetched."""
    (spare_home / "static-vendor").mkdir()
    (spare_home / assets.STAMP).write_text(assets.fingerprint())
    return spare_home


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Run:
    """One `./run`, without the part that installs packages."""

    def __init__(self, home: Path, port: int) -> None:
        command = [sys.executable, "-P", "-m", "tongchou.site.setup", "--quiet-city", f"--persons={PERSONS}"]
        self.process = subprocess.Popen(
            [*command, f"--port={port}"],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def until(self, word: str) -> str:
        """Read what it says up to a line with this word, or to its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if word in line:
                break
        return self.said

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        self.until("never said")
        return self.process.wait()


@pytest.fixture
def runs(home: Path, port: int) -> Iterator[list[Run]]:
    """Whatever a test starts is stopped, also when it fails."""
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)
        assert run.process.stdout is not None
        run.process.stdout.close()


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGCHOU_")}
    return {**kept, "TONGCHOU_HOME": str(home)}


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_from_an_empty_home_to_the_first_page_through_a_kill_and_back_to_silence(
    home: Path, port: int, runs: list[Run]
) -> None:
    """One story, for each start takes seconds: first start, a second one refused, a kill, the next start, Ctrl-C."""
    first = Run(home, port)
    runs.append(first)
    said = first.until("Ctrl-C")
    assert f"http://127.0.0.1:{port}/" in said, said
    assert "演示账号" in said
    assert status_of(port, "/login/") == 200
    left_over = psutil.Process(first.process.pid).children(recursive=True)
    assert any("postgres" in member.name() for member in left_over)

    refused = Run(home, port)
    runs.append(refused)
    assert "HS-0205" in refused.until("never said")
    assert refused.process.wait() == 1

    first.process.kill()
    first.process.wait()
    after = Run(home, port)
    runs.append(after)
    assert f"http://127.0.0.1:{port}/" in after.until("Ctrl-C"), after.said
    assert "正在建立演示城市" not in after.said
    assert status_of(port, "/login/") == 200
    family = psutil.Process(after.process.pid).children(recursive=True)

    assert after.end(signal.SIGINT) == 0
    assert not any(member.is_running() for member in left_over + family)
    assert not (home / "run.json").exists()

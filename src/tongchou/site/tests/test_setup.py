"""What `./run` starts, it stops, and nothing else."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tongchou.site import setup
from tongchou.site.problems import SetupProblem

WAITING = "import signal; print('up', flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITING}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAITING!r}]); {WAITING}"


def waits_for_line(log: Path, lines: int = 1) -> None:
    """Return when the program has said that it is up."""
    while not log.exists() or log.read_text().count("up") < lines:
        os.sched_yield()


@contextlib.contextmanager
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A program that is not ours."""
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.terminate()


def test_a_program_of_ours_is_stopped_with_its_children_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bystander() as other:
        with setup._child(tmp_path, "server", "-c", PARENT) as process:
            waits_for_line(tmp_path / "logs" / "server.log", lines=2)
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
        assert len(family) == 2
        assert not any(member.is_running() for member in family)
        assert other.poll() is None


def test_a_program_that_does_not_listen_is_ended_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "LONGEST_STOP_SECONDS", 0.1)
    with setup._child(tmp_path, "server", "-c", DEAF) as process:
        waits_for_line(tmp_path / "logs" / "server.log")
    assert not psutil.pid_exists(process.pid)


def test_what_a_killed_start_left_running_is_stopped_by_the_next(tmp_path: Path) -> None:
    with bystander() as left_over:
        setup._note(tmp_path, "http://127.0.0.1:8000/", left_over)
        note = json.loads((tmp_path / "run.json").read_text())
        note["processes"][0]["born"] -= 1  # the starter's number now belongs to another process: us
        (tmp_path / "run.json").write_text(json.dumps(note))
        setup._clear_killed_start(tmp_path)
        assert not psutil.pid_exists(left_over.pid)
    assert not (tmp_path / "run.json").exists()


def test_a_process_number_used_again_is_left_alone(tmp_path: Path) -> None:
    with bystander() as other:
        identity = {"pid": other.pid, "born": psutil.Process(other.pid).create_time() - 60}
        note = {"url": "http://127.0.0.1:8000/", "processes": [{"pid": other.pid, "born": 0}, identity]}
        (tmp_path / "run.json").write_text(json.dumps(note))
        setup._clear_killed_start(tmp_path)
        assert other.poll() is None


def test_a_second_run_from_the_same_folder_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    setup._note(tmp_path, "http://127.0.0.1:8123/")
    with pytest.raises(SetupProblem, match="HS-0205") as refused:
        setup._clear_killed_start(tmp_path)
    assert "http://127.0.0.1:8123/" in refused.value.text()


def test_a_damaged_note_does_not_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    setup._clear_killed_start(tmp_path)


def test_a_server_that_dies_tells_its_last_words(tmp_path: Path) -> None:
    options = setup._options(["--port", "1"])
    dying = setup._child(tmp_path, "server", "-c", "raise SystemExit('no such table')")
    with dying as server, pytest.raises(SetupProblem, match="HS-0204") as refused:
        setup._wait_for_first_page(tmp_path, options, server)
    assert "no such table" in refused.value.text()


@pytest.mark.parametrize(("value", "quiet"), [("off", True), ("on", False), ("", False)])
def test_the_live_city_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, value: str, quiet: bool) -> None:
    monkeypatch.setenv("TONGCHOU_LIVE", value)
    assert setup._options([]).quiet_city is quiet
    assert setup._options(["--quiet-city"]).quiet_city

"""`./test` counts everything that failed, and says which tests could not run."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tongchou.site.postgres_place import checkout

RESULTS = (
    '<testsuites><testsuite tests="12" failures="2" errors="1" skipped="1"/>'
    '<testsuite tests="3" failures="0" errors="0" skipped="0"/></testsuites>'
)


@pytest.fixture
def check(tmp_path: Path) -> dict[str, Any]:
    """The script's functions, with results of its own."""
    names = runpy.run_path(str(checkout() / "scripts" / "check.py"))["closing_line"].__globals__
    names["RESULTS"] = tmp_path / "results.xml"
    return dict(names) | {"names": names}


def test_the_last_line_counts_tests_and_checks(check: dict[str, Any]) -> None:
    check["names"]["RESULTS"].write_text(RESULTS)
    assert check["closing_line"](2, 1) == "11 passed, 5 failed"


def test_tests_that_did_not_come_to_their_end_count_as_failed(check: dict[str, Any]) -> None:
    assert check["closing_line"](0, 4) == "0 passed, 1 failed"


def test_a_failed_check_is_told_with_what_to_do(check: dict[str, Any]) -> None:
    failing = check["Check"]("格式 / format", ("sh", "-c", "echo rules.py:7; exit 1"), "运行 ruff format")
    outcome = check["run"](failing)
    assert not outcome.good
    first, *others = outcome.told.splitlines()
    assert first.startswith("✗ 格式")
    assert others == ["  rules.py:7", "  → 运行 ruff format"]


def test_every_check_runs_and_is_told_in_its_order(
    check: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The first ends well only when the second speaks to it, so they must run side by side."""
    pipe, step = tmp_path / "pipe", check["Check"]
    os.mkfifo(pipe)
    first = step("first", ("timeout", "20", "cat", str(pipe)), "")
    second = step("second", ("timeout", "20", "sh", "-c", f"echo good > {pipe}; exit 1"), "mend it")
    check["names"].update(checks=lambda: [first, second], pytest=lambda arguments: 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert check["everything"](without_browser=True) == 1
    said = [line.split(" (")[0] for line in capsys.readouterr().out.splitlines()]
    assert said == ["✓ first", "✗ second", "  → mend it", "✗ second → mend it", "0 passed, 1 failed"]


def test_what_python_compiled_is_kept_outside_the_checkout_even_where_the_machine_forbids_it(
    check: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = tmp_path / "checkout" / "compiled_once.py"
    module.parent.mkdir()
    module.touch()
    check["names"]["CACHE"] = tmp_path / "cache"
    monkeypatch.setattr("os.environ", {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    check["keep_caches"]()
    subprocess.run([sys.executable, "-c", "import compiled_once"], cwd=module.parent, env=os.environ, check=True)
    assert list((tmp_path / "cache").rglob("compiled_once.*.pyc"))
    assert list(module.parent.iterdir()) == [module]


def test_without_a_browser_and_the_right_to_install_one_browser_tests_cannot_run(
    check: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    check["names"]["BROWSER_PACKAGES"] = {"chromium": lambda: None}
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert not check["has_browser"]()

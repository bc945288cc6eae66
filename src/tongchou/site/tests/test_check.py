"""`./test` counts everything that failed, and says which tests could not run."""

import runpy
import shutil
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


def test_a_failed_check_is_told_with_what_to_do(check: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    failing = check["Check"]("格式 / format", ("sh", "-c", "echo rules.py:7; exit 1"), "运行 ruff format")
    assert not check["passes"](failing)
    said = capsys.readouterr().out
    assert "✗ 格式" in said
    assert "rules.py:7" in said
    assert "→ 运行 ruff format" in said


def test_without_a_browser_and_the_right_to_install_one_browser_tests_cannot_run(
    check: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    check["names"]["BROWSER_PACKAGES"] = {"chromium": lambda: None}
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert not check["has_browser"]()

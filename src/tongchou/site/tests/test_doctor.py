"""The doctor names what is wrong and what to do."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tongchou.site import browser, doctor, embedded


def run_doctor() -> str:
    command = [sys.executable, "-P", "-m", "tongchou.site.cli", "doctor"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_healthy_installation_has_a_good_database_with_its_extensions(database_server: None) -> None:
    said = run_doctor()
    assert "✓ PostgreSQL" in said
    assert "✓ 扩展 / Extensions: btree_gist" in said


def test_a_damaged_data_folder_is_found(spare_home: Path) -> None:
    (spare_home / "postgres" / "data" / "PG_VERSION").unlink()
    (finding,) = doctor.database(spare_home)
    assert finding.state is doctor.State.BAD
    assert "HS-0107" in finding.said


def test_a_server_that_cannot_be_reached_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGCHOU_DATABASE_URL", "postgresql://tongchou@127.0.0.1:1/tongchou")
    assert "✗ 连接 / Connection" in run_doctor()


def test_a_nearly_full_disk_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedded, "LEAST_FREE_BYTES", shutil.disk_usage(tmp_path).total * 2)
    assert doctor.disk(tmp_path / "not yet there").state is doctor.State.BAD


def test_a_busy_port_is_found() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert doctor.free_port(listener.getsockname()[1]).state is doctor.State.ADVICE


def test_missing_assets_are_found(tmp_path: Path) -> None:
    assert "./run" in doctor.front_end(tmp_path).then


def test_packages_that_are_not_as_locked_are_found(tmp_path: Path) -> None:
    (tmp_path / "env.stamp").write_text("another lock")
    assert doctor.environment(tmp_path).state is doctor.State.ADVICE


def test_a_missing_browser_is_advice_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "chromium", lambda: None)
    monkeypatch.setattr(browser, "has_chinese_font", lambda: True)
    assert "apt install chromium" in doctor.chromium().then

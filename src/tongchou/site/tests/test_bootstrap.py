"""The scripts that come before the environment say what is missing, in sentences."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tongchou.site.postgres_place import checkout

SCRIPTS = checkout() / "scripts"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={"LANG": "C.UTF-8", **environment}, capture_output=True, text=True, check=False, cwd="/"
    )


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A machine without any Python: only what the shell scripts themselves call."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "dirname"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return folder


def test_a_machine_without_a_new_enough_python_is_told_what_to_install(tools: Path) -> None:
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run(checkout() / "run", PATH=str(tools))
    assert done.returncode == 1
    assert "需要 Python 3.11 以上" in done.stderr
    assert "TONGCHOU_PYTHON" in done.stderr


def test_a_newer_python_under_another_name_is_found(tools: Path) -> None:
    (tools / "python3.13").symlink_to(sys.executable)
    done = run(SCRIPTS / "with-python", "-c", "print('found')", PATH=str(tools))
    assert done.stdout == "found\n"


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(checkout() / "tongchou", PATH=os.environ["PATH"], TONGCHOU_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert "HS-0002" in done.stderr
    assert "Traceback" not in done.stderr


def test_too_little_space_for_the_first_set_up_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path))
    bootstrap = runpy.run_path(str(SCRIPTS / "bootstrap.py"))
    total = shutil.disk_usage(tmp_path).total
    monkeypatch.setitem(bootstrap["check_space"].__globals__, "NEEDED_BYTES", total * 2)
    bootstrap["make_home"]()
    with pytest.raises(SystemExit):
        bootstrap["prepare"]()
    assert "HS-0003" in capsys.readouterr().err
    assert not (tmp_path / "env").exists()


def test_the_environment_is_made_anew_when_lock_interpreter_or_checkout_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path))
    bootstrap = runpy.run_path(str(SCRIPTS / "bootstrap.py"))
    fingerprint, names = bootstrap["fingerprint"], bootstrap["fingerprint"].__globals__
    (tmp_path / "other.lock").write_text("another==1\n")
    before = fingerprint()
    assert before == fingerprint()
    for name, other in {"LOCK": tmp_path / "other.lock", "CHECKOUT": tmp_path}.items():
        with monkeypatch.context() as patch:
            patch.setitem(names, name, other)
            assert fingerprint() != before


@pytest.mark.parametrize("folder", ["plain", "有空格 和'引号'的目录"])
def test_the_package_can_be_imported_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path / folder / "home"))
    bootstrap = runpy.run_path(str(SCRIPTS / "bootstrap.py"))
    packages = tmp_path / folder / "home" / "env" / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True)
    (tmp_path / folder / "home" / "env" / "bin").mkdir()
    source = tmp_path / folder / "checkout" / "src"
    source.mkdir(parents=True)
    (source / "of_ours.py").write_text("print('imported')")
    monkeypatch.setitem(bootstrap["install_ourselves"].__globals__, "CHECKOUT", source.parent)
    bootstrap["install_ourselves"]()
    look = f"import site; site.addsitedir({str(packages)!r}); import of_ours"
    assert run(sys.executable, "-P", "-c", look).stdout == "imported\n"

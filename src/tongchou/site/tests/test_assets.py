"""Front-end assets come from the lock file, once."""

import json
import shutil
from pathlib import Path

import pytest

from tongchou.site import assets
from tongchou.site.postgres_place import checkout
from tongchou.site.problems import SetupProblem


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands for npm: makes the files that the real one would, and counts its calls."""
    calls: list[Path] = []

    def install(packages: Path, home: Path) -> None:
        calls.append(packages)
        for name in assets.FILES:
            (packages / "node_modules" / name).parent.mkdir(parents=True, exist_ok=True)
            (packages / "node_modules" / name).write_text(name)

    monkeypatch.setattr(assets, "_install", install)
    return calls


def test_only_the_files_that_pages_use_are_kept(tmp_path: Path, npm: list[Path]) -> None:
    folder = assets.collect(tmp_path, say=print)
    kept = {path.relative_to(folder / "vendor").as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept == set(assets.FILES.values())
    assert not (tmp_path / "assets").exists()


def test_a_second_start_fetches_nothing(tmp_path: Path, npm: list[Path]) -> None:
    assets.collect(tmp_path, say=print)
    assets.collect(tmp_path, say=print)
    assert len(npm) == 1


def test_a_collection_that_was_cut_short_is_done_again(tmp_path: Path, npm: list[Path]) -> None:
    shutil.rmtree(assets.collect(tmp_path, say=print))
    assert not assets.is_collected(tmp_path)
    assert (assets.collect(tmp_path, say=print) / "vendor" / "htmx.min.js").exists()


def test_a_failed_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_npm", lambda environment: ["sh", "-c", "echo no route to host >&2; exit 1"])
    with pytest.raises(SetupProblem, match="HS-0006") as refused:
        assets.collect(tmp_path, say=print)
    assert "no route to host" in refused.value.text()
    assert not assets.is_collected(tmp_path)


def test_the_lock_file_names_digests_and_no_addresses() -> None:
    packages = json.loads((checkout() / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert all(package["integrity"].startswith("sha512-") for package in fetched.values())
    assert not any("resolved" in package for package in fetched.values())


def test_the_python_lock_names_digests_and_no_addresses() -> None:
    for name in ("requirements.lock", "scripts/uv.lock"):
        text = (checkout() / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text

"""Homes for tests that start, kill and damage a database; pytest's own folders are closed to the database's account."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongchou.site import embedded

IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 << 30


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter, in memory where there is room, for databases are made and thrown away."""
    in_memory = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH_BYTES
    folder = Path(tempfile.mkdtemp(prefix="tongchou-test-", dir=IN_MEMORY if in_memory else "/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def made_home() -> Iterator[Path]:
    """A home whose database was made once, to be copied."""
    with open_folder() as folder:
        embedded.start(folder).leave()
        yield folder


@pytest.fixture
def empty_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home in which nothing was ever started."""
    monkeypatch.delenv("TONGCHOU_DATABASE_URL", raising=False)
    with open_folder() as folder:
        yield folder


@pytest.fixture
def spare_home(empty_home: Path, made_home: Path) -> Path:
    """A home with an empty database, not running."""
    subprocess.run(["cp", "-a", made_home / "postgres", empty_home], check=True)
    return empty_home

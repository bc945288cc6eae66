"""What every test may lean on: the embedded database, a served site, a browser.

The server starts only when a test asks for the database, and stops when the last process that uses it leaves. Each
process of pytest has a database of its own, so several may run at once.
"""

import contextlib
import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tongchou.site import browser, embedded
from tongchou.site.postgres_place import home
from tongchou.site.testing import MadeOnce, ServedSite, TestDatabase

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer
    from pytest_django.plugin import DjangoDbBlocker

IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 << 30
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter, in memory where there is room, for databases are made and thrown away."""
    in_memory = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH_BYTES
    folder = Path(tempfile.mkdtemp(prefix="tongchou-test-", dir=IN_MEMORY if in_memory else "/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-browser", action="store_true", help="leave out the tests that need a real browser")


def pytest_configure(config: pytest.Config) -> None:
    """The home that set-up would have made, where the tests run without it."""
    (home() / "static").mkdir(parents=True, exist_ok=True)
    hypothesis.settings.register_profile("house", suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile("house")  # a busy machine draws slowly, which is no fault of the rule under test


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests come last, or not at all: a broken rule shows before a broken page."""
    in_browser = [item for item in items if item.get_closest_marker("browser")]
    without = [item for item in items if not item.get_closest_marker("browser")]
    if config.getoption("--no-browser"):
        config.hook.pytest_deselected(items=in_browser)
        in_browser = []
    items[:] = without + in_browser


def pytest_collection_finish(session: pytest.Session) -> None:
    """What stands now stays to the end: no later search for garbage need pass through it again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """At the end everything may go."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """The embedded PostgreSQL of `TONGCHOU_HOME`, or the server that `TONGCHOU_DATABASE_URL` names."""
    with embedded.leased(say=print):
        yield


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Django takes the test database that it finds, brings it up to date, and leaves its end to us."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: None) -> Iterator[TestDatabase]:
    """Give this process a test database of its own, whose commits need not reach the disk."""
    from django.db import connections

    database = TestDatabase()
    settings = connections["default"].settings_dict
    settings["TEST"]["NAME"] = database.name
    settings["OPTIONS"]["options"] = "-c synchronous_commit=off"
    database.prepare()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_modify_db_settings: TestDatabase, django_db_blocker: "DjangoDbBlocker"
) -> Iterator[None]:
    """A test that commits is followed by a return to the migrated state."""
    from django.db import connections
    from django.test import TransactionTestCase

    database = django_db_modify_db_settings

    def restore(test_case: object) -> None:
        connections.close_all()
        database.restore()

    with django_db_blocker.unblock():
        connections.close_all()
        database.remember()  # what is kept for the next sessions has no first data, which may change between them
        _enter_first_data()
        connections.close_all()
    database.remember()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
        yield
    with django_db_blocker.unblock():
        connections.close_all()


def _enter_first_data() -> None:
    """What set-up enters after the migrations: the packages of policy that are shipped."""
    from django.utils import timezone

    from tongchou.parameters import commands

    _, refused = commands.install_shipped(now=timezone.now())
    assert refused == [], refused


@pytest.fixture(scope="session")
def made_once(django_db_setup: None, django_db_modify_db_settings: TestDatabase) -> MadeOnce:
    """Makes a world once a session and puts its rows back for every later test: `made_once("city", make)`."""
    return MadeOnce(django_db_modify_db_settings)


@pytest.fixture(scope="session")
def made_home() -> Iterator[Path]:
    """A home whose database was made once, to be copied."""
    with open_folder() as folder:
        embedded.start(folder).leave()
        yield folder


@pytest.fixture
def empty_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home in which nothing was ever started; pytest's own folders are closed to the database's account."""
    monkeypatch.delenv("TONGCHOU_DATABASE_URL", raising=False)
    with open_folder() as folder:
        yield folder


@pytest.fixture
def spare_home(empty_home: Path, made_home: Path) -> Path:
    """A home with an empty database of its own, not running: to be started, killed and damaged."""
    subprocess.run(["cp", "-a", made_home / "postgres", empty_home], check=True)
    return empty_home


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """One browser for the tests of a file; an event loop goes with it, which files without one must not meet."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an idle event loop in this thread
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**browser.launch_options())
        yield running
        running.close()


@pytest.fixture
def open_page(chromium: "Browser", live_site: "LiveServer") -> Iterator[Callable[..., "Page"]]:
    """Opens pages of the live site: `page = open_page("/")`, `open_page("/my/", phone=True)`.

    A script error on a page fails the test.
    """
    faults: list[str] = []
    with contextlib.ExitStack() as contexts:

        def open_one(path: str = "/", *, phone: bool = False) -> "Page":
            context = contexts.enter_context(
                contextlib.closing(
                    chromium.new_context(
                        base_url=live_site.url,
                        viewport=PHONE if phone else DESKTOP,
                        is_mobile=phone,
                        locale="zh-CN",
                        timezone_id="Asia/Shanghai",
                        reduced_motion="reduce",
                    )
                )
            )
            page = context.new_page()
            page.on("pageerror", lambda fault: faults.append(str(fault)))
            page.goto(path)
            return page

        yield open_one
    assert faults == []


@pytest.fixture
def served_site(
    transactional_db: None, django_db_modify_db_settings: TestDatabase, tmp_path: Path
) -> Iterator[ServedSite]:
    """The real server in processes of its own on the test's database, to be killed and started again."""
    site = ServedSite(django_db_modify_db_settings.url, tmp_path / "server.log")
    site.start()
    yield site
    site.kill()


@pytest.fixture
def live_site(live_server: "LiveServer") -> "LiveServer":
    """The site on a free loopback port, sharing the test's database."""
    return live_server


@pytest.fixture(autouse=True)
def _counted_at_the_most(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who counts questions counts the look at the versions too: due each second, a slow minute would add it."""
    if request.node.get_closest_marker("between_looks"):
        return
    from django.test.utils import CaptureQueriesContext

    from tongchou.platform import versions

    begin = CaptureQueriesContext.__enter__

    def enter(counted: CaptureQueriesContext) -> CaptureQueriesContext:
        versions.look_again_all()
        return begin(counted)

    monkeypatch.setattr(CaptureQueriesContext, "__enter__", enter)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """What a process keeps in memory is of one test's database."""
    from tongchou.platform import versions
    from tongchou.wire import database

    versions.forget_all()
    database.forget()
    yield
    versions.forget_all()

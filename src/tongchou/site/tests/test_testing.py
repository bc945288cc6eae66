"""What tests lean on holds: committed rows go away, migrated rows stay, the real server serves."""

import time
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections, transaction

from tongchou.platform import jobs
from tongchou.site.testing import MadeOnce, ServedSite, TestDatabase

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONGEST_WAIT_SECONDS = 60


def rows_of_every_table() -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


@pytest.mark.django_db(transaction=True)
def test_the_migrated_rows_come_back_and_what_was_committed_since_is_gone(
    django_db_modify_db_settings: TestDatabase,
) -> None:
    def restored() -> dict[str, int]:
        connections.close_all()
        django_db_modify_db_settings.restore()
        return rows_of_every_table()

    before = restored()
    assert before["django_content_type"] > 0
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM django_migrations")
        cursor.execute("INSERT INTO django_session VALUES ('k', 'd', now())")
    assert restored() == before


@pytest.fixture
def agency() -> Callable[[], str]:
    """Makes rows of which each kind stands for others: added, changed, taken away."""

    def make() -> str:
        made.append(True)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_session VALUES (%s, 'd', now())", [f"k{len(made)}"])
            cursor.execute("UPDATE django_content_type SET model = 'renamed' WHERE model = 'session'")
            cursor.execute("DELETE FROM auth_permission WHERE codename = 'add_session'")
        return f"k{len(made)}"

    made: list[bool] = []
    return make


@pytest.mark.django_db
def test_a_world_made_once_comes_back_as_it_was(made_once: MadeOnce, agency: Callable[[], str]) -> None:
    seen = []
    for _ in range(3):
        with transaction.atomic():
            assert made_once("agency", agency) == "k1"
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT (SELECT array_agg(session_key) FROM django_session),"
                    " (SELECT array_agg(id ORDER BY id) FROM django_content_type WHERE model = 'renamed'),"
                    " (SELECT count(*) FROM auth_permission)"
                )
                seen.append(cursor.fetchone())
            transaction.set_rollback(True)
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == ["k1"]


@pytest.mark.django_db
def test_beside_rows_of_the_test_a_world_is_made_in_the_ordinary_way(
    made_once: MadeOnce, agency: Callable[[], str]
) -> None:
    for key in ("k1", "k2"):
        assert made_once("agency beside others", agency) == key
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_session VALUES ('of the test', 'd', now()) ON CONFLICT DO NOTHING")


@pytest.mark.django_db
def test_rows_planted_beside_others_come_back_unless_some_stand_in_their_place(made_once: MadeOnce) -> None:
    planted = []

    def plant() -> None:
        planted.append(True)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_session VALUES ('k', 'd', '2018-01-01 00:00+8') ON CONFLICT DO NOTHING")

    def beside(statement: str) -> list[tuple[object, ...]]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            made_once.beside("a session", plant)
            cursor.execute("SELECT * FROM django_session")
            rows: list[tuple[object, ...]] = cursor.fetchall()
            transaction.set_rollback(True)
        return rows

    first = beside("SELECT")
    assert beside("INSERT INTO django_content_type (app_label, model) VALUES ('of', 'the test')") == first
    assert [key for key, *_ in first] == ["k"]
    assert len(planted) == 1
    assert beside("INSERT INTO django_session VALUES ('k', 'of the test', now())")[0][1] == "of the test"
    assert len(planted) == 2


def test_the_real_server_answers_and_starts_again_after_a_kill(served_site: ServedSite) -> None:
    for _ in range(2):
        with urllib.request.urlopen(f"{served_site.url}/readyz") as answer:
            assert answer.status == 200
        served_site.kill()
        served_site.start()


def test_the_real_server_does_the_work_of_the_clock(served_site: ServedSite) -> None:
    def done() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM platform_jobstate WHERE finished_at IS NOT NULL AND problem = ''")
            return {name for (name,) in cursor.fetchall()}

    wanted = {job.name for job in jobs.registered()}
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not wanted <= done():
        assert time.monotonic() < deadline, f"not done: {wanted - done()}"
        with urllib.request.urlopen(f"{served_site.url}/readyz") as answer:
            assert answer.status == 200


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True])
def test_a_real_browser_shows_the_log_in_page_in_chinese(open_page: Callable[..., "Page"], phone: bool) -> None:
    page = open_page("/login/", phone=phone)
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert "统筹" in page.title()

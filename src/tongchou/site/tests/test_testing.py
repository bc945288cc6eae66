"""What tests lean on holds: committed rows go away, migrated rows stay, the real server serves."""

import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tongchou.site.testing import ServedSite

if TYPE_CHECKING:
    from playwright.sync_api import Page


def rows_of_every_table() -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


@pytest.fixture(scope="module")
def before() -> dict[str, int]:
    """Filled by the first of the two tests below, read by the second."""
    return {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_rows_committed_by_a_test_are_gone_for_the_next_and_migrated_rows_are_not(
    before: dict[str, int], turn: str
) -> None:
    found = rows_of_every_table()
    before = before or before.update(found) or found
    assert found == before
    assert found["django_content_type"] > 0
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM django_migrations")
        cursor.execute("INSERT INTO django_session VALUES ('k', 'd', now())")
        cursor.execute("SET session_replication_role = origin")


def test_the_real_server_answers_and_starts_again_after_a_kill(served_site: ServedSite) -> None:
    for _ in range(2):
        with urllib.request.urlopen(f"{served_site.url}/readyz") as answer:
            assert answer.status == 200
        served_site.kill()
        served_site.start()


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True])
def test_a_real_browser_shows_the_log_in_page_in_chinese(open_page: Callable[..., "Page"], phone: bool) -> None:
    page = open_page("/login/", phone=phone)
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert "统筹" in page.title()

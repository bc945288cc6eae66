"""`tongchou bench counter`, small: what it asks of a city holds, leaves nothing behind, and is told as agreed."""

import json
from typing import Any

import pytest
from django.apps import apps

from tongchou.exchange.states import ImportState
from tongchou.simulator import bench_counter, founding
from tongchou.simulator.tests import support
from tongchou.simulator.tests.test_founding import quiet

ROWS = 20


@pytest.fixture
def run(db: None, settings: Any) -> bench_counter._Run:
    """The bench in this process, over a founded city of a few people."""
    settings.ALLOWED_HOSTS = ["localhost"]
    founding.found(support.plan(400), now=support.NOON, progress=quiet)
    return bench_counter._Run(now=support.NOON, rows=ROWS)


def stands() -> list[int]:
    """How much there is of what the bench makes."""
    names = ("Receivable", "ContributionStandard", "SubsidyApplication")
    return [apps.get_model("contributions", name).objects.count() for name in names]


def test_what_the_counter_asks_of_a_city_holds_and_nothing_stays(run, capsys):
    """Searches of every kind of word, a roster, the receivables of a year, the heads of a subsidy."""
    before = stands()
    words = run.words()
    assert {"name", "surname", "two initials", "number begun", "id number", "card", "household"} <= set(words)
    for kind in ("name", "number begun", "card"):
        run.search(kind, "county", words[kind][:1])
    run.roster()
    run.receivables()
    run.heads()
    told = {one["job"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    searches = ["name, county", "number begun, county", "card, county"]
    assert list(told) == [*searches, "roster checked", "receivables", "subsidy extract"]
    assert [one["wrong"] for one in told.values()] == [[]] * len(told)
    assert len(told["name, county"]["ms"]) == len(bench_counter.PAGES)
    assert told["roster checked"]["items"] == ROWS
    assert min(one["items"] for one in told.values()) > 0
    assert stands() == before
    files = apps.get_model("exchange.ImportFile").objects.filter(kind="roster")
    assert not files.exclude(state=ImportState.CANCELLED).exists()
    result = bench_counter._told(told["name, county"], lambda line: None).result
    assert (result.items, result.identities_ok) == (2, True)
    assert 0 < result.p50_ms <= result.p99_ms

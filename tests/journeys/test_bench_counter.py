"""`tongchou bench counter`, small: what it asks of a city holds, leaves nothing behind, and is told as agreed."""

import json
from typing import Any

import pytest

from tongchou.contributions.models import ContributionStandard, Receivable
from tongchou.contributions.subsidies.models import SubsidyApplication
from tongchou.exchange.models import ImportFile
from tongchou.exchange.states import ImportState
from tongchou.simulator import bench_counter

ROWS = 20


@pytest.fixture
def run(city: Any, sample: Any, settings: Any) -> bench_counter._Run:
    settings.ALLOWED_HOSTS = ["localhost"]
    return bench_counter._Run(now=sample.NOW, rows=ROWS)


def test_every_desk_searches_by_every_kind_of_word(run, capsys):
    words = run.words()
    assert {"name", "surname", "initials", "two initials", "number begun", "id number", "card", "household"} <= set(
        words
    )
    for kind, tried in words.items():
        run.search(kind, "county", tried[:1])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["job"] for one in told] == [f"{kind}, county" for kind in words]
    assert [one["wrong"] for one in told] == [[]] * len(told)
    assert all(one["items"] == len(one["ms"]) == len(bench_counter.PAGES) for one in told)
    result = bench_counter._told(told[0], lambda line: None).result
    assert (result.items, result.identities_ok) == (2, True)
    assert 0 < result.p50_ms <= result.p99_ms


def test_a_roster_receivables_and_a_subsidy_are_made_and_nothing_stays(run, capsys):
    before = Receivable.objects.count(), ContributionStandard.objects.count(), SubsidyApplication.objects.count()
    run.roster()
    run.receivables()
    run.heads()
    told = {one["job"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {job: one["wrong"] for job, one in told.items()} == {
        "roster checked": [], "receivables": [], "subsidy extract": []
    }  # fmt: skip
    assert told["roster checked"]["items"] == ROWS
    assert told["receivables"]["items"] > 0
    assert told["subsidy extract"]["items"] > 0
    after = Receivable.objects.count(), ContributionStandard.objects.count(), SubsidyApplication.objects.count()
    assert after == before
    assert not ImportFile.objects.filter(kind="roster").exclude(state=ImportState.CANCELLED).exists()

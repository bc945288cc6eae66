"""The benchmarks, small: a real server in processes of its own, figures of the agreed shape, books that hold."""

import contextlib
import json
from dataclasses import fields
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from tongchou.enrolment import roster
from tongchou.enrolment.rules import citizen_id_problem
from tongchou.platform.spreadsheets import chunks, reading
from tongchou.simulator import bench, bench_import, cli, founding, load
from tongchou.simulator.bench import Measured, Result
from tongchou.simulator.tests import support
from tongchou.simulator.tests.test_founding import quiet
from tongchou.site.problems import SetupProblem
from tongchou.site.testing import ServedSite, TestDatabase

MEMBERS = ["job", "rate_per_s", "p50_ms", "p99_ms", "cpu_ms_per_item", "items", "seconds", "identities_ok"]


@pytest.fixture
def served_city(
    served_site: ServedSite, django_db_modify_db_settings: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> ServedSite:
    """A served city of a few people, in the test's database."""
    monkeypatch.setenv("TONGCHOU_DATABASE_URL", django_db_modify_db_settings.url)
    founding.found(support.plan(400, today=bench.datetime.now(bench.ZONE).date()), now=support.NOON, progress=quiet)
    return served_site


def test_each_job_is_measured_at_full_and_at_half_load(
    served_city: ServedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both jobs at one server, for its start and its city take seconds."""
    monkeypatch.setattr(bench, "CLIENTS_OF_HALF_LOAD", 4)
    monkeypatch.setenv("TONGCHOU_BENCH_WARM_UP", "0.2")
    for job in (load.SETTLE, load.PHARMACY):
        full, half = bench.measure(job, url=served_city.url, clients=4, seconds=1.0, say=lambda line: None)
        for measured, name in ((full, job), (half, f"{job} at half load")):
            result = measured.result
            assert result.job == name
            assert result.identities_ok
            assert result.items > 0
            assert 0 < result.p50_ms <= result.p99_ms
            assert measured.server_ms > 0
        assert half.result.rate_per_s < full.result.rate_per_s


def test_every_job_is_one_object_of_the_agreed_members() -> None:
    assert [field.name for field in fields(Result)] == MEMBERS
    (line,) = bench.as_json([Result("settle", 324.0, 10.0, 49.9, 1.5, 1000, 3.1, True)])
    assert list(json.loads(line)) == MEMBERS


def test_the_engine_is_measured_and_told_as_json_or_as_a_table() -> None:
    said = CliRunner().invoke(cli.bench_app, ["engine", "--seconds", "0.05", "--json"])
    assert said.exit_code == 0, said.output
    jobs = [json.loads(line) for line in said.output.splitlines()]
    assert {"engine.scalar", "engine.traced"} <= {job["job"] for job in jobs}
    assert all(list(job) == MEMBERS for job in jobs)
    assert all(job["identities_ok"] for job in jobs)


def test_broken_books_fail_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Measured(Result("settle", 1.0, 1.0, 1.0, 1.0, 1, 1.0, identities_ok=False), server_ms=1.0)
    monkeypatch.setattr(bench, "measure", lambda job, **options: [wrong])
    said = CliRunner().invoke(cli.bench_app, ["settle"])
    assert said.exit_code == 1
    assert "✗" in said.output


def _started() -> set[int]:
    """What this process has started and still runs; the database server's own workers come and go as it likes."""
    started = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name() != "postgres":
                started.add(process.pid)
    return started


@pytest.mark.django_db(transaction=True)
def test_a_run_that_fails_is_a_sentence_and_leaves_nothing_running(
    django_db_modify_db_settings: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGCHOU_DATABASE_URL", django_db_modify_db_settings.url)
    before = _started()
    with pytest.raises(SetupProblem, match="性能测试中断") as refused:
        bench.measure(load.SETTLE, url="http://127.0.0.1:9", seconds=1.0, say=lambda line: None)
    assert "没有演示城市" in refused.value.text()
    assert _started() <= before


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_roster_of_the_import_benchmark_is_one_that_the_import_reads(tmp_path: Path, ending: str) -> None:
    """Every cell passes, numbers are unique, and the figures to compare with are those of the file."""
    file = tmp_path / f"roster.{ending}"
    expected = bench_import.write_roster(file, 50)
    table = chunks.recognise(reading.open_table(file), roster.LAYOUT)
    (chunk,) = table.chunks()
    assert chunk.problems == []
    numbers = chunk.values["certificate_no"]
    assert [citizen_id_problem(number or "") for number in numbers] == [""] * 50
    assert expected == bench_import.Register(
        persons=len(set(numbers)),
        enrolments=50,
        households=len(set(chunk.values["household_no"])),
        heads=chunk.values["household_relation"].count("head"),
        special_groups=50 - chunk.values["special_groups"].count(None),
        cards=50 - chunk.values["card_no"].count(None),
    )

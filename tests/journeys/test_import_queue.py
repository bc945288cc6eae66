"""A second answer of a bank while the first is booked: it says behind what it waits, and goes on by itself (SYS-03)."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import connection

from tongchou.contributions import answers, invariants
from tongchou.contributions.models import Contribution
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode, files, running
from tongchou.platform.spreadsheets import kinds
from tongchou.platform.tests.at_once import PATIENCE
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing

_specification = importlib.util.spec_from_file_location("withholding", Path(__file__).with_name("test_withholding.py"))
withholding = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(withholding)

AREA, BACK = withholding.AREA, withholding.BACK
LOCK = [f"withholding {AREA}"]


@pytest.fixture
def town(committed):
    made = withholding.Town(Hire())
    made.family(2)
    made.open_year()
    return made


@pytest.fixture
def desk(town, client, monkeypatch, django_assert_max_num_queries):
    """The clerk's page of a file, with at most twelve questions."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: BACK)
    client.force_login(town.clerk, backend="tongchou.platform.authentication.OperatorBackend")

    client.get("/imports/")

    def page(preview) -> str:
        with django_assert_max_num_queries(12):
            return client.get(f"/imports/{preview.id}/").content.decode()

    return page


@pytest.fixture
def another_process(town):
    """A connection that takes in a file of the same kind."""
    other = connection.copy()
    yield other
    other.close()


def start(preview, town) -> Thread:
    return imports.start_taking_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=BACK)


def until(holds, work: Thread) -> None:
    """The work goes on meanwhile; it must not end first."""
    for _ in range(PATIENCE * 20):
        if holds():
            return
        work.join(0.05)
        assert work.is_alive()
    raise AssertionError("it never came to this")


@pytest.mark.requirement("SYS-03", "CON-06")
def test_a_second_answer_tells_behind_which_file_it_waits_and_is_booked_when_that_is_done(
    town, desk, tmp_path, monkeypatch
):
    first = town.check(town.batch(), tmp_path, name="first.txt")
    town.family(3)
    second = town.check(town.batch(), tmp_path, name="second.txt")
    in_hand, go_on = Event(), Event()

    def slowly(intake):
        if intake.file_id == first.id:
            in_hand.set()
            assert go_on.wait(PATIENCE)
        return answers.RESULTS.take_in(intake)

    monkeypatch.setitem(kinds._kinds, "withholding", replace(answers.RESULTS, take_in=slowly))
    before = start(first, town)
    assert in_hand.wait(PATIENCE)
    behind = start(second, town)
    until(lambda: imports.progress(second.id).step == files.WAITING, behind)
    page = desk(second)
    assert "排队等待入库" in page
    assert f'排在第 {first.id} 号文件 <a href="/imports/{first.id}/">first.txt</a> 之后,该文件已入库 0 / 1 行' in page
    assert "排在第" not in desk(first)
    assert "hx-trigger" in page, "the page looks again by itself"
    go_on.set()
    for work in (before, behind):
        work.join(PATIENCE)
    assert [imports.progress(one.id).state for one in (first, second)] == ["done", "done"]
    assert "已入库 1 行" in desk(second)
    assert Contribution.objects.count() == 5
    assert invariants.broken(AREA, BACK.date()) == []


@pytest.mark.requirement("SYS-03")
def test_a_file_that_waits_can_be_cancelled_and_goes_on_when_the_process_before_it_is_killed(
    town, desk, another_process, tmp_path
):
    preview = town.check(town.batch(), tmp_path)
    with another_process.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), pg_advisory_lock(hashtextextended(%s, 0))", LOCK)
        process = cursor.fetchone()[0]
    with pytest.raises(running.ImportBehind):
        imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=BACK, wait=False)
    waiting = start(preview, town)
    until(lambda: imports.progress(preview.id).step == files.WAITING, waiting)
    assert "排队等待入库" in desk(preview), "nobody is seen before it"
    imports.cancel(file_id=preview.id, operator=town.clerk, now=BACK)
    waiting.join(PATIENCE)
    told = imports.progress(preview.id)
    assert (told.state, told.step) == ("checked", "未入库:已按要求停止,已入库0行")
    assert not files.is_held(preview.id)
    again = start(preview, town)
    until(lambda: imports.progress(preview.id).step == files.WAITING, again)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    again.join(PATIENCE)
    assert imports.progress(preview.id).state == "done"
    assert Contribution.objects.count() == 2

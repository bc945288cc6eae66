"""Periodic jobs: when they run, what their failures do, and that one runner is enough."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from tongchou.platform import daily, jobs
from tongchou.platform.models import JobState
from tongchou.platform.tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def only_ours(monkeypatch):
    monkeypatch.setattr(jobs, "_jobs", {})


def test_a_job_runs_at_once_and_then_when_its_time_has_come(db, only_ours):
    ran = []
    jobs.register("test.job", label="试", every=HOUR, work=ran.append)
    assert jobs.run_due(NOW) == ["test.job"]
    assert jobs.run_due(NOW + HOUR / 2) == []
    assert jobs.run_due(NOW + HOUR) == ["test.job"]
    assert ran == [NOW, NOW + HOUR]


def test_a_job_that_fails_is_noted_and_does_not_stop_the_others(db, only_ours, caplog):
    def fail(now):
        raise ValueError("磁盘已满")

    ran = []
    jobs.register("test.fails", label="败", every=HOUR, work=fail)
    jobs.register("test.works", label="成", every=HOUR, work=ran.append)
    jobs.run_due(NOW)
    assert ran == [NOW]
    failed, worked = JobState.objects.order_by("name")
    assert (failed.problem, failed.finished_at) == ("ValueError: 磁盘已满", None)
    assert worked.finished_at is not None
    assert "test.fails" in caplog.text


def test_the_next_time_is_that_of_the_first_job_due(db, only_ours):
    jobs.register("test.soon", label="快", every=timedelta(seconds=7), work=lambda now: None)
    jobs.register("test.late", label="慢", every=HOUR, work=lambda now: None)
    assert jobs.next_due(NOW) == NOW
    jobs.run_due(NOW)
    assert jobs.next_due(NOW) == NOW + timedelta(seconds=7)
    jobs.register("test.soon", label="快", every=HOUR, work=lambda now: None)
    assert jobs.next_due(NOW) == NOW + jobs.LONGEST_PAUSE


def test_a_scheduler_runs_due_jobs_and_stops(committed, only_ours):
    done = threading.Event()
    jobs.register("test.job", label="试", every=HOUR, work=lambda now: done.set())
    scheduler = jobs.Scheduler(clock=lambda: NOW)
    scheduler.start()
    assert done.wait(30)
    scheduler.stop()
    assert JobState.objects.get().problem == ""


def test_only_one_runner_holds_the_lock_and_another_follows_it(committed):
    assert jobs._hold_lock()
    assert jobs._hold_lock(), "the holder keeps it"
    elsewhere = []

    def ask():
        elsewhere.append(jobs._hold_lock())
        connection.close()

    for _ in range(2):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        connection.close()  # with the first holder's connection goes the lock
    assert elsewhere == [False, True]


def test_the_platform_registers_its_own_work():
    names = {job.name for job in jobs.registered()}
    assert {"platform.seal_trail", "platform.due_changes", "platform.sod_check", "platform.calendar_reminder"} <= names


def test_the_platforms_own_jobs_run(tree, monkeypatch, settings, tmp_path):
    settings.HOME = tmp_path
    monkeypatch.setattr(jobs, "_jobs", {})
    daily.register_jobs()
    jobs.run_due(NOW)
    assert set(JobState.objects.values_list("problem", flat=True)) == {""}
    assert JobState.objects.count() == 6

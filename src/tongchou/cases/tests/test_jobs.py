"""The clock's work for cases in a house that has neither cases nor a calendar yet."""

from datetime import UTC, datetime

import pytest

from tongchou.platform import jobs


@pytest.mark.django_db
def test_the_clock_finds_nothing_to_do_in_an_empty_house() -> None:
    job = next(one for one in jobs.registered() if one.name == "cases.limits")
    job.work(datetime(2018, 6, 1, 2, tzinfo=UTC))

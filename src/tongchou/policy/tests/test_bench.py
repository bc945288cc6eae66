"""The measuring jobs run, check their identities, and hold the shape that `tongchou bench` prints."""

import pytest

from tongchou.policy import bench
from tongchou.policy.tests.support import guangxi, tset

MEMBERS = {"job", "rate_per_s", "p50_ms", "p99_ms", "cpu_ms_per_item", "items", "seconds", "identities_ok"}


@pytest.mark.parametrize("package", [tset(), guangxi()], ids=["T-SET", "广西"])
def test_every_job_measures_and_its_identities_hold(package):
    jobs = bench.engine_jobs(package, seconds=0.01)
    assert [job["job"] for job in jobs] == [
        "engine.scalar",
        "engine.traced",
        "engine.traced_and_told",
        "engine.lines_120",
        "engine.columns",
    ]
    for job in jobs:
        assert set(job) == MEMBERS
        assert job["identities_ok"] is True
        assert job["items"] > 0 < job["p50_ms"] <= job["p99_ms"]


def test_samples_are_the_same_for_the_same_seed():
    assert bench.samples(tset(), 50, seed=1) == bench.samples(tset(), 50, seed=1)
    assert bench.samples(tset(), 50, seed=1) != bench.samples(tset(), 50, seed=2)

"""The measuring jobs run, check their identities, and hold the shape that `tongchou bench` prints."""

import pytest

from tongchou.policy import batch_bench, bench
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


def test_the_jobs_of_a_batch_measure_prove_and_tell_their_memory():
    said = []
    packages = [tset(), guangxi()]
    jobs = list(batch_bench.jobs(guangxi(), packages, 1_200, said.append, combinations=20, scenarios=3))
    assert [job["job"] for job in jobs] == [
        "batch.settle",
        "batch.settle_with_accumulators",
        "batch.identical_to_scalar",
        "batch.years_carried",
        "batch.scenarios",
    ]
    for job in jobs:
        assert set(job) == MEMBERS
        assert job["identities_ok"] is True
    assert "MiB" in said[0]

"""Between regions: round trips and replicas that lag behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpuready.probes.probe import Target
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, between, cases, prom, until

RTT = "13.3.1.1.a1 region_rtt_p95"
LAG, RPO, REPLICATED = (
    "13.3.1.1.a2 replication_lag_max",
    "13.3.3.1.a2 replication_lag_max",
    "13.3.3.2.s3 replication_lag_max",
)


def ping(seconds: Value, instance: str = "10.1.0.1", works: Value = 1.0) -> Series:
    labels = f'job="icmp",instance="{instance}"'
    return {
        f'probe_icmp_duration_seconds{{{labels},phase="rtt"}}': seconds,
        f"probe_duration_seconds{{{labels}}}": 0.2,
        f"probe_success{{{labels}}}": works,
    }


def whole(seconds: float, instance: str = "http://eu:8000") -> Series:
    labels = f'job="http",instance="{instance}"'
    return {f"probe_duration_seconds{{{labels}}}": seconds, f"probe_success{{{labels}}}": 1.0}


def lag(seconds: Value, instance: str = "eu-1", replayed: Value = 0.6) -> Series:
    return {
        f'pg_replication_last_replay_seconds{{instance="{instance}"}}': replayed,
        f'pg_replication_lag_seconds{{instance="{instance}"}}': seconds,
        f'pg_replication_is_replica{{instance="{instance}"}}': 1.0,
    }


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "near": {**ping(0.02), **ping(0.03, "10.2.0.1")},
            "far": {**ping(0.02), **ping(0.08, "10.2.0.1")},
            # one in ten is slow: the mean is below the figure, P95 is not
            "tail": ping(lambda t: 0.2 if (t // 30) % 10 == 0 else 0.02),
            "dead": {**ping(0.02), **ping(0.0, "10.2.0.1", 0.0)},
            "whole-fast": whole(0.03),
            "whole-slow": whole(0.3),
            "steady": {**lag(0.2), **lag(0.5, "us-1")},
            "spike": {**lag(0.2), **lag(between(-1800, -1770, 90.0, 0.2), "us-1")},
            "cut-off": lag(0.0, replayed=lambda t: 4000 + t if t > -4000 else 0.6),
            "two-kinds": {
                **lag(0.1),
                'mysql_slave_status_seconds_behind_source{instance="us-2",job="mysql"}': 400.0,
            },
            "lossy": ping(lambda t: 0.02 * ((t // 15) % 2), works=lambda t: (t // 15) % 2),
            "silent": {**ping(0.02), **ping(until(-2700, 0.02), "10.2.0.1", until(-2700, 1.0))},
            "stopped": {**lag(0.2), **lag(until(-1200, 0.2), "us-1")},
            "nothing": {},
        },
        days=31,
        step=240,
        recent=4200,
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("near", "pass"),
        ("far", "fail"),
        ("tail", "fail"),
        ("dead", "unknown"),
        ("lossy", "unknown"),
        ("silent", "unknown"),
        ("whole-fast", "pass"),
        ("whole-slow", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_rtt(site: Cases, case: str, verdict: str) -> None:
    found = await judged(RTT, site.url, site.selector(case))
    assert found.verdict == verdict, found
    if case in ("far", "dead"):
        assert "10.2.0.1" in found.said


async def test_trap_a_failed_probe_is_no_round_trip_of_0(site: Cases) -> None:
    assert "Not measured: 10.2.0.1" in (await judged(RTT, site.url, site.selector("dead"))).said


async def test_trap_probes_of_anything_do_not_prove_regions(site: Cases) -> None:
    found = await judged(RTT, site.url)
    assert (found.verdict, found.key) == ("unknown", "prometheus_region.which_probes")


async def test_regions_of_the_session_choose_the_probes(site: Cases) -> None:
    near, far = Target("region", "eu", "10.1.0.1"), Target("region", "us", "https://10.2.0.1:443")
    there = await judged(RTT, site.url, site.selector("far"), site=(near,))
    assert (there.verdict, there.fields["regions"]) == ("pass", 1)
    both = await judged(RTT, site.url, site.selector("far"), site=(near, far))
    assert both.verdict == "fail"
    assert "Slowest: us" in both.said
    unprobed = await judged(
        RTT, site.url, site.selector("far"), site=(near, Target("region", "ap", "10.3.0.1"))
    )
    assert unprobed.verdict == "unknown"
    assert "Not measured: ap" in unprobed.said


@pytest.mark.parametrize("line", [LAG, RPO])
@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("steady", "pass"),
        ("spike", "fail"),
        ("two-kinds", "fail"),
        ("stopped", "unknown"),
        ("cut-off", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_lag(site: Cases, line: str, case: str, verdict: str) -> None:
    found = await judged(line, site.url, site.selector(case))
    assert found.verdict == verdict, found
    if case in ("spike", "stopped"):
        assert "us-1" in found.said


async def test_trap_a_replica_that_stopped_has_no_lag_to_show(site: Cases) -> None:
    assert "No longer told of: us-1" in (await judged(LAG, site.url, site.selector("stopped"))).said


async def test_trap_a_replica_that_is_cut_off_counts_no_lag(site: Cases) -> None:
    found = await judged(LAG, site.url, site.selector("cut-off"))
    assert found.value == 0
    assert "without a replayed transaction" in found.said


async def test_trap_probes_that_are_lost_and_probes_that_ended_are_no_short_trips(site: Cases) -> None:
    for case, name in (("lossy", "10.1.0.1"), ("silent", "10.2.0.1")):
        found = await judged(RTT, site.url, site.selector(case))
        assert found.verdict == "unknown"
        assert name in found.said


async def test_replicated_at_all(site: Cases) -> None:
    assert (await judged(REPLICATED, site.url, site.selector("steady"))).verdict == "pass"
    with prom({"up": 1.0}) as server:
        assert (await judged(REPLICATED, server.url)).verdict == "unknown"

"""How often caches hit and how fast they answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, between, cases, counter, histogram, resets

HITS, REDIS_HITS = "13.1.4.3.a1 cache_hit_ratio", "13.3.2.2.a1 cache_hit_ratio"
LATENCY = "13.3.2.2.a2 cache_latency_p99"
PING = "redis_exporter_last_scrape_ping_time_seconds"
SERVER = "redis_latency_percentiles_usec"


def redis(hits: float, misses: float) -> Series:
    return {
        "redis_keyspace_hits_total": counter(hits),
        "redis_keyspace_misses_total": counter(misses),
    }


def prefix(hits: float, queries: float) -> Series:
    return {
        "vllm:prefix_cache_hits_total": counter(hits),
        "vllm:prefix_cache_queries_total": counter(queries),
    }


def server(p99: float, cmd: str = "get") -> Series:
    return {
        f'{SERVER}{{cmd="{cmd}",quantile="50"}}': 10.0,
        f'{SERVER}{{cmd="{cmd}",quantile="99"}}': p99,
        f'{SERVER}{{cmd="{cmd}",quantile="99.9"}}': 50000.0,
    }


async def test_trap_a_server_that_is_down_answers_no_ping() -> None:
    answers = {f'{PING}{{instance="a"}}': 0.0005, f'{PING}{{instance="b"}}': 0.0005}
    down = between(-1800, -1700, 0.0, 1.0)
    with cases(
        {
            "up": {**answers, 'redis_up{instance="a"}': 1.0, 'redis_up{instance="b"}': 1.0},
            "down": {**answers, 'redis_up{instance="a"}': 1.0, 'redis_up{instance="b"}': down},
        }
    ) as site:
        assert (await judged(LATENCY, site.url, site.selector("up"))).verdict == "pass"
        found = await judged(LATENCY, site.url, site.selector("down"))
        assert found.verdict == "unknown"
        assert "more than 1 % of the window: b" in found.said


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "pass": redis(98, 2),
            "fail": redis(60, 40),
            "idle": redis(0, 0),
            "nan": dict.fromkeys(redis(0, 0), math.nan),
            "restarts": {name: resets(value, 500) for name, value in redis(98, 2).items() if callable(value)},
            "mixed": {**redis(98, 2), **prefix(30, 100)},
            "prefix": prefix(80, 100),
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize("line", [HITS, REDIS_HITS])
@pytest.mark.parametrize(
    ("case", "verdict"),
    [("pass", "pass"), ("fail", "fail"), ("idle", "unknown"), ("nan", "unknown"), ("nothing", "unknown")],
)
async def test_hit_ratio(site: Cases, line: str, case: str, verdict: str) -> None:
    assert (await judged(line, site.url, site.selector(case))).verdict == verdict


async def test_trap_no_lookups_are_no_misses(site: Cases) -> None:
    assert "no requests" in (await judged(REDIS_HITS, site.url, site.selector("idle"))).said


async def test_trap_counter_resets(site: Cases) -> None:
    found = await judged(REDIS_HITS, site.url, site.selector("restarts"))
    assert found.verdict == "pass"
    assert found.value == pytest.approx(98, abs=0.5)


async def test_of_several_caches_the_worst_counts_unless_one_is_chosen(site: Cases) -> None:
    found = await judged(HITS, site.url, site.selector("mixed"))
    assert (found.verdict, found.fields["caches"]) == ("fail", 2)
    chosen = await judged(HITS, site.url, site.selector("mixed"), cache="redis")
    assert (chosen.verdict, chosen.fields["caches"]) == ("pass", 1)
    # the line about the cache cluster is not settled by the engine's prefix cache
    assert (await judged(REDIS_HITS, site.url, site.selector("prefix"))).verdict == "unknown"
    assert (await judged(HITS, site.url, site.selector("pass"), cache="disk")).verdict == "unknown"


@pytest.fixture(scope="module")
def redises() -> Iterator[Cases]:
    with cases(
        {
            "ping": {f'{PING}{{instance="a"}}': 0.0004, f'{PING}{{instance="b"}}': 0.0006},
            "slow-ping": {
                f'{PING}{{instance="a"}}': 0.0004,
                # two in a hundred take 5 ms: the mean is well below 1 ms
                f'{PING}{{instance="b"}}': lambda t: 0.005 if (t // 15) % 50 == 0 else 0.0003,
            },
            "few": {PING: lambda t: 0.0004 if t % 300 < 15 else None},
            "server": server(400.0),
            "slow-server": {**server(400.0), **server(1500.0, "hgetall")},
            "own": histogram("session_cache_seconds", {"0.0005": 100, "0.001": 0, "0.01": 0}),
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("ping", "pass"),
        ("slow-ping", "fail"),
        ("few", "unknown"),
        ("server", "pass"),
        ("slow-server", "fail"),
        ("nothing", "unknown"),
    ],
)
async def test_latency(redises: Cases, case: str, verdict: str) -> None:
    found = await judged(LATENCY, redises.url, redises.selector(case))
    assert found.verdict == verdict
    if case == "server":
        assert "without the network" in found.said
    if case == "slow-server":
        assert "hgetall" in found.said


async def test_latency_by_a_histogram_of_the_operator(redises: Cases) -> None:
    own = redises.selector("own")
    assert (await judged(LATENCY, redises.url, own, metric="session_cache_seconds")).verdict == "pass"
    missing = await judged(LATENCY, redises.url, own, metric="other_seconds")
    assert (missing.verdict, missing.key) == ("unknown", "prometheus.no_metric")
    for bad in ("a b", 'x"} or vector(0', "up[5m]"):
        assert (await judged(LATENCY, redises.url, own, metric=bad)).key == "prometheus_latency.bad_metric"
    assert (
        await judged(LATENCY, redises.url, own, metric="session_cache")
    ).key == "prometheus_latency.no_unit"

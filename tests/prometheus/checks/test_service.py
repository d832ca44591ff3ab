"""Services: probed, told of, in time, and none waiting for a connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import (
    Cases,
    Series,
    Value,
    between,
    cases,
    counter,
    histogram,
    prom,
    resets,
    since,
    until,
)

UP, SERIES = "13.1.3.3.s2 service_up", "13.1.3.3.s3 service_series"
TIMEOUTS, POOL = "13.1.4.2.a2 request_timeouts", "13.1.4.2.s2 pool_in_use"
E2E = "vllm:e2e_request_latency_seconds"


def probe(value: Value, instance: str = "http://chat:8000/health") -> Series:
    return {f'probe_success{{job="blackbox",instance="{instance}"}}': value}


def ended(rate: float, job: str = "vllm") -> Series:
    return {f'vllm:request_success_total{{job="{job}",finished_reason="stop"}}': counter(rate)}


def latency(job: str = "vllm") -> Series:
    return histogram(E2E, {"0.3": 5.0, "1": 1.0}, labels=f'job="{job}"')


def aborted(value: Value) -> Series:
    return {'vllm:request_success_total{job="vllm",finished_reason="abort"}': value}


def gateway(requests: float, timeouts: Value | None) -> Series:
    """ingress-nginx makes the series of a status with the first request that ended so."""
    name = "nginx_ingress_controller_requests"
    labels = 'job="ingress",instance="i1"'
    found: dict[str, Value] = {
        f"up{{{labels}}}": 1.0,
        f'{name}{{{labels},status="200"}}': counter(requests),
    }
    return found if timeouts is None else {**found, f'{name}{{{labels},status="504"}}': timeouts}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "alive": {**probe(1.0), **probe(1.0, "rank:8001")},
            "flapped": {**probe(1.0), **probe(between(-1800, -1770, 0.0, 1.0), "rank:8001")},
            # two jobs probe one address, each in its own way
            "two-jobs": {
                **probe(1.0, "x"),
                'probe_success{job="http",instance="x"}': between(-1800, -1700, 0.0, 1.0),
                'probe_success{job="a",instance="x"}': 1.0,
            },
            "gap": probe(lambda t: None if -3000 < t < -1700 else 1.0),
            "unprobed": {**probe(1.0), **probe(until(-900, 1.0), "rank:8001")},
            "both": {**ended(2), **latency(), **aborted(5.0)},
            "half": {**ended(2), **latency(), **ended(2, "rank"), 'up{job="vllm"}': 1.0},
            "none": {'up{job="node"}': 1.0},
            "stale": {
                'up{job="vllm"}': 0.0,
                **{name: until(-900, value) for name, value in {**ended(2), **latency()}.items()},
            },
            "quiet": {**ended(0), **latency(), **aborted(5.0)},
            "aborts": {**ended(2), **aborted(counter(0.01))},
            "restarts": {**ended(2), **aborted(resets(counter(0.01), 700))},
            "gateway": gateway(10, None),
            "first-504": gateway(10, since(-600, 3.0)),
            "old-504": gateway(10, 3.0),
            # a pod that is scraped since half an hour, and was up for who knows how long
            "new-pod": {
                **gateway(10, None),
                'up{job="ingress",instance="i9"}': since(-1800, 1.0),
                'nginx_ingress_controller_requests{job="ingress",instance="i9",status="504"}': since(
                    -600, 3.0
                ),
            },
            "seen-late": {
                **gateway(10, None),
                "envoy_cluster_upstream_rq_total": since(-600, counter(9.0)),
                "envoy_cluster_upstream_rq_timeout": since(-600, 5.0),
            },
            # a mesh of which only the receivers' side is scraped
            "receivers": {'istio_requests_total{reporter="destination",response_code="200"}': counter(9)},
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("alive", "pass"),
        ("flapped", "fail"),
        ("two-jobs", "fail"),
        ("unprobed", "unknown"),
        ("gap", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_up(site: Cases, case: str, verdict: str) -> None:
    found = await judged(UP, site.url, site.selector(case))
    assert found.verdict == verdict
    if case in ("flapped", "unprobed"):
        assert "rank:8001" in found.said


async def test_trap_a_service_that_is_probed_no_longer_is_not_alive(site: Cases) -> None:
    assert "No longer probed" in (await judged(UP, site.url, site.selector("unprobed"))).said


@pytest.mark.parametrize(
    ("case", "verdict", "missing"),
    [
        ("both", "pass", 0),
        ("half", "fail", 1),
        ("none", "fail", 2),
        ("stale", "fail", 2),
        ("nothing", "unknown", None),
    ],
)
async def test_business_series(site: Cases, case: str, verdict: str, missing: int | None) -> None:
    found = await judged(SERIES, site.url, site.selector(case))
    assert (found.verdict, found.fields.get("value")) == (verdict, missing)
    if case == "half":
        assert "rank" in found.said


@pytest.mark.parametrize(
    ("signals", "key"), [([], "no_signals"), ("e2e", "no_signals"), (["x"], "unknown_signal")]
)
async def test_signals_are_named_rightly(site: Cases, signals: object, key: str) -> None:
    found = await judged(SERIES, site.url, site.selector("both"), signals=signals)
    assert (found.verdict, found.key) == ("unknown", f"prometheus_series.{key}")


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("both", "pass"),
        ("aborts", "fail"),
        ("quiet", "unknown"),
        ("gateway", "pass"),
        ("old-504", "pass"),
        ("new-pod", "unknown"),
        ("seen-late", "unknown"),
        ("receivers", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_timeouts(site: Cases, case: str, verdict: str) -> None:
    assert (await judged(TIMEOUTS, site.url, site.selector(case))).verdict == verdict


async def test_trap_no_requests_do_not_time_out(site: Cases) -> None:
    assert "no requests" in (await judged(TIMEOUTS, site.url, site.selector("quiet"))).said


async def test_trap_a_counter_that_its_first_event_makes(site: Cases) -> None:
    found = await judged(TIMEOUTS, site.url, site.selector("first-504"))
    assert (found.verdict, found.value) == ("fail", 3), "increase() alone would say 0"


async def test_trap_a_selector_may_be_about_labels_that_up_does_not_have() -> None:
    with prom(
        {
            name.replace("}", ',ingress="chat"}') if "nginx" in name else name: value
            for name, value in gateway(10, since(-600, 3.0)).items()
        }
    ) as server:
        found = await judged(TIMEOUTS, server.url, 'ingress="chat"')
        assert (found.verdict, found.value) == ("fail", 3)


async def test_trap_counter_resets_do_not_hide_timeouts(site: Cases) -> None:
    found = await judged(TIMEOUTS, site.url, site.selector("restarts"))
    assert found.verdict == "fail"
    assert found.value > 25


@pytest.fixture(scope="module")
def pools() -> Iterator[Cases]:
    def pool(pending: Value, active: Value) -> Series:
        labels = '{instance="a",pool="db"}'
        return {
            f"hikaricp_connections_pending{labels}": pending,
            f"hikaricp_connections_active{labels}": active,
            f"hikaricp_connections_max{labels}": 10.0,
        }

    with cases(
        {
            "pass": pool(0.0, lambda t: 3.0 + (t // 60) % 5),
            "fail": pool(between(-1800, -1740, 4.0, 0.0), 10.0),
            "unused": pool(0.0, 0.0),
            "untold": {'hikaricp_connections_pending{pool="db"}': 0.0},
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("pass", "pass"),
        ("fail", "fail"),
        ("unused", "unknown"),
        ("untold", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_pool(pools: Cases, case: str, verdict: str) -> None:
    found = await judged(POOL, pools.url, pools.selector(case))
    assert found.verdict == verdict
    if case == "fail":
        assert (found.value, found.fields["in_use"]) == (4, 100)
        assert "db" in found.said

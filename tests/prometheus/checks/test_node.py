"""Nodes: busy CPUs, and pods that are held back."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, counter, resets, since

CPU, THROTTLED = "13.1.4.2.a1 node_cpu_busy", "13.2.4.1.a2 cpu_throttled"


def node(busy: float, name: str = "n1:9100", cpus: int = 4, more: str = "") -> Series:
    return {
        f'node_cpu_seconds_total{{instance="{name}",cpu="{cpu}",mode="{mode}"{more}}}': counter(rate)
        for cpu in range(cpus)
        for mode, rate in (("idle", 1 - busy), ("user", busy * 0.7), ("system", busy * 0.3))
    }


def told(pending: float = 0.0, evicted: Value = 0.0) -> Series:
    """One more pod as kube-state-metrics tells of it; it asks for GPUs."""
    labels = 'namespace="chat",pod="x"'
    return {
        f'kube_pod_status_phase{{{labels},phase="Pending"}}': pending,
        f'kube_pod_status_reason{{{labels},reason="Evicted"}}': evicted,
        f'kube_pod_container_resource_requests{{{labels},resource="nvidia_com_gpu"}}': 8.0,
    }


def pod(share: float, name: str = "p", periods: float = 10.0, more: str = "") -> Series:
    labels = f'{{namespace="chat",pod="{name}",container="c"{more}}}'
    return {
        f"container_cpu_cfs_periods_total{labels}": counter(periods),
        f"container_cpu_cfs_throttled_periods_total{labels}": counter(periods * share),
    }


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "pass": {**node(0.6), **node(0.8, "n2:9100")},
            "low": node(0.3),
            "high": node(0.95),
            "nan": dict.fromkeys(node(0.7), math.nan),
            "restarts": {name: resets(value, 700) for name, value in node(0.7).items() if callable(value)},
            "steady": {**pod(0.05), **pod(0.2, "q"), **told()},
            "untold": {**pod(0.05), **pod(0.2, "q")},
            "pending": {**pod(0.05), **told(pending=1.0)},
            "evicted": {**pod(0.05), **told(evicted=since(-1200, 1.0))},
            "evicted-before": {**pod(0.05), **told(evicted=1.0)},
            "clusters": {**pod(0.45, more=',cluster="a"'), **pod(0.0, more=',cluster="b"'), **told()},
            "twice": {**node(0.7, more=',job="a"'), **node(0.7, more=',job="b"')},
            "two-clusters": {**node(0.85, more=',cluster="a"'), **node(0.85, more=',cluster="b"')},
            "half-told": {**node(0.7), 'kube_node_info{node="n1"}': 1.0, 'kube_node_info{node="n2"}': 1.0},
            "starved": {**pod(0.05), **pod(0.6, "q")},
            "asleep": pod(0.0, periods=0.0),
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [("pass", "pass"), ("low", "fail"), ("high", "fail"), ("nan", "unknown"), ("nothing", "unknown")],
)
async def test_cpu(site: Cases, case: str, verdict: str) -> None:
    found = await judged(CPU, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "pass":
        assert found.value == pytest.approx(70)
        assert "n2:9100 (80 %)" in found.said


async def test_trap_counter_resets_are_no_idle_time(site: Cases) -> None:
    found = await judged(CPU, site.url, site.selector("restarts"))
    assert found.value == pytest.approx(70, abs=2)


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("steady", "pass"),
        ("untold", "unknown"),  # who waits and who was evicted is not known
        ("pending", "fail"),
        ("evicted", "fail"),
        ("evicted-before", "pass"),
        ("starved", "fail"),
        ("asleep", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_throttled(site: Cases, case: str, verdict: str) -> None:
    found = await judged(THROTTLED, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "starved":
        assert found.value == pytest.approx(60)
        assert "chat/q" in found.said


async def test_trap_two_clusters_have_pods_of_one_name(site: Cases) -> None:
    found = await judged(THROTTLED, site.url, site.selector("clusters"))
    assert found.verdict == "fail"
    assert found.value == pytest.approx(45), "both together would be 22.5 %"


async def test_trap_a_node_that_two_jobs_scrape_is_one(site: Cases) -> None:
    found = await judged(CPU, site.url, site.selector("twice"))
    assert (found.verdict, round(found.value)) == ("pass", 70)


async def test_trap_two_clusters_have_nodes_of_one_name(site: Cases) -> None:
    found = await judged(CPU, site.url, site.selector("two-clusters"))
    assert (found.verdict, round(found.value)) == ("fail", 85)


async def test_trap_nodes_without_an_exporter_may_do_anything(site: Cases) -> None:
    found = await judged(CPU, site.url, site.selector("half-told"))
    assert found.verdict == "unknown"
    assert "1 nodes of Kubernetes tell nothing of their CPUs" in found.said


async def test_trap_a_namespace_does_not_hide_its_worst_pod(site: Cases) -> None:
    found = await judged(THROTTLED, site.url, site.selector("starved"))
    assert found.value > 35, "the mean of the namespace would be 32.5 %"

"""Nodes: busy CPUs, and pods that are held back."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, cases, counter, resets

CPU, THROTTLED = "13.1.4.2.a1 node_cpu_busy", "13.2.4.1.a2 cpu_throttled"


def node(busy: float, name: str = "n1:9100", cpus: int = 4) -> Series:
    return {
        f'node_cpu_seconds_total{{instance="{name}",cpu="{cpu}",mode="{mode}"}}': counter(rate)
        for cpu in range(cpus)
        for mode, rate in (("idle", 1 - busy), ("user", busy * 0.7), ("system", busy * 0.3))
    }


def pod(share: float, name: str = "p", periods: float = 10.0) -> Series:
    labels = f'{{namespace="chat",pod="{name}",container="c"}}'
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
            "steady": {**pod(0.05), **pod(0.2, "q")},
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
    [("steady", "pass"), ("starved", "fail"), ("asleep", "unknown"), ("nothing", "unknown")],
)
async def test_throttled(site: Cases, case: str, verdict: str) -> None:
    found = await judged(THROTTLED, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "starved":
        assert found.value == pytest.approx(60)
        assert "chat/q" in found.said


async def test_trap_a_namespace_does_not_hide_its_worst_pod(site: Cases) -> None:
    found = await judged(THROTTLED, site.url, site.selector("starved"))
    assert found.value > 35, "the mean of the namespace would be 32.5 %"

"""Percentiles of latencies, their bounds, and the targets that operators state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpuready.probes.probe import Target
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, cases, counter, histogram, resets, summary

E2E, TTFT, ITL = (
    "vllm:e2e_request_latency_seconds",
    "vllm:time_to_first_token_seconds",
    "vllm:inter_token_latency_seconds",
)
P99, TARGETS = "13.2.2.3.a2 e2e_p99", "13.2.2.2.a2 ttft_p95"
SCHEDULING = "scheduler_pod_scheduling_sli_duration_seconds"
OTHERS = {
    "13.2.4.2.a2 scheduling_latency_p99": (SCHEDULING, ["5", "10", "20"]),
    "13.3.1.2.a3 dns_p95": ("coredns_dns_request_duration_seconds", ["0.064", "0.1", "0.5"]),
    "13.3.2.1.a3 job_wait_p95": ("kueue_admission_wait_time_seconds", ["150", "300", "600"]),
}


def others(bucket: int, rate: float = 10.0) -> Series:
    """All of OTHERS with their requests in the first, second or third bucket."""
    found: dict[str, object] = {}
    for name, edges in OTHERS.values():
        found |= histogram(name, {edge: rate if at == bucket else 0.0 for at, edge in enumerate(edges)})
    return found  # type: ignore[return-value]


def spelt(name: str, spelling: str, labels: str) -> Series:
    """A histogram one of whose edges is spelt that way, with 99.5 % below it."""
    return histogram(name, {"0.3": 9.0, spelling: 0.95, "2.5": 0.05}, labels=labels)


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    edges = {"0.1": 0.0, "0.3": 0.0, "0.5": 0.0, "0.8": 0.0, "2.5": 0.0}
    fast = histogram(E2E, {**edges, "0.3": 50})
    with cases(
        {
            "pass": {
                **fast,
                **histogram(TTFT, {**edges, "0.1": 40}),
                **histogram(ITL, {"0.025": 0, "0.05": 400, "0.1": 0}),
                **others(0),
            },
            "fail": {
                **histogram(E2E, {**edges, "0.3": 50, "2.5": 5}),
                **histogram(TTFT, {**edges, "0.8": 40}),
                **histogram(ITL, {"0.025": 0, "0.05": 0, "0.1": 400}),
                **others(2),
            },
            "edge": {**histogram(E2E, {**edges, "0.5": 50}), **others(1)},
            "exactly": histogram(E2E, {**edges, "0.5": 99, "0.8": 1}),
            "beyond": histogram(E2E, {"0.1": 90, "0.3": 0, "+Inf": 10}),
            "inside": histogram(E2E, {"0.1": 0, "0.4": 0, "1": 50}),
            "idle": {
                **histogram(E2E, dict.fromkeys(edges, 0.0)),
                **histogram(TTFT, {**edges, "0.1": 40}),
                **others(0, 0.0),
            },
            "restarts": {name: resets(value, 700) for name, value in fast.items() if callable(value)},
            "spelt": {
                **spelt(E2E, "1", 'instance="a"'),
                **spelt(E2E, "1.0", 'instance="b"'),
            },
            "nothing": {},
        },
        days=1.1,
        step=120,
        recent=4200,
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [("pass", "pass"), ("fail", "fail"), ("nothing", "unknown"), ("idle", "unknown"), ("inside", "unknown")],
)
async def test_p99(site: Cases, case: str, verdict: str) -> None:
    assert (await judged(P99, site.url, site.selector(case))).verdict == verdict


async def test_trap_no_traffic_is_said(site: Cases) -> None:
    assert "no requests" in (await judged(P99, site.url, site.selector("idle"))).said


@pytest.mark.parametrize("case", ["edge", "exactly"])
async def test_trap_a_figure_at_a_bucket_edge_is_told(site: Cases, case: str) -> None:
    found = await judged(P99, site.url, site.selector(case))
    assert found.verdict == "pass"
    assert "between the bucket edges 300 and 500 ms" in found.said.replace("0.3 and 0.5 s", "300 and 500 ms")


async def test_trap_the_last_bucket_reads_at_least(site: Cases) -> None:
    found = await judged(P99, site.url, site.selector("beyond"))
    assert found.verdict == "unknown", "it may be 0.3 s or an hour"
    assert "at least" in found.said
    slow = await judged("13.1.2.4.a2 latency_jitter", site.url, site.selector("beyond"))
    assert slow.verdict == "unknown"


async def test_trap_counter_resets_are_no_traffic_backwards(site: Cases) -> None:
    assert (await judged(P99, site.url, site.selector("restarts"))).verdict == "pass"


async def test_trap_two_spellings_of_one_edge(site: Cases) -> None:
    found = await judged(P99, site.url, site.selector("spelt"))
    assert 300 < found.value <= 1000
    assert "between the bucket edges 0.3 and 1 s" in found.said


@pytest.mark.parametrize("line", OTHERS)
@pytest.mark.parametrize(
    ("case", "verdict"),
    [("pass", "pass"), ("edge", "pass"), ("fail", "fail"), ("idle", "unknown"), ("nothing", "unknown")],
)
async def test_other_percentiles(site: Cases, line: str, case: str, verdict: str) -> None:
    assert (await judged(line, site.url, site.selector(case))).verdict == verdict


@pytest.mark.parametrize(
    ("case", "options", "verdict"),
    [
        ("pass", {"ttft_ms": "100", "itl_ms": "50"}, "pass"),
        ("fail", {"ttft_ms": "500", "itl_ms": "100"}, "fail"),
        ("pass", {"ttft_ms": "100", "itl_ms": "25"}, "fail"),
        ("pass", {"ttft_ms": "100", "itl_ms": "40"}, "unknown"),  # within the bucket from 25 to 50 ms
        ("nothing", {"ttft_ms": "100", "itl_ms": "50"}, "unknown"),
        ("pass", {}, "unknown"),
        ("pass", {"ttft_ms": "soon"}, "unknown"),
        ("pass", {"ttft_ms": "-1"}, "unknown"),
    ],
)
async def test_targets(site: Cases, case: str, options: dict[str, str], verdict: str) -> None:
    assert (await judged(TARGETS, site.url, site.selector(case), options=options)).verdict == verdict


async def test_targets_of_the_engines_are_taken_the_strictest_counts(site: Cases) -> None:
    engines = tuple(
        Target("engine", name, "", {"ttft_ms": most}) for name, most in (("a", "900"), ("b", "60"))
    )
    found = await judged(TARGETS, site.url, site.selector("fail"), site=engines)
    assert found.verdict == "fail"
    assert "target of 60 ms" in found.said
    assert "itl_ms" in found.said  # what was not judged is said


@pytest.fixture(scope="module")
def triton() -> Iterator[Cases]:
    name = "nv_inference_request_summary_us"
    quantiles = {"0.5": 90e3, "0.95": 200e3, "0.99": 400e3}
    with cases(
        {
            "pass": summary(name, quantiles, labels='model="m",instance="a"'),
            "worst": {
                **summary(name, quantiles, labels='model="m",instance="a"'),
                **summary(name, {**quantiles, "0.99": 900e3}, labels='model="m",instance="b"'),
            },
            "counters": {"nv_inference_request_duration_us": counter(5.0)},
        }
    ) as site:
        yield site


async def test_trap_summaries_of_replicas_are_not_averaged(triton: Cases) -> None:
    assert (await judged(P99, triton.url, triton.selector("pass"))).verdict == "pass"
    worst = await judged(P99, triton.url, triton.selector("worst"))
    assert worst.verdict == "fail"
    assert worst.value == pytest.approx(900)
    assert "worst replica" in worst.said


async def test_counters_only_have_no_percentile() -> None:
    with cases({"counters": {"nv_inference_request_duration_us": counter(5.0)}}) as site:
        found = await judged(P99, site.url, site.selector("counters"))
        assert found.verdict == "unknown"
        assert "summary_latencies=true" in found.said

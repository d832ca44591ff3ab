"""Sites of which each exporter tells a part: what is read first does not stand for the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import Judged, judged
from tests.prometheus.history import (
    Cases,
    Series,
    Value,
    between,
    cases,
    counter,
    histogram,
    since,
    summary,
    until,
)

P99, TTFT, JITTER = "13.2.2.3.a2 e2e_p99", "13.2.2.2.a2 ttft_p95", "13.1.2.4.a2 latency_jitter"
WAIT, SCHEDULING = "13.3.2.1.a3 job_wait_p95", "13.2.4.2.a2 scheduling_latency_p99"
BATCH, PREEMPTED, CACHE = (
    "13.1.4.1.s1 batch_size",
    "13.2.2.1.s3 preemptions",
    "13.1.4.3.a1 cache_hit_ratio",
)
DRAINS, WATCHED, MODELS = (
    "13.1.4.2.s3 queue_depth",
    "13.2.2.3.s2 queue_depth",
    "13.2.2.4.a1 models_served",
)
POOL, SERIES, RECORDS = (
    "13.1.4.2.s2 pool_in_use",
    "13.1.3.3.s3 service_series",
    "13.3.1.3.a2 records_rate",
)
V, S, T = 'job="vllm",instance="v"', 'job="sglang",instance="s"', 'job="triton",instance="t"'
EDGES = {"0.1": 0.0, "0.3": 0.0, "0.5": 0.0, "0.8": 0.0, "2.5": 0.0}


def latency(engine: str, edge: str, labels: str, name: str = "e2e_request_latency", **more: object) -> Series:
    return histogram(f"{engine}:{name}_seconds", {**EDGES, edge: 50.0}, labels=labels, **more)  # type: ignore[arg-type]


def requests(labels: str = V) -> Series:
    return {f'vllm:request_success_total{{model_name="m",finished_reason="stop",{labels}}}': counter(2.0)}


def triton(labels: str = T) -> Series:
    """An engine that only counts, and tells no quantile."""
    kinds = ("request_success", "request_failure", "request_duration_us")
    return {f'nv_inference_{kind}{{model="x",{labels}}}': counter(2.0) for kind in kinds}


def kueue(waiting: float) -> Series:
    placed = histogram("kueue_admission_wait_time_seconds", {"150": 0.01, "300": 0.0, "600": 0.0})
    return {**placed, 'kueue_pending_workloads{cluster_queue="q",status="active"}': waiting}


def scheduler(waiting: float | None) -> Series:
    name = "scheduler_pod_scheduling_sli_duration_seconds"
    placed = histogram(name, {"1": 0.05, "10": 0.0, "100": 0.0})
    if waiting is None:
        return placed
    return {**placed, 'scheduler_pending_pods{queue="unschedulable",instance="a"}': waiting}


def percentiles(p99: Value) -> Series:
    found = summary("nv_inference_request_summary_us", {"0.5": 9e4, "0.99": 2e5}, labels=f'model="m",{T}')
    return {name: p99 if 'quantile="0.99"' in name else value for name, value in found.items()}


def broker(rate: float, job: str) -> Series:
    name = "kafka_server_brokertopicmetrics_messagesin_total"
    return {f'{name}{{topic="t",instance="b1",job="{job}"}}': counter(rate)}


def hikari() -> Series:
    values = {"pending": 0.0, "active": 3.0, "max": 9.0}
    return {f'hikaricp_connections_{kind}{{instance="a",pool="db"}}': value for kind, value in values.items()}


FAST, SLOW = latency("vllm", "0.3", V), latency("sglang", "2.5", S)
TWO = {"vllm": ("0.1", V), "sglang": ("2.5", S)}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    overflow = 'envoy_cluster_upstream_rq_pending_overflow{instance="e",envoy_cluster_name="c"}'
    with cases(
        {
            "two": {**FAST, **SLOW},
            "one": FAST,
            "idle-first": {**latency("vllm", "0.3", V, within=lambda t: 0.0), **SLOW},
            "blind": {**FAST, **triton()},
            "same-target": {**FAST, **triton(V)},
            "ttft": {
                name: value
                for engine, (edge, labels) in TWO.items()
                for name, value in latency(engine, edge, labels, "time_to_first_token").items()
            },
            "was-slow": percentiles(between(-3000, -300, 900e3, 200e3)),
            "is-slow": percentiles(900e3),
            "waits": kueue(100.0),
            "placed": kueue(0.0),
            "pods-wait": scheduler(30.0),
            "pods-placed": scheduler(0.0),
            "pods-unknown": scheduler(None),
            "peak": {
                f'vllm:num_requests_running{{model_name="m",{V}}}': between(-1800, -1700, 100.0, 4.0),
                **requests(),
            },
            "batches": {
                f'vllm:num_requests_running{{model_name="m",{V}}}': 4.0,
                **requests(),
                f'sglang:num_running_reqs{{model_name="n",{S}}}': 300.0,
                f'sglang:e2e_request_latency_seconds_count{{model_name="n",{S}}}': counter(3.0),
            },
            "retracts": {
                f"vllm:num_preemptions_total{{{V}}}": 0.0,
                **requests(),
                f"sglang:num_running_reqs{{{S}}}": 2.0,
                f"sglang:num_retracted_requests_total{{{S}}}": counter(0.1),
            },
            "stuck": {
                f"vllm:num_requests_waiting{{{V}}}": 0.0,
                **requests(),
                f'nv_inference_pending_request_count{{model="x",{T}}}': 9.0,
            },
            # the names of the engine that was there before are still known
            "moved": {
                f'sglang:num_queue_reqs{{model_name="m",{S}}}': lambda t: 0.0 if (t // 300) % 2 else 3.0,
                f'sglang:num_requests_total{{model_name="m",{S}}}': counter(2.0),
            },
            "nameless": {
                **{f'vllm:num_requests_running{{model_name="m{n}",{V}}}': 1.0 for n in range(9)},
                'tgi_queue_size{job="tgi",instance="g"}': 0.0,
            },
            "caches": {
                f"vllm:prefix_cache_queries_total{{{V}}}": counter(10.0),
                f"vllm:prefix_cache_hits_total{{{V}}}": counter(9.0),
                f"sglang:prompt_tokens_total{{{S}}}": counter(1000.0),
                f"sglang:cached_tokens_total{{{S}}}": counter(1.0),
            },
            "pools": {
                **hikari(),
                overflow: counter(0.1),
                overflow.replace("pending_overflow", "total"): counter(9.0),
            },
            "untold": {**requests(), **FAST, **triton()},
            "told": {**requests(), **FAST},
            "scraped-twice": {**broker(6e5, "x"), **broker(6e5, "y")},
            "fast-broker": broker(1.2e6, "x"),
            # without the marker of an ended series a sample is seen for five minutes more
            "moving-topic": {
                'pulsar_rate_in{topic="t",instance="b1"}': until(-3000, 6e5),
                'pulsar_rate_in{topic="t",instance="b2"}': since(-2700, 6e5),
            },
            "nothing": {},
        },
        days=1.1,
        step=60,
        recent=4200,
    ) as site:
        yield site


async def found_of(site: Cases, line: str, case: str) -> Judged:
    options = {"ttft_ms": "500"} if line == TTFT else None
    return await judged(line, site.url, site.selector(case), options=options)


@pytest.mark.parametrize(
    ("line", "case", "verdict"),
    [
        (P99, "one", "pass"),
        (P99, "two", "fail"),
        (P99, "idle-first", "fail"),
        (P99, "blind", "unknown"),
        (P99, "same-target", "pass"),
        (P99, "was-slow", "unknown"),
        (P99, "is-slow", "fail"),
        (TTFT, "ttft", "fail"),
        (JITTER, "blind", "unknown"),
        (WAIT, "placed", "pass"),
        (WAIT, "waits", "unknown"),
        (SCHEDULING, "pods-placed", "pass"),
        (SCHEDULING, "pods-wait", "unknown"),
        (BATCH, "peak", "fail"),
        (BATCH, "batches", "fail"),
        (PREEMPTED, "retracts", "fail"),
        (DRAINS, "stuck", "fail"),
        (DRAINS, "moved", "pass"),
        (WATCHED, "moved", "pass"),
        (MODELS, "nameless", "unknown"),
        (CACHE, "caches", "fail"),
        (POOL, "pools", "fail"),
        (SERIES, "told", "pass"),
        (SERIES, "untold", "fail"),
        (RECORDS, "scraped-twice", "fail"),
        (RECORDS, "fast-broker", "pass"),
    ],
)
async def test_trap_the_first_exporter_does_not_speak_for_all(
    site: Cases, line: str, case: str, verdict: str
) -> None:
    found = await found_of(site, line, case)
    assert found.verdict == verdict, found


async def test_what_each_exporter_tells_is_said(site: Cases) -> None:
    assert "Told by several exporters, all of which count: vLLM" in (await found_of(site, P99, "two")).said
    assert "summary_latencies=true" in (await found_of(site, P99, "blind")).said
    assert "100 wait still" in (await found_of(site, WAIT, "waits")).said
    assert "How many wait still is not told" in (await found_of(site, SCHEDULING, "pods-unknown")).said
    assert "triton" in (await found_of(site, SERIES, "untold")).said


async def test_trap_a_topic_that_moves_to_another_broker_is_one(site: Cases) -> None:
    found = await judged(RECORDS, site.url, site.selector("moving-topic"), window="1h")
    assert found.value == pytest.approx(6e5, rel=0.1), "two averages of half an hour are no 1.2 million"


async def test_a_latency_that_is_clearly_missed_is_missed_whatever_the_other_is(site: Cases) -> None:
    options = {"ttft_ms": "500", "itl_ms": "50"}
    found = await judged(TTFT, site.url, site.selector("ttft"), options=options)
    assert found.verdict == "fail"
    within = await judged(TTFT, site.url, site.selector("ttft"), options={**options, "ttft_ms": "9000"})
    assert within.verdict == "unknown"

"""Load and capacity on a quarter of history: trend, back-test, shortage, dimensions, jobs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest

from gpuready.checklist.verdict import Verdict
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, cases, counter, histogram, resets, since

TREND = "13.2.4.4.s1 load_trend"
MODEL = "13.2.4.4.s2 forecast_accuracy"
FORECAST, FORECAST_90 = "13.2.4.4.a1 forecast_accuracy", "13.3.4.4.a1 forecast_accuracy"
DEMAND, BREACH = "13.2.4.4.a2 demand_over_capacity", "13.3.4.4.a2 demand_over_capacity"
LOAD, JOBS = "13.3.4.4.s2 load_dimensions", "13.3.2.1.a1 job_scheduled_ratio"
DAY = 86400.0


def tokens(rate: Callable[[float], float]) -> Series:
    return {'vllm:generation_tokens_total{model_name="m"}': counter(rate, step=3600.0)}


def weekly(t: float) -> float:
    """A load that grows by a tenth a month, with a quiet weekend and a quiet night."""
    day = t / DAY
    week = 0.6 if math.floor(day) % 7 in (5, 6) else 1.0
    return (1000 + 1000 * day / 300) * week * (1 + 0.5 * math.sin(2 * math.pi * day))


def pods(pending: Callable[[float], float], node: str = "") -> Series:
    """One pod that asks for a GPU; it is without a node, or on one."""
    which = 'namespace="chat",pod="engine-0"'
    return {
        f'kube_pod_status_phase{{{which},phase="Pending"}}': pending,
        f'kube_pod_status_phase{{{which},phase="Running"}}': lambda t: 1 - pending(t),
        f'kube_pod_container_resource_requests{{{which},resource="nvidia_com_gpu",node="{node}"}}': 1,
    }


def gateway(refused: Callable[[float], float]) -> Series:
    return {
        'http_requests_total{status="2xx",job="gateway"}': counter(10.0),
        'http_requests_total{status="429",job="gateway"}': counter(refused, step=300.0),
    }


def hour(share: float) -> Callable[[float], float]:
    """That much for an hour, three days ago."""
    return lambda t: share if -3 * DAY <= t < -3 * DAY + 3600 else 0.0


def none(t: float) -> float:
    return 0.0


def jobs(placed: float, waiting: float) -> Series:
    return {
        'kueue_admitted_workloads_total{cluster_queue="q"}': counter(placed),
        'kueue_pending_workloads{cluster_queue="q",status="active"}': waiting,
    }


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "steady": tokens(weekly),
            "restarts": {k: resets(v, 7 * DAY) for k, v in tokens(weekly).items() if callable(v)},
            "doubled": tokens(lambda t: 1000.0 if t < -25 * DAY else 2500.0),
            "young": {k: since(-20 * DAY, v) for k, v in tokens(weekly).items()},
            "off": tokens(lambda t: 1000.0 if t < -25 * DAY or t > -22 * DAY else 0.0),
            "enough": {**pods(none), **gateway(none)},
            "no-gpu": {**pods(hour(1)), **gateway(none)},
            "pulling": {**pods(hour(1), node="n1"), **gateway(none)},
            "refused": {**pods(none), **gateway(hour(2))},
            "pods-only": pods(none),
            "nan": {**pods(lambda t: math.nan), "vllm:generation_tokens_total": math.nan},
            "placed": jobs(0.01, 20),
            "stuck": jobs(0.01, 2000),
            "idle": jobs(0.0, 0),
            "load": {
                **tokens(weekly),
                "vllm:num_requests_running": 4,
                "vllm:kv_cache_usage_perc": 0.5,
                **histogram("vllm:request_prompt_tokens", {"100": 1, "1000": 1}),
            },
            "one": tokens(weekly),
            "few": {**tokens(weekly), "vllm:num_requests_running": since(-2 * DAY, 3), "up": 1},
            "other": {"up": 1},
            "nothing": {},
        },
        days=93,
        step=300,
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("line", "case", "verdict"),
    [
        (TREND, "steady", Verdict.PASS),
        (TREND, "young", Verdict.FAIL),
        (TREND, "nothing", Verdict.UNKNOWN),
        (MODEL, "steady", Verdict.PASS),
        (MODEL, "young", Verdict.UNKNOWN),
        (FORECAST, "steady", Verdict.PASS),
        (FORECAST, "doubled", Verdict.FAIL),
        (FORECAST, "young", Verdict.UNKNOWN),
        (FORECAST, "nothing", Verdict.UNKNOWN),
        (FORECAST_90, "steady", Verdict.PASS),
        (FORECAST_90, "doubled", Verdict.FAIL),
        (DEMAND, "enough", Verdict.PASS),
        (DEMAND, "no-gpu", Verdict.FAIL),
        (DEMAND, "refused", Verdict.FAIL),
        (DEMAND, "nothing", Verdict.UNKNOWN),
        (BREACH, "enough", Verdict.PASS),
        (BREACH, "refused", Verdict.FAIL),
        (BREACH, "nothing", Verdict.UNKNOWN),
        (LOAD, "load", Verdict.PASS),
        (LOAD, "one", Verdict.FAIL),
        (LOAD, "other", Verdict.UNKNOWN),
        (LOAD, "nothing", Verdict.UNKNOWN),
        (JOBS, "placed", Verdict.PASS),
        (JOBS, "stuck", Verdict.FAIL),
        (JOBS, "nothing", Verdict.UNKNOWN),
    ],
)
async def test_every_line_is_turned_by_data(site: Cases, line: str, case: str, verdict: Verdict) -> None:
    found = await judged(line, site.url, site.selector(case))
    assert found.verdict is verdict, found


@pytest.mark.parametrize("line", [TREND, FORECAST, DEMAND])
async def test_trap_empty_and_nan_are_unknown(site: Cases, line: str) -> None:
    assert (await judged(line, site.url, site.selector("nan"))).verdict is Verdict.UNKNOWN


async def test_trap_counter_resets_change_nothing(site: Cases) -> None:
    steady = await judged(FORECAST, site.url, site.selector("steady"))
    restarted = await judged(FORECAST, site.url, site.selector("restarts"))
    assert restarted.value == pytest.approx(steady.value, abs=3) and restarted.verdict is Verdict.PASS


async def test_trap_no_jobs_are_unknown(site: Cases) -> None:
    assert (await judged(JOBS, site.url, site.selector("idle"))).key == "prometheus.no_traffic"


async def test_trap_a_pod_that_pulls_its_image_lacks_no_gpu(site: Cases) -> None:
    found = await judged(DEMAND, site.url, site.selector("pulling"))
    assert found.verdict is Verdict.PASS and found.value == 0


async def test_half_of_the_sources_proves_no_absence(site: Cases) -> None:
    found = await judged(DEMAND, site.url, site.selector("pods-only"))
    assert found.verdict is Verdict.UNKNOWN and "scrape a gateway" in found.said


async def test_a_shortage_says_when_and_what_to_do(site: Cases) -> None:
    found = await judged(DEMAND, site.url, site.selector("no-gpu"))
    assert found.value == 1 and "UTC" in found.said and "add nodes" in found.said
    assert found.fields["violations"] == 0, "no request failed in it"
    breach = await judged(BREACH, site.url, site.selector("refused"))
    assert breach.fields["violations"] == 1


async def test_the_forecast_says_how_it_was_made(site: Cases) -> None:
    found = await judged(FORECAST, site.url, site.selector("steady"))
    assert found.fields["compared"] == 30 and float(found.fields["history"]) >= 58, found
    assert "trend and weekday" in found.said and found.value > float(found.fields["naive"])
    doubled = await judged(FORECAST, site.url, site.selector("doubled"))
    assert float(doubled.fields["bias"]) < -40


async def test_days_without_load_are_not_compared(site: Cases) -> None:
    found = await judged(MODEL, site.url, site.selector("off"))
    # How well the other days were foreseen depends on the hour at which this runs; it never passes.
    assert found.verdict in (Verdict.UNKNOWN, Verdict.FAIL) and "next to no load" in found.said


async def test_the_trend_says_when_capacity_is_met(site: Cases) -> None:
    near = await judged(TREND, site.url, site.selector("steady"), options={"capacity": "1700"})
    assert "order before that" in near.said, near
    far = await judged(TREND, site.url, site.selector("steady"), capacity=1e9)
    assert "does not meet" in far.said and float(far.fields["trend"]) > 5
    odd = await judged(TREND, site.url, site.selector("steady"), options={"capacity": "lots"})
    assert odd.verdict is Verdict.UNKNOWN


async def test_what_is_recorded_for_two_days_only_is_not_known_to_be_missing(site: Cases) -> None:
    found = await judged(LOAD, site.url, site.selector("few"))
    assert found.verdict is Verdict.FAIL and "keep history longer" in found.said


async def test_no_parameter_hides_a_refusal(site: Cases) -> None:
    found = await judged(DEMAND, site.url, site.selector("refused"), refused_percent=90)
    assert found.verdict is Verdict.UNKNOWN and "from 0 to 5" in found.said

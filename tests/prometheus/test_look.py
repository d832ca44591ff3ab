"""A check's look at a real Prometheus: every trap that makes a number out of nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, NoData, Target
from gpuready.prometheus.buckets import Buckets, buckets_of
from gpuready.prometheus.expression import fill, matchers
from gpuready.prometheus.look import Look, Reading, looking
from gpuready.text.fault import Fault
from tests.prometheus.history import Cases, cases, counter, histogram, resets

TTFT = "vllm:time_to_first_token_seconds"


@pytest.fixture(scope="module")
def data() -> Iterator[Cases]:
    spread = {"0.1": 0.4, "0.5": 1.0, "1.0": 0.6}
    with cases(
        {
            "busy": {'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"}': 0.8, 'DCGM_FI_DEV_GPU_UTIL{UUID="a"}': 1.0},
            "twice": {
                'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a",pod="x"}': 0.8,
                'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a",pod="y"}': 0.8,
                'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="b",pod="x"}': 0.2,
            },
            "short": {'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"}': lambda t: 0.8 if t > -600 else None},
            "mostly": {'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"}': lambda t: 0.8 if t > -2700 else None},
            "nan": {'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"}': math.nan},
            "traffic": histogram(TTFT, spread),
            "quiet": histogram(TTFT, spread, within=lambda t: 0.0),
            "beyond": histogram(TTFT, {"0.1": 0.2, "0.5": 0.2, "+Inf": 1.6}),
            "restarts": {
                name: resets(value, every=900.0) if callable(value) else value
                for name, value in histogram(TTFT, spread).items()
            },
            "rest": {"up": counter(1.0)},
            "sglang": histogram("sglang:time_to_first_token_seconds", spread),
        },
        days=0.2,
    ) as running:
        yield running


def _ask(data: Cases, case: str, window: str = "1h") -> Ask:
    target = Target("prometheus", "test", data.url)
    return Ask(target, {"window": window, "selector": data.selector(case)})


async def _read(
    data: Cases, case: str, signal: str = "ttft", *, q: float = 0.95, window: str = "1h"
) -> Reading:
    async with looking(_ask(data, case, window)) as look:
        return await look.read(signal, q=q)


async def _refusal(data: Cases, case: str, signal: str = "ttft", window: str = "1h") -> NoData:
    with pytest.raises(NoData) as caught:
        await _read(data, case, signal, window=window)
    assert caught.value.evidence, "what was asked must be shown"
    return caught.value


async def test_the_first_expression_that_the_site_has_is_taken_and_scaled(data: Cases) -> None:
    reading = await _read(data, "busy", "gpu_busy")
    assert reading.value == pytest.approx(80) and "profiling" in reading.way.exporter


async def test_trap_several_replicas_of_one_exporter_count_once(data: Cases) -> None:
    assert (await _read(data, "twice", "gpu_busy")).value == pytest.approx(50)


async def test_trap_empty_and_nan_are_unknown(data: Cases) -> None:
    assert (await _refusal(data, "nan", "gpu_busy")).key == "prometheus.no_samples"
    assert (await _refusal(data, "rest", "gpu_busy")).key == "prometheus.no_samples"


async def test_trap_no_traffic_is_unknown(data: Cases) -> None:
    assert (await _refusal(data, "quiet")).key == "prometheus.no_traffic"


async def test_trap_an_hour_of_samples_proves_nothing_of_a_day(data: Cases) -> None:
    outcome = await _refusal(data, "short", "gpu_busy")
    assert outcome.key == "prometheus.short"
    mostly = await _read(data, "mostly", "gpu_busy")
    assert (
        mostly.remarks[0][0] == "prometheus.partly" and 70 <= float(str(mostly.remarks[0][1]["share"])) <= 80
    )


@pytest.mark.parametrize("window", ["5m", "7m", "13m", "1h"])
async def test_of_a_whole_window_nothing_is_said(data: Cases, window: str) -> None:
    assert (await _read(data, "busy", "gpu_busy", window=window)).remarks == ()


async def test_a_quantile_carries_the_edges_between_which_it_lies(data: Cases) -> None:
    reading = await _read(data, "traffic")
    assert reading.within == (0.5, 1.0) and 0.5 < reading.value < 1


async def test_trap_a_quantile_in_the_last_bucket_reads_at_least(data: Cases) -> None:
    reading = await _read(data, "beyond")
    assert reading.within == (0.5, math.inf) and reading.remarks[-1][0] == "prometheus.last_bucket"
    fields, units, within = {"value": reading.value}, {"value": "s"}, {"value": reading.within or (0.0, 0.0)}
    below, above = Criterion("value", "<", 300, "ms"), Criterion("value", "<", 2, "s")
    assert judge([below], fields, units, within) is Verdict.FAIL
    assert judge([above], fields, units, within) is Verdict.UNKNOWN


async def test_trap_bucket_edges_that_do_not_match_the_figure(data: Cases) -> None:
    reading = await _read(data, "traffic")
    fields, units, within = {"value": reading.value}, {"value": "s"}, {"value": reading.within or (0.0, 0.0)}

    def verdict(figure: float) -> Verdict:
        return judge([Criterion("value", "<", figure, "s")], fields, units, within)

    assert [verdict(each) for each in (0.4, 0.8, 1.5)] == [Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]


async def test_trap_counter_resets_change_nothing(data: Cases) -> None:
    steady, restarted = await _read(data, "traffic"), await _read(data, "restarts")
    assert restarted.value == pytest.approx(steady.value, rel=0.02)


async def test_a_metric_that_nobody_exports_is_named(data: Cases) -> None:
    outcome = await _refusal(data, "traffic", "kv_cache_use")
    assert outcome.key == "prometheus.no_metric" and "vllm:kv_cache_usage_perc" in str(outcome)


async def test_trap_of_two_engines_the_one_is_read_that_the_selector_is_about(data: Cases) -> None:
    assert (await _read(data, "sglang")).way.exporter.startswith("SGLang")
    assert (await _read(data, "traffic")).way.exporter.startswith("vLLM")


async def test_the_history_covers_the_window(data: Cases) -> None:
    async with looking(_ask(data, "traffic")) as look:
        points = await look.history("ttft", points=60)
    assert len(points) == 61 and points[-1][0] - points[0][0] == pytest.approx(3600, abs=60)


async def test_a_window_or_selector_that_is_none_is_said(data: Cases) -> None:
    target = Target("prometheus", "test", data.url)
    for params in ({"window": "soon", "selector": ""}, {"window": "1h", "selector": 'a="b"} or up{x="y"'}):
        with pytest.raises(NoData, match=r"soon|selector"):
            async with looking(Ask(target, params)):
                pass


async def test_trap_le_1_and_le_1_0_are_one_edge(data: Cases) -> None:
    async with looking(_ask(data, "traffic")) as look:
        spread = await look.buckets(TTFT)
        assert spread.share_below(1.0) == pytest.approx(1.0) and spread.share_below(0.7) is None
    text = await _both(look)
    assert text.edges == (1.0, math.inf) and text.counts[0] == 3.0


async def _both(look: Look) -> Buckets:
    from gpuready.prometheus.answer import Answer, Series

    series = [Series({"le": le}, ((0.0, value),)) for le, value in (("1", 1.0), ("1.0", 2.0), ("+Inf", 4.0))]
    return buckets_of(Answer("", tuple(series)))


def test_windows_and_selectors_are_read_as_prometheus_reads_them() -> None:
    assert [seconds_of(text) for text in ("5m", "1h30m", "30d", "90s")] == [300, 5400, 2592000, 90]
    assert [window_text(each) for each in (300, 5400, 2592000, 90, 604800)] == [
        "5m",
        "90m",
        "30d",
        "90s",
        "1w",
    ]
    assert matchers('{a="b", c=~"d.*",}') == 'a="b", c=~"d.*"' and matchers("") == ""
    assert fill('rate(x{a="b",$sel}[$window])', 300) == 'rate(x{a="b",}[5m])'
    assert fill("changes((x)[$window:2m])", 120) == "changes((x)[2m:15s])"
    assert fill("changes((x)[$window:2m])", 3600) == "changes((x)[1h:2m])"
    for bad in ("0s", "h", "-5m", "5 m"):
        with pytest.raises(Fault):
            seconds_of(bad)
    for bad in ("a", 'a="b"}', 'a="b" or c="d"', "a=b"):
        with pytest.raises(Fault):
            matchers(bad)

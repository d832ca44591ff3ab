"""Availability, attainment, error budget and burn rates, on thirty days of history."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.checklist.verdict import Verdict
from gpuready.probes.probe import Target
from gpuready.prometheus.buckets import Buckets
from gpuready.prometheus.slo import budget_left, budget_used, burn, share_within, together
from gpuready.prometheus.source import Source
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, counter, histogram, since, until

ATTAINED, USED = "13.3.3.4.a1 slo_attainment", "13.3.3.4.a2 error_budget_used"
BURN = "13.3.3.4.s2 burn_rate"
CACHE, SERVICE = "13.3.2.2.a3 availability_30d", "13.3.3.1.a3 availability_30d"
DAY = 86400.0


def gateway(good: Value, bad: Value, service: str = "chat", job: str = "ingress") -> Series:
    labels = f'service="{service}",job="{job}",instance="a"'
    return {
        f'nginx_ingress_controller_requests{{status="200",{labels}}}': good,
        f'nginx_ingress_controller_requests{{status="503",{labels}}}': bad,
    }


def burning(share: float, since_seconds: float, until_seconds: float = 0.0) -> Series:
    """Ten requests a second, of which that share fails within these seconds before now."""

    def at(t: float) -> float:
        return share if -since_seconds <= t < -until_seconds or (t >= 0 and not until_seconds) else 0.0

    return gateway(counter(lambda t: 10 * (1 - at(t))), counter(lambda t: 10 * at(t)))


def redis(down: float = 0.0, gap: float = 0.0) -> Series:
    """Two nodes; the second was down, or not scraped, for so many seconds two days ago."""

    def second(t: float) -> float | None:
        if -2 * DAY <= t < -2 * DAY + gap:
            return None
        return 0.0 if -2 * DAY <= t < -2 * DAY + down else 1.0

    return {'redis_up{instance="r1:9121"}': 1.0, 'redis_up{instance="r2:9121"}': second}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    ttft = "vllm:time_to_first_token_seconds"
    with cases(
        {
            "pass": gateway(counter(9.997), counter(0.003)),
            "half": gateway(counter(9.9935), counter(0.0065)),
            "fail": gateway(counter(9.9), counter(0.1)),
            "worst": {
                **gateway(counter(10.0), counter(0.0)),
                **gateway(counter(0.099), counter(0.001), "embed"),
            },
            "quiet": gateway(counter(0.0), counter(0.0)),
            "nan": gateway(math.nan, math.nan),
            "short": gateway(since(-3 * DAY, counter(10.0)), since(-3 * DAY, counter(0.001))),
            "lost": gateway(until(-20 * DAY, counter(10.0)), until(-20 * DAY, counter(0.0))),
            "sudden": gateway(counter(10.0), since(-DAY, 300_000.0)),
            "fast": burning(0.05, 7200),
            "over": burning(0.05, 7200, 2400),
            "slow": burning(0.0015, 4 * DAY),
            "in-time": {
                **gateway(counter(10.0), counter(0.0)),
                **histogram(ttft, {"0.25": 6.0, "0.5": 3.996, "1.0": 0.002, "2.5": 0.002}),
            },
            "cache": redis(),
            "cache-down": redis(down=2 * 3600),
            "cache-gap": redis(gap=2 * 3600),
            "cluster": {**redis(), 'redis_cluster_state{instance="r1:9121"}': lambda t: float(t > -DAY)},
            "probe": {'probe_success{instance="https://chat.example/health"}': 1.0},
            "probe-down": {
                'probe_success{instance="https://chat.example/health"}': lambda t: float(
                    not -DAY < t < -DAY + 7200
                )
            },
            "nothing": {},
        },
        days=61,
        step=300,
        recent=7200,
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("line", "case", "verdict"),
    [
        (ATTAINED, "pass", Verdict.PASS),
        (ATTAINED, "fail", Verdict.FAIL),
        (ATTAINED, "quiet", Verdict.UNKNOWN),
        (ATTAINED, "nothing", Verdict.UNKNOWN),
        (USED, "pass", Verdict.PASS),
        (USED, "half", Verdict.FAIL),
        (USED, "fail", Verdict.FAIL),
        (USED, "short", Verdict.UNKNOWN),
        (BURN, "pass", Verdict.PASS),
        (BURN, "fast", Verdict.FAIL),
        (BURN, "slow", Verdict.FAIL),
        (BURN, "quiet", Verdict.UNKNOWN),
        (BURN, "nothing", Verdict.UNKNOWN),
        (CACHE, "cache", Verdict.PASS),
        (CACHE, "cache-down", Verdict.FAIL),
        (CACHE, "cluster", Verdict.FAIL),
        (CACHE, "nothing", Verdict.UNKNOWN),
        (SERVICE, "probe", Verdict.PASS),
        (SERVICE, "probe-down", Verdict.FAIL),
        (SERVICE, "pass", Verdict.PASS),
        (SERVICE, "fail", Verdict.FAIL),
        (SERVICE, "nothing", Verdict.UNKNOWN),
    ],
)
async def test_every_line_is_turned_by_data(site: Cases, line: str, case: str, verdict: Verdict) -> None:
    found = await judged(line, site.url, site.selector(case))
    assert found.verdict is verdict, found


async def test_the_worst_service_counts_and_not_the_mean(site: Cases) -> None:
    found = await judged(ATTAINED, site.url, site.selector("worst"))
    assert found.verdict is Verdict.FAIL and found.value == pytest.approx(99, abs=0.1)
    assert "embed" in found.said


@pytest.mark.parametrize("line", [ATTAINED, USED, SERVICE])
async def test_trap_empty_and_nan_are_unknown(site: Cases, line: str) -> None:
    assert (await judged(line, site.url, site.selector("nan"))).verdict is Verdict.UNKNOWN


async def test_trap_three_days_of_samples_prove_nothing_of_thirty(site: Cases) -> None:
    for line, case in ((ATTAINED, "short"), (ATTAINED, "lost"), (SERVICE, "short")):
        assert (await judged(line, site.url, site.selector(case))).key == "prometheus.short"


async def test_trap_a_status_code_that_is_told_late_counts_whole(site: Cases) -> None:
    found = await judged(ATTAINED, site.url, site.selector("sudden"))
    assert found.verdict is Verdict.FAIL and found.value < 99.1


async def test_trap_an_outage_of_the_exporter_is_no_availability(site: Cases) -> None:
    found = await judged(CACHE, site.url, site.selector("cache-gap"))
    assert found.verdict is Verdict.UNKNOWN and "may have been up or down" in found.said, found
    assert "r2:9121" in found.said


async def test_a_burn_that_is_over_pages_nobody(site: Cases) -> None:
    fast = await judged(BURN, site.url, site.selector("fast"))
    assert fast.fields["burn_1h"] == pytest.approx(50, rel=0.1) and "page somebody now" in fast.said
    over = await judged(BURN, site.url, site.selector("over"))
    assert over.fields["burn_1h"] == pytest.approx(0, abs=0.1) and "page somebody" not in over.said


async def test_the_target_of_the_operator_is_taken(site: Cases) -> None:
    found = await judged(USED, site.url, site.selector("pass"), options={"slo": "99.99"})
    assert found.verdict is Verdict.FAIL and "99.99 %" in found.said
    for bad in ("100", "0", "much"):
        found = await judged(USED, site.url, site.selector("pass"), options={"slo": bad})
        assert found.verdict is Verdict.UNKNOWN and bad in found.said


async def test_a_latency_objective_at_a_bucket_edge_is_exact(site: Cases) -> None:
    found = await judged(ATTAINED, site.url, site.selector("in-time"), options={"slo_latency_ms": "500"})
    assert found.fields["in_time"] == pytest.approx(99.96, abs=0.01) and found.verdict is Verdict.PASS


async def test_trap_no_edge_at_the_objective_names_the_edges(site: Cases) -> None:
    between = await judged(ATTAINED, site.url, site.selector("in-time"), latency_ms=400)
    assert between.verdict is Verdict.UNKNOWN and "250, 500, 1000, 2500" in between.said
    above = await judged(ATTAINED, site.url, site.selector("in-time"), latency_ms=600)
    assert above.verdict is Verdict.PASS, "the whole bucket is above the figure"
    below = await judged(ATTAINED, site.url, site.selector("in-time"), latency_ms=260, latency="ttft")
    assert below.verdict is Verdict.UNKNOWN
    without = await judged(ATTAINED, site.url, site.selector("pass"), latency_ms=500)
    assert without.verdict is Verdict.UNKNOWN


async def test_the_panel_shows_what_is_left_and_nothing_for_a_part(site: Cases) -> None:
    source = Source(Target("prometheus", "here", site.url))
    left = await budget_left(source, site.selector("pass"), limit=20)
    assert left == pytest.approx(70, abs=2)
    for case in ("short", "quiet", "nothing"):
        assert await budget_left(source, site.selector(case), limit=20) is None
    source.close()


@given(st.floats(0, 100), st.floats(95, 99.99))
def test_the_budget_is_used_up_exactly_at_the_target(success: float, target: float) -> None:
    assert budget_used(target, target) == pytest.approx(100) and budget_used(100, target) == 0
    assert (burn(success, target) <= 1) is (success >= target) or success == pytest.approx(target)


@given(st.lists(st.floats(0, 100), min_size=3, max_size=8), st.floats(0.05, 12))
def test_the_share_in_time_lies_within_its_bounds(added: list[float], figure: float) -> None:
    edges = (*(float(number) for number in range(1, len(added))), math.inf)
    counts, total = [], 0.0
    for each in added:
        total += each
        counts.append(total)
    found = share_within(Buckets(edges, tuple(counts)), figure)
    assert (found is None) is (total == 0)
    if found is not None:
        share, (low, high) = found
        assert 0 <= low <= share <= high <= 1


def test_one_window_alone_is_a_bound() -> None:
    assert together(20, 3) == (3, None) and together(20, None) == (20, (0.0, 20))

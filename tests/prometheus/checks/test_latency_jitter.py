"""How steady P95 is, from piece to piece of the window."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from gpuready.prometheus.read.jitter import variation, variation_within
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, cases, histogram

NAME, LINE = "vllm:e2e_request_latency_seconds", "13.1.2.4.a2 latency_jitter"
FINE = {f"{1 + step / 50:.2f}": 0.0 for step in range(20)}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    slow = {**FINE, "5": 0.0, "5.1": 20.0}
    with cases(
        {
            "pass": histogram(NAME, {**FINE, "1.02": 20}),
            # every other five minutes most requests take five seconds
            "fail": {
                **histogram(NAME, {**FINE, "1.02": 20}, labels='instance="a"'),
                **histogram(
                    NAME, slow, labels='instance="b"', within=lambda t: 1.0 if (t // 300) % 2 else 0.0
                ),
            },
            "coarse": histogram(NAME, {"0.5": 0, "1": 20, "2.5": 0}),
            "brief": histogram(NAME, {**FINE, "1.02": 20}, within=lambda t: 1.0 if t > -500 else 0.0),
            "idle": histogram(NAME, {**FINE, "1.02": 0}),
            "beyond": histogram(NAME, {"0.5": 10, "+Inf": 10}),
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("pass", "pass"),
        ("fail", "fail"),
        ("coarse", "unknown"),
        ("brief", "unknown"),
        ("idle", "unknown"),
        ("beyond", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_jitter(site: Cases, case: str, verdict: str) -> None:
    found = await judged(LINE, site.url, site.selector(case))
    assert found.verdict == verdict, found
    if case == "fail":
        assert found.value > 40
    if case == "brief":
        assert "at least 5 are needed" in found.said


async def test_trap_a_coarse_bucket_hides_jitter_rather_than_proving_there_is_none(site: Cases) -> None:
    found = await judged(LINE, site.url, site.selector("coarse"))
    assert found.value < 1, "what Prometheus interpolates hardly moves"
    assert "finer buckets" in found.said


@pytest.mark.parametrize("pieces", [0, 1, 4, 13, True, "six"])
async def test_too_few_pieces_are_refused(site: Cases, pieces: object) -> None:
    found = await judged(LINE, site.url, site.selector("pass"), pieces=pieces)
    assert found.verdict == "unknown"
    assert "from 5 to 12" in found.said


def test_the_bounds_hold_whatever_the_values_are() -> None:
    chance = random.Random(7)
    for _ in range(60):
        lows = [chance.uniform(0.1, 3) for _ in range(chance.randint(5, 7))]
        pieces = [(low, low + chance.choice((0.0, 0.1, 1.5))) for low in lows]
        low, high = variation_within(pieces)
        for _ in range(100):
            assert low - 1e-3 <= variation([chance.uniform(*piece) for piece in pieces]) <= high + 1e-9

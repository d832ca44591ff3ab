"""Limits that reject, that reject with the wrong status, and that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.balancer_limit import LIMIT
from gpuready.probes.probe import Ask, Measurement, NoData, Safety, Target
from tests.probes.balancer.balancers import backends, haproxy, nginx, servers, upstream
from tests.probes.daemons import free_port
from tests.probes.run_probe import run_probe
from tests.probes.stage import play

REJECTS = (Criterion("rejected_429", ">=", 1, "count"),)
ZONE = "limit_req_zone $binary_remote_addr zone=per:1m rate=20r/s;"


def verdict(measured: Measurement) -> Verdict:
    return judge(REJECTS, measured.fields, LIMIT.fields)


async def test_nginx_with_429(tmp_path: Path) -> None:
    server = "limit_req zone=per burst=5 nodelay; limit_req_status 429;"
    async with backends(1) as stages:
        with nginx(tmp_path, upstream(stages), server, ZONE) as url:
            measured = await run_probe(LIMIT, url, seconds=3, rate=100)
    assert verdict(measured) is Verdict.PASS
    assert measured.fields["rejected_429"] == 10  # then it stops
    assert int(measured.fields["sent"]) < 100
    assert int(measured.fields["first_rejected"]) >= 6
    assert measured.fields["retry_after"] is False


async def test_trap_nginx_rejects_with_503_unless_told(tmp_path: Path) -> None:
    async with backends(1) as stages:
        with nginx(tmp_path, upstream(stages), "limit_req zone=per;", ZONE) as url:
            measured = await run_probe(LIMIT, url, seconds=1, rate=100)
    assert verdict(measured) is Verdict.FAIL
    assert int(measured.fields["rejected_503"]) > 1
    assert "probes_balancer.with_503" in dict(measured.remarks)


async def test_haproxy_with_429(tmp_path: Path) -> None:
    frontend = (
        "stick-table type ip size 1k expire 10s store http_req_rate(1s)\n"
        "  http-request track-sc0 src\n"
        "  http-request deny deny_status 429 hdr Retry-After 1 if { sc_http_req_rate(0) gt 20 }"
    )
    async with backends(1) as stages:
        with haproxy(tmp_path, servers(stages, ""), frontend) as proxy:
            measured = await run_probe(LIMIT, proxy.url, options={"rate_limit": "20"}, seconds=5)
    assert verdict(measured) is Verdict.PASS
    assert measured.fields["retry_after"] is True


async def test_trap_no_rejection_below_an_unknown_limit_is_no_fail() -> None:
    async with backends(1) as stages:
        measured = await run_probe(LIMIT, stages[0].url, seconds=1, rate=40)
    assert verdict(measured) is Verdict.UNKNOWN
    assert measured.fields["answered"] == measured.fields["sent"] == 40
    assert "probes_balancer.no_limit_known" in dict(measured.remarks)


async def test_a_limit_that_is_told_and_not_there_fails() -> None:
    async with backends(1) as stages:
        measured = await run_probe(LIMIT, stages[0].url, options={"rate_limit": "20"}, seconds=2)
    assert verdict(measured) is Verdict.FAIL
    assert measured.fields["rejected_429"] == 0
    assert "probes_balancer.not_enforced" in dict(measured.remarks)


async def test_a_burst_that_swallows_everything_is_unknown() -> None:
    async with backends(1) as stages:
        options = {"rate_limit": "20", "rate_burst": "100"}
        measured = await run_probe(LIMIT, stages[0].url, options=options, seconds=1)
    assert verdict(measured) is Verdict.UNKNOWN
    assert "probes_balancer.not_exceeded" in dict(measured.remarks)


@pytest.mark.parametrize(
    "options", [{"rate_limit": "many"}, {"rate_limit": "1e9"}, {"rate_limit": "nan"}, {"rate_burst": "x"}]
)
async def test_odd_limits_are_unknown(options: dict[str, str]) -> None:
    with pytest.raises(NoData):
        await run_probe(LIMIT, "http://127.0.0.1:1", options=options)


async def test_a_dead_or_foreign_address_is_unknown() -> None:
    with pytest.raises(NoData):
        await run_probe(LIMIT, f"http://127.0.0.1:{free_port()}")
    async with play({}, other=404) as stage:
        with pytest.raises(NoData):
            await run_probe(LIMIT, stage.url)


def test_it_asks_first_and_says_how_much() -> None:
    (step,) = LIMIT.steps(Ask(Target("balancer", "here", "http://lb"), LIMIT.params))
    assert step.startswith("GET http://lb, 50 a second for 10 s (501 at most)")
    assert LIMIT.safety is Safety.HEAVY

"""Health endpoints and protocols: nginx, and servers that are played."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.http_health import HEALTH
from gpuready.probes.http_protocol import PROTOCOL
from gpuready.probes.network_phases import PHASES
from gpuready.probes.probe import Ask, Broken, NoData, Target
from tests.probes.daemons import free_port
from tests.probes.http.pki import Pki
from tests.probes.http.web import nginx, tls_server
from tests.probes.run_probe import run_probe
from tests.probes.stage import html, mute, play, tcp

BOTH = ["/health", "/ready"]
FAST = (Criterion("p95", "<", 100, "ms"), Criterion("failed", "==", 0, "count"))
HEALTHY = (Criterion("healthy", "==", True),)


async def test_both_paths_answer() -> None:
    async with play({"/health": "", "/ready": {"status": "UP"}}) as stage:
        measured = await run_probe(HEALTH, stage.url, paths=BOTH, count=20)
    assert (measured.fields["requests"], measured.fields["failed"]) == (40, 0)
    assert judge(FAST, measured.fields, HEALTH.fields) is Verdict.PASS
    assert stage.asked[:2] == ["GET /health", "GET /ready"]


async def test_one_path_fails() -> None:
    async with play({"/health": "", "/ready": 503}) as stage:
        measured = await run_probe(HEALTH, stage.url, paths=BOTH, count=2)
    assert measured.fields["failed"] == 2
    assert judge(FAST, measured.fields, HEALTH.fields) is Verdict.FAIL
    assert ("probes_http.ill", {"path": "/ready", "why": "HTTP 503"}) in measured.remarks


async def test_slow_health_fails() -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.15)
        return web.Response()

    async with play({"/health": "", "/ready": slow}) as stage:
        measured = await run_probe(HEALTH, stage.url, paths=BOTH, count=2)
    assert measured.fields["slowest"] == "/ready"
    assert judge(FAST, measured.fields, HEALTH.fields) is Verdict.FAIL


async def test_200_that_says_down_is_not_healthy() -> None:
    for status in ("DOWN", "fail", "unhealthy", "Not Ready"):
        async with play({"/health": {"status": status}}) as stage:
            measured = await run_probe(HEALTH, stage.url)
        assert judge(HEALTHY, measured.fields, HEALTH.fields) is Verdict.FAIL


async def test_a_web_page_is_no_health() -> None:
    async with play({}, other=html) as stage:
        with pytest.raises(Broken) as caught:
            await run_probe(HEALTH, stage.url)
        assert caught.value.key == "probes_http.web_page"
        # A page that was named itself is what was asked for.
        assert (await run_probe(HEALTH, f"{stage.url}/index")).fields["healthy"] is True


async def test_the_target_knows_its_paths_best() -> None:
    async with play({"/v2/health/live": "", "/v2/health/ready": ""}) as stage:
        options = {"health": "/v2/health/live, /v2/health/ready"}
        measured = await run_probe(HEALTH, stage.url, options=options, paths=BOTH)
    assert measured.fields["failed"] == 0
    assert stage.asked == ["GET /v2/health/live", "GET /v2/health/ready"]


async def test_who_is_not_let_in_knows_nothing() -> None:
    async with play({}, other=401) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(HEALTH, stage.url)
    assert caught.value.key == "probes_http.no_rights"


async def test_nobody_there_is_unknown_not_failed() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(HEALTH, f"http://127.0.0.1:{free_port()}", paths=BOTH, count=20)
    assert caught.value.key == "probes_http.refused"
    async with tcp(mute) as port:
        with pytest.raises(NoData):
            await run_probe(HEALTH, f"http://127.0.0.1:{port}", limit=2)


async def test_an_answer_now_and_then_is_a_failure() -> None:
    count = 0

    async def moody(request: web.Request) -> web.StreamResponse:
        nonlocal count
        count += 1
        if count % 2 == 0:
            assert request.transport
            request.transport.abort()
        return web.Response()

    async with play({"/health": moody}) as stage:
        measured = await run_probe(HEALTH, stage.url, count=4)
    assert measured.fields["failed"] == 2
    assert "p95" not in measured.fields
    assert judge(FAST, measured.fields, HEALTH.fields) is Verdict.FAIL


async def test_time_over_is_said() -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return web.Response()

    async with play({"/health": slow}) as stage:
        measured = await run_probe(HEALTH, stage.url, count=100, limit=1)
    assert "probes_network.not_all" in dict(measured.remarks)


def test_the_plan_names_every_request() -> None:
    ask = Ask(Target("service", "s", "http://h:80/base"), {"paths": BOTH, "count": 3})
    assert HEALTH.steps(ask) == ("GET http://h/base/health, 3 times", "GET http://h/base/ready, 3 times")


async def test_the_protocols_of_a_web_server(pki: Pki, tmp_path: Path) -> None:
    two, one, plain = free_port(), free_port(), free_port()
    alt = "add_header Alt-Svc 'h3=\":443\"; ma=86400' always;"
    blocks = (
        tls_server(two, pki.good, alt).replace("ssl;", "ssl http2;")
        + tls_server(one, pki.good)
        + f"server {{ listen 127.0.0.1:{plain}; }}"
    )
    ca = {"ca": str(pki.ca)}
    with nginx(tmp_path, blocks, two, one, plain):
        fields = (await run_probe(PROTOCOL, f"https://localhost:{two}/", options=ca)).fields
        assert (fields["h2"], fields["h3_advertised"], fields["version"]) == (True, True, "1.1")
        assert str(fields["server"]).startswith("nginx")
        fields = (await run_probe(PROTOCOL, f"https://localhost:{one}/", options=ca)).fields
        assert (fields["h2"], fields["h3_advertised"]) == (False, False)
        measured = await run_probe(PROTOCOL, f"http://localhost:{plain}/")
        assert "h2" not in measured.fields
        assert "probes_http.no_alpn" in dict(measured.remarks)


async def test_phases_of_a_fast_service(pki: Pki, tmp_path: Path) -> None:
    port = free_port()
    with nginx(tmp_path, tls_server(port, pki.good), port):
        measured = await run_probe(PHASES, f"https://localhost:{port}/", options={"ca": str(pki.ca)}, count=5)
    fields = measured.fields
    assert (fields["slow_phases"], fields["failed"], fields["requests"]) == (0, 0, 5)
    parts = [float(fields[name]) for name in ("resolve", "connect", "tls", "first_byte")]
    assert all(part > 0 for part in parts)
    assert judge((Criterion("slow_phases", "==", 0, "count"),), fields, PHASES.fields) is Verdict.PASS


async def test_a_slow_first_byte_is_named() -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.1)
        return web.Response()

    async with play({"/": slow}) as stage:
        measured = await run_probe(PHASES, stage.url, count=3, first_byte_ms=50)
    assert (measured.fields["slow"], measured.fields["slow_phases"]) == ("first_byte", 1)
    assert "resolve" not in measured.fields and "tls" not in measured.fields


async def test_failed_requests_leave_the_slow_phases_open() -> None:
    count = 0

    async def moody(request: web.Request) -> web.StreamResponse:
        nonlocal count
        count += 1
        if count == 2:
            assert request.transport
            request.transport.abort()
        return web.Response()

    async with play({"/": moody}) as stage:
        measured = await run_probe(PHASES, stage.url, count=3)
    assert measured.fields["failed"] == 1
    assert "slow_phases" not in measured.fields
    assert (
        judge((Criterion("slow_phases", "==", 0, "count"),), measured.fields, PHASES.fields)
        is Verdict.UNKNOWN
    )


async def test_phases_of_nobody_are_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(PHASES, f"http://127.0.0.1:{free_port()}")
    assert caught.value.key == "probes_http.refused"

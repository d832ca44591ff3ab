"""Sessions that stay, sessions that hop, and timeouts that do or do not suffice."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest
from aiohttp import web

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.balancer_health import HEALTH
from gpuready.probes.balancer_stats import State
from gpuready.probes.probe import Broken, Measurement, NoData
from tests.probes.balancer.balancers import backends, haproxy, nginx, servers, settled, upstream
from tests.probes.daemons import free_port
from tests.probes.run_probe import run_probe
from tests.probes.stage import mute, play, tcp

STICKY = (Criterion("reachable", "==", True), Criterion("sticky", "==", True))
COVERS = (Criterion("timeout_covers_latency", "==", True),)
COOKIE = "cookie SRV insert indirect nocache\n  "


def sticky(measured: Measurement) -> Verdict:
    return judge(STICKY, measured.fields, HEALTH.fields)


def covers(measured: Measurement) -> Verdict:
    return judge(COVERS, measured.fields, HEALTH.fields)


async def test_round_robin_is_not_sticky(tmp_path: Path) -> None:
    async with backends(3) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            measured = await run_probe(HEALTH, proxy.url)
    assert sticky(measured) is Verdict.FAIL
    assert (measured.fields["reachable"], measured.fields["backends"]) == (True, 3)
    assert "probes_balancer.hops" in dict(measured.remarks)


async def test_a_cookie_keeps_the_session(tmp_path: Path) -> None:
    async with backends(3) as stages:
        with haproxy(tmp_path, COOKIE + servers(stages, "check cookie NAME")) as proxy:
            measured = await run_probe(HEALTH, proxy.url)
    assert sticky(measured) is Verdict.PASS
    assert (measured.fields["session_backends"], measured.fields["backends"]) == (1, 3)


async def test_the_balancers_cookie_alone_tells_the_backend(tmp_path: Path) -> None:
    async with backends(2, name=False) as stages:
        with haproxy(tmp_path, COOKIE + servers(stages, "check cookie NAME")) as proxy:
            by_default = await run_probe(HEALTH, proxy.url)
            named = await run_probe(HEALTH, proxy.url, options={"affinity": "SRV"})
    assert sticky(by_default) is sticky(named) is Verdict.PASS


async def test_a_backends_own_cookie_proves_nothing(tmp_path: Path) -> None:
    """An application's cookie stays the same while round robin sends the session around."""
    turn = itertools.count()

    async def answer(request: web.Request) -> web.Response:
        reply = web.json_response({})
        if "SRV" not in request.cookies:
            reply.set_cookie("SRV", f"b{next(turn) % 2}")
        return reply

    async with play({"/": answer}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert sticky(measured) is Verdict.UNKNOWN
    assert "probes_balancer.only_cookie" in dict(measured.remarks)


async def test_a_hash_of_the_session_header_keeps_it(tmp_path: Path) -> None:
    async with backends(2) as stages:
        with nginx(tmp_path, f"hash $http_x_session_id consistent; {upstream(stages)}") as url:
            measured = await run_probe(HEALTH, url)
            other = await run_probe(HEALTH, url, options={"session_header": "X-Other"})
    assert sticky(measured) is Verdict.PASS
    assert sticky(other) is Verdict.FAIL  # without the header that it hashes nginx takes turns


async def test_trap_one_backend_alone_is_not_sticky(tmp_path: Path) -> None:
    """Where there is only one backend, every balancer looks sticky."""
    async with backends(1) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            measured = await run_probe(HEALTH, proxy.url, options={"stats": proxy.socket})
    assert sticky(measured) is Verdict.UNKNOWN
    assert "probes_balancer.one_backend" in dict(measured.remarks)


async def test_a_hash_of_the_address_shows_with_statistics_only(tmp_path: Path) -> None:
    async with backends(2) as stages:
        with haproxy(tmp_path, f"balance source\n  {servers(stages)}") as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP)
            blind = await run_probe(HEALTH, proxy.url)
            seeing = await run_probe(HEALTH, proxy.url, options={"stats": proxy.socket})
    assert (sticky(blind), sticky(seeing)) == (Verdict.UNKNOWN, Verdict.PASS)
    assert "probes_balancer.by_address" in dict(seeing.remarks)


async def test_backends_without_a_name_are_unknown(tmp_path: Path) -> None:
    async with backends(2, name=False) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            silent = await run_probe(HEALTH, proxy.url)
            by_body = await run_probe(HEALTH, proxy.url, options={"backend_body": "host"})
            with pytest.raises(NoData) as caught:
                await run_probe(HEALTH, proxy.url, options={"backend_body": "host["})
    assert sticky(silent) is Verdict.UNKNOWN
    assert sticky(by_body) is Verdict.FAIL
    assert caught.value.key == "probes_balancer.bad_path_in_body"


async def test_no_backend_is_not_reachable(tmp_path: Path) -> None:
    with haproxy(tmp_path, f"server b1 127.0.0.1:{free_port()}") as proxy:
        measured = await run_probe(HEALTH, proxy.url)
    assert (measured.fields["reachable"], measured.fields["status"]) == (False, "503")
    assert sticky(measured) is Verdict.FAIL
    assert "sticky" not in measured.fields


async def test_nobody_there_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(HEALTH, f"http://127.0.0.1:{free_port()}")
    assert caught.value.key == "probes_http.refused"


async def test_mute_and_foreign_tongues(tmp_path: Path) -> None:
    async with tcp(mute) as port:
        with pytest.raises(NoData):
            await run_probe(HEALTH, f"http://127.0.0.1:{port}", limit=1)

    async def ssh(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()

    async with tcp(ssh) as port:
        with pytest.raises(Broken):
            await run_probe(HEALTH, f"http://127.0.0.1:{port}", limit=2)


async def test_a_timeout_long_enough_and_one_too_short(tmp_path: Path) -> None:
    async with backends(2, delay=0.02) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP)
            options = {"check_path": "/health", "stats": proxy.csv}
            long = await run_probe(HEALTH, proxy.url, options={**options, "check_timeout": "10s"})
            short = await run_probe(HEALTH, proxy.url, options={**options, "check_timeout": "30ms"})
            untold = await run_probe(HEALTH, proxy.url, options=options)
    assert (covers(long), covers(short), covers(untold)) == (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)
    assert long.fields["check_timeout"] == 10_000
    assert float(long.fields["slowest"]) >= 20
    assert "slowest_check" in long.fields
    assert "probes_balancer.as_it_is" in dict(long.remarks)
    assert "probes_balancer.timeout_short" in dict(short.remarks)
    assert "probes_balancer.no_timeout" in dict(untold.remarks)


async def test_trap_failing_answers_are_fast_but_prove_no_timeout(tmp_path: Path) -> None:
    async with backends(1) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            options = {"check_path": "/no-such-path", "check_timeout": "10s"}
            measured = await run_probe(HEALTH, proxy.url, options=options)
    assert covers(measured) is Verdict.UNKNOWN
    assert "probes_balancer.timeout_unproved" in dict(measured.remarks)


async def test_a_timeout_without_its_unit_is_unknown() -> None:
    async with backends(1) as stages:
        with pytest.raises(NoData) as caught:
            await run_probe(HEALTH, stages[0].url, options={"check_timeout": "2000"})
    assert caught.value.key == "probes_balancer.bad_timeout"


async def test_statistics_that_cannot_be_read_are_a_remark(tmp_path: Path) -> None:
    async with backends(2) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            measured = await run_probe(HEALTH, proxy.url, options={"stats": f"{proxy.base}/none"})
    assert "probes_balancer.stats_unread" in dict(measured.remarks)


async def test_cookies_do_not_reach_the_evidence(tmp_path: Path) -> None:
    async with backends(2) as stages:
        with haproxy(tmp_path, COOKIE + servers(stages, "cookie zebra-NAME")) as proxy:
            measured = await run_probe(HEALTH, proxy.url)
    assert "zebra" not in str(measured.evidence)

"""Requests counted by backend: fair, unfair, unserved, failing, and what cannot be known."""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from pathlib import Path

import pytest
from aiohttp import web

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.balancer_distribution import DISTRIBUTION
from gpuready.probes.balancer_shares import Expected, shares_of
from gpuready.probes.balancer_stats import State
from gpuready.probes.probe import Ask, Measurement, NoData, Safety, Target
from tests.probes.balancer.balancers import backends, haproxy, nginx, servers, settled, upstream
from tests.probes.daemons import free_port
from tests.probes.run_probe import run_probe
from tests.probes.stage import HTML, play

UNSERVED = Criterion("unserved", "==", 0, "count")
ALL = (UNSERVED, Criterion("failed", "==", 0, "count"), Criterion("within_tolerance", "==", True))


def verdict(measured: Measurement) -> Verdict:
    return judge(ALL, measured.fields, DISTRIBUTION.fields)


async def test_round_robin_is_fair(tmp_path: Path) -> None:
    async with backends(3) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP, b3=State.UP)
            for options in ({"stats": proxy.csv}, {"stats": proxy.metrics}, {"backends": "3"}):
                measured = await run_probe(DISTRIBUTION, proxy.url, options=options, count=90)
                assert verdict(measured) is Verdict.PASS, options
                assert (measured.fields["sent"], measured.fields["backends"]) == (90, 3)
                assert measured.fields["counts"] == "b1 30, b2 30, b3 30"


async def test_weights_are_fair_shares_too(tmp_path: Path) -> None:
    async with backends(2) as stages:
        one, two = (stage.url.removeprefix("http://") for stage in stages)
        weighted = f"server b1 {one} weight 30 check\n  server b2 {two} weight 10 check"
        with haproxy(tmp_path, weighted) as proxy:
            with_stats = await run_probe(DISTRIBUTION, proxy.url, options={"stats": proxy.csv}, count=80)
            without = await run_probe(DISTRIBUTION, proxy.url, options={"backends": "2"}, count=80)
    assert verdict(with_stats) is Verdict.PASS
    assert with_stats.fields["counts"] == "b1 60, b2 20"
    assert verdict(without) is Verdict.FAIL  # by number alone all shares are equal


async def test_a_backend_that_gets_nothing(tmp_path: Path) -> None:
    """Up by the balancer's word, yet a rule sends everything elsewhere."""
    more = "backend one\n  {}"
    async with backends(3) as stages:
        with haproxy(
            tmp_path,
            servers(stages),
            frontend="use_backend two",
            more="backend two\n  " + servers(stages[:2]) + "\n" + more.format(servers(stages[2:])),
        ) as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP, b3=State.UP)
            options = {"stats": proxy.csv, "backend": "app"}
            measured = await run_probe(DISTRIBUTION, proxy.url, options=options, count=60)
    assert verdict(measured) is Verdict.FAIL
    assert (measured.fields["unserved"], measured.fields["failed"]) == (1, 0)
    assert dict(measured.remarks)["probes_balancer.unserved"] == {"names": "b3"}


async def test_nginx_passes_over_the_dead_one(tmp_path: Path) -> None:
    """nginx asks the next by itself: nothing fails, and one of three gets nothing."""
    async with backends(2) as stages:
        dead = f"server 127.0.0.1:{free_port()};"
        with nginx(tmp_path, dead + upstream(stages)) as url:
            measured = await run_probe(DISTRIBUTION, url, options={"backends": "3"}, count=60)
    assert (measured.fields["unserved"], measured.fields["failed"], measured.fields["backends"]) == (1, 0, 2)
    assert verdict(measured) is Verdict.FAIL


async def test_down_ones_get_nothing_and_that_is_right(tmp_path: Path) -> None:
    dead = f"server gone 127.0.0.1:{free_port()} check inter 100ms"
    async with backends(2) as stages:
        with haproxy(tmp_path, f"{servers(stages)}\n  {dead}") as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP, gone=State.DOWN)
            measured = await run_probe(DISTRIBUTION, proxy.url, options={"stats": proxy.csv}, count=60)
    assert verdict(measured) is Verdict.PASS
    assert measured.fields["expected"] == 2


async def test_trap_a_backend_never_seen_is_not_served() -> None:
    """Who only counts what answers calls one of three fair."""
    async with backends(1) as stages:
        measured = await run_probe(DISTRIBUTION, stages[0].url, count=20)
    assert verdict(measured) is Verdict.UNKNOWN
    assert "unserved" not in measured.fields and "within_tolerance" not in measured.fields
    assert "probes_balancer.how_many" in dict(measured.remarks)


async def test_a_hash_by_address_cannot_be_judged_by_one_client(tmp_path: Path) -> None:
    async with backends(2) as stages:
        with haproxy(tmp_path, f"balance source\n  {servers(stages)}") as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP)
            measured = await run_probe(DISTRIBUTION, proxy.url, options={"stats": proxy.socket}, count=30)
            blind = await run_probe(DISTRIBUTION, proxy.url, options={"backends": "2"}, count=30)
    assert verdict(measured) is Verdict.UNKNOWN
    assert "probes_balancer.one_client" in dict(measured.remarks)
    assert "probes_balancer.perhaps_hashed" in dict(blind.remarks)


async def test_counters_stand_in_where_no_reply_tells_its_backend(tmp_path: Path) -> None:
    async with backends(2, name=False) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP)
            measured = await run_probe(DISTRIBUTION, proxy.url, options={"stats": proxy.csv}, count=40)
            blind = await run_probe(DISTRIBUTION, proxy.url, options={"backends": "2"}, count=40)
    assert verdict(measured) is Verdict.PASS
    assert measured.fields["counts"] == "b1 20, b2 20"
    assert "probes_balancer.by_counters" in dict(measured.remarks)
    assert verdict(blind) is Verdict.UNKNOWN
    assert "probes_balancer.no_identity" in dict(blind.remarks)


async def test_trap_others_requests_do_not_count(tmp_path: Path) -> None:
    """With counters alone, other clients' requests would serve the backend that gets none of ours."""
    total = itertools.count(0, 100)

    async def stats(_: web.Request) -> web.Response:
        n = next(total)
        rows = f"app,a,UP,1,2,{n},\napp,b,UP,1,2,{n},\n"
        return web.Response(text=f"# pxname,svname,status,weight,type,stot,\n{rows}")

    async with play({"/": {}, "/stats": stats}) as stage:
        options = {"stats": f"{stage.url}/stats"}
        measured = await run_probe(DISTRIBUTION, stage.url, options=options, count=20)
    assert "unserved" not in measured.fields
    assert "probes_balancer.others" in dict(measured.remarks)


async def test_all_failing_fails(tmp_path: Path) -> None:
    with haproxy(tmp_path, f"server b1 127.0.0.1:{free_port()}") as proxy:
        measured = await run_probe(DISTRIBUTION, proxy.url, options={"backends": "1"}, count=20)
    assert (measured.fields["failed"], measured.fields["served"]) == (20, 0)
    assert verdict(measured) is Verdict.FAIL
    assert "probes_balancer.failures_no_backend" in dict(measured.remarks)


async def test_trap_a_request_id_is_no_backend() -> None:
    numbers = itertools.count()

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({}, headers={"X-Served-By": f"id-{next(numbers)}"})

    async with play({"/": answer}) as stage:
        measured = await run_probe(DISTRIBUTION, stage.url, options={"backends": "2"}, count=50)
    assert verdict(measured) is Verdict.UNKNOWN
    assert "probes_balancer.no_name" in dict(measured.remarks)


async def test_a_web_page_that_answers_everything_is_no_pass() -> None:
    async with play({}, other=HTML) as stage:
        measured = await run_probe(DISTRIBUTION, stage.url, options={"backends": "1"}, count=20)
    assert verdict(measured) is Verdict.UNKNOWN


async def test_a_path_that_is_not_there_is_unknown() -> None:
    async with play({}, other=404) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(DISTRIBUTION, stage.url, count=20)
        assert len(stage.asked) == 1
    assert caught.value.key == "probes_balancer.bad_path"


async def test_nobody_there_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(DISTRIBUTION, f"http://127.0.0.1:{free_port()}", count=20)
    assert caught.value.key == "probes_http.refused"


async def test_cancelled_it_is_over_at_once() -> None:
    async with backends(1, delay=30) as stages:
        target = Target("balancer", "here", stages[0].url)
        ask = Ask(target, {**DISTRIBUTION.params, "count": 500}, 60)
        task = asyncio.ensure_future(DISTRIBUTION.measure(ask))
        for _ in range(500):
            if stages[0].asked:
                break
            await asyncio.sleep(0.01)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - begun < 0.5
        gc.collect()  # an unclosed session or connector would say so now


async def test_the_time_is_kept_and_the_rest_is_said() -> None:
    async with backends(1, delay=0.2) as stages:
        begun = time.monotonic()
        measured = await run_probe(
            DISTRIBUTION, stages[0].url, options={"backends": "1"}, count=500, at_once=2, limit=2
        )
        assert time.monotonic() - begun < 2
    assert "probes_balancer.not_all" in dict(measured.remarks)


def test_it_asks_first_and_says_what_it_sends() -> None:
    target = Target("balancer", "here", "http://lb:8080", {"path": "/health"})
    (step,) = DISTRIBUTION.steps(Ask(target, {**DISTRIBUTION.params, "count": 500}))
    assert step.startswith("GET http://lb:8080/health, 500 times, 8 at once")
    assert DISTRIBUTION.safety is not Safety.READ


@pytest.mark.parametrize(
    ("counts", "expected", "unserved", "within"),
    [
        ({"a": 100, "b": 100}, Expected({"a": 0.5, "b": 0.5}, 2), 0, True),
        ({"a": 120, "b": 80}, Expected({"a": 0.5, "b": 0.5}, 2), 0, True),
        ({"a": 121, "b": 79}, Expected({"a": 0.5, "b": 0.5}, 2), 0, False),
        ({"a": 200}, Expected({"a": 0.5, "b": 0.5}, 2), 1, False),
        ({"a": 200}, Expected({"a": 0.5, "b": 0.5}, 2, "source"), None, None),
        ({"x": 100, "y": 100}, Expected({"a": 0.5, "b": 0.5}, 2), 0, True),
        ({"x": 100, "y": 100}, Expected({"a": 0.7, "b": 0.3}, 2), 0, None),
        ({"x": 5, "y": 5}, Expected({}, 2), 0, None),
        ({"x": 5, "y": 5, "z": 5}, Expected({}, 2), None, None),
        ({"x": 50}, Expected({}, 0), None, None),
        ({}, Expected({}, 2), 2, False),
    ],
)
def test_shares(
    counts: dict[str, int], expected: Expected, unserved: int | None, within: bool | None
) -> None:
    found = shares_of(counts, expected, 20)
    assert (found.unserved, found.within) == (unserved, within)

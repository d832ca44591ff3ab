"""What every probe that speaks HTTP makes of servers that lie, drown it, lead it astray, or never end."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web

from gpuready.checklist.verdict import Verdict
from gpuready.probes import inference, logs, model, services
from gpuready.probes.probe import Outcome, Probe
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import play

# kafka speaks no HTTP; golden, threads, format and rotation ask nothing of an address alone
_QUIET = ("kafka.brokers", "inference.golden", "inference.threads")
HTTP = [
    probe
    for family in (inference, logs, model, services)
    for probe in family.PROBES
    if probe.on not in ("container", "model") and probe.name not in _QUIET
]


async def drown(request: web.Request) -> web.StreamResponse:
    """A body of 10 GB, announced or not, as long as somebody reads."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    if "v2" in request.path:
        response.content_length = 10 * 10**9
    await response.prepare(request)
    try:
        for _ in range(10_000):
            await response.write(b'{"data": [' + b"1, " * 350_000)
    except (ConnectionError, RuntimeError):
        pass
    return response


async def drip(request: web.Request) -> web.StreamResponse:
    """One byte now and then, for ever."""
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)
    except (ConnectionError, RuntimeError):
        return response


async def astray(_: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "file:///etc/passwd"})


async def around(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": str(request.url)})


async def nested(_: web.Request) -> web.StreamResponse:
    return web.Response(text="[" * 100_000, content_type="application/json")


@pytest.mark.parametrize("fault", [drown, drip, astray, around, nested], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("probe", HTTP, ids=lambda probe: probe.name)
async def test_faults(probe: Probe, fault: object) -> None:
    begun = time.monotonic()
    async with play({}, other=fault) as stage:
        with pytest.raises(Outcome) as caught:
            await run_probe(probe, stage.url, limit=0.9)
    assert caught.value.verdict in (Verdict.UNKNOWN, Verdict.ERROR)
    assert time.monotonic() - begun < 4
    said = both(caught.value.key, **caught.value.fields)
    assert "root:" not in said + str(caught.value.evidence)


@pytest.mark.parametrize("probe", HTTP, ids=lambda probe: probe.name)
async def test_cancelling_is_quick(probe: Probe) -> None:
    asked = asyncio.Event()

    async def never(_: web.Request) -> web.StreamResponse:
        asked.set()
        await asyncio.sleep(30)
        return web.Response()

    async with play({}, other=never) as stage:
        task = asyncio.create_task(run_probe(probe, stage.url, limit=20))
        await asked.wait()
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - begun < 1
        assert len(asyncio.all_tasks()) < 40

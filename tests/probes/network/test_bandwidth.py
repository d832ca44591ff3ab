"""iperf3 against a real server, and against what is none."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.network_bandwidth import BANDWIDTH
from gpuready.probes.probe import Ask, Broken, NoData, Safety, Target
from tests.probes.daemons import daemon, free_port, wait_for
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import mute, tcp


@pytest.fixture
def iperf(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    argv = ["iperf3", "-s", "-B", "127.0.0.1", "-p", str(port), "--forceflush"]
    with daemon(argv, tmp_path, lambda: any("listening" in p.read_text() for p in tmp_path.glob("*.log"))):
        yield f"127.0.0.1:{port}"


def _clients(port: str) -> list[psutil.Process]:
    return [
        each
        for each in psutil.process_iter(["cmdline"])
        if (words := each.info["cmdline"] or [])[:2] == ["iperf3", "-c"] and port in words
    ]


def _sends(port: str) -> bool:
    """Whether a client has both its connections: the talk about the test, and the test."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return any(len(each.net_connections("tcp")) >= 2 for each in _clients(port))
    return False


async def test_both_directions_are_measured(iperf: str) -> None:
    measured = await run_probe(BANDWIDTH, iperf, seconds=1, streams=2)
    fields = measured.fields
    assert fields["rate"] == min(float(fields["forward"]), float(fields["reverse"]))
    assert float(fields["rate"]) > 0.05
    easy, hard = Criterion("rate", ">=", 0.01, "Gbit/s"), Criterion("rate", ">=", 100, "Tbit/s")
    assert judge((easy,), fields, BANDWIDTH.fields) is Verdict.PASS
    assert judge((hard,), fields, BANDWIDTH.fields) is Verdict.FAIL
    assert [exchange.asked.endswith("-R") for exchange in measured.evidence] == [False, True]
    assert dict(measured.remarks).keys() == {"probes_network.own_address"}


async def test_the_plan_is_what_is_run(iperf: str) -> None:
    assert (BANDWIDTH.safety, BANDWIDTH.lane) == (Safety.HEAVY, "network")
    ask = Ask(Target("peer", "p", iperf), {"seconds": 1, "streams": 1}, 30)
    measured = await BANDWIDTH.measure(ask)
    assert tuple(f"$ {step}" for step in BANDWIDTH.steps(ask)) == tuple(e.asked for e in measured.evidence)


async def test_a_peer_that_refuses_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(BANDWIDTH, f"127.0.0.1:{free_port()}", seconds=1)
    assert caught.value.key == "probes_network.no_iperf"
    assert "iperf3 -s" in both(caught.value.key, **caught.value.fields)
    assert caught.value.evidence


async def test_a_busy_server_is_unknown(iperf: str) -> None:
    port = iperf.rpartition(":")[2]
    other = asyncio.ensure_future(run_probe(BANDWIDTH, iperf, seconds=5, streams=1))
    await asyncio.to_thread(wait_for, lambda: _sends(port), "the other client")
    with pytest.raises(NoData) as caught:
        await run_probe(BANDWIDTH, iperf, seconds=1)
    assert caught.value.key == "probes_network.iperf_busy"
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other
    assert not _clients(port)


async def test_a_half_open_peer_ends_at_the_limit() -> None:
    async with tcp(mute) as port:
        begun = time.monotonic()
        with pytest.raises((NoData, Broken)):
            await run_probe(BANDWIDTH, f"127.0.0.1:{port}", seconds=1, limit=3)
        assert time.monotonic() - begun < 3
    assert not _clients(str(port))


async def test_without_iperf3_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoData) as caught:
        await run_probe(BANDWIDTH, "127.0.0.1")
    assert caught.value.key == "probes.no_tool"

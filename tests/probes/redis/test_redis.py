"""redis.info and redis.latency against a real Redis, and against what only looks like one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.probe import Ask, Broken, NoData, Target
from gpuready.probes.redis import INFO, PROBES
from gpuready.probes.redis_latency import LATENCY
from gpuready.probes.redis_wire import connect
from tests.probes.daemons import free_port, wait_for
from tests.probes.redis.conftest import Redis, make_certificate, running
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import mute, play, tcp

CACHE = (
    Criterion("answers", "==", True),
    Criterion("maxmemory", ">", 0, "B"),
    Criterion("maxmemory_policy", "!=", "noeviction"),
)


def test_names_are_those_of_the_checklists() -> None:
    assert [probe.name for probe in PROBES] == ["redis.info", "redis.cluster", "redis.latency"]


async def test_a_bounded_cache_passes(redis: Redis) -> None:
    redis.cli("SET", "a", "1")
    redis.cli("GET", "a")
    redis.cli("GET", "b")
    measured = await run_probe(INFO, redis.address)
    assert judge(CACHE, measured.fields, INFO.fields) is Verdict.PASS
    assert measured.fields["maxmemory"] == 64 * 2**20
    assert measured.fields["hit_rate"] == 50
    assert measured.fields["keys"] == 1
    assert measured.fields["server"] == "redis"
    assert any("maxmemory_policy:allkeys-lru" in exchange.answered for exchange in measured.evidence)


async def test_an_unbounded_cache_fails(tmp_path: Path) -> None:
    with running(tmp_path) as redis:
        measured = await run_probe(INFO, redis.address)
    assert judge(CACHE, measured.fields, INFO.fields) is Verdict.FAIL
    assert measured.fields["maxmemory"] == 0
    assert "hit_rate" not in measured.fields, "no look-up yet: no rate, not 0 and not 100"
    assert [key for key, _ in measured.remarks] == ["probes_redis.never_asked"]


async def test_nobody_there_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(INFO, "127.0.0.1:1")
    assert caught.value.verdict is Verdict.UNKNOWN
    assert "127.0.0.1:1" in both(caught.value.key, **caught.value.fields)


@pytest.mark.parametrize(
    "address", ["", "http://127.0.0.1:6379", "host:port", "redis://:s3cret@h:6379", "redis://", "h:99999"]
)
async def test_addresses_that_are_none(address: str) -> None:
    for probe in PROBES:
        with pytest.raises(NoData) as caught:
            await run_probe(probe, address)
        said = both(caught.value.key, **caught.value.fields)
        assert probe.steps(Ask(Target("redis", "x", address)))[-1] == said
        assert "s3cret" not in said


async def test_a_password_by_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path, password="tr0ub4dor") as redis:
        with pytest.raises(NoData) as caught:
            await run_probe(INFO, redis.address)
        assert caught.value.key == "probes_redis.no_password"
        monkeypatch.setenv("CACHE_WORD", "wrong")
        options = {"password_env": "CACHE_WORD"}
        with pytest.raises(NoData) as caught:
            await run_probe(INFO, redis.address, options=options)
        assert caught.value.key == "probes_redis.wrong_password"
        monkeypatch.setenv("CACHE_WORD", "tr0ub4dor")
        measured = await run_probe(INFO, redis.address, options=options)
        assert measured.fields["answers"] is True
        steps = INFO.steps(Ask(Target("redis", "x", redis.address, options)))
        assert "AUTH ***" in steps
        assert "tr0ub4dor" not in str(measured) + str(steps)
        child = await run_probe(LATENCY, redis.address, options=options, count=3)
        assert child.fields["samples"] == 6
        assert "tr0ub4dor" not in str(child)


async def test_a_user_without_rights_is_unknown(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.cli("ACL", "SETUSER", "probe", "on", ">pw", "+ping")
    (tmp_path / "word").write_text("pw\n")
    with pytest.raises(NoData) as caught:
        await run_probe(
            INFO, redis.address, options={"username": "probe", "password_file": str(tmp_path / "word")}
        )
    assert caught.value.key == "probes_redis.no_rights"


async def test_a_redis_that_hangs_is_unknown(redis: Redis) -> None:
    with redis.stopped(), pytest.raises(NoData) as caught:
        await run_probe(INFO, redis.address, limit=0.3)
    assert caught.value.key == "probes_redis.silent"


async def test_half_open() -> None:
    async with tcp(mute) as port:
        with pytest.raises(NoData) as caught:
            await run_probe(INFO, f"127.0.0.1:{port}", limit=0.2)
    assert caught.value.key == "probes_redis.silent"


async def test_a_web_server_is_no_redis() -> None:
    async with play({}, other="<html>Welcome") as stage:
        with pytest.raises(Broken) as caught:
            await run_probe(INFO, stage.url.removeprefix("http://"))
    assert caught.value.verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"$99999999999\r\n", Broken),  # more than any INFO
        (b"$-5\r\n", Broken),  # PING is not answered by nothing
        (b"+" + b"x" * 200_000, Broken),  # a line without an end
        (b"*9999999999\r\n", Broken),
        (b"*1\r\n" * 5000, Broken),  # nested without a bottom
        (b":abc\r\n", Broken),
        (b"$4\r\nPO", NoData),  # cut off
        (b"", NoData),
        (b"+PONG\r\n$4\r\nfour\r\n", Broken),  # an INFO that is none
        (b"+PONG\r\n:1\r\n", Broken),
        (b"-LOADING Redis is loading the dataset in memory\r\n", NoData),
        (b"-DENIED Redis is running in protected mode\r\n", NoData),
    ],
)
async def test_liars(said: bytes, kind: type[Exception]) -> None:
    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        await writer.drain()
        if said.startswith(b"+PONG"):
            await reader.read(100)

    async with tcp(lie) as port:
        with pytest.raises(kind):
            await run_probe(INFO, f"127.0.0.1:{port}", limit=2)


async def test_tls(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    port = free_port()
    settings = ("--tls-port", str(port), "--tls-cert-file", str(cert), "--tls-key-file", str(key))
    with running(tmp_path, *settings, "--tls-auth-clients", "no"):
        address = f"rediss://127.0.0.1:{port}"
        measured = await run_probe(INFO, address, options={"ca": str(cert)})
        assert measured.fields["answers"] is True
        with pytest.raises(NoData) as caught:  # self-signed and not known to us
            await run_probe(INFO, address)
        assert caught.value.key == "probes_redis.no_tls"
        with pytest.raises(NoData):  # plain on a TLS port
            await run_probe(INFO, f"127.0.0.1:{port}", limit=3)


async def test_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with running(tmp_path, "--unixsocket", str(path)):
        measured = await run_probe(INFO, f"unix://{path}")
    assert measured.fields["answers"] is True


async def test_latency_from_a_child(redis: Redis) -> None:
    measured = await run_probe(LATENCY, redis.address)
    fields = measured.fields
    assert fields["samples"] == 100
    assert 0 < float(fields["p50"]) <= float(fields["p95"]) <= float(fields["p99"]) <= float(fields["max"])
    assert redis.cli("DBSIZE") == "0", "nothing is written"


async def test_latency_is_not_spoilt_by_a_busy_screen(redis: Redis) -> None:
    """A loop that paints for 20 ms at a time: measured on it, the median would be 20 ms."""

    async def paint() -> None:
        import time

        while True:
            until = time.monotonic() + 0.02
            while time.monotonic() < until:
                pass
            await asyncio.sleep(0)

    painter = asyncio.create_task(paint())
    try:
        measured = await run_probe(LATENCY, redis.address)
    finally:
        painter.cancel()
    assert float(measured.fields["p50"]) < 5


async def test_latency_of_a_slow_redis_fails(redis: Redis) -> None:
    """Another client keeps it busy with scripts of some 20 ms, as KEYS * on a big data set would."""

    async def disturb() -> None:
        async with connect(Target("redis", "", redis.address), 60) as wire:
            while True:
                await wire.call("EVAL", "local i=0 while i<1e6 do i=i+1 end return i", "0", note=False)

    disturber = asyncio.create_task(disturb())
    try:
        measured = await run_probe(LATENCY, redis.address, count=20)
    finally:
        disturber.cancel()
    fast = Criterion("p99", "<", 1, "ms")
    assert judge([fast], measured.fields, LATENCY.fields) is Verdict.FAIL


async def test_latency_outcomes_cross_the_process(redis: Redis) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(LATENCY, "127.0.0.1:1")
    assert caught.value.key == "probes_redis.no_connection"
    async with play({}, other="<html>") as stage:
        with pytest.raises(Broken):
            await run_probe(LATENCY, stage.url.removeprefix("http://"))


async def test_cancelling_leaves_no_child(redis: Redis) -> None:
    def children() -> list[int]:
        mine = psutil.Process().children(recursive=True)
        return [child.pid for child in mine if "redis_latency" in str(child.cmdline())]

    with redis.stopped():
        task = asyncio.create_task(run_probe(LATENCY, redis.address, limit=30))
        await asyncio.to_thread(wait_for, lambda: bool(children()), "the child")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not children()

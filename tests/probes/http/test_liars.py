"""Servers that lie, stall and never end: each must end at the limits, as unknown or error."""

from __future__ import annotations

import asyncio
import contextlib
import time

import psutil
import pytest

from gpuready.probes.http_client import fetch, stream_lines
from gpuready.probes.probe import Broken, NoData, Outcome
from tests.probes.daemons import free_port
from tests.probes.run_probe import both
from tests.probes.stage import HTML, Talk, html, mute, play, tcp

MIB = 2**20


def _says(*parts: bytes, pause: float = 0.0, forever: bool = False) -> Talk:
    """Read one request, answer with these bytes, and go on with the last of them for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        while forever:
            writer.write(parts[-1])
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


async def _outcome(talk: Talk, *, limit: float = 1.0, scheme: str = "http") -> Outcome:
    async with tcp(talk) as port:
        begun = time.monotonic()
        with pytest.raises(Outcome) as caught:
            await fetch(f"{scheme}://127.0.0.1:{port}/", limit=limit)
        assert time.monotonic() - begun < limit + 0.5
    assert both(caught.value.key, **caught.value.fields)
    return caught.value


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


async def test_a_10_gb_body_is_not_read() -> None:
    before = psutil.Process().memory_info().rss
    fault = await _outcome(_says(OK + b"Content-Length: 10737418240\r\n\r\n", b"x" * MIB, forever=True))
    assert (type(fault), fault.key) == (Broken, "probes_http.too_big")
    assert psutil.Process().memory_info().rss - before < 64 * MIB


async def test_an_endless_stream_ends_at_the_size() -> None:
    fault = await _outcome(_says(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n", forever=True), limit=5)
    assert (type(fault), fault.key) == (Broken, "probes_http.too_big")


async def test_a_slow_drip_ends_at_the_limit() -> None:
    fault = await _outcome(_says(CHUNKED, b"1\r\nx\r\n", pause=0.05, forever=True))
    assert (type(fault), fault.key) == (NoData, "probes_http.slow_body")


async def test_a_head_that_drips_ends_at_the_limit() -> None:
    fault = await _outcome(_says(OK, b"X-More: 1\r\n", pause=0.05, forever=True))
    assert (type(fault), fault.key) == (NoData, "probes_http.slow_answer")


async def test_an_endless_head_is_no_http() -> None:
    fault = await _outcome(_says(OK + b"X-Long: ", b"x" * 65536, forever=True), limit=3)
    assert (type(fault), fault.key) == (Broken, "probes_http.no_http")


async def test_a_half_open_peer_ends_at_the_limit() -> None:
    fault = await _outcome(mute)
    assert (type(fault), fault.key) == (NoData, "probes_http.slow_answer")
    fault = await _outcome(mute, scheme="https")
    assert (type(fault), fault.key) == (NoData, "probes_http.slow_tls")


async def test_a_peer_that_hangs_up_is_unknown() -> None:
    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    fault = await _outcome(hangs_up)
    assert (type(fault), fault.key) == (NoData, "probes_http.closed")


async def test_a_body_that_breaks_off_is_an_error() -> None:
    fault = await _outcome(_says(OK + b"Content-Length: 1000\r\n\r\nhalf"))
    assert (type(fault), fault.key) == (Broken, "probes_http.cut_off")


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\x01\x02\x03\r\n\r\n", b"-ERR unknown\r\n"]
)
async def test_another_protocol_is_an_error(greeting: bytes) -> None:
    fault = await _outcome(_says(greeting))
    assert (type(fault), fault.key) == (Broken, "probes_http.no_http")


async def test_plain_http_where_tls_was_due() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    fault = await _outcome(plain, scheme="https")
    assert (type(fault), fault.key) == (Broken, "probes_http.no_tls")


async def test_nobody_there_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await fetch(f"http://127.0.0.1:{free_port()}/", limit=2)
    assert caught.value.key == "probes_http.refused"
    with pytest.raises(NoData) as caught:
        await fetch("http://no-such-name.invalid/", limit=5)
    assert caught.value.key == "probes_http.no_name"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (HTML, "no_json"),
        ('{"a": ', "no_json"),
        ("", "no_json"),
        ("[" * 100_000, "no_json"),
        ("[1]", "no_object"),
        ("\x1b[2J{", "no_json"),
    ],
)
async def test_200_with_something_else(body: str, key: str) -> None:
    async with play({}, other=body) as stage:
        reply = await fetch(stage.url, limit=5)
    with pytest.raises(Broken) as caught:
        reply.table()
    assert caught.value.key == f"probes_http.{key}"
    said = both(caught.value.key, **caught.value.fields)
    assert "\x1b" not in said and len(said) < 400
    assert caught.value.evidence == (reply.exchange,)


async def test_a_liar_is_quoted() -> None:
    async with play({"/": html}) as stage:
        reply = await fetch(f"{stage.url}/", limit=5)
    with pytest.raises(Broken) as caught:
        reply.json()
    assert "<!doctype html>" in str(caught.value)


async def test_cancelling_closes_the_connection_at_once() -> None:
    closed = asyncio.Event()

    async def waits(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await mute(reader, _)
        closed.set()

    async with tcp(waits) as port:
        task = asyncio.ensure_future(fetch(f"http://127.0.0.1:{port}/", limit=30))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(1):
            await closed.wait()


async def test_streams_end_at_the_limits_too() -> None:
    async with tcp(_says(CHUNKED, b"6\r\ndata:\n\r\n", pause=0.05, forever=True)) as port:
        seen = 0
        with pytest.raises(NoData) as caught:
            async for _ in stream_lines(f"http://127.0.0.1:{port}/", limit=0.5):
                seen += 1
        assert seen > 3 and caught.value.key == "probes_http.slow_body"
    async with tcp(_says(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n", forever=True)) as port:
        with pytest.raises(Broken) as broken:
            async for _ in stream_lines(f"http://127.0.0.1:{port}/", limit=5):
                pass
        assert broken.value.key == "probes_http.long_line"
    async with tcp(_says(CHUNKED, b"1\r\n\n\r\n" * 1000, forever=True)) as port:
        with pytest.raises(Broken) as broken:
            async for _ in stream_lines(f"http://127.0.0.1:{port}/", limit=10, size_limit=20_000):
                pass
        assert broken.value.key == "probes_http.too_big"


async def test_a_stream_that_is_left_is_closed() -> None:
    closed = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _says(CHUNKED, b"6\r\ndata:\n\r\n", pause=0.01, forever=True)(reader, writer)
        finally:
            closed.set()

    async with tcp(endless) as port:
        async with contextlib.aclosing(stream_lines(f"http://127.0.0.1:{port}/", limit=30)) as stream:
            async for _ in stream:
                break
        async with asyncio.timeout(2):
            await closed.wait()

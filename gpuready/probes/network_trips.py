"""Single round trips: an ICMP echo or a TCP connection, timed by the kernel where it tells."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import shlex
import shutil
import socket
import struct
import time
from dataclasses import dataclass, field
from enum import StrEnum

from gpuready.probes.command import run
from gpuready.probes.network_address import Host
from gpuready.probes.network_names import Place
from gpuready.probes.probe import Exchange, NoData
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

WAIT = 1.0  # seconds for one answer
GIVE_UP = 3  # lost ones in a row from the first on: nobody is there
PAUSE = 0.02  # seconds between two packets: nobody's rate limit for ICMP is stricter than 50 a second

_SO_TIMESTAMPNS = 35
_TCPI_RTT = 68  # offset of tcpi_rtt in struct tcp_info, linux/tcp.h
_numbers = itertools.count(1)


class Way(StrEnum):
    """How a round trip is made."""

    TCP = "tcp"  # a port is given: the handshake of a connection
    SOCKET = "icmp"  # this user may open an ICMP socket
    PING = "ping"  # the program may


@dataclass(frozen=True, slots=True)
class Trips:
    """`times` in seconds of those that came back, in order; `lost` did not within `WAIT`."""

    times: tuple[float, ...]
    lost: int
    evidence: tuple[Exchange, ...] = field(default=())

    @property
    def waited(self) -> list[float]:
        """All of them, a lost one as the time that was waited for it in vain: its least."""
        return [*self.times, *[WAIT] * self.lost]


def way_to(host: Host, family: int = socket.AF_INET) -> Way:
    """How round trips to the host can be made here; `NoData` when there is no way without a port."""
    if host.port:
        return Way.TCP
    try:
        _icmp(family).close()
        return Way.SOCKET
    except OSError:
        if shutil.which("ping"):
            return Way.PING
    raise NoData("probes_network.no_icmp", host=host.name)


def ping(host: str, count: int) -> list[str]:
    """The command line for `Way.PING`; 0.2 s is the shortest interval that an ordinary user may ask for."""
    return ["ping", "-n", "-c", str(count), "-i", "0.2", "-W", f"{WAIT:g}", host]


def shown(host: Host, count: int, way: Way) -> str:
    """The trips as a plan shows them."""
    if way is Way.TCP:
        return f"connect TCP {host}, {count} times"
    if way is Way.SOCKET:
        return f"send ICMP echo to {host.name}, {count} times"
    if host.is_address:
        return shlex.join(ping(host.name, count))
    return f"{shlex.join(ping('ADDRESS', count))} (the address of {host.name})"


async def trips(place: Place, way: Way, count: int, limit: float) -> Trips:
    """Make them one after another.  `limit` in seconds: what has not been sent until then is not counted.
    `NoData` when a connection is refused, or the kernel has no way there."""
    if way is Way.PING:
        return await _ping(place, count, limit)
    until, times, lost = time.monotonic() + limit, list[float](), 0
    with _icmp(place.family) if way is Way.SOCKET else contextlib.nullcontext() as echoes:
        for _ in range(count):
            # Before the first too: the kernel begins to stamp packets a moment after it is asked to.
            await asyncio.sleep(PAUSE)
            if time.monotonic() + WAIT > until or (lost >= GIVE_UP and not times):
                break
            try:
                times.append(await (_echo(place, echoes) if echoes else _connect(place)))
            except TimeoutError:
                lost += 1
            except ConnectionRefusedError:
                raise NoData("probes_network.refused", host=place.address, port=place.port) from None
            except OSError as error:
                why = safe_line(error.strerror or str(error))
                raise NoData("probes_network.no_way", host=place.address, why=why) from None
    said = " ".join(f"{each * 1000:.3f}" for each in times)
    asked = shown(Host(place.address, place.port), len(times) + lost, way)
    return Trips(tuple(times), lost, (Exchange(asked, redact(f"ms: {said or '-'}; lost: {lost}")),))


async def _connect(place: Place) -> float:
    """Seconds from SYN to SYN-ACK.  The kernel measures it in TCP_INFO, free of our own delays; where it
    did not (a repeated SYN), our clock counts."""
    loop = asyncio.get_running_loop()
    with socket.socket(place.family, socket.SOCK_STREAM) as one:
        one.setblocking(False)
        begun = time.perf_counter()
        async with asyncio.timeout(WAIT):
            await loop.sock_connect(one, (place.address, place.port))
        ours = time.perf_counter() - begun
        info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        kernel = struct.unpack_from("=I", info, _TCPI_RTT)[0] / 1e6 if len(info) >= _TCPI_RTT + 4 else 0.0
        return kernel if 0 < kernel <= ours else ours


def _icmp(family: int) -> socket.socket:
    """A socket for echoes, with arrival times: the unprivileged kind, else root's; OSError when neither is
    allowed."""
    kind = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        one = socket.socket(family, socket.SOCK_DGRAM, kind)
    except OSError:
        one = socket.socket(family, socket.SOCK_RAW, kind)
    one.setblocking(False)
    one.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    return one


async def _echo(place: Place, one: socket.socket) -> float:
    """Seconds from request to reply, the reply stamped by the kernel when it came in."""
    loop = asyncio.get_running_loop()
    token, number = os.urandom(16), next(_numbers) & 0xFFFF
    kind = 128 if place.family == socket.AF_INET6 else 8
    head = struct.pack("!BBHHH", kind, 0, 0, os.getpid() & 0xFFFF, number)
    total = _checksum(head + token)  # the kernel fills it in for all kinds of socket but a raw IPv4 one
    packet = head[:2] + struct.pack("!H", total) + head[4:] + token
    begun, ours = time.time_ns(), time.perf_counter()
    one.sendto(packet, (place.address, 0))
    async with asyncio.timeout(WAIT):
        while True:
            await _readable(loop, one)
            data, extra, _, _ = one.recvmsg(2048, 256)
            # A raw socket also sees others' packets and, on loopback, our own request.
            if (at := data.find(token) - 8) >= 0 and data[at] in (0, 129):
                break
    took = time.perf_counter() - ours
    for level, kind, value in extra:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) >= 16:
            seconds, nanos = struct.unpack_from("@qq", value)
            kernel: float = (seconds * 10**9 + nanos - begun) / 1e9
            return kernel if 0 < kernel <= took else took  # the wall clock may have been set meanwhile
    return took


def _checksum(data: bytes) -> int:
    total = sum(int(word) for word in struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


async def _readable(loop: asyncio.AbstractEventLoop, one: socket.socket) -> None:
    ready = asyncio.Event()
    loop.add_reader(one, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(one)


async def _ping(place: Place, count: int, limit: float) -> Trips:
    done = await run(ping(place.address, count), limit=limit)
    sent = re.search(r"(\d+) packets transmitted", done.out)
    if not sent:
        why = safe_line((done.err or done.out).strip()[:120])
        raise NoData("probes_network.no_way", host=place.address, why=why).showing(done.exchange)
    times = tuple(float(ms) / 1000 for ms in re.findall(r"time=([\d.]+) ms", done.out))
    return Trips(times, max(0, int(sent[1]) - len(times)), (done.exchange,))

"""Does a port take connections?"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.network_address import Host, host_of, place_of
from gpuready.probes.network_names import Place
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Target
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line


def where_of(ask: Ask) -> Target:
    """The parameter ``address``, else the target's own; `NoData` when there is neither."""
    given = str(ask.params.get("address") or "")
    if not given and not ask.target.address:
        raise NoData("probes_generic.no_address")
    return Target(ask.target.kind, ask.target.name, given, ask.target.options) if given else ask.target


def _host(ask: Ask) -> Host:
    where = where_of(ask)
    host = host_of(where)
    if not host.port:
        raise NoData("probes_generic.no_port", address=redact(safe_line(where.address)))
    return host


def _steps(ask: Ask) -> Sequence[str]:
    try:
        return (f"TCP connect to {_host(ask)}",)
    except NoData as fault:
        return (str(fault),)


async def _tcp(ask: Ask) -> Measurement:
    """`open` is false only when the connection is refused: silence may be a firewall's, and is `NoData`."""
    deadline, host = Deadline(ask), _host(ask)
    try:
        async with asyncio.timeout(deadline.left):
            place = await place_of(host)
    except TimeoutError:
        raise NoData("probes_network.slow_name", host=host.name, seconds=f"{ask.limit:g}") from None
    limit = deadline.left
    begun = time.perf_counter()
    fields: dict[str, Scalar] = {"open": True, "address": place.address}
    try:
        await _connect(place, limit)
    except TimeoutError:
        raise NoData(
            "probes_http.slow_connect", host=host.name, port=host.port, seconds=f"{limit:.3g}"
        ) from None
    except ConnectionRefusedError:
        fields["open"] = False
    except OSError as error:
        why = safe_line(error.strerror or str(error))
        raise NoData("probes_http.unreachable", host=host.name, port=host.port, why=why) from None
    took = (time.perf_counter() - begun) * 1000
    fields["time"] = took
    said = "connected" if fields["open"] else "connection refused"
    shown = Exchange(f"TCP connect to {host}", f"{place.address}: {said} after {took:.2f} ms")
    return Measurement(fields, "TCP connect", (shown,))


async def _connect(place: Place, limit: float) -> None:
    with socket.socket(place.family, socket.SOCK_STREAM) as one:
        one.setblocking(False)
        async with asyncio.timeout(limit):
            await asyncio.get_running_loop().sock_connect(one, (place.address, place.port))
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


TCP = Probe(
    name="tcp",
    measure=_tcp,
    steps=_steps,
    fields={"open": "", "address": "", "time": "ms"},
    params={"address": ""},
    limit=10,
)
"""`time` is that of the handshake, or until it was refused."""

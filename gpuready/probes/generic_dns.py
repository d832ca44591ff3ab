"""Does a name resolve here?"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.network_address import Host, host_of, no_name
from gpuready.probes.network_names import look_up
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Target

_NO_SUCH = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


def _host(ask: Ask) -> Host:
    name = str(ask.params.get("name") or "")
    if not name and not ask.target.address:
        raise NoData("probes_generic.no_address")
    host = host_of(Target(address=name) if name else ask.target)
    if host.is_address:
        raise NoData("probes_network.nothing_to_resolve", address=host.name)
    return host


def _steps(ask: Ask) -> Sequence[str]:
    try:
        return (f"look up {_host(ask).name} (getaddrinfo)",)
    except NoData as fault:
        return (str(fault),)


async def _dns(ask: Ask) -> Measurement:
    """`answers` is 0 when the name servers say that there is no such name; when they do not answer, nothing
    is known."""
    host, limit = _host(ask), Deadline(ask).left
    begun = time.perf_counter()
    addresses: list[str] = []
    said = ""
    try:
        async with asyncio.timeout(limit):
            addresses = sorted({place.address for place in await look_up(host.name)})
    except TimeoutError:
        raise NoData("probes_network.slow_name", host=host.name, seconds=f"{limit:.3g}") from None
    except OSError as error:
        if error.errno not in _NO_SUCH:
            raise no_name(host, error) from None
        said = error.strerror or str(error)
    took = (time.perf_counter() - begun) * 1000
    fields: dict[str, Scalar] = {"answers": len(addresses), "time": took, "addresses": " ".join(addresses)}
    shown = Exchange(f"look up {host.name} (getaddrinfo)", said or str(fields["addresses"]))
    return Measurement(fields, "getaddrinfo", (shown,))


DNS = Probe(
    name="dns",
    measure=_dns,
    steps=_steps,
    fields={"answers": "count", "time": "ms", "addresses": ""},
    params={"name": ""},
    limit=15,
)
"""`addresses` is sorted, with spaces between."""

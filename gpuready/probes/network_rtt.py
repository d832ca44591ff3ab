"""Round trips to a peer, a region, or the default gateway where no peer is known."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping, Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.network_address import Host, gateway, host_of, is_here, place_of
from gpuready.probes.network_trips import Way, shown, trips, way_to
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Measurement, NoData, Probe

MOST = 1000


def _whom(ask: Ask) -> Host:
    return host_of(ask.target) if ask.target.address else gateway()


def count_of(ask: Ask) -> int:
    """How many are asked for: at least 1, at most `MOST`."""
    return min(MOST, max(1, int(str(ask.params["count"]))))


def _steps(ask: Ask) -> Sequence[str]:
    try:
        host = _whom(ask)
        way = way_to(host)
    except NoData as fault:
        return (str(fault),)
    trip = shown(host, count_of(ask), way)
    first = () if host.is_address else (f"look up {host.name} (getaddrinfo)",)
    return (*(first if ask.target.address else ("read /proc/net/route",)), trip)


async def _rtt(ask: Ask) -> Measurement:
    deadline, host = Deadline(ask), _whom(ask)
    try:
        async with asyncio.timeout(deadline.left):
            place = await place_of(host)
    except TimeoutError:
        raise NoData("probes_network.slow_name", host=host.name, seconds=f"{ask.limit:g}") from None
    way = way_to(host, place.family)
    found = await trips(place, way, count_of(ask), deadline.left)
    if not found.times:
        key = "no_connection" if way is Way.TCP else "no_echo"
        raise NoData(f"probes_network.{key}", host=host.name, port=host.port).showing(*found.evidence)
    times = [each * 1000 for each in found.waited]
    fields: dict[str, Scalar] = {
        "p50": percentile(times, 50),
        "p95": percentile(times, 95),
        "p99": percentile(times, 99),
        "min": min(times),
        "max": max(times),
        "mean": statistics.fmean(times),
        "jitter": percentile(times, 95) - percentile(times, 50),
        "sent": len(times),
        "received": len(found.times),
        "loss": found.lost / len(times) * 100,
        "method": "TCP connect" if way is Way.TCP else "ICMP echo",
        "address": place.address,
    }
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if not ask.target.address:
        remarks.append(("probes_network.gateway_asked", {"address": place.address}))
    if found.lost:
        remarks.append(("probes_network.lost", {"lost": found.lost, "sent": len(times)}))
    if ask.target.address and is_here(place):
        remarks.append(("probes_network.own_address", {"address": place.address}))
    return Measurement(fields, str(fields["method"]), found.evidence, tuple(remarks))


RTT = Probe(
    name="network.rtt",
    measure=_rtt,
    steps=_steps,
    fields={
        **dict.fromkeys(("p50", "p95", "p99", "min", "max", "mean", "jitter"), "ms"),
        **dict.fromkeys(("sent", "received"), "count"),
        "loss": "%",
        "method": "",
        "address": "",
    },
    params={"count": 20},
    on="peer",
    alone=True,
    limit=30.0,
    limit_for=lambda params: 10.0 + 1.05 * min(MOST, int(str(params["count"]))),
)
"""Also asked of regions.  A lost packet counts as the second that was waited for it, so that a bad line does
not pass on the packets that came through.  `jitter` is p95 - p50."""

"""The way that packets take to another region, as the kernel itself tells."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.command import run
from gpuready.probes.deadline import Deadline
from gpuready.probes.network_address import host_of, is_here, place_of
from gpuready.probes.network_trips import Way, shown, trips, way_to
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe
from gpuready.text.safe import safe_line

_TRIES = 2


def _command(address: str) -> list[str]:
    return ["ip", "-j", "route", "get", address]


def _steps(ask: Ask) -> Sequence[str]:
    try:
        host = host_of(ask.target)
        trip = shown(host, _TRIES, way_to(host))
    except NoData as fault:
        return (str(fault),)
    if host.is_address:
        return shlex.join(_command(host.name)), trip
    return f"look up {host.name} (getaddrinfo)", f"{shlex.join(_command('ADDRESS'))} (that address)", trip


async def _route(ask: Ask) -> Measurement:
    deadline, host = Deadline(ask), host_of(ask.target)
    try:
        async with asyncio.timeout(deadline.left):
            place = await place_of(host)
    except TimeoutError:
        raise NoData("probes_network.slow_name", host=host.name, seconds=f"{ask.limit:g}") from None
    done = await run(_command(place.address), limit=min(5.0, deadline.left))
    fields: dict[str, Scalar] = {"address": place.address}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if done.code:  # "RTNETLINK answers: Network is unreachable": the kernel's own word
        fields["reachable"] = False
        remarks.append(
            ("probes_network.no_route", {"host": place.address, "why": safe_line(done.err.strip())})
        )
        return Measurement(fields, "ip route get", (done.exchange,), tuple(remarks))
    row = _row(done.out, done.exchange)
    for name, key in (("device", "dev"), ("gateway", "gateway"), ("source", "prefsrc")):
        if row.get(key):
            fields[name] = str(row[key])
    expected = {"device": ask.target.options.get("route", ""), "gateway": ask.target.options.get("via", "")}
    if wanted := {name: value for name, value in expected.items() if value}:
        # No gateway in the answer is an answer too: the packets then leave without one.
        fields["expected_route"] = all(fields.get(name, "") == value for name, value in wanted.items())
        fields["expected"] = " ".join(wanted.values())
    else:
        remarks.append(("probes_network.no_expectation", {}))
    if is_here(place):
        remarks.append(("probes_network.own_address", {"address": place.address}))
    trip_evidence: tuple[Exchange, ...] = ()
    try:
        way = way_to(host, place.family)
        found = await trips(place, way, _TRIES, deadline.left)
        trip_evidence = found.evidence
        if found.times:
            fields["reachable"], fields["rtt"] = True, min(found.times) * 1000
        elif way is Way.TCP:
            fields["reachable"] = False
            remarks.append(("probes_network.no_connection", {"host": host.name, "port": host.port}))
        else:  # many firewalls drop ICMP alone: its silence proves nothing
            remarks.append(("probes_network.no_echo", {"host": host.name, "port": host.port}))
    except NoData as fault:
        if fault.key == "probes_network.refused":
            fields["reachable"] = True  # packets went there and back, which is what was asked
        remarks.append((fault.key, fault.fields))
    return Measurement(fields, "ip route get", (done.exchange, *trip_evidence), tuple(remarks))


def _row(said: str, shown: Exchange) -> dict[str, Any]:
    try:
        rows = json.loads(said)
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        raise Broken("probes_network.odd_ip", found=safe_line(said[:80])).showing(shown)
    row: dict[str, Any] = rows[0]
    return row


ROUTE = Probe(
    name="network.route",
    measure=_route,
    steps=_steps,
    fields={
        "reachable": "",
        "expected_route": "",
        "expected": "",
        "device": "",
        "gateway": "",
        "source": "",
        "address": "",
        "rtt": "ms",
    },
    on="region",
    limit=15.0,
)
"""What is expected stands in the target's options: ``route=IFACE``, ``via=GATEWAY`` or both.  Without them
`expected_route` is left out."""

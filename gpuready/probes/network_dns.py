"""How fast a service's name resolves on this machine."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.network_address import Host, host_of, no_name
from gpuready.probes.network_names import look_up
from gpuready.probes.network_rtt import count_of
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Target
from gpuready.text.redact import redact

HOSTS = Path("/etc/hosts")


def _whom(ask: Ask) -> Host:
    name = str(ask.params["name"])
    host = host_of(Target(address=name) if name else ask.target)
    if host.is_address:
        raise NoData("probes_network.nothing_to_resolve", address=host.name)
    return host


def _steps(ask: Ask) -> Sequence[str]:
    try:
        return (f"look up {_whom(ask).name} (getaddrinfo), {count_of(ask)} times", f"read {HOSTS}")
    except NoData as fault:
        return (str(fault),)


async def _dns(ask: Ask) -> Measurement:
    deadline, host, count = Deadline(ask), _whom(ask), count_of(ask)
    times, failed, addresses = list[float](), 0, set[str]()
    remarks: list[tuple[str, Mapping[str, object]]] = []
    last: OSError | None = None
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(deadline.left):
            for _ in range(count):
                begun = time.perf_counter()
                try:
                    addresses |= {place.address for place in await look_up(host.name)}
                except OSError as error:
                    failed, last = failed + 1, error
                times.append((time.perf_counter() - begun) * 1000)
    except TimeoutError:
        if not times:
            raise NoData("probes_network.slow_name", host=host.name, seconds=f"{ask.limit:g}") from None
        times.append((time.perf_counter() - begun) * 1000)  # it took at least as long as we waited
        failed += 1
        remarks.append(("probes_network.not_all", {"done": len(times), "count": count}))
    if not addresses:
        raise no_name(host, last) if last else NoData("probes_network.slow_name", host=host.name, seconds="?")
    fields: dict[str, Scalar] = {
        "p50": percentile(times, 50),
        "p95": percentile(times, 95),
        "max": max(times),
        "look_ups": len(times),
        "failed": failed,
        "answers": len(addresses),
        "addresses": " ".join(sorted(addresses)),
    }
    if _in_hosts(host.name):
        remarks.append(("probes_network.from_hosts", {"host": host.name, "path": str(HOSTS)}))
    said = f"{fields['addresses']}\nms: {' '.join(f'{each:.2f}' for each in times)}; failed: {failed}"
    shown = Exchange(f"look up {host.name} (getaddrinfo), {len(times)} times", redact(said))
    return Measurement(fields, "getaddrinfo", (shown,), tuple(remarks))


def _in_hosts(name: str) -> bool:
    try:
        text = HOSTS.read_text(errors="replace")
    except OSError:
        return False
    names = {word.lower() for line in text.splitlines() for word in re.sub("#.*", "", line).split()[1:]}
    return name.rstrip(".").lower() in names


DNS = Probe(
    name="network.dns",
    measure=_dns,
    steps=_steps,
    fields={
        **dict.fromkeys(("p50", "p95", "max"), "ms"),
        **dict.fromkeys(("look_ups", "failed", "answers"), "count"),
        "addresses": "",
    },
    params={"count": 50, "name": ""},
    on="service",
    limit=30.0,
)
"""Looks up `name`, or the host of the target's address, one look-up after another."""

"""The rate of a link, both ways, with iperf3 against a server on the peer."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.command import Done, run
from gpuready.probes.network_address import Host, host_of, is_here, place_of
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Probe, Safety
from gpuready.text.safe import safe_line

PORT = 5201  # iperf3's own
_LONGEST, _MOST_STREAMS = 60, 64
_SLACK = 10.0  # seconds for connecting and for the exchange of results, each way


def _times(params: Mapping[str, object]) -> tuple[int, int]:
    """Seconds each way and streams, within bounds."""
    seconds = min(_LONGEST, max(1, int(str(params["seconds"]))))
    return seconds, min(_MOST_STREAMS, max(1, int(str(params["streams"]))))


def _command(host: Host, params: Mapping[str, object], *, reverse: bool) -> list[str]:
    seconds, streams = _times(params)
    where = ["-c", host.name, "-p", str(host.port or PORT), "--connect-timeout", "5000"]
    return [
        "iperf3",
        *where,
        "-t",
        str(seconds),
        "-P",
        str(streams),
        "-i",
        "0",
        "-J",
        *(["-R"] if reverse else []),
    ]


def _steps(ask: Ask) -> Sequence[str]:
    try:
        host = host_of(ask.target)
    except NoData as fault:
        return (str(fault),)
    return tuple(shlex.join(_command(host, ask.params, reverse=reverse)) for reverse in (False, True))


async def _bandwidth(ask: Ask) -> Measurement:
    host = host_of(ask.target)
    seconds, streams = _times(ask.params)
    limit = min(ask.limit / 2, seconds + _SLACK)
    rates, evidence, repeats, remarks = dict[str, float](), [], 0, list[tuple[str, Mapping[str, object]]]()
    for name, reverse in (("forward", False), ("reverse", True)):
        done = await run(_command(host, ask.params, reverse=reverse), limit=limit)
        evidence.append(done.exchange)
        end = _end(done, host)
        rates[name] = _rate(end, done)
        sent = end.get("sum_sent")
        repeats += int(sent.get("retransmits", 0)) if isinstance(sent, dict) else 0
    fields: dict[str, Scalar] = {
        "rate": min(rates.values()) / 1e9,
        **{name: rate / 1e9 for name, rate in rates.items()},
        "retransmits": repeats,
        "streams": streams,
        "seconds": seconds,
    }
    if is_here(await place_of(host)):
        remarks.append(("probes_network.own_address", {"address": host.name}))
    return Measurement(fields, "iperf3", tuple(evidence), tuple(remarks))


def _end(done: Done, host: Host) -> dict[str, Any]:
    """The ``end`` of iperf3's report; what it says instead is `NoData`."""
    where: dict[str, object] = {"host": host.name, "port": host.port or PORT}
    try:
        report = json.loads(done.out)
    except ValueError:
        report = None
    if not isinstance(report, dict):
        said = safe_line((done.err or done.out).strip()[:160])
        raise Broken("probes_network.odd_iperf", **where, found=said or "-").showing(done.exchange)
    if error := report.get("error"):
        key = "iperf_busy" if "busy" in str(error) else "no_iperf"
        raise NoData(f"probes_network.{key}", **where, why=safe_line(str(error))).showing(done.exchange)
    end = report.get("end")
    return end if isinstance(end, dict) else {}


def _rate(end: dict[str, Any], done: Done) -> float:
    """bit/s as the receiving side counted: what was merely sent may have been lost."""
    received = end.get("sum_received")
    rate = received.get("bits_per_second") if isinstance(received, dict) else None
    if not isinstance(rate, int | float) or rate <= 0:
        raise Broken("probes_network.no_rate").showing(done.exchange)
    return float(rate)


BANDWIDTH = Probe(
    name="network.bandwidth",
    measure=_bandwidth,
    steps=_steps,
    fields={
        "rate": "Gbit/s",
        "forward": "Gbit/s",
        "reverse": "Gbit/s",
        "retransmits": "count",
        "streams": "count",
        "seconds": "s",
    },
    params={"seconds": 10, "streams": 4},
    on="peer",
    safety=Safety.HEAVY,
    limit=40.0,
    limit_for=lambda params: 2 * (_times(params)[0] + _SLACK),
    lane="network",
)
"""`rate` is the slower direction; forward is from here to the peer."""

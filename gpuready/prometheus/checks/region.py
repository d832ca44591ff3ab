"""Between regions: round trips and how far replicas lag behind."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import LOOK_BACK, Look
from gpuready.prometheus.read.own import filled
from gpuready.prometheus.read.parts import parts_of, texts
from gpuready.prometheus.read.raw import NAMES, Raw, listed, present
from gpuready.prometheus.table import signals
from gpuready.text.say import say

LOST, FOR_EVER = 1e9, 1e3
"""Seconds that a probe without an answer counts for, and beyond which P95 is that of no answers."""


def _p95(answered: str, lost: str) -> str:
    return (
        f"quantile_over_time(0.95, (max by (job, instance) ({answered}) "
        f"or {LOST:.0f} + 0 * max by (job, instance) ({lost}))[$window:15s])"
    )


def _phase(series: str) -> str:
    """A failed probe leaves its phases at 0: that is no round trip of 0 s."""
    return _p95(f"{series} > 0", f"{series} == 0")


_DURATION, _SUCCESS = "probe_duration_seconds{$sel}", "probe_success{$sel}"
TRIPS = (
    Raw(
        "blackbox_exporter, ICMP",
        ("probe_icmp_duration_seconds",),
        _phase('probe_icmp_duration_seconds{phase="rtt",$sel}'),
    ),
    Raw(
        "blackbox_exporter, connect",
        ("probe_http_duration_seconds",),
        _phase('probe_http_duration_seconds{phase="connect",$sel}'),
    ),
    Raw(
        "blackbox_exporter, whole probe",
        ("probe_duration_seconds",),
        _p95(f"{_DURATION} and on (job, instance) {_SUCCESS} == 1", f"{_SUCCESS} == 0"),
    ),
)
PROBED = "count by (instance) (last_over_time(probe_success{$sel}[$window]))"
PROBED_NOW = "count by (instance) (probe_success{$sel})"


async def _rtt(look: Look) -> Seen:
    """The slowest region's P95, by the first kind of probe that each has.  A whole probe takes longer than a
    round trip, so it proves that one is short and never that it is long."""
    regions = {one.name: _host(one.address) for one in look.ask.site if one.kind == "region"}
    if not regions and not look.selector:
        raise NoData("prometheus_region.which_probes")
    found: dict[str, tuple[float, Raw]] = {}
    for way in await present(look, TRIPS, "prometheus_region.rtt"):
        for instance, value in (await look.query(way.query)).by("instance").items():
            for name in _names(instance, regions) if value < FOR_EVER else ():
                kept = found.get(name)
                if kept is None or (kept[1] is way and value > kept[0]):
                    found[name] = (value, way)
    probed, now = [
        {name for one in (await look.query(query)).by("instance") for name in _names(one, regions)}
        for query in (PROBED, PROBED_NOW)
    ]
    missing = ((set(regions) or probed) - set(found)) | (probed - now)
    if not found:
        raise NoData("prometheus_region.no_answer", names=listed(missing) or "-")
    covered = await look.covered("probe_success", say("prometheus_region.rtt"), look.window)
    worst = max(found, key=lambda name: found[name][0])
    value, way = found[worst]
    remarks: list[Remark] = [*covered, ("prometheus_region.slowest", {"name": worst, "how": way.exporter})]
    # what a trip surely takes at least: of whole probes nothing is known but that it is no longer
    least = max((1000 * trip for trip, how in found.values() if how is not TRIPS[-1]), default=0.0)
    most = math.inf if missing else 1000 * value
    if missing:
        remarks.append(("prometheus_region.unmeasured", {"names": listed(missing)}))
    fields = {"value": 1000 * value, "regions": len(found)}
    return Seen(fields, tuple(remarks), {"value": (least, most)})


def _host(address: str) -> str:
    return urlsplit(address if "//" in address else f"//{address}").hostname or address


def _names(instance: str, regions: dict[str, str]) -> list[str]:
    """The regions whose address that probe has; without regions the probe is a region of its own."""
    if not regions:
        return [instance]
    return [name for name, host in regions.items() if host in (instance, _host(instance))]


REPLAY = "max(max_over_time(pg_replication_last_replay_seconds{$sel}[$window]))"
"""PostgreSQL counts no lag once it replayed all that it received, and one that is cut off receives nothing:
how long ago it replayed anything bounds what it may miss."""


async def _lag(look: Look) -> Seen:
    """The greatest lag of any replica in the window.  One that is told of no longer may lag by any time."""
    parts = await parts_of(look, "replication_lag")
    remarks = list(parts.remarks)
    value = max(reading.value for reading in parts.readings)
    replicas: dict[str, float] = {}
    stopped: set[str] = set()
    for way in (reading.way for reading in parts.readings if reading.way.each):
        found = await look.things("replication_lag", way=way)
        try:
            now = set(await look.things("replication_lag", window=LOOK_BACK, way=way))
        except NoData:
            now = set()
        stopped |= set(found) - now
        replicas |= {name: max(lag, replicas.get(name, 0.0)) for name, lag in found.items()}
    fields: dict[str, float] = {"value": value}
    if replicas:
        fields["replicas"] = len(replicas)
        worst = max(replicas, key=lambda one: replicas[one])
        remarks.append(
            ("prometheus_region.worst_replica", {"name": worst, "value": f"{replicas[worst]:.4g}"})
        )
    if stopped:
        remarks.append(("prometheus_region.stopped", {"names": listed(stopped)}))
    # nobody knows how far they were behind while nobody looked
    is_partly = any(key == "prometheus.partly" for key, _ in remarks)
    most = math.inf if stopped or parts.open or is_partly else value
    if any(reading.way.needs[0] == "pg_replication_lag_seconds" for reading in parts.readings):
        replay = (await look.query(REPLAY)).value
        most = max(most, math.inf if replay is None else replay)
        remarks.append(("prometheus_region.cut_off", {"seconds": "?" if replay is None else f"{replay:.4g}"}))
    return Seen(fields, tuple(remarks), {"value": (value, most)} if most > value else {})


def _now(ask: Ask) -> list[str]:
    """The same once more over the last minutes, for who is told of now."""
    ways = signals()["replication_lag"].ways
    return [f"  {filled(ask, way.each, LOOK_BACK)}" for way in ways if way.each]


CHECKS = (
    check(
        "region_rtt_p95",
        _rtt,
        queries=(*(way.query for way in TRIPS), PROBED, PROBED_NOW),
        calls=(NAMES,),
        fields={"value": "ms", "regions": "count"},
    ),
    check(
        "replication_lag_max",
        _lag,
        asks=("replication_lag",),
        queries=(REPLAY, *texts("replication_lag")),
        fields={"value": "s", "replicas": "count"},
        more=_now,
    ),
)

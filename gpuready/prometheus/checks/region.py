"""Between regions: round trips and how far replicas lag behind."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from gpuready.probes.probe import Ask, NoData
from gpuready.prometheus.check import Seen, check
from gpuready.prometheus.look import LOOK_BACK, Look, Remark
from gpuready.prometheus.own import filled, showing
from gpuready.prometheus.raw import NAMES, Raw, listed, present, seen_of
from gpuready.prometheus.table import signals
from gpuready.text.say import say

LOST = 1e6
"""Seconds for which a probe without an answer counts: where one in twenty is lost, P95 is no number."""
# A failed probe leaves its phases at 0: those moments are no round trips of 0 s.
_P95 = (
    "quantile_over_time(0.95, (max by (job, instance) ({series} > 0) "
    f"or {LOST:.0f} * max by (job, instance) (probe_success{{{{$sel}}}} == bool 0))[$window:30s])"
)
TRIPS = (
    Raw(
        "blackbox_exporter, ICMP",
        ("probe_icmp_duration_seconds",),
        _P95.format(series='probe_icmp_duration_seconds{phase="rtt",$sel}'),
    ),
    Raw(
        "blackbox_exporter, connect",
        ("probe_http_duration_seconds",),
        _P95.format(series='probe_http_duration_seconds{phase="connect",$sel}'),
    ),
    Raw(
        "blackbox_exporter, whole probe",
        ("probe_duration_seconds",),
        _P95.format(series="(probe_duration_seconds{$sel} and on (job, instance) probe_success{$sel} == 1)"),
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
            for name in _names(instance, regions):
                kept = found.get(name)
                if kept is None or (kept[1] is way and value > kept[0]):
                    found[name] = (value, way)
    probed = {name for one in (await look.query(PROBED)).by("instance") for name in _names(one, regions)}
    missing = (set(regions) or probed) - set(found)
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


async def _lag(look: Look) -> Seen:
    """The greatest lag of any replica in the window.  One that is told of no longer may lag by any time."""
    reading = await look.read("replication_lag")
    seen = seen_of(reading, "s")
    remarks = list(seen.remarks)
    within = dict(seen.within)
    fields = dict(seen.fields)
    if reading.way.each:
        replicas = await look.things("replication_lag")
        fields["replicas"] = len(replicas)
        worst = max(replicas, key=lambda one: replicas[one])
        remarks.append(
            ("prometheus_region.worst_replica", {"name": worst, "value": f"{replicas[worst]:.4g}"})
        )
        try:
            now = set(await look.things("replication_lag", window=LOOK_BACK))
        except NoData:
            now = set()
        if stopped := set(replicas) - now:
            remarks.append(("prometheus_region.stopped", {"names": listed(stopped)}))
            value = fields["value"]
            assert isinstance(value, float)
            within["value"] = (value, math.inf)
    return Seen(fields, tuple(remarks), within)


def _now(ask: Ask) -> list[str]:
    """The same once more over the last minutes, for who is told of now."""
    ways = signals()["replication_lag"].ways
    return [f"  {filled(ask, way.each, LOOK_BACK)}" for way in ways if way.each]


CHECKS = (
    check(
        "region_rtt_p95",
        _rtt,
        queries=(*(way.query for way in TRIPS), PROBED),
        calls=(NAMES,),
        fields={"value": "ms", "regions": "count"},
    ),
    showing(
        check(
            "replication_lag_max",
            _lag,
            asks=("replication_lag",),
            fields={"value": "s", "replicas": "count"},
        ),
        _now,
    ),
)

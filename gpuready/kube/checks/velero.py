"""Backups by Velero: scheduled, kept, successful, and restored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from gpuready.kube.check import Remark, Seen, check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.naming import listed, name_of, namespace_of
from gpuready.kube.read.velero import (
    BACKUPS,
    COMPLETED,
    LOCATIONS,
    RESTORES,
    SCHEDULES,
    began,
    by_schedule,
    is_enabled,
    is_over,
    location_of,
    phase,
    titled,
)
from gpuready.probes.duration import seconds_of
from gpuready.probes.probe import NoData, Probe


async def _schedules(look: Look) -> Seen:
    """Schedules that run, the last backup of each, and whether where they go can be reached."""
    schedules = await look.list(SCHEDULES)
    if not schedules:
        key = "no_schedule" if await look.has(SCHEDULES) else "not_installed"
        return Seen({"enabled": 0}, ((f"kube_velero.{key}", {}),))
    enabled = [each for each in schedules if is_enabled(each)]
    locations = await look.list(LOCATIONS)
    away = [titled(each) for each in locations if phase(each) != "Available"]
    made = by_schedule(await look.list(BACKUPS))
    bad = [said for each in enabled if (said := _last_trouble(each, made))]
    off = [titled(each) for each in schedules if each not in enabled]
    remarks: list[Remark] = []
    for key, names in (("last_bad", bad), ("unavailable", away), ("off", off)):
        if names:
            remarks.append((f"kube_velero.{key}", {"names": listed(names)}))
    fields = {"enabled": len(enabled), "schedules": len(schedules)}
    if locations:
        fields["locations_unavailable"] = len(away)
    else:
        remarks.append(("kube_velero.no_location", {}))
    if enabled:
        fields["last_not_completed"] = len(bad)
    return Seen(fields, tuple(remarks))


async def _restores(look: Look) -> Seen:
    """The share of the period's restores that completed."""
    over = _in_window([each for each in await look.list(RESTORES) if is_over(each)], look)
    if not over:
        raise NoData("kube_velero.no_restore", window=look.ask.params["window"])
    return _share(over, "restores", "restores_bad")


async def _success(look: Look) -> Seen:
    """The share of the period's backups that completed."""
    if not await look.has(BACKUPS):
        raise NoData("kube_velero.no_backups_kept")
    over = _in_window([each for each in await look.list(BACKUPS) if is_over(each)], look)
    if not over:
        raise NoData("kube_velero.no_backup", window=look.ask.params["window"])
    return _share(over, "backups", "backups_bad")


async def _locations(look: Look) -> Seen:
    """In how many regions a Completed backup lies, as far as the locations tell theirs."""
    locations = await look.list(LOCATIONS)
    if not locations:
        raise NoData("kube_velero.no_location_kept")
    used = {location_of(each) for each in await look.list(BACKUPS) if phase(each) == COMPLETED}
    holding = [each for each in locations if (namespace_of(each), name_of(each)) in used]
    empty = [name_of(each) for each in locations if each not in holding]
    silent = [each for each in holding if not _region(each)]
    regions = {region for each in holding if (region := _region(each))}
    remarks: list[Remark] = [("kube_velero.regions", {"names": listed(regions)})] if regions else []
    if empty:
        remarks.append(("kube_velero.empty_location", {"names": listed(empty)}))
    fields = {"regions": len(regions), "locations": len(locations)}
    if not silent:
        return Seen(fields, tuple(remarks))
    remarks.append(("kube_velero.no_region", {"names": listed(map(name_of, silent))}))
    least = max(len(regions), 1)  # a location that does not tell its region still is in one
    most = len(regions) + len({_store(each) for each in silent})
    return Seen({**fields, "regions": least}, tuple(remarks), {"regions": (least, most)})


def _last_trouble(schedule: Obj, made: dict[tuple[str, str], list[Obj]]) -> str:
    """What is wrong with the schedule's last backup that has ended; empty when it completed."""
    over = [each for each in made.get((namespace_of(schedule), name_of(schedule)), ()) if is_over(each)]
    if not over:
        return f"{name_of(schedule)} (no backup)"
    return "" if phase(over[-1]) == COMPLETED else titled(over[-1])


def _in_window(over: Iterable[Obj], look: Look) -> list[Obj]:
    start = look.now - timedelta(seconds=seconds_of(str(look.ask.params["window"])))
    return [each for each in over if (at := began(each)) is not None and at >= start]


def _share(over: Sequence[Obj], counted: str, key: str) -> Seen:
    bad = [titled(each) for each in over if phase(each) != COMPLETED]
    fields = {"success_ratio": 100 * (len(over) - len(bad)) / len(over), counted: len(over)}
    remarks = ((f"kube_velero.{key}", {"names": listed(bad)}),) if bad else ()
    return Seen(fields, remarks)


def _region(location: Obj) -> str:
    return str(((location.get("spec") or {}).get("config") or {}).get("region") or "")


def _store(location: Obj) -> tuple[str, str]:
    """What tells one store from another where the region is not told."""
    spec = location.get("spec") or {}
    config = spec.get("config") or {}
    where = config.get("s3Url") or config.get("storageAccount") or config.get("project") or ""
    return str(spec.get("provider")), f"{where}/{(spec.get('objectStorage') or {}).get('bucket')}"


CHECKS: tuple[Probe, ...] = (
    check(
        "velero.schedules",
        _schedules,
        reads=(SCHEDULES, BACKUPS, LOCATIONS),
        fields={
            "enabled": "count",
            "schedules": "count",
            "locations_unavailable": "count",
            "last_not_completed": "count",
        },
    ),
    check(
        "velero.restores",
        _restores,
        reads=(RESTORES,),
        fields={"success_ratio": "%", "restores": "count"},
        params={"window": "90d"},
    ),
    check(
        "backups.success",
        _success,
        reads=(BACKUPS,),
        fields={"success_ratio": "%", "backups": "count"},
        params={"window": "30d"},
    ),
    check(
        "backups.locations",
        _locations,
        reads=(LOCATIONS, BACKUPS),
        fields={"regions": "count", "locations": "count"},
    ),
)

"""Backups by Velero: scheduled, kept, successful, and restored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import inf

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, spoken, when
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
    longest_wait,
    phase,
    titled,
)
from gpuready.probes.duration import seconds_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_SILENT = 3600.0  # seconds; Velero looks at each location every minute


async def _schedules(look: Look) -> Seen:
    """Schedules that run, the last backup of each, and whether where they go can be reached."""
    schedules = await look.list(SCHEDULES)
    if not schedules:
        key = "no_schedule" if await look.has(SCHEDULES) else "not_installed"
        return Seen({"enabled": 0}, ((f"kube_velero.{key}", {}),))
    enabled = [each for each in schedules if is_enabled(each)]
    locations = await look.list(LOCATIONS)
    away = [titled(each) for each in locations if phase(each) != "Available"]
    silent = [name_of(each) for each in locations if _is_silent(each, look)]
    made = by_schedule(await look.list(BACKUPS))
    bad = [said for each in enabled if (said := _last_trouble(each, made, look))]
    off = [titled(each) for each in schedules if each not in enabled]
    remarks: list[Remark] = []
    for key, names in (("last_bad", bad), ("unavailable", away), ("off", off)):
        if names:
            remarks.append((f"kube_velero.{key}", {"names": listed(names)}))
    fields = {"enabled": len(enabled), "schedules": len(schedules)}
    if silent:
        remarks.append(("kube_velero.silent", {"names": listed(silent)}))
    if locations:
        if away or not silent:
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
    window = str(look.ask.params["window"])
    if not over:
        raise NoData("kube_velero.no_backup", window=window)
    seen = _share(over, "backups", "backups_bad")
    kept = min((each for each in map(_kept_for, over) if each is not None), default=inf)
    if seen.fields["success_ratio"] != 100 or kept >= seconds_of(window):
        return seen
    # What has been deleted since may have failed.
    remark = ("kube_velero.short_memory", {"kept": spoken(kept), "window": window})
    return Seen(seen.fields, (*seen.remarks, remark), {"success_ratio": (0.0, 100.0)})


def _kept_for(backup: Obj) -> float | None:
    """Seconds for which Velero keeps the backup and its verdict; None where that is not told."""
    at, end = began(backup), when((backup.get("status") or {}).get("expiration"))
    return (end - at).total_seconds() if at and end else None


async def _locations(look: Look) -> Seen:
    """In how many regions a Completed backup lies, as far as the locations tell theirs."""
    locations = await look.list(LOCATIONS)
    if not locations:
        raise NoData("kube_velero.no_location_kept")
    used = {location_of(each) for each in await look.list(BACKUPS) if phase(each) == COMPLETED}
    holding = [
        each
        for each in locations
        if (namespace_of(each), name_of(each)) in used and phase(each) in ("Available", "")
    ]
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


def _is_silent(location: Obj, look: Look) -> bool:
    """Whether Velero has not looked at the location for long: its word stays when its server is gone."""
    told, every = location.get("status") or {}, str((location.get("spec") or {}).get("validationFrequency"))
    since = age(told.get("lastValidationTime"), look.now)
    return since is not None and since > _SILENT and not every.startswith("0")


def _last_trouble(schedule: Obj, made: dict[tuple[str, str], list[Obj]], look: Look) -> str:
    """What is wrong with the schedule's last backup that has ended; empty when it completed, and not longer
    ago than the schedule allows (and half of that, for a backup that takes its time)."""
    over = [each for each in made.get((namespace_of(schedule), name_of(schedule)), ()) if is_over(each)]
    if not over:
        return f"{name_of(schedule)} (no backup)"
    if phase(over[-1]) != COMPLETED:
        return titled(over[-1])
    at = began(over[-1])
    since = (look.now - at).total_seconds() if at else 0.0
    late = since > max(1.5 * longest_wait(schedule), longest_wait(schedule) + _SILENT)
    return f"{name_of(over[-1])} ({spoken(since)})" if late else ""


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

"""How old the newest backup can get, and whether snapshots are taken and usable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from math import inf

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, newest, spoken
from gpuready.kube.read.naming import full_name, listed, name_of
from gpuready.kube.read.velero import BACKUPS, SCHEDULES, covers, gaps, is_enabled, phase, scope, shows_rhythm
from gpuready.probes.duration import seconds_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_SNAPSHOTS = "volumesnapshots.snapshot.storage.k8s.io"
_UPLOADS = "datauploads.velero.io"  # Velero moving a CSI snapshot's changed blocks to object storage
_VOLUME_BACKUPS = "podvolumebackups.velero.io"
_SCHEDULERS = (
    SCHEDULES,
    "recurringjobs.longhorn.io",
    "snapshotschedules.snapscheduler.backube",
    "replicationsources.volsync.backube",
    "policies.config.kio.kasten.io",
)
_PATIENCE = 1800.0  # seconds that a snapshot may take before it counts as not ready
_RUNNING = frozenset({"", "New", "Accepted", "Prepared", "InProgress"})


async def _age(look: Look) -> Seen:
    """For each set of namespaces with a schedule: how old its newest Completed backup ever got."""
    schedules = [each for each in await look.list(SCHEDULES) if is_enabled(each)]
    if not schedules:
        raise NoData("kube_backups.no_schedule")
    backups = await look.list(BACKUPS)
    since = look.now - timedelta(seconds=seconds_of(str(look.ask.params["window"])))
    worst: dict[str, float] = {}
    never: list[str] = []
    young: list[str] = []
    for wanted in {scope((each.get("spec") or {}).get("template") or {}) for each in schedules}:
        name = ", ".join(sorted(wanted))
        own = [each for each in backups if covers(each, wanted)]
        if ages := gaps(own, look.now, since):
            worst[name] = max(ages)
            young += [] if shows_rhythm(own, since) else [name]
        else:
            never.append(name)
    if never:
        raise NoData("kube_backups.never", names=listed(never))
    named = listed(f"{name} ({spoken(seconds)})" for name, seconds in worst.items())
    remarks: list[Remark] = [("kube_backups.worst", {"names": named}), ("kube_backups.only_velero", {})]
    minutes = max(worst.values()) / 60
    if young:  # the next one may come late: so far the age can only grow
        remarks.append(("kube_backups.young", {"names": listed(young)}))
    within = {"worst_age": (minutes, inf)} if young else {}
    return Seen({"worst_age": minutes, "scopes": len(worst)}, tuple(remarks), within)


async def _snapshots(look: Look) -> Seen:
    """What takes snapshots or increments by schedule, and those that cannot be used."""
    schedules = [f"{_kind(resource)} {name_of(each)}"
                 for resource in _SCHEDULERS for each in await look.list(resource)
                 if _takes_snapshots(resource, each)]  # fmt: skip
    snapshots = await look.list(_SNAPSHOTS)
    moved = [*await look.list(_UPLOADS), *await look.list(_VOLUME_BACKUPS)]
    bad = [*_unusable(snapshots, look), *(f"{full_name(each)} ({phase(each)})" for each in _lost(moved))]
    fields: dict[str, int | float] = {"schedules": len(schedules), "snapshots": len(snapshots) + len(moved)}
    remarks: list[Remark] = []
    if bad:
        remarks.append(("kube_backups.not_ready", {"names": listed(bad)}))
    if schedules:
        remarks.append(("kube_backups.by_schedule", {"names": listed(schedules)}))
    else:
        remarks.append(("kube_backups.nothing_scheduled", {}))
    if snapshots or moved:  # none taken proves nothing
        fields["not_ready"] = len(bad)
    else:
        remarks.append(("kube_backups.no_snapshot", {}))
    if (last := newest(_taken(each) for each in (*snapshots, *moved))) is not None:
        fields["newest_age"] = max((look.now - last).total_seconds(), 0.0) / 3600
    return Seen(fields, tuple(remarks))


def _takes_snapshots(resource: str, obj: Obj) -> bool:
    """Whether the object takes snapshots again and again, and is not stopped."""
    spec = obj.get("spec") or {}
    if resource == SCHEDULES:
        return is_enabled(obj) and (spec.get("template") or {}).get("snapshotVolumes") is not False
    if resource == "recurringjobs.longhorn.io":
        return str(spec.get("task") or "").startswith(("snapshot", "backup"))
    if resource == "snapshotschedules.snapscheduler.backube":
        return not spec.get("disabled")
    if resource == "replicationsources.volsync.backube":
        return not spec.get("paused") and bool((spec.get("trigger") or {}).get("schedule"))
    return bool(spec.get("frequency")) and not spec.get("paused")


def _unusable(snapshots: Iterable[Obj], look: Look) -> Iterable[str]:
    for each in snapshots:
        told = each.get("status") or {}
        if told.get("readyToUse") is True:
            continue
        since = age((each.get("metadata") or {}).get("creationTimestamp"), look.now)
        if told.get("error"):
            yield f"{full_name(each)} (error)"
        elif since is None or since > _PATIENCE:
            yield f"{full_name(each)} ({spoken(since) if since is not None else 'not ready'})"


def _lost(moved: Iterable[Obj]) -> Iterable[Obj]:
    return (each for each in moved if phase(each) not in _RUNNING and phase(each) != "Completed")


def _taken(obj: Obj) -> object:
    told = obj.get("status") or {}
    return told.get("creationTime") or told.get("completionTimestamp")


def _kind(resource: str) -> str:
    return {
        SCHEDULES: "Velero",
        "recurringjobs.longhorn.io": "Longhorn",
        "snapshotschedules.snapscheduler.backube": "snapscheduler",
        "replicationsources.volsync.backube": "VolSync",
    }.get(resource, "Kasten")


CHECKS: tuple[Probe, ...] = (
    check(
        "backup.age",
        _age,
        reads=(SCHEDULES, BACKUPS),
        fields={"worst_age": "min", "scopes": "count"},
        params={"window": "24h"},
    ),
    check(
        "backups.snapshots",
        _snapshots,
        reads=(*_SCHEDULERS, _SNAPSHOTS, _UPLOADS, _VOLUME_BACKUPS),
        fields={"schedules": "count", "not_ready": "count", "snapshots": "count", "newest_age": "h"},
    ),
)

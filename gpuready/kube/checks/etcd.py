"""Backups of etcd, as far as the cluster itself takes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, spoken
from gpuready.kube.read.namespaces import is_system
from gpuready.kube.read.naming import full_name, listed, name_of, namespace_of
from gpuready.kube.read.rollout import words
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_SNAPSHOT_FILES = "etcdsnapshotfiles.k3s.cattle.io"  # k3s and RKE2
_HOUR = 3600.0
_NAME = re.compile(r"etcd.*(?:backup|snapshot)|(?:backup|snapshot).*etcd")
_AFTERWARDS = re.compile(r"clean|prune|purge|delete|verify|check|monitor|restore")
_CONTROL_PLANE = re.compile(r"node-role\.kubernetes\.io/|/etc/kubernetes/pki|/etc/etcd\b|cluster-backup\.sh")
_COMMAND = re.compile(r"etcdctl\b.*\bsnapshot\s+save|\betcd-snapshot\b|cluster-backup\.sh", re.S)


@dataclass(frozen=True, slots=True)
class _Backup:
    """One that was taken: what names it, and how many seconds ago."""

    name: str
    age: float


async def _backup(look: Look) -> Seen:
    """The newest etcd snapshot: of a CronJob that takes them, or of the distribution's own list."""
    jobs = [job for job in await look.list("cronjobs.batch") if _takes_snapshots(job)]
    files = await look.list(_SNAPSHOT_FILES)
    if not jobs and not files:
        raise NoData("kube_etcd.none")
    taken = [
        backup
        for backup in (*(_of_job(job, look) for job in jobs), *(_of_file(each, look) for each in files))
        if backup is not None
    ]
    remarks = _remarks(jobs, files)
    if taken:
        newest = min(taken, key=lambda backup: backup.age)
        hours = max(newest.age, 0.0) / _HOUR
        remarks.insert(0, ("kube_etcd.newest", {"name": newest.name, "age": spoken(newest.age)}))
        return Seen({"newest_age": hours, "age": hours, "sources": len(jobs) + bool(files)}, tuple(remarks))
    # None has succeeded yet, so the newest is at least as old as the oldest that should have made one.
    since = max((each for job in jobs if (each := _age_of(job, look)) is not None), default=None)
    remarks.insert(0, ("kube_etcd.never", {"names": listed(map(full_name, (*jobs, *files)))}))
    if since is None:
        return Seen({"sources": len(jobs) + bool(files)}, tuple(remarks))
    hours = since / _HOUR
    fields = {"newest_age": hours, "age": hours, "sources": len(jobs) + bool(files)}
    return Seen(fields, tuple(remarks), {"newest_age": (hours, inf), "age": (hours, inf)})


def _takes_snapshots(job: Obj) -> bool:
    """Whether a CronJob backs up the etcd of the cluster, by what it runs or by its name: applications have
    an etcd of their own, and backups are cleaned up, too."""
    template = (job.get("spec") or {}).get("jobTemplate") or {}
    named = _NAME.search(name_of(job)) and not _AFTERWARDS.search(name_of(job))
    if not (named or _COMMAND.search(" ".join(words(template)))):
        return False
    return is_system(namespace_of(job)) or bool(_CONTROL_PLANE.search(json.dumps(template, default=str)))


def _of_job(job: Obj, look: Look) -> _Backup | None:
    since = age(_status(job).get("lastSuccessfulTime"), look.now)
    return None if since is None else _Backup(f"CronJob {full_name(job)}", since)


def _of_file(file: Obj, look: Look) -> _Backup | None:
    told = _status(file)
    since = age(told.get("creationTime"), look.now)
    if since is None or told.get("readyToUse") is not True or told.get("error"):
        return None
    return _Backup(f"ETCDSnapshotFile {name_of(file)}", since)


def _age_of(job: Obj, look: Look) -> float | None:
    return age((job.get("metadata") or {}).get("creationTimestamp"), look.now)


def _remarks(jobs: list[Obj], files: tuple[Obj, ...]) -> list[Remark]:
    remarks: list[Remark] = []
    if stopped := [full_name(job) for job in jobs if (job.get("spec") or {}).get("suspend")]:
        remarks.append(("kube_etcd.suspended", {"names": listed(stopped)}))
    if broken := [name_of(file) for file in files if _status(file).get("error")]:
        remarks.append(("kube_etcd.failed", {"names": listed(broken)}))
    if jobs:
        remarks.append(("kube_etcd.only_job", {}))
    return remarks


def _status(obj: Obj) -> Mapping[str, object]:
    return obj.get("status") or {}


CHECKS: tuple[Probe, ...] = (
    check(
        "etcd.backup",
        _backup,
        reads=["cronjobs.batch", _SNAPSHOT_FILES],
        fields={"newest_age": "h", "age": "h", "sources": "count"},
    ),
)

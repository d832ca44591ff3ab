"""What Velero's objects tell: schedules, backups, restores and where backups are kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import when
from gpuready.kube.read.naming import labels_of, name_of, namespace_of

SCHEDULES = "schedules.velero.io"
BACKUPS = "backups.velero.io"
RESTORES = "restores.velero.io"
LOCATIONS = "backupstoragelocations.velero.io"

COMPLETED = "Completed"
_FAILED = frozenset({"Failed", "PartiallyFailed", "FailedValidation"})
_SCHEDULE = "velero.io/schedule-name"
_ENOUGH = 3
_DAY = 86400.0
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_NICKNAMES = {"@hourly": 1 / 24, "@daily": 1.0, "@midnight": 1.0, "@weekly": 7.0, "@monthly": 31.0}
_ANY = ("*", "?")
_EVERYTHING = frozenset({"*"})


def phase(obj: Obj) -> str:
    """The object's phase; empty before Velero has looked at it."""
    return str((obj.get("status") or {}).get("phase") or "")


def is_over(obj: Obj) -> bool:
    """Whether the backup or restore has ended, well or not."""
    return phase(obj) == COMPLETED or phase(obj) in _FAILED


def began(obj: Obj) -> datetime | None:
    """When the backup or restore began: what it holds is as old as that."""
    started = (obj.get("status") or {}).get("startTimestamp")
    return when(started) or when((obj.get("metadata") or {}).get("creationTimestamp"))


def ended(obj: Obj) -> datetime | None:
    """When it was completed."""
    return when((obj.get("status") or {}).get("completionTimestamp"))


def longest_wait(schedule: Obj) -> float:
    """The seconds that can lie between two backups of the schedule, at most; by its cron expression."""
    text = re.sub(
        r"^(?:CRON_)?TZ=\S+\s+", "", str((schedule.get("spec") or {}).get("schedule") or "").strip()
    )
    if text.startswith("@every "):
        return sum(float(many) * _UNITS[unit] for many, unit in re.findall(r"([\d.]+)(h|m|s)", text))
    if text.startswith("@"):
        return _NICKNAMES.get(text, 366.0) * _DAY
    parts = [*text.split(), *"*****"][:5]
    hour, day, month, weekday = parts[1:]
    if month not in _ANY:
        return 366 * _DAY
    if weekday not in _ANY:
        return 7 * _DAY
    if day not in _ANY:
        return 31 * _DAY
    step = re.fullmatch(r"\*/(\d+)", hour)
    return _DAY / 24 * int(step[1]) if step else _DAY / 24 if hour in _ANY else _DAY


def is_enabled(schedule: Obj) -> bool:
    """Whether the schedule makes backups: validated, and not paused."""
    return phase(schedule) == "Enabled" and not (schedule.get("spec") or {}).get("paused")


def by_schedule(backups: Iterable[Obj]) -> dict[tuple[str, str], list[Obj]]:
    """The backups of each schedule (namespace, name), oldest first."""
    made: dict[tuple[str, str], list[Obj]] = defaultdict(list)
    for backup in backups:
        if schedule := labels_of(backup).get(_SCHEDULE):
            made[namespace_of(backup), str(schedule)].append(backup)
    for several in made.values():
        several.sort(key=_age_key)
    return made


def scope(template: Mapping[str, Any]) -> frozenset[str]:
    """The namespaces that a backup spec covers; ``*`` for all."""
    return frozenset(map(str, template.get("includedNamespaces") or ())) or _EVERYTHING


def covers(backup: Obj, wanted: frozenset[str]) -> bool:
    """Whether the backup holds all that `wanted` names: as many namespaces, unnarrowed by labels."""
    spec = backup.get("spec") or {}
    has = scope(spec)
    left_out = frozenset(map(str, spec.get("excludedNamespaces") or ()))
    return ("*" in has and not (left_out & wanted)) or wanted <= has - left_out


def gaps(backups: Iterable[Obj], now: datetime, since: datetime) -> list[float]:
    """How old, in seconds, the newest Completed backup's data got each time before the next one completed,
    within the span from `since`; and how old it is now.  Empty where none has completed."""
    done = sorted(
        (start, end)
        for each in backups
        if phase(each) == COMPLETED
        and (start := began(each)) is not None
        and (end := ended(each)) is not None
    )
    if not done:
        return []
    old = [(after - start).total_seconds() for (start, _), (_, after) in pairwise(done) if after >= since]
    return [*old, (now - done[-1][0]).total_seconds()]


def shows_rhythm(backups: Iterable[Obj], since: datetime) -> bool:
    """Whether there are enough Completed backups to tell how often they come: they reach back beyond
    `since`, or three of them were made by a schedule."""
    done = [each for each in backups if phase(each) == COMPLETED]
    scheduled = sum(_SCHEDULE in labels_of(each) for each in done)
    return scheduled >= _ENOUGH or any((at := began(each)) is not None and at <= since for each in done)


def location_of(backup: Obj) -> tuple[str, str]:
    """Namespace and name of the BackupStorageLocation that holds the backup."""
    return namespace_of(backup), str((backup.get("spec") or {}).get("storageLocation") or "default")


def titled(obj: Obj) -> str:
    """``NAME (PHASE)``, for a sentence."""
    return f"{name_of(obj)} ({phase(obj) or 'New'})"


def _age_key(obj: Obj) -> float:
    start = began(obj)
    return start.timestamp() if start else 0.0

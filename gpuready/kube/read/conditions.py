"""Conditions, times and ages as objects of Kubernetes tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from gpuready.kube.look import Obj

_STEPS = ((60.0, 1.0, "s"), (3600.0, 60.0, "min"), (48 * 3600.0, 3600.0, "h"), (float("inf"), 86400.0, "d"))


def condition(obj: Obj, kind: str) -> Mapping[str, Any] | None:
    """The object's condition of that type; None where it tells none."""
    for each in (obj.get("status") or {}).get("conditions") or ():
        if isinstance(each, Mapping) and each.get("type") == kind:
            return each
    return None


def status(obj: Obj, kind: str) -> str:
    """``True``, ``False`` or ``Unknown`` of that condition; empty where the object tells none.

    What was said of an older spec than the present one is ``Unknown``.
    """
    found = condition(obj, kind)
    if found is None:
        return ""
    return "Unknown" if _is_outdated(obj, found) else str(found.get("status") or "")


def _is_outdated(obj: Obj, told: Mapping[str, Any]) -> bool:
    """Whether the spec has changed since the condition was written.  A pod's conditions have several writers,
    of which none speaks of the whole spec: they stand."""
    seen, newest = told.get("observedGeneration"), (obj.get("metadata") or {}).get("generation")
    is_pod = "containers" in (obj.get("spec") or {})
    return isinstance(seen, int) and isinstance(newest, int) and 0 < seen < newest and not is_pod


def is_true(obj: Obj, kind: str) -> bool:
    """Whether the object says that the condition holds: ``Unknown`` and absent do not."""
    return status(obj, kind) == "True"


def when(text: object) -> datetime | None:
    """The moment that a timestamp of the API names (RFC 3339); None for what is none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def age(text: object, now: datetime) -> float | None:
    """Seconds from a timestamp to `now` (negative when it lies ahead); None for what is no timestamp."""
    moment = when(text)
    return None if moment is None else (now - moment).total_seconds()


def spoken(seconds: float) -> str:
    """A duration for a sentence: ``12 min``, ``3 h``, ``5 d``."""
    for below, step, unit in _STEPS:
        if abs(seconds) < below:
            return f"{int(seconds / step)} {unit}"
    return "?"


def because(obj: Obj, kind: str, now: datetime) -> str:
    """Why and since when a condition is as it is: ``KubeletNotReady, 12 min``, as far as told."""
    found = condition(obj, kind)
    if found is None:
        return ""
    since = age(found.get("lastTransitionTime"), now)
    parts = [str(found.get("reason") or ""), "" if since is None else spoken(since)]
    return ", ".join(part for part in parts if part)


def newest(texts: Iterable[object]) -> datetime | None:
    """The latest of several timestamps; None when there is none."""
    return max((moment for text in texts if (moment := when(text)) is not None), default=None)

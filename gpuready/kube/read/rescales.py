"""What the events of a cluster tell of autoscaling.  The API server forgets events after about an hour."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import when

EVENTS = "events"
_SIZE = re.compile(r"New size: (\d+)")


@dataclass(frozen=True, slots=True)
class Rescale:
    """One decision of an HPA: when, to how many replicas, and whether ``up`` or ``down`` (empty where the
    event does not tell); `by_bounds` where not the load but its minReplicas or maxReplicas called for it, as
    whenever an HPA is made or edited."""

    namespace: str
    hpa: str
    at: datetime
    size: int
    direction: str
    by_bounds: bool = False


def rescales(events: Iterable[Obj]) -> tuple[Rescale, ...]:
    """The rescales that HPAs made, oldest first."""
    by_hpa: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for event in events:
        about = event.get("involvedObject") or {}
        is_one = event.get("reason") == "SuccessfulRescale" and about.get("kind") == "HorizontalPodAutoscaler"
        if is_one and (at := _moment(event)) is not None:
            key = (str(about.get("namespace") or ""), str(about.get("name") or ""))
            by_hpa[key].append((at, str(event.get("message") or "")))
    found = [each for key, told in by_hpa.items() for each in _in_order(key, sorted(told))]
    return tuple(sorted(found, key=lambda each: each.at))


def _in_order(key: tuple[str, str], told: list[tuple[datetime, str]]) -> Iterable[Rescale]:
    before: int | None = None
    for at, message in told:
        size = _SIZE.search(message)
        if size is None:
            continue
        now = int(size[1])
        yield Rescale(
            *key, at, now, _direction(message, now, before), "Current number of replicas" in message
        )
        before = now


def _direction(message: str, size: int, before: int | None) -> str:
    """By the controller's reason, which outlives the events before it; else by the size before."""
    if "above Spec.MaxReplicas" in message or "below target" in message:
        return "down"
    if "above target" in message or "below Spec.MinReplicas" in message:
        return "up"
    if before is None or before == size:
        return ""
    return "up" if size > before else "down"


def _moment(event: Obj) -> datetime | None:
    """The last time that the event came up."""
    series = event.get("series") or {}
    told = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return next((moment for each in told if (moment := when(each)) is not None), None)

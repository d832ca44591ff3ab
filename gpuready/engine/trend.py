"""A check's earlier values, and since when it has been failing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Verdict
from gpuready.session.event import EventKind
from gpuready.session.facts import Mark
from gpuready.session.state import State
from gpuready.session.write import write_of

_GOOD = (Verdict.PASS, Verdict.WARN)


@dataclass(frozen=True, slots=True)
class Point:
    """One mark of the past; `value` in `unit`, or None where there was none."""

    at: datetime
    verdict: Verdict
    value: Scalar | None
    unit: str
    target: str
    event: str


@dataclass(frozen=True, slots=True)
class Regression:
    """`good` is when it last passed, `since` when it first failed after that."""

    good: datetime
    since: datetime


def trend(state: State, ref: str, target: str = "") -> tuple[Point, ...]:
    """The marks of a check, oldest first, without those that were undone; of one target if it is named.

    Marks of the check as a whole, by hand, count for every target.
    """
    points = []
    for event in state.history(ref):
        if event.kind != EventKind.MARKED or not state.is_live(event):
            continue
        write = write_of(event)
        mark = write.value if write else None
        if isinstance(mark, Mark) and (not target or mark.target in ("", target)):
            points.append(Point(mark.at, mark.verdict, mark.value, mark.unit, mark.target, mark.event))
    return tuple(points)


def regressed(points: Sequence[Point]) -> Regression | None:
    """Since when the last of these points (of one target) fails after a pass; None when it does not fail, or
    never passed.  What was unknown in between neither ends nor begins a failure."""
    known = [point for point in points if point.verdict in (*_GOOD, Verdict.FAIL)]
    if not known or known[-1].verdict is not Verdict.FAIL:
        return None
    since = known[-1].at
    for point in reversed(known):
        if point.verdict is not Verdict.FAIL:
            return Regression(point.at, since)
        since = point.at
    return None

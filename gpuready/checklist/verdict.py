"""The rules that judge: a field against its figure, a check by what is known of it, an item by its checks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from gpuready.checklist.model import Criterion, Scalar
from gpuready.checklist.units import convert


class Verdict(StrEnum):
    """What a check comes to; the order is from worst to best, for the worst of several."""

    FAIL = "fail"
    ERROR = "error"  # the probe broke
    UNKNOWN = "unknown"  # no data: never a pass
    BLOCKED = "blocked"  # what it needs failed
    MANUAL = "manual"  # waits for a person
    STALE = "stale"  # older than its review interval
    WARN = "warn"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WAIVED = "waived"
    NA = "n/a"


class Provenance(StrEnum):
    """How a verdict is known."""

    MEASURED = "measured"
    COMPUTED = "computed"
    ENTERED = "entered"
    ATTESTED = "attested"


class Status(StrEnum):
    """What an item comes to."""

    FAILED = "failed"
    OPEN = "open"
    DONE = "done"


SETTLED = frozenset({Verdict.PASS, Verdict.WARN, Verdict.WAIVED, Verdict.NA})
"""The verdicts with which a check no longer waits."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts, in the order of `Verdict`; unknown when there are none."""
    order = list(Verdict)
    return min(verdicts, key=order.index, default=Verdict.UNKNOWN)


def status_of(verdicts: Iterable[Verdict]) -> Status:
    """Failed if a deciding check fails; else open while one waits (or none decides); else done."""
    known = list(verdicts)
    if Verdict.FAIL in known:
        return Status.FAILED
    return Status.DONE if known and all(v in SETTLED for v in known) else Status.OPEN


Bounds = tuple[float, float]
"""Between which, inclusive, an estimated value surely lies; infinite where there is no bound."""


def judge(
    criteria: Iterable[Criterion],
    fields: Mapping[str, Scalar],
    units: Mapping[str, str],
    within: Mapping[str, Bounds] | None = None,
) -> Verdict:
    """The fields of a measurement against the figures: pass only when every criterion holds.

    `units` tells each field's unit.  A missing field, or a NaN, is unknown; fail outweighs unknown; no
    criterion at all proves nothing and is unknown too.  `within` tells of estimated fields between which
    bounds they lie, in the field's unit: a figure that the bounds do not settle is unknown.
    """
    bounds = within or {}
    verdicts = [
        _hold(c, fields.get(c.field), units.get(c.field, c.unit), bounds.get(c.field)) for c in criteria
    ]
    return worst(verdicts)


def _hold(criterion: Criterion, value: Scalar | None, unit: str, bounds: Bounds | None) -> Verdict:
    if value is None or value != value:  # NaN alone differs from itself
        return Verdict.UNKNOWN
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = _tidy(convert(value, unit, criterion.unit))
    try:
        held = _compare(value, criterion)
        if bounds is not None and not _is_settled(criterion, bounds, unit, held):
            return Verdict.UNKNOWN
    except (TypeError, ValueError):
        return Verdict.UNKNOWN  # a text where a number was due is no data
    return Verdict.PASS if held else Verdict.FAIL


def _is_settled(criterion: Criterion, bounds: Bounds, unit: str, held: bool) -> bool:
    """Whether every value within the bounds would come to the same.  Where the two ends do, all between them
    do, except for figures that are points or ranges: those may lie inside."""
    low, high = (_tidy(convert(each, unit, criterion.unit)) for each in bounds)
    if any(_compare(each, criterion) is not held for each in (low, high)):
        return False
    if criterion.op in ("<", "<=", ">=", ">") or low == high:
        return True
    inside = [rank for each in _several(criterion.figure) for rank in _rank(each, criterion.unit)]
    return (criterion.op == "between" and held) or not any(low <= each <= high for each in inside)


def _tidy(number: float) -> float:
    """Rid of the noise that a conversion brings (0.07 x 100 is 7.000000000000001)."""
    return float(f"{number:.12g}")


def _compare(value: Scalar, criterion: Criterion) -> bool:
    figure, unit = criterion.figure, criterion.unit
    if criterion.op == "matches":
        return re.search(str(figure), str(value)) is not None
    if criterion.op == "in":
        return value in _several(figure)
    if criterion.op in ("==", "!="):
        return _same(value, _one(figure), unit) is (criterion.op == "==")
    rank = _rank(value, unit)
    if criterion.op == "between":
        low, high = _several(figure)
        return _rank(low, unit) <= rank <= _rank(high, unit)
    other = _rank(_one(figure), unit)
    return {"<": rank < other, "<=": rank <= other, ">=": rank >= other, ">": rank > other}[criterion.op]


def _same(value: Scalar, figure: Scalar, unit: str) -> bool:
    if isinstance(value, str) or isinstance(figure, str):
        return _rank(value, unit) == _rank(figure, unit) if unit in ("version", "date") else value == figure
    return value == figure and isinstance(value, bool) is isinstance(figure, bool)


def _several(figure: Scalar | tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    return figure if isinstance(figure, tuple) else (figure,)


def _one(figure: Scalar | tuple[Scalar, ...]) -> Scalar:
    return figure[0] if isinstance(figure, tuple) else figure


def _rank(value: Scalar, unit: str) -> tuple[float, ...]:
    """What can be ordered: numbers, versions part by part, dates by day.  ValueError for anything else."""
    if unit == "version":
        parts = re.match(r"v?(\d+(?:\.\d+)*)", str(value))
        if parts is None:
            raise ValueError(f"{value!r} is no version")
        numbers = [float(p) for p in parts[1].split(".")]
        while numbers and numbers[-1] == 0:
            numbers.pop()  # 1.0 is 1
        return tuple(numbers)
    if unit == "date":
        return (float(date.fromisoformat(str(value)).toordinal()),)
    if isinstance(value, bool | str):
        raise ValueError(f"{value!r} is no number")
    return (float(value),)

"""What Prometheus answers, as facts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gpuready.probes.probe import Exchange


@dataclass(frozen=True, slots=True)
class Series:
    """One series.  `points` are (Unix time in seconds, value), oldest first: one of an instant query, several
    of a range query.  A value may be NaN or infinite, as Prometheus gives it."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def value(self) -> float:
        """The newest value; NaN when there is none."""
        return self.points[-1][1] if self.points else math.nan


@dataclass(frozen=True, slots=True)
class Answer:
    """The series of one query; `exchange` is the evidence, `size` the bytes that came over the wire."""

    query: str
    series: tuple[Series, ...]
    exchange: Exchange = field(default_factory=lambda: Exchange("", ""))
    size: int = 0

    @property
    def value(self) -> float | None:
        """The one number that the query stands for; None when there is none: empty, NaN or infinite."""
        if len(self.series) != 1 or not math.isfinite(self.series[0].value):
            return None
        return self.series[0].value

    def by(self, *names: str) -> dict[str, float]:
        """The newest finite value of each series, named by the first of these labels that it has; of several
        with one name the greatest."""
        found: dict[str, float] = {}
        for each in self.series:
            if math.isfinite(each.value):
                name = label_of(each.labels, *names)
                found[name] = max(found.get(name, -math.inf), each.value)
        return found


def label_of(labels: Mapping[str, str], *names: str) -> str:
    """The first of these labels that has a value; all labels where none has."""
    for name in names:
        if labels.get(name):
            return labels[name]
    return ", ".join(f"{k}={v}" for k, v in sorted(labels.items()) if k != "__name__") or "-"


def series_of(result: Sequence[Mapping[str, Any]]) -> tuple[Series, ...]:
    """The ``result`` of a vector or matrix.  Raises KeyError, TypeError or ValueError when it is neither."""
    found = []
    for row in result:
        points = row["values"] if "values" in row else [row["value"]]
        labels = {str(k): str(v) for k, v in row["metric"].items()}
        found.append(Series(labels, tuple((float(at), float(value)) for at, value in points)))
    return tuple(found)

"""The points of the signals, kept from one refresh to the next, so that only what is new is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gpuready.prometheus.answer import Answer

MARK = "gpuready_signal"
"""The label that tells which signal a series of a joined answer belongs to."""
LONGEST = 3000
"""Characters of a joined query: a proxy between us and Prometheus may take 8 KiB of URL, and not more."""


@dataclass(slots=True)
class Trace:
    """One signal's points on a grid of `step` seconds, by Unix time; `now` is the newest value, which lies
    between two points of the grid.  `refused` is what Prometheus says of a query that it does not take."""

    query: str
    step: int
    points: dict[int, float] = field(default_factory=dict)
    upto: int = 0
    now: float | None = None
    refused: tuple[str, Mapping[str, object]] | None = None

    def missing(self, end: int, window: float) -> int:
        """The first moment of the grid that is not asked for yet."""
        first = end - (math.ceil(window / self.step) - 1) * self.step
        return max(first, self.upto + self.step) if self.upto else first

    def keep(self, at: int, value: float) -> None:
        if at % self.step == 0:
            self.points[at] = value

    def line(self, end: int, window: float) -> list[float | None]:
        """One point for each step of the window that ends at `end`; forgets what is older."""
        first = end - (math.ceil(window / self.step) - 1) * self.step
        for at in [at for at in self.points if at < first]:
            del self.points[at]
        return [self.points.get(at) for at in range(first, end + 1, self.step)]


def joined(queries: Mapping[str, str]) -> list[dict[str, str]]:
    """Queries by signal as few groups that can each be asked in one request."""
    groups: list[dict[str, str]] = []
    for name, query in queries.items():
        if not groups or len(join(groups[-1] | {name: query})) > LONGEST:
            groups.append({})
        groups[-1][name] = query
    return groups


def join(queries: Mapping[str, str]) -> str:
    """One query for all of them: each series is marked with its signal."""
    return " or ".join(
        f'label_replace({query}, "{MARK}", "{name}", "", "")' for name, query in queries.items()
    )


def parted(answer: Answer, names: Sequence[str]) -> dict[str, Iterable[tuple[float, float]]]:
    """The points of each signal of a joined answer; of a lone query all belong to its one name."""
    found: dict[str, Iterable[tuple[float, float]]] = {}
    for series in answer.series:
        found.setdefault(series.labels.get(MARK) or names[0], series.points)
    return found

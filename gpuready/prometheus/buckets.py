"""A histogram's buckets: between which edges a quantile lies, and what share lies below an edge."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gpuready.prometheus.answer import Answer


@dataclass(frozen=True, slots=True)
class Buckets:
    """`edges` are the upper edges in ascending order, `counts` how many are at or below each.  The last edge
    is infinite where the histogram is whole."""

    edges: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def total(self) -> float:
        return self.counts[-1] if self.counts else 0.0

    @property
    def top(self) -> float:
        """The last finite edge: above it nothing is told apart.  Infinite where there is none."""
        return max((edge for edge in self.edges if math.isfinite(edge)), default=math.inf)

    def around(self, q: float) -> tuple[float, float]:
        """The edges of the bucket in which that quantile lies; without requests there is no bound at all."""
        if not self.total:
            return -math.inf, math.inf
        rank, low = q * self.total, 0.0
        for edge, count in zip(self.edges, self.counts, strict=True):
            # A hair less: what increase() extrapolates is no whole number.
            if count >= rank * (1 - 1e-9):
                return (low if edge > 0 else -math.inf), edge
            low = edge
        return low, math.inf

    def share_below(self, figure: float) -> float | None:
        """The share of requests at or below the figure; None where no edge is at the figure, or without
        requests: between edges nothing is known."""
        for edge, count in zip(self.edges, self.counts, strict=True):
            if math.isclose(edge, figure, rel_tol=1e-9) and self.total:
                return count / self.total
        return None


def buckets_of(answer: Answer) -> Buckets:
    """The buckets of an answer by ``le``.  Two spellings of one edge (``1`` and ``1.0``: version 3 of
    Prometheus writes the second) are one bucket."""
    found: dict[float, float] = {}
    for series in answer.series:
        try:
            edge = float(series.labels["le"])
        except (KeyError, ValueError):
            continue
        if not math.isnan(series.value):
            found[edge] = found.get(edge, 0.0) + series.value
    edges = sorted(found)
    counts: list[float] = []
    for edge in edges:  # replicas scraped at different moments can make a count less than the one before it
        counts.append(max(found[edge], counts[-1] if counts else 0.0))
    return Buckets(tuple(edges), tuple(counts))

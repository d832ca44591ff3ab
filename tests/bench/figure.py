"""One figure beside its yardstick, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """What was measured, all runs of it; `beside` are the yardstick's, taken in turn with them.

    `limit` is for the ratio of the medians where there is a yardstick, else for the median itself; None
    where nothing was promised.
    """

    what: str
    unit: str
    runs: Sequence[float]
    limit: float | None
    yardstick: str = ""
    beside: Sequence[float] = ()

    @property
    def value(self) -> float:
        return median(self.runs)

    @property
    def ratio(self) -> float | None:
        return self.value / median(self.beside) if self.beside else None

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "ok" if (self.ratio or self.value) <= self.limit else "MISSED"

    def row(self) -> str:
        ratio = f"{self.ratio:.2f} x" if self.ratio is not None else ""
        beside = _amount(median(self.beside), self.unit) if self.beside else ""
        limit = ""
        if self.limit is not None:
            limit = f"{self.limit:.2f} x" if self.beside else _amount(self.limit, self.unit)
        return _columns(
            self.what, _amount(self.value, self.unit), beside, self.yardstick, ratio, limit, self.verdict
        )

    def document(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "median": self.value,
            "runs": list(self.runs),
            "yardstick": self.yardstick,
            "yardstick_median": median(self.beside) if self.beside else None,
            "yardstick_runs": list(self.beside),
            "ratio": self.ratio,
            "limit": self.limit,
            "limit_of": "ratio" if self.beside else "median",
            "verdict": self.verdict,
        }


def heading() -> str:
    return _columns("", "gpuready", "yardstick", "", "ratio", "limit", "")


def _columns(what: str, ours: str, beside: str, name: str, ratio: str, limit: str, verdict: str) -> str:
    row = f"{what:<47}{ours:>11}{beside:>11} {name:<23}{ratio:>8}{limit:>11}  {verdict}"
    return row.rstrip()


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f} {unit}"

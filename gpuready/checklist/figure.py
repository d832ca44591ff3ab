"""Values and figures as people read them, without colour and without a screen."""

from __future__ import annotations

from collections.abc import Iterable

from gpuready.checklist.model import Criterion, Scalar
from gpuready.text.say import say

_OPS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
_SILENT = ("", "count", "version", "date")  # units that a reader does not miss


def value_text(value: Scalar, unit: str = "") -> str:
    """A value with its unit; yes and no as words, numbers with all their figures."""
    if isinstance(value, bool):
        return say("report.yes") if value else say("report.no")
    text = f"{value:,}" if isinstance(value, int) else f"{value:.12g}" if isinstance(value, float) else value
    return text if unit in _SILENT else f"{text} {unit}"


def figure_text(criterion: Criterion) -> str:
    """A criterion as ``rate ≥ 10 Gbit/s``; the field is left out where it is only called value."""
    figure, unit = criterion.figure, criterion.unit
    field = "" if criterion.field == "value" else f"{criterion.field} "
    if criterion.op == "between" and isinstance(figure, tuple):
        return f"{field}{value_text(figure[0])}-{value_text(figure[1], unit)}"
    values = figure if isinstance(figure, tuple) else (figure,)
    return f"{field}{_OPS.get(criterion.op, criterion.op)} {', '.join(value_text(v, unit) for v in values)}"


def figures_text(criteria: Iterable[Criterion]) -> str:
    """All of them, as ``read ≥ 1 GB/s; write ≥ 1 GB/s``."""
    return "; ".join(figure_text(each) for each in criteria)

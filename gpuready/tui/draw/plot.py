"""Curves of several values in a field of cells, with the figure drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gpuready.tui.draw.bars import LEVELS
from gpuready.tui.draw.line import Span

Points = Sequence[float | None]

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a braille sign: two columns of four dots, from the top."""
_FIGURE = "┄"


@dataclass(frozen=True, slots=True)
class Curve:
    """`points` from left to right, two for each cell of the width; `tone` is how it is drawn."""

    points: Points
    tone: str


def top_of(points: Sequence[Points], figures: Sequence[float], full: float | None = None) -> float:
    """Where the scale ends: at `full` where that is given, else a little above all that is drawn."""
    if full is not None:
        return full
    highest = max((v for each in points for v in each if v is not None), default=0.0)
    return max(highest, *figures, 0.0) * 1.1 or 1.0


def plot(
    curves: Sequence[Curve], width: int, height: int, top: float, figures: Sequence[float]
) -> list[list[Span]]:
    """The curves over a scale from 0 to `top`, the last one above the others, as rows from the top down.

    Each figure is a broken line where no curve passes.
    """
    dots = [[0] * width for _ in range(height)]
    tones = [[""] * width for _ in range(height)]
    for curve in curves:
        for row, column, bit in _marks(curve.points, width, height, top):
            dots[row][column] |= bit
            tones[row][column] = curve.tone
    lines = {_row(figure, height, top) // 4 for figure in figures if 0 <= figure <= top}
    return [_spans(dots[row], tones[row], row in lines) for row in range(height)]


def _row(value: float, height: int, top: float) -> int:
    """Which row of dots the value stands in, from the top."""
    share = max(0.0, min(1.0, value / top if top else 0.0))
    return min(height * 4 - 1, int((1 - share) * (height * 4 - 1) + 0.5))


def _marks(points: Points, width: int, height: int, top: float) -> list[tuple[int, int, int]]:
    """(row, column, bit) of each dot; two neighbours are joined, so that a leap is a line."""
    marks = []
    before: int | None = None
    for x, value in enumerate(list(points)[-2 * width :]):
        if value is None:
            before = None
            continue
        at = _row(value, height, top)
        low, high = (at, at) if before is None else (min(at, before), max(at, before))
        if before is not None and before != at:
            low, high = (low, high - 1) if before > at else (low + 1, high)
        marks += [(y // 4, x // 2, _DOTS[x % 2][y % 4]) for y in range(low, high + 1)]
        before = at
    return marks


def _spans(dots: Sequence[int], tones: Sequence[str], figure: bool) -> list[Span]:
    spans: list[Span] = []
    for bits, tone in zip(dots, tones, strict=True):
        sign, of = (chr(0x2800 + bits), tone) if bits else (_FIGURE, "dim") if figure else (" ", "")
        if spans and spans[-1].tone == of:
            spans[-1] = Span(spans[-1].text + sign, of)
        else:
            spans.append(Span(sign, of))
    return spans


def spark(points: Points, width: int, top: float, low: float | None, high: float | None) -> list[Span]:
    """One line of signs, the newest at the right: what lies beyond the figure is drawn as bad."""
    spans = [Span(" " * max(0, width - len(points)))]
    for value in list(points)[-width:]:
        if value is None:
            sign, tone = " ", ""
        else:
            sign = LEVELS[min(7, int(max(0.0, value) / top * 8))] if top else LEVELS[0]
            beyond = (low is not None and value < low) or (high is not None and value > high)
            tone = "bad" if beyond else "good" if low is not None or high is not None else "accent"
        if spans[-1].tone == tone:
            spans[-1] = Span(spans[-1].text + sign, tone)
        else:
            spans.append(Span(sign, tone))
    return spans

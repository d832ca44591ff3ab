"""A signal day by day: the peak hour of each of the last days."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData
from gpuready.prometheus import expression
from gpuready.prometheus.look import Look
from gpuready.prometheus.signal import Signal, Way
from gpuready.text.say import language

DAY = 86400.0
LOADS = ("generation_tokens", "request_rate")
"""What load is told by, in order: tokens size a cluster better than requests."""
WIDTHS = (3600.0, 4 * 3600.0)
"""Seconds that a peak is the mean of; the second where samples are too far apart for the first."""
LEAST = 0.5
"""The share of a day that must have samples: half a day may have missed its peak."""


@dataclass(frozen=True, slots=True)
class Days:
    """`peaks` by day (days of 24 h since 1970, the last ending now) in the signal's unit; `last` is today's
    day, `width` the seconds a peak is the mean of."""

    signal: Signal
    peaks: Mapping[int, float]
    last: int
    width: float

    @property
    def words(self) -> str:
        return self.signal.words.to(language())


def queries(signal: Signal, way: Way, selector: str, width: float) -> tuple[str, str]:
    """The peak of the day before each moment, and how many of its hours had samples."""
    hour = expression.one(signal, way, width, selector)
    inner = f"({hour})[1d:{window_text(width)}]"
    return f"max_over_time({inner})", f"count_over_time({inner})"


async def load_of(look: Look) -> str:
    """The signal that the parameter ``signal`` names, else the first of `LOADS` that this site has."""
    given = str(look.ask.params.get("signal") or "")
    if given and given not in LOADS:
        raise NoData("prometheus_capacity.bad_signal", found=given[:40], known=", ".join(LOADS))
    why: NoData | None = None
    for name in (given,) if given else LOADS:
        try:
            await look.way(name)
        except NoData as outcome:
            why = why or outcome
            continue
        return name
    assert why is not None
    raise why


async def daily(look: Look, name: str) -> Days:
    """The peaks of the window's whole days; `NoData` where there is none."""
    signal, way = look.signal(name), await look.way(name)
    last = math.floor(look.now / DAY)
    found: dict[int, float] = {}
    width = WIDTHS[0]
    for width in WIDTHS:
        peak, hours = queries(signal, way, look.selector, width)
        span = max(DAY, look.window) - DAY  # the first moment looks back a day itself
        values = _points(await _asked(look, peak, span))
        counts = _points(await _asked(look, hours, span))
        whole = LEAST * DAY / width
        found = {
            last - ago: value * way.scale for ago, value in values.items() if counts.get(ago, 0.0) >= whole
        }
        if found:
            break
    if not found:
        words = {"signal": signal.words.to(language()), "window": window_text(look.window)}
        raise NoData("prometheus.no_samples", **words, metric=", ".join(way.needs)[:200])
    return Days(signal, found, last, width)


async def _asked(look: Look, query: str, span: float) -> tuple[tuple[float, float], ...]:
    answer = await look.range(query, span, DAY)
    points = answer.series[0].points if len(answer.series) == 1 else ()
    return tuple((round((look.now - at) / DAY), value) for at, value in points)


def _points(points: tuple[tuple[float, float], ...]) -> dict[int, float]:
    return {round(ago): value for ago, value in points if math.isfinite(value)}

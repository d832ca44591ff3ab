"""A forecast of daily values that can be explained: a straight trend times what a weekday usually has.

Pure: days are whole numbers, a value belongs to one day.  Good enough to say whether load can be foretold at
all, and honest enough to be scored: `back_test` makes it from what was known then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

LEAST_DAYS = 14
"""Days of history below which nothing is foretold: a weekday must have come twice."""
WEEK = 7
NO_LOAD = 0.05
"""Days with less than this share of the median day are not scored: they blow the ratio up."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`level` at day 0 and `slope` a day, `week` the factor of each weekday (day modulo 7); `days` of history
    that it was made from."""

    level: float
    slope: float
    week: tuple[float, ...]
    days: int

    def at(self, day: int) -> float:
        """The value foretold for that day, never below 0."""
        return max(0.0, self.level + self.slope * day) * self.week[day % WEEK]


@dataclass(frozen=True, slots=True)
class Score:
    """How a forecast did: `accuracy` is 1 - MAPE, `bias` the mean signed error (above 0: too high), both as
    shares; `naive` the accuracy of saying each weekday as it last was.  `compared` days were scored,
    `left_out` had next to no load, `missing` had no value; `history` days were known when it was made."""

    accuracy: float
    bias: float
    naive: float
    compared: int
    left_out: int
    missing: int
    history: int


def fit(known: Mapping[int, float]) -> Forecast | None:
    """The forecast from these days' values; None for too few days.

    The trend is a straight line by least squares, found again without the weekdays' factors.
    """
    if len(known) < LEAST_DAYS:
        return None
    week = (1.0,) * WEEK
    level, slope = _line(known)
    for _ in range(3):
        week = _factors(known, level, slope)
        level, slope = _line({day: value / week[day % WEEK] for day, value in known.items()})
    return Forecast(level, slope, week, len(known))


def back_test(values: Mapping[int, float], last: int, days: int) -> Score | None:
    """The forecast for the `days` days up to day `last`, made from the days before, set against what came.
    None where there is too little history, or nothing to compare."""
    first = last - days + 1
    known = {day: value for day, value in values.items() if day < first}
    made = fit(known)
    if made is None:
        return None
    came = {day: values[day] for day in range(first, last + 1) if day in values}
    usual = median(known.values())
    scored = {day: value for day, value in came.items() if value > 0 and value >= NO_LOAD * usual}
    if not scored:
        return None
    off = [(made.at(day) - value) / value for day, value in scored.items()]
    again = [abs(_again(known, day) - value) / value for day, value in scored.items()]
    return Score(
        accuracy=1 - fmean(abs(each) for each in off),
        bias=fmean(off),
        naive=1 - fmean(again),
        compared=len(scored),
        left_out=len(came) - len(scored),
        missing=days - len(came),
        history=len(known),
    )


def reaches(made: Forecast, limit: float, start: int, horizon: int) -> int | None:
    """The first day from `start` on, within `horizon` days, whose forecast is at or above the limit."""
    return next((day for day in range(start, start + horizon) if made.at(day) >= limit), None)


def _line(values: Mapping[int, float]) -> tuple[float, float]:
    """Level at day 0 and slope of the straight line nearest to these values."""
    middle, mean = fmean(values), fmean(values.values())
    spread = sum((day - middle) ** 2 for day in values)
    if not spread:
        return mean, 0.0
    slope = sum((day - middle) * (value - mean) for day, value in values.items()) / spread
    return mean - slope * middle, slope


def _factors(values: Mapping[int, float], level: float, slope: float) -> tuple[float, ...]:
    """By weekday the mean ratio of the value to the trend, scaled to 1 on average; never 0, since values are
    divided by it."""
    ratios: list[list[float]] = [[] for _ in range(WEEK)]
    for day, value in values.items():
        trend = level + slope * day
        if trend > 0:
            ratios[day % WEEK].append(value / trend)
    factors = [fmean(each) if each else 1.0 for each in ratios]
    return _scaled([max(each, 0.01) for each in factors])


def _scaled(factors: Sequence[float]) -> tuple[float, ...]:
    mean = fmean(factors)
    return tuple(each / mean for each in factors)


def _again(known: Mapping[int, float], day: int) -> float:
    """The value of the same weekday when it was last known; the mean of all where that weekday never was."""
    same = [each for each in known if each % WEEK == day % WEEK]
    return known[max(same)] if same else fmean(known.values())

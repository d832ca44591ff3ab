"""What a check asks beyond the signals: queries of its own, one for each exporter that can answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gpuready.checklist.units import convert
from gpuready.checklist.verdict import Bounds
from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import Answer
from gpuready.prometheus.look import Look, Reading
from gpuready.text.say import say

NAMES = "label/__name__/values"
"""The call that lists the metrics; checks that ask with queries of their own declare it."""
_HAIR = 1e-9
TARGETS = "count(up{$sel})"
"""Whether anything is scraped at all."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A query with ``$sel`` and ``$window``, for sites that have the metrics `needs`."""

    exporter: str
    needs: tuple[str, ...]
    query: str

    def fits(self, names: frozenset[str]) -> bool:
        return all(name in names for name in self.needs)


def texts(ways: Iterable[Raw]) -> tuple[str, ...]:
    """Their queries, as `check` wants them declared."""
    return tuple(way.query for way in ways)


async def present(look: Look, ways: Sequence[Raw], what: str) -> tuple[Raw, ...]:
    """Those that this site can answer, in order; `NoData` that names what was looked for where there is none.
    `what` is the key of the words for it."""
    names = await look.names()
    found = tuple(way for way in ways if way.fits(names))
    if not found:
        wanted = ", ".join(dict.fromkeys(need for way in ways for need in way.needs))
        raise NoData("prometheus.no_metric", signal=say(what), wanted=wanted[:300])
    return found


async def answered(look: Look, ways: Sequence[Raw], what: str) -> tuple[Raw, Answer]:
    """The first of them that has finite values now; `NoData` where all are empty."""
    fitting = await present(look, ways, what)
    for way in fitting:
        answer = await look.query(way.query)
        if any(math.isfinite(series.value) for series in answer.series):
            return way, answer
    metric = ", ".join(dict.fromkeys(need for way in fitting for need in way.needs))
    raise NoData(
        "prometheus.no_samples", signal=say(what), window=window_text(look.window), metric=metric[:200]
    )


async def scraped(look: Look) -> int:
    """How many targets are scraped; `NoData` where there is none: that something is missing from what is
    watched can only be said where something is watched."""
    answer = await look.query(TARGETS)
    if not answer.value:
        raise NoData("prometheus_series.no_targets")
    return round(answer.value)


def seen_of(reading: Reading, unit: str, name: str = "value") -> Seen:
    """One reading as the field `name` in that unit, with its bounds and remarks."""
    value = convert(reading.value, reading.signal.unit, unit)
    if reading.within is None:
        return Seen({name: value}, reading.remarks)
    low, high = (convert(edge, reading.signal.unit, unit) for edge in reading.within)
    if reading.way.histogram:
        return estimate(name, value, (low, high), reading.remarks)
    return Seen({name: value}, reading.remarks, {name: (low, high)})


def estimate(name: str, value: float, edges: Bounds, remarks: tuple[Remark, ...] = ()) -> Seen:
    """A quantile that lies in the bucket between these edges, as the field `name`.

    The bounds are drawn in by a hair: what lies in the bucket that ends at 0.5 s is under 0.5 s for all
    that anybody measures, and what lies in the one that begins there is over it.  Else a figure at an edge,
    which is where it ought to be, could never be told.
    """
    low, high = edges[0] * (1 + _HAIR), edges[1] * (1 - _HAIR)
    return Seen({name: min(max(value, low), high)}, remarks, {name: (low, high)})


def listed(names: Iterable[str], limit: int = 10) -> str:
    """Names for a sentence: sorted, the first few, and how many more there are."""
    every = sorted(set(names))
    more = len(every) - limit
    return ", ".join(every[:limit]) + (f" (+{more})" if more > 0 else "")

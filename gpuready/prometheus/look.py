"""One check's look at one Prometheus: signals, raw queries, other calls, and the evidence of all of them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from gpuready.checklist.verdict import Bounds
from gpuready.probes.deadline import Deadline
from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, Exchange, NoData, Remark, Target
from gpuready.prometheus import expression
from gpuready.prometheus.answer import Answer
from gpuready.prometheus.buckets import Buckets, buckets_of
from gpuready.prometheus.signal import Signal, Table, Way, pick
from gpuready.prometheus.source import Source
from gpuready.prometheus.table import signals
from gpuready.text.fault import Fault
from gpuready.text.redact import redact
from gpuready.text.say import language

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


POINTS = 300
"""Points of a history at most: as many as a curve is judged by, few enough for a window of months."""
MOMENTS = 40
"""Moments of a window at which it is looked whether there are samples at all."""
ENOUGH, WHOLE = 0.5, 0.95
"""The share of those moments below which a window proves nothing, and from which nothing need be said."""
LOOK_BACK = 300.0
"""Seconds that a point of a history looks back at least: with a scrape a minute a rate needs some."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A signal over a window.

    `value` in the signal's unit; `within` the bounds between which it surely lies, where it is an estimate
    (a quantile of a histogram); `query` what gave it; `remarks` what a reader must know of it.
    """

    signal: Signal
    way: Way
    value: float
    query: str
    within: Bounds | None = None
    remarks: tuple[Remark, ...] = ()


class Look:
    """`window` in seconds and `selector` (matchers without braces) are those of the question.

    Raises `NoData` for what is not there: an empty answer is never a number.
    """

    def __init__(self, ask: Ask, source: Source, table: Table) -> None:
        self.ask = ask
        self.source = source
        self._table = table
        self._deadline = Deadline(ask)
        self._shown: list[Exchange] = []
        self._named = False
        try:
            self.window = seconds_of(window_asked(ask))
            self.selector = expression.matchers(selector_asked(ask))
        except Fault as fault:
            raise NoData(fault.key, **fault.fields) from None
        self.now = time.time()

    @property
    def left(self) -> float:
        """Seconds that this look still has."""
        return self._deadline.left

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        return tuple(self._shown[:20])

    def show(self, *exchanges: Exchange) -> None:
        """Add to the evidence what was asked of others: a session's file, an Alertmanager."""
        self._shown.extend(exchanges)

    def signal(self, name: str) -> Signal:
        return self._table[name]

    async def names(self) -> frozenset[str]:
        """The names of all metrics."""
        names = await self.source.names(limit=self.left)
        if not self._named:
            self._named = True
            asked = f"GET {redact(self.source.url('label/__name__/values'))}"
            self._shown.append(Exchange(asked, f"{len(names)} names"))
        return names

    async def way(self, name: str) -> Way:
        """How the signal is read here; `NoData` that names what was looked for where it is not."""
        signal = self._table[name]
        # Of two engines on one site, the one that the selector and the window are about.
        here = await self.source.names(limit=self.left, selector=self.selector, window=self.window)
        way = pick(signal, here) or pick(signal, await self.names())
        if way is None or way.cannot is not None:
            raise untold(signal, way)
        return way

    async def read(
        self, name: str, *, q: float = 0.95, window: float | None = None, way: Way | None = None
    ) -> Reading:
        """The signal over the window that ends now, in that way or in the first that this site has."""
        signal, way, window = self._table[name], way or await self.way(name), window or self.window
        query = expression.one(signal, way, window, self.selector, q)
        answer = await self._instant(query)
        if answer.value is None:
            raise await self._nothing(signal, way, window)
        remarks = await self.covered(way.needs[0], signal.words.to(language()), window)
        if way.histogram:
            return await self._estimated(signal, way, window, q, answer, remarks)
        if way.summary:
            remarks = (*remarks, ("prometheus.worst_replica", {}))
            least = (await self._instant(expression.least(way, window, self.selector, q))).value
            value = answer.value * way.scale
            bounds = (-math.inf if least is None else least * way.scale, value)
            return Reading(signal, way, value, query, bounds, remarks)
        return Reading(signal, way, answer.value * way.scale, query, None, remarks)

    async def things(
        self, name: str, *, window: float | None = None, way: Way | None = None
    ) -> dict[str, float]:
        """The signal of each thing it has (GPU, node, queue), by the thing's name, in the signal's unit."""
        signal, way, window = self._table[name], way or await self.way(name), window or self.window
        if not way.each:
            raise NoData("prometheus.not_each", signal=signal.words.to(language()), exporter=way.exporter)
        found = (await self._instant(expression.each(way, window, self.selector))).by(*signal.labels)
        if not found:
            raise await self._nothing(signal, way, window)
        return {thing: value * way.scale for thing, value in sorted(found.items())}

    async def history(
        self, name: str, *, q: float = 0.95, window: float | None = None, points: int = POINTS
    ) -> tuple[tuple[float, float], ...]:
        """The signal at `points` moments of the window, oldest first: (Unix time, value in its unit).  Each
        looks back to the one before it, so that nothing between them is missed."""
        signal, way, window = self._table[name], await self.way(name), window or self.window
        step = max(1.0, math.ceil(window / points))
        query = expression.one(signal, way, max(step, LOOK_BACK), self.selector, q)
        answer = await self.range(query, window, step)
        values = answer.series[0].points if len(answer.series) == 1 else ()
        kept = tuple((at, value * way.scale) for at, value in values if math.isfinite(value))
        if not kept:
            raise await self._nothing(signal, way, window)
        return kept

    async def query(self, expr: str, *, window: float | None = None, at: float | None = None) -> Answer:
        """Any PromQL with ``$sel`` and ``$window``; empty answers are the caller's to judge."""
        return await self._instant(expression.fill(expr, window or self.window, self.selector), at)

    async def range(self, query: str, window: float, step: float, *, end: float | None = None) -> Answer:
        """A filled in query over the `window` seconds until `end` (now), a point each `step` seconds.  In
        pieces where one answer would hold more than Prometheus gives (11,000 points a series)."""
        last = self.now if end is None else end
        answer = await self.source.range(
            query, start=last - window, end=last, step=max(step, window / 10_000), limit=self.left
        )
        self._shown.append(answer.exchange)
        return answer

    async def api(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The ``data`` of another call of the API: ``rules``, ``alerts``, ``targets`` ..."""
        data, exchange = await self.source.get(path, params, limit=self.left)
        self._shown.append(exchange)
        return data

    async def covered(self, metric: str, what: str, window: float) -> tuple[Remark, ...]:
        """What must be said of a window in which the metric has samples for a part only; `NoData` where that
        is less than half: an hour of samples proves nothing of a month."""
        query = expression.fill(f"count({metric}{{$sel}})", window, self.selector)
        step = max(1, round(window / MOMENTS))  # Prometheus counts in whole seconds here
        answer = await self.range(query, window, step)
        there = sum(len(series.points) for series in answer.series[:1]) / (window // step + 1)
        if there >= WHOLE:
            return ()
        fields = {"what": what, "window": window_text(window), "share": f"{100 * there:.0f}"}
        if there < ENOUGH:
            raise NoData("prometheus.short", **fields)
        return (("prometheus.partly", fields),)

    async def _instant(self, query: str, at: float | None = None) -> Answer:
        answer = await self.source.instant(query, at=at, limit=self.left)
        self._shown.append(answer.exchange)
        return answer

    async def _estimated(
        self, signal: Signal, way: Way, window: float, q: float, answer: Answer, remarks: tuple[Remark, ...]
    ) -> Reading:
        """A quantile of a histogram: it lies somewhere in a bucket; Prometheus draws a line through it."""
        spread = await self.buckets(way.histogram, window)
        value = answer.value
        assert value is not None
        low, high = (edge * way.scale for edge in spread.around(q))
        remarks = (*remarks, in_bucket(low, high, signal.unit))
        return Reading(signal, way, value * way.scale, answer.query, (low, high), remarks)

    async def buckets(self, histogram: str, window: float | None = None) -> Buckets:
        """The requests of the window by bucket, in the histogram's own unit."""
        query = expression.buckets(histogram, window or self.window, self.selector)
        return buckets_of(await self._instant(query))

    async def _nothing(self, signal: Signal, way: Way, window: float) -> NoData:
        """Why there is no number: no requests, or no samples."""
        what = {"signal": signal.words.to(language()), "window": window_text(window)}
        if query := expression.traffic(way, window, self.selector):
            answer = await self._instant(query)
            if answer.value == 0:
                return NoData("prometheus.no_traffic", **what)
        return NoData("prometheus.no_samples", **what, metric=", ".join(way.needs)[:200])


def untold(signal: Signal, way: Way | None) -> NoData:
    """Why a site does not tell the signal: nobody exports it, or what is exported cannot say it."""
    words = signal.words.to(language())
    if way is not None and way.cannot is not None:
        what = way.cannot.to(language())
        return NoData("prometheus.cannot", signal=words, exporter=way.exporter, what=what)
    ways = [each for each in signal.ways if each.cannot is None]
    wanted = ", ".join(dict.fromkeys(need for each in ways for need in each.needs))
    return NoData("prometheus.no_metric", signal=words, wanted=wanted[:300])


def in_bucket(low: float, high: float, unit: str) -> Remark:
    """That a quantile is an estimate, and between which edges, in that unit, it lies."""
    key = "prometheus.last_bucket" if math.isinf(high) else "prometheus.in_bucket"
    return key, {"low": f"{low:.6g}", "high": f"{high:.6g}", "unit": unit}


def window_asked(ask: Ask) -> str:
    """The target's option ``window`` where the operator has set one for all checks, else the parameter."""
    return str(ask.target.options.get("window") or ask.params.get("window") or "1h")


def selector_asked(ask: Ask) -> str:
    """The parameter ``selector``, else the target's option."""
    return str(ask.params.get("selector") or ask.target.options.get("selector", ""))


_sources: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Source]] = WeakKeyDictionary()


def source_of(target: Target) -> Source:
    """The connection to that target, the same for all who ask on this event loop."""
    known = _sources.setdefault(asyncio.get_running_loop(), {})
    if target.address not in known or known[target.address].target != target:
        known[target.address] = Source(target)
    return known[target.address]


@asynccontextmanager
async def looking(ask: Ask) -> AsyncIterator[Look]:
    """A look for that question; what an outcome does not show yet is shown with it."""
    look = Look(ask, source_of(ask.target), signals())
    try:
        yield look
    except NoData as outcome:
        raise (outcome if outcome.evidence else outcome.showing(*look.evidence)) from None

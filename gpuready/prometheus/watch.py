"""Keeps the panel's charts: asks for what is new every few seconds, and with ever longer pauses while there
is no answer."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import random
import time
from collections.abc import Callable, Iterable, Mapping

from gpuready.probes.probe import NoData, Outcome, Target
from gpuready.prometheus import expression
from gpuready.prometheus.alerts import alerts_of
from gpuready.prometheus.chart import Alert, Chart, Charts, Unheard, View
from gpuready.prometheus.signal import Signal, Way, pick
from gpuready.prometheus.slo import budget_left
from gpuready.prometheus.source import Source
from gpuready.prometheus.table import signals
from gpuready.prometheus.trace import Trace, join, joined, parted
from gpuready.text.fault import Fault
from gpuready.text.say import language

INTERVAL = 5.0
"""Seconds between two refreshes."""
PATIENCE = 20.0
"""Seconds that one refresh may take."""
LONGEST_PAUSE = 60.0
LOOK_BACK = 120.0
"""Seconds that a point looks back at least: a rate needs some scrapes."""
ALERTS_EVERY, BUDGET_EVERY = 15.0, 120.0
"""Seconds after which alerts and budget are asked for again: they move slowly, and a month is dear."""

REFUSED = "probes_services.query_refused"

Listener = Callable[[Charts | Unheard], None]


class Watcher:
    """Watches one Prometheus for the panel; calls the listener on the event loop."""

    def __init__(self, target: Target, view: View, listener: Listener, interval: float = INTERVAL) -> None:
        self.source = Source(target)
        self.view = view
        self._listener = listener
        self._interval = interval
        self._traces: dict[str, Trace] = {}
        self._alerts: tuple[Alert, ...] | None = None
        self._budget: float | None = None
        self._due = {"alerts": 0.0, "budget": 0.0}
        self._apart = False
        self._filled = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})
        self.source.close()

    def look(self, view: View) -> None:
        """Show something else from now on."""
        if view != self.view:
            if (view.window, view.selector, view.q) != (self.view.window, self.view.selector, self.view.q):
                self._traces.clear()
            self.view = view
            self._wake.set()

    async def _run(self) -> None:
        failures, since = 0, time.time()
        while True:
            self._wake.clear()
            try:
                heard: Charts | Unheard = await self.refresh()
                # What was filled anew has no value of this moment yet.
                failures, pause = 0, 0.1 if self._filled else self._interval
            except Outcome as outcome:
                since = since if failures else time.time()
                failures += 1
                pause = min(LONGEST_PAUSE, self._interval * 2 ** (failures - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
                heard = Unheard(since, (outcome.key, outcome.fields), pause)
            self._listener(heard)
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def refresh(self) -> Charts:
        """Ask for what is new; `NoData` or `Broken` when Prometheus gives no answer."""
        view, limit = self.view, PATIENCE
        step = max(1, math.ceil(view.window / max(10, view.columns)))
        now = int(time.time())
        end = now - now % step
        names = await self.source.names(limit=limit)
        here = names
        if view.selector:
            here = await self.source.names(limit=limit, selector=view.selector)
        charts: list[tuple[str, Chart]] = []
        scales: dict[str, float] = {}
        for entry in view.signals:
            name, _, given = entry.partition("@")
            signal, q = signals().get(name), float(given or view.q)
            if signal is None:
                continue
            way = pick(signal, here) or pick(signal, names)
            if way is None or way.cannot is not None:
                charts.append((entry, Chart(signal, q, why=_why(signal, way))))
                continue
            scales[entry] = way.scale
            query = expression.one(signal, way, max(step, LOOK_BACK), view.selector, q)
            trace = self._traces.get(entry)
            if trace is None or trace.step != step or trace.query != query:
                self._traces[entry] = Trace(query, step)
            charts.append((entry, Chart(signal, q, way.exporter, query)))
        await self._fill({entry: self._traces[entry] for entry in scales}, now, end, limit)
        await self._beside(limit)
        drawn = tuple(
            self._drawn(entry, chart, scales[entry], end) if entry in scales else chart
            for entry, chart in charts
        )
        product = await self.source.product(limit=limit)
        return Charts(self.source.target.name, product, view, step, end, drawn, self._alerts, self._budget)

    def _drawn(self, entry: str, chart: Chart, scale: float, end: int) -> Chart:
        trace = self._traces[entry]
        points = [None if v is None else v * scale for v in trace.line(end, self.view.window)]
        now = None if trace.now is None else trace.now * scale
        return dataclasses.replace(chart, points=tuple(points), now=now, why=trace.refused)

    async def _fill(self, traces: Mapping[str, Trace], now: int, end: int, limit: float) -> None:
        """Bring the traces up to now, those that miss the same in as few requests as possible."""
        self._filled = any(not trace.upto for trace in traces.values()) and end < now
        by_start: dict[int, dict[str, str]] = {}
        for name, trace in traces.items():
            start = min(trace.missing(end, self.view.window), end)
            by_start.setdefault(start, {})[name] = trace.query
        for start, queries in by_start.items():
            groups = [{n: q} for n, q in queries.items()] if self._apart else joined(queries)
            await asyncio.gather(*(self._ask(group, start, now, end, limit) for group in groups))

    async def _ask(self, group: Mapping[str, str], start: int, now: int, end: int, limit: float) -> None:
        step = next(self._traces[name].step for name in group)
        # One point of the grid is new at most: it and the value of this moment come in one answer.
        ends = now if start == end else end
        between = max(1, now - end) if start == end else step
        try:
            query = join(group) if len(group) > 1 else next(iter(group.values()))
            answer = await self.source.range(query, start=start, end=ends, step=between, limit=limit)
        except NoData as outcome:
            if outcome.key != REFUSED:
                raise
            if len(group) > 1:
                self._apart = True  # one of them is refused: from now on the others need not suffer for it
                for name, lone in group.items():
                    await self._ask({name: lone}, start, now, end, limit)
            for name in group if len(group) == 1 else ():
                self._traces[name].refused, self._traces[name].now = (outcome.key, outcome.fields), None
            return
        points = parted(answer, list(group))
        for name in group:
            self._keep(self._traces[name], points.get(name, ()), end)

    def _keep(self, trace: Trace, points: Iterable[tuple[float, float]], end: int) -> None:
        trace.upto, trace.now, trace.refused = end, None, None
        for at, value in points:
            if math.isfinite(value):
                trace.keep(round(at), value)
                trace.now = value if at >= end else trace.now

    async def _beside(self, limit: float) -> None:
        """Alerts and budget, each when its time has come; without them the charts are shown all the same."""
        now = time.monotonic()
        if now >= self._due["alerts"]:
            self._due["alerts"] = now + ALERTS_EVERY
            try:
                data, _ = await self.source.get("alerts", limit=limit)
                self._alerts = alerts_of(data)
            except Outcome:
                self._alerts = None
        if now >= self._due["budget"]:
            self._due["budget"] = now + BUDGET_EVERY
            try:
                self._budget = await budget_left(self.source, self.view.selector, limit=limit)
            except (Outcome, Fault):
                self._budget = None


def _why(signal: Signal, way: Way | None) -> tuple[str, Mapping[str, object]]:
    words = signal.words.to(language())
    if way is not None and way.cannot is not None:
        what = way.cannot.to(language())
        return "prometheus.cannot", {"signal": words, "exporter": way.exporter, "what": what}
    wanted = ", ".join(dict.fromkeys(each.needs[0] for each in signal.ways if each.cannot is None))
    return "prometheus.no_metric", {"signal": words, "wanted": wanted[:300]}

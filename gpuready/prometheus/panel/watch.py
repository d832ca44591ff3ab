"""Keeps the panel's charts: asks for what is new every few seconds, and with ever longer pauses while there
is no answer."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import random
import time
from collections.abc import Callable, Iterable, Mapping

from gpuready.live.source import Unheard
from gpuready.probes.probe import NoData, Outcome, Target
from gpuready.prometheus import expression
from gpuready.prometheus.alerts.active import alerts_of
from gpuready.prometheus.look import untold
from gpuready.prometheus.panel.chart import Alert, Chart, Charts, View
from gpuready.prometheus.panel.trace import Trace, join, joined, parted
from gpuready.prometheus.signal import pick
from gpuready.prometheus.slo import budget_left
from gpuready.prometheus.source import Source
from gpuready.prometheus.table import signals
from gpuready.text.fault import Fault
from gpuready.text.redact import redact

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
        self._heard: Charts | None = None
        self._task: asyncio.Task[None] | None = None
        self._aside: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        tasks = {task for task in (self._task, self._aside) if task}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.source.close()

    def look(self, view: View) -> None:
        """Show something else from now on."""
        if view != self.view:
            if (view.window, view.selector, view.q) != (self.view.window, self.view.selector, self.view.q):
                self._traces = {}  # a refresh under way goes on with those that it began with
            if view.selector != self.view.selector:
                self._budget, self._due["budget"] = None, 0.0
            self.view = view
            self._wake.set()

    async def _run(self) -> None:
        failures, since = 0, time.time()
        while True:
            self._wake.clear()
            try:
                heard: Charts | Unheard = await self._charts()
                # What was filled anew has no value of this moment yet.
                failures, since, pause = 0, time.time(), 0.1 if self._filled else self._interval
            except (Outcome, Fault) as outcome:
                failures += 1
                pause = min(LONGEST_PAUSE, self._interval * 2 ** (failures - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
                heard = Unheard(since, (outcome.key, outcome.fields), pause)
                self._alerts, self._due["alerts"] = None, 0.0  # what fired before says nothing of then
            self._tell(heard)
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    def _tell(self, heard: Charts | Unheard) -> None:
        self._heard = heard if isinstance(heard, Charts) else None
        self._listener(heard)
        # Alerts and budget come when they come: a month may take longer than the charts can wait.
        if self._heard and (self._aside is None or self._aside.done()) and self._is_due():
            self._aside = asyncio.create_task(self._tell_beside())

    async def _tell_beside(self) -> None:
        await self._beside(PATIENCE)
        if self._heard is not None and (self._alerts, self._budget) != (
            self._heard.alerts,
            self._heard.budget,
        ):
            self._heard = dataclasses.replace(self._heard, alerts=self._alerts, budget=self._budget)
            self._listener(self._heard)

    async def refresh(self) -> Charts:
        """Charts, alerts and budget once; `NoData` or `Broken` when Prometheus gives no answer."""
        charts = await self._charts()
        await self._beside(PATIENCE)
        return dataclasses.replace(charts, alerts=self._alerts, budget=self._budget)

    async def _charts(self) -> Charts:
        """Ask for what is new, within `PATIENCE` for all of it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._asked()
        except TimeoutError:
            what = {"url": redact(self.source.url("query_range")), "seconds": f"{PATIENCE:g}"}
            raise NoData("probes_http.slow_answer", **what) from None

    async def _asked(self) -> Charts:
        view, limit, traces = self.view, PATIENCE, self._traces
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
                lacks = untold(signal, way)
                charts.append((entry, Chart(signal, q, why=(lacks.key, lacks.fields))))
                continue
            scales[entry] = way.scale
            query = expression.one(signal, way, max(step, LOOK_BACK), view.selector, q)
            trace = traces.get(entry)
            if trace is None or trace.step != step or trace.query != query:
                traces[entry] = Trace(query, step)
            charts.append((entry, Chart(signal, q, way.exporter, query)))
        await self._fill({entry: traces[entry] for entry in scales}, view.window, now, end, limit)
        drawn = tuple(
            _drawn(traces[entry], chart, scales[entry], view.window, end) if entry in scales else chart
            for entry, chart in charts
        )
        product = await self.source.product(limit=limit)
        return Charts(self.source.target.name, product, view, step, end, drawn, self._alerts, self._budget)

    async def _fill(
        self, traces: Mapping[str, Trace], window: float, now: int, end: int, limit: float
    ) -> None:
        """Bring the traces up to now, those that miss the same in as few requests as possible."""
        self._filled = any(not trace.upto for trace in traces.values()) and end < now
        by_start: dict[int, dict[str, str]] = {}
        for name, trace in traces.items():
            start = min(trace.missing(end, window), end)
            by_start.setdefault(start, {})[name] = trace.query
        for start, queries in by_start.items():
            groups = [{n: q} for n, q in queries.items()] if self._apart else joined(queries)
            asked = [{name: traces[name] for name in group} for group in groups]
            await asyncio.gather(*(self._ask(each, start, now, end, limit) for each in asked))

    async def _ask(self, group: Mapping[str, Trace], start: int, now: int, end: int, limit: float) -> None:
        step = next(trace.step for trace in group.values())
        # One point of the grid is new at most: it and the value of this moment come in one answer.
        ends = now if start == end else end
        between = max(1, now - end) if start == end else step
        try:
            queries = {name: trace.query for name, trace in group.items()}
            query = join(queries) if len(group) > 1 else next(iter(queries.values()))
            answer = await self.source.range(query, start=start, end=ends, step=between, limit=limit)
        except NoData as outcome:
            if outcome.key != REFUSED:
                raise
            if len(group) > 1:
                self._apart = True  # one of them is refused: from now on the others need not suffer for it
                for name, lone in group.items():
                    await self._ask({name: lone}, start, now, end, limit)
            for trace in group.values() if len(group) == 1 else ():
                trace.refused, trace.now = (outcome.key, outcome.fields), None
            return
        points = parted(answer, list(group))
        for name, trace in group.items():
            self._keep(trace, points.get(name, ()), end)

    def _keep(self, trace: Trace, points: Iterable[tuple[float, float]], end: int) -> None:
        trace.upto, trace.now, trace.refused = end, None, None
        for at, value in points:
            if math.isfinite(value):
                trace.keep(round(at), value)
                trace.now = value if at >= end else trace.now

    def _is_due(self) -> bool:
        return time.monotonic() >= min(self._due.values())

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
            selector = self.view.selector
            try:
                budget = await budget_left(self.source, selector, limit=limit)
            except (Outcome, Fault):
                budget = None
            if self.view.selector == selector:  # else it is asked again, for the new one
                self._budget = budget


def _drawn(trace: Trace, chart: Chart, scale: float, window: float, end: int) -> Chart:
    points = [None if v is None else v * scale for v in trace.line(end, window)]
    now = None if trace.now is None else trace.now * scale
    return dataclasses.replace(chart, points=tuple(points), now=now, why=trace.refused)

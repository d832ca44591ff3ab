"""How a check of a signal is declared: what it may ask, and how it counts what it saw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from gpuready.probes.duration import seconds_of
from gpuready.probes.probe import Ask, Measurement, Outcome, Probe
from gpuready.probes.seen import Seen
from gpuready.prometheus import expression
from gpuready.prometheus.look import Look, looking, selector_asked, window_asked
from gpuready.prometheus.signal import Signal, Way
from gpuready.prometheus.source import Source
from gpuready.prometheus.table import signals
from gpuready.text.fault import Fault
from gpuready.text.redact import redact

PARAMS: Mapping[str, object] = {"window": "1h", "selector": ""}
"""What every check can be told: the window until now, and label matchers like ``namespace="chat"``."""

Judge = Callable[[Look], Awaitable[Seen]]
Lines = Callable[[Ask], Iterable[str]]
"""Lines of a plan that depend on the question."""


def check(
    name: str,
    judge: Judge,
    *,
    fields: Mapping[str, str],
    asks: Sequence[str] = (),
    queries: Sequence[str] = (),
    calls: Sequence[str] = (),
    more: Lines | None = None,
    params: Mapping[str, object] | None = None,
    limit: float = 30.0,
) -> Probe:
    """The probe ``query.NAME``.

    `asks` are the signals it reads (``e2e@0.99`` for another quantile than the 95th), `queries` the PromQL
    of its own (with ``$sel`` and ``$window``), `calls` the other paths of the API, `more` what else it asks,
    by its parameters and target: together they are shown before anything is asked.  `fields` map each field
    to its unit; `params` add to `PARAMS` or change their defaults.
    """

    async def measure(ask: Ask) -> Measurement:
        async with looking(ask) as look:
            seen = await judge(look)
            remarks = (*seen.remarks, *look.source.remarks)
            product = await look.source.product(limit=look.left)
            return Measurement(seen.fields, product, look.evidence, remarks, seen.within)

    def steps(ask: Ask) -> Sequence[str]:
        return _steps(ask, asks, queries, calls, more)

    return Probe(
        name=f"query.{name}",
        measure=measure,
        steps=steps,
        fields=fields,
        params={**PARAMS, **(params or {})},
        on="prometheus",
        limit=limit,
    )


def _steps(
    ask: Ask, asks: Sequence[str], queries: Sequence[str], calls: Sequence[str], more: Lines | None
) -> list[str]:
    """Every call that may be made.  Which of a signal's expressions it is depends on what the site has, so
    all of them are shown, each with its exporter."""
    try:
        source = Source(ask.target)
        window, selector = seconds_of(window_asked(ask)), expression.matchers(selector_asked(ask))
        lines = [f"GET {redact(source.url('label/__name__/values'))}"] if asks else []
        if asks or queries:
            lines.append(f"GET {redact(source.url('query'))} (query_range for a history), with query =")
        for each in asks:
            name, _, q = each.partition("@")
            signal = signals()[name]
            for way in signal.ways:
                if way.cannot is None:
                    lines.append(f"  [{name}, {way.exporter}]")
                    lines += [
                        f"    {query}" for query in _queries(signal, way, window, selector, float(q or 0.95))
                    ]
        lines += [f"  {expression.fill(each, window, selector)}" for each in queries]
        lines += [f"GET {redact(source.url(each))}" for each in calls]
        lines += more(ask) if more else ()
    except (Outcome, Fault) as fault:
        return [str(fault)]
    return lines


def _queries(signal: Signal, way: Way, window: float, selector: str, q: float) -> list[str]:
    """What reading the signal in that way may ask: its value, each of its things, what bounds it, whether
    samples cover the window and whether there was traffic."""
    found = [expression.one(signal, way, window, selector, q)]
    if way.each:
        found.append(expression.each(way, window, selector))
    if way.histogram:
        found.append(expression.buckets(way.histogram, window, selector))
    if way.summary:
        found.append(expression.least(way, window, selector, q))
    found.append(expression.fill(f"count({way.needs[0]}{{$sel}})", window, selector))
    found.append(expression.traffic(way, window, selector))
    return list(filter(None, found))

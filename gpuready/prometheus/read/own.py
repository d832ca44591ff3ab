"""Metrics that an operator names: a histogram of their own, whose name no table can know."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gpuready.checklist.units import convert
from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, NoData
from gpuready.probes.seen import Seen
from gpuready.prometheus import expression
from gpuready.prometheus.look import Look, in_bucket, selector_asked, window_asked
from gpuready.prometheus.read.parts import worst
from gpuready.prometheus.read.raw import estimate, seen_of

QUANTILE = (
    "histogram_quantile(0.99, sum by (le) (rate($metric_bucket{$sel}[$window])))",
    "sum by (le) (increase($metric_bucket{$sel}[$window]))",
)
"""What is asked of a histogram that the parameter ``metric`` names."""
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]{0,199}")
_UNITS = {
    "seconds": "s", "s": "s", "milliseconds": "ms", "ms": "ms", "microseconds": "us", "us": "us",
    "usec": "us",
}  # fmt: skip


def metric_named(look: Look, param: str) -> str:
    """The metric that a parameter names; empty where none is given, `NoData` for what is no name."""
    name = str(look.ask.params.get(param) or "")
    if name and _NAME.fullmatch(name) is None:
        raise NoData("prometheus_latency.bad_metric", found=name[:80], param=param)
    return name


def unit_of_metric(name: str) -> str:
    """The unit that a metric's name ends in, as Prometheus' naming has it; `NoData` where it tells none."""
    unit = _UNITS.get(name.removesuffix("_bucket").rpartition("_")[2])
    if unit is None:
        raise NoData("prometheus_latency.no_unit", metric=name)
    return unit


async def quantile_of(look: Look, metric: str, q: float, unit: str) -> Seen:
    """A quantile of that classic histogram over the window, in `unit`, with its bounds."""
    name = metric.removesuffix("_bucket")
    own = unit_of_metric(name)
    what = {"signal": name, "window": window_text(look.window)}
    if f"{name}_bucket" not in await look.names():
        raise NoData("prometheus.no_metric", signal=name, wanted=f"{name}_bucket")
    answer = await look.query(expression.quantile(name, q, look.window, look.selector))
    buckets = await look.buckets(name)
    if answer.value is None or not buckets.total:
        key = "no_samples" if not buckets.edges else "no_traffic"
        raise NoData(f"prometheus.{key}", **what, metric=f"{name}_bucket")
    remarks = await look.covered(f"{name}_bucket", name, look.window)
    low, high = (convert(edge, own, unit) for edge in buckets.around(q))
    remarks = (*remarks, in_bucket(low, high, unit))
    return estimate("value", convert(answer.value, own, unit), (low, high), remarks)


async def signal_quantile(look: Look, name: str, q: float, unit: str) -> Seen:
    """A signal's quantile over the window in `unit`, with its bounds, by the worst of its exporters."""
    return seen_of(await worst(look, name, q=q), unit)


def naming(*queries: str) -> Callable[[Ask], Sequence[str]]:
    """Lines of a plan: the queries with the metrics that the parameters name put in for ``$NAME``.  A query
    whose metric is not named is not asked."""

    def lines(ask: Ask) -> Sequence[str]:
        texts = {name: value for name, value in ask.params.items() if isinstance(value, str) and value}
        named = {name: value.removesuffix("_bucket") for name, value in texts.items()}
        found = []
        for query in queries:
            text = query
            for name in ("metric", "label"):
                text = text.replace(f"${name}", named.get(name, f"${name}"))
            if "$metric" not in text and "$label" not in text:
                found.append(f"  {filled(ask, text)}")
        return found

    return lines


def filled(ask: Ask, query: str, window: float | None = None) -> str:
    """The query as that question would ask it; `Fault` for a window or a selector that is none."""
    seconds = window or seconds_of(window_asked(ask))
    return expression.fill(query, seconds, selector_asked(ask))

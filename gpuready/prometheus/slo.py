"""Service levels: attainment, error budget, burn rates, and where the target of the operator is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gpuready.checklist.verdict import Bounds
from gpuready.probes.probe import Ask, NoData
from gpuready.prometheus.buckets import Buckets
from gpuready.prometheus.look import Look, Reading
from gpuready.prometheus.source import Source
from gpuready.prometheus.table import signals

SUCCESS = "service_success"
"""The signal that service levels are judged by: the share of good requests, service by service."""
TARGET = 99.9
"""Per cent of requests that succeed, where the operator has set nothing else."""
LEAST_TARGET = 95.0
"""Below this the burn rates that page could not be reached at all: not even where every request fails."""
OPTION = "slo"
PERIOD = 30 * 86400.0
"""Seconds for which the panel tells what is left of the budget."""


@dataclass(frozen=True, slots=True)
class Burn:
    """One rule of the multi-window alert: it is on where the budget burns `factor` times as fast as it may,
    over the long window and over the short one (seconds) that tells whether it still goes on."""

    field: str
    factor: float
    long: float
    short: float


PAGES = (Burn("burn_1h", 14.4, 3600.0, 300.0), Burn("burn_6h", 6.0, 21600.0, 1800.0))
TICKET = Burn("burn_3d", 1.0, 3 * 86400.0, 21600.0)
RULES = (*PAGES, TICKET)


def budget_used(success: float, target: float) -> float:
    """The part of the error budget that is used up, in %, for a success in %; above 100 it is overdrawn."""
    return 100 * burn(success, target)


def burn(success: float, target: float) -> float:
    """How many times as fast as it may the budget goes: 1 uses it up exactly at the end of the period."""
    return (100 - success) / (100 - target)


def target_of(ask: Ask) -> float:
    """The target in %: the option ``slo`` of the Prometheus, else the parameter ``target_percent``, else
    `TARGET`.  `NoData` for what is no target between `LEAST_TARGET` and 100."""
    text = ask.target.options.get(OPTION, "") or str(ask.params.get("target_percent") or TARGET)
    try:
        target = float(text.strip().removesuffix("%"))
    except ValueError:
        target = math.nan
    if not LEAST_TARGET <= target < 100:
        raise NoData("prometheus_levels.bad_target", found=text[:40], least=f"{LEAST_TARGET:g}")
    return target


def worst(services: dict[str, float]) -> str:
    """The service with the least success."""
    return min(services, key=lambda name: (services[name], name))


def together(long: float, short: float | None) -> tuple[float, Bounds | None]:
    """The burn rate that both windows of a rule show, the lesser of the two: the rule is on where it reaches
    the factor.  Without the short one it is at most the long one."""
    return (long, (0.0, long)) if short is None else (min(long, short), None)


def share_within(spread: Buckets, figure: float) -> tuple[float, Bounds] | None:
    """The share (0 to 1) of requests at or below the figure, and the bounds between which it surely lies: the
    edges beside the figure, where none is at it.  None without requests."""
    if not spread.total:
        return None
    exact = spread.share_below(figure)
    if exact is not None:
        return exact, (exact, exact)
    low, high = 0.0, 1.0
    for edge, count in zip(spread.edges, spread.counts, strict=True):
        if edge < figure:
            low = count / spread.total
        else:
            high = count / spread.total
            break
    return low, (low, high)


def edges_text(edges: Sequence[float]) -> str:
    """The edges of a histogram for a sentence."""
    finite = [f"{edge:g}" for edge in edges if math.isfinite(edge)]
    return ", ".join(finite[:30]) or "+Inf"


async def success(look: Look, window: float | None = None) -> tuple[Reading, dict[str, float]]:
    """The success in % of the worst service over the window, and of each that is told apart."""
    reading = await look.read(SUCCESS, window=window)
    services = await look.things(SUCCESS, window=window) if reading.way.each else {}
    return reading, services


async def budget_left(
    source: Source, selector: str, *, limit: float, target: float | None = None
) -> float | None:
    """The share of the error budget of the last 30 days that is left to the worst service, in %; below 0 when
    it is overdrawn.  None when success is not measured here, for the most part of that time at least."""
    ask = Ask(source.target, {"selector": selector}, limit)
    try:
        reading = await Look(ask, source, signals()).read(SUCCESS, window=PERIOD)
    except NoData:
        return None
    return 100 - budget_used(reading.value, target_of(ask) if target is None else target)

"""Hardware failures of two periods: the hours in which a GPU or node failed, and the hours in service."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gpuready.prometheus.answer import Series
from gpuready.prometheus.expression import fill
from gpuready.prometheus.look import Look
from gpuready.prometheus.read import xids
from gpuready.prometheus.read.raw import Raw
from gpuready.text.say import say

HOUR = 3600.0
"""Seconds: what happens to one GPU or node in hours that follow each other is one incident."""
TEMPERATURES = ("DCGM_FI_DEV_GPU_TEMP", "nvidia_smi_temperature_gpu")
"""What every GPU that is watched has."""
_READY = 'kube_node_status_condition{condition="Ready",status="true",$sel}'
STATES = (
    Raw(
        "gpu_remap_failure",
        ("DCGM_FI_DEV_ROW_REMAP_FAILED",),
        "max by (UUID, uuid) (DCGM_FI_DEV_ROW_REMAP_FAILED{$sel}) > 0",
    ),
    Raw(
        "gpu_remap_failure",
        ("DCGM_FI_DEV_ROW_REMAP_FAILURE",),
        "max by (UUID, uuid) (DCGM_FI_DEV_ROW_REMAP_FAILURE{$sel}) > 0",
    ),
    Raw(
        "gpu_remap_failure",
        ("nvidia_smi_remapped_rows_failure",),
        "max by (UUID, uuid) (nvidia_smi_remapped_rows_failure{$sel}) > 0",
    ),
    Raw(
        "node_not_ready",
        ("kube_node_status_condition",),
        f"min by (exported_node, node) (min_over_time({_READY}[1h])) == 0",
    ),
)
"""States that last, by the key of their words: each time one begins is an incident."""
XIDS = tuple(raw.query.replace("$window", "1h") for raw in xids.CODES)


@dataclass(frozen=True, slots=True)
class Period:
    """`incidents` of one period, `gpu_hours` in service, and the `share` (0 to 1) of it that has samples."""

    incidents: int
    gpu_hours: float
    share: float

    @property
    def rate(self) -> float:
        """Incidents for each GPU hour."""
        return self.incidents / self.gpu_hours


@dataclass(frozen=True, slots=True)
class Compared:
    """This period and the one before; `sources` and `blind` say what was and what was not told of."""

    new: Period
    old: Period
    sources: tuple[str, ...]
    blind: tuple[str, ...]


async def compared(look: Look) -> Compared | None:
    """The window and the one before it; None where no GPU is watched."""
    names = await look.names()
    served: list[tuple[float, float]] = []
    for metric in (each for each in TEMPERATURES if each in names):
        served += _points(await _hours(look, f"count(group by (UUID, uuid) ({metric}{{$sel}}))"))
    if not served:
        return None
    moments: list[float] = []
    sources: list[str] = []
    raw = await xids.told(look)
    if raw is not None:
        sources.append("Xid")
        for series in await _hours(look, raw.query.replace("$window", "1h")):
            moments += _serious_hours(series)
    for state in (each for each in STATES if each.fits(names)):
        if (await look.query(f"count({state.needs[0]}{{$sel}})")).value:
            sources.append(say(f"prometheus_hardware.{state.exporter}"))
            for series in await _hours(look, state.query):
                moments += _starts(series)
    kinds = dict.fromkeys(say(f"prometheus_hardware.{raw.exporter}") for raw in STATES)
    blind = [each for each in ("Xid", *kinds) if each not in sources]
    middle = look.now - look.window
    new, old = (_period(look, moments, served, is_new, middle) for is_new in (True, False))
    return Compared(new, old, tuple(sources), tuple(blind))


def _period(
    look: Look, moments: Iterable[float], served: Iterable[tuple[float, float]], is_new: bool, middle: float
) -> Period:
    incidents = sum((at > middle) is is_new for at in moments)
    hours = [value for at, value in served if (at > middle) is is_new]
    return Period(incidents, sum(hours), min(1.0, len(hours) * HOUR / look.window))


async def _hours(look: Look, query: str) -> tuple[Series, ...]:
    """The query at each hour of both periods."""
    text = fill(query, HOUR, look.selector)
    return (await look.range(text, 2 * look.window - HOUR, HOUR)).series


def _points(found: Iterable[Series]) -> list[tuple[float, float]]:
    return [(at, value) for each in found for at, value in each.points if math.isfinite(value)]


def _serious_hours(series: Series) -> list[float]:
    """When serious Xids of that GPU began."""
    points = tuple(
        (at, value) for at, value in series.points if xids.serious(Series(series.labels, ((at, value),)))
    )
    return _starts(Series(series.labels, points))


def _starts(series: Series) -> list[float]:
    """When it began: hours that follow each other are one incident."""
    found: list[float] = []
    last = -math.inf
    for at, _ in series.points:
        if at - last > 1.5 * HOUR:
            found.append(at)
        last = at
    return found

"""Service levels: how much of the error budget is left."""

from __future__ import annotations

from gpuready.prometheus import expression
from gpuready.prometheus.signal import pick
from gpuready.prometheus.source import Source
from gpuready.prometheus.table import signals

TARGET = 99.9
"""Per cent of requests that succeed, where the operator has set nothing else."""
PERIOD = 30 * 86400.0


async def budget_left(source: Source, selector: str, *, limit: float, target: float = TARGET) -> float | None:
    """The share of the error budget of the last 30 days that is left, in %; below 0 when it is overdrawn.
    None when success is not measured here."""
    signal = signals().get("request_success_ratio")
    way = pick(signal, await source.names(limit=limit)) if signal else None
    if signal is None or way is None or way.cannot is not None:
        return None
    query = expression.one(signal, way, PERIOD, selector)
    value = (await source.instant(query, limit=limit)).value
    if value is None:
        return None
    return 100 * (1 - (100 - value * way.scale) / (100 - target))

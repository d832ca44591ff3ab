"""What of the table a site has: each signal by its exporter and expression, and its value now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gpuready.probes.duration import seconds_of
from gpuready.probes.probe import Ask, Outcome, Target
from gpuready.prometheus import expression
from gpuready.prometheus.look import Look, source_of
from gpuready.prometheus.signal import Signal, Way, pick
from gpuready.prometheus.table import signals
from gpuready.text.say import say

LIMIT = 120.0
"""Seconds for all signals of one target together."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """One signal on one Prometheus.

    `way` is None where none of its exporters is scraped; `value` is in the signal's unit and None where it
    could not be known: `reason` then says why.  `remarks` are sentences a reader must see beside the value.
    """

    signal: Signal
    way: Way | None
    query: str = ""
    value: float | None = None
    reason: str = ""
    remarks: tuple[str, ...] = ()


async def resolve(
    target: Target, wanted: Sequence[Signal], *, window: str = "1h", selector: str = "", q: float = 0.95
) -> tuple[Resolved, ...]:
    """Each wanted signal as this Prometheus tells it, over the window until now.

    Raises:
        Outcome: it cannot be asked at all, in one sentence.
        Fault: the window, the selector or the table of signals is wrong.
    """
    seconds = seconds_of(window)
    # the target's own selector holds where none is given, as in checks
    selector = expression.matchers(selector or str(target.options.get("selector", "")))
    look = Look(
        Ask(target, {"window": window, "selector": selector}, limit=LIMIT), source_of(target), signals()
    )
    names = await look.names()

    async def one(signal: Signal) -> Resolved:
        try:
            reading = await look.read(signal.id, q=q)
        except Outcome as outcome:  # an answer of another kind is no reason to lose the other signals
            way = pick(signal, names)
            query = "" if way is None or way.cannot else expression.one(signal, way, seconds, selector, q)
            return Resolved(signal, way, query, None, str(outcome))
        remarks = tuple(say(key, **fields) for key, fields in reading.remarks)
        # the way that was read: of two exporters the selector chooses
        return Resolved(signal, reading.way, reading.query, reading.value, "", remarks)

    return tuple(await asyncio.gather(*(one(signal) for signal in wanted)))

"""A probe that takes 20 ms and no CPU, for a run of 500: installed by entry point like anybody's."""

from __future__ import annotations

import asyncio

from gpuready.probes.probe import Ask, Exchange, Measurement, Probe

DELAY = 0.02


async def _measure(ask: Ask) -> Measurement:
    await asyncio.sleep(DELAY)
    return Measurement({"value": 1}, "bench", (Exchange("wait 20 ms", "waited"),))


PROBES = (
    Probe(
        "bench.slow",
        _measure,
        lambda ask: ("wait 20 ms",),
        {"value": "count"},
        {"n": 0},  # so that no two checks ask the same: what is the same is asked once
    ),
)

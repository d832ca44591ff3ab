"""What is wrong with a source, in one sentence with its remedy, in the operator's language."""

from __future__ import annotations

import time

from gpuready.live.child import STUCK
from gpuready.live.facts import Gpu, GpuSample
from gpuready.live.source import Silence
from gpuready.text.say import say


def of_trouble(sample: GpuSample) -> str | None:
    """Why that sample has no GPUs; None when it has."""
    if sample.trouble is None:
        return None
    return say(f"live.{sample.trouble}", detail=sample.detail or "")


def of_lost(gpu: Gpu) -> str | None:
    """What to do about a lost GPU; None when it is not."""
    return None if gpu.lost is None else say("live.lost", index=gpu.index, detail=gpu.lost)


def of_silence(silence: Silence, now: float | None = None) -> str:
    """Why the source is silent; `now` in Unix seconds (default: this moment) tells for how long."""
    seconds = max(0, round((time.time() if now is None else now) - silence.since))
    if silence.why == "hung":
        key = "live.stuck" if silence.detail == STUCK else f"live.hung_{silence.source}"
        return say(key, seconds=seconds)
    if silence.why == "ended":
        return silence.detail or say("live.ended")
    return say("live.died", source=silence.source, detail=silence.detail)

"""How much the GPUs do, over a window."""

from __future__ import annotations

from gpuready.prometheus.check import Seen, check
from gpuready.prometheus.look import Look


async def _busy(look: Look) -> Seen:
    reading = await look.read("gpu_busy")
    gpus = await look.things("gpu_busy")
    least = min(gpus, key=lambda gpu: gpus[gpu])
    fields = {
        "value": reading.value,
        "least": gpus[least],
        "most": max(gpus.values()),
        "gpus": len(gpus),
    }
    return Seen(
        fields, (*reading.remarks, ("prometheus.least_gpu", {"gpu": least, "value": f"{gpus[least]:.3g}"}))
    )


CHECKS = (
    check(
        "gpu_busy",
        _busy,
        asks=("gpu_busy",),
        fields={"value": "%", "least": "%", "most": "%", "gpus": "count"},
    ),
)

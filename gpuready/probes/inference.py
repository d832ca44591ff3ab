"""Inference engines: who serves, how well, and how the model is spread over GPUs and cores."""

from __future__ import annotations

from gpuready.probes.inference_generate import CONCURRENT, GENERATE
from gpuready.probes.inference_golden import GOLDEN
from gpuready.probes.inference_health import ENGINE, HEALTH
from gpuready.probes.inference_models import MODELS
from gpuready.probes.inference_parallel import PARALLEL
from gpuready.probes.inference_stream import STREAM
from gpuready.probes.inference_threads import THREADS
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    *(HEALTH, ENGINE, MODELS, CONCURRENT, GENERATE, STREAM, GOLDEN),
    *(PARALLEL, THREADS),
)

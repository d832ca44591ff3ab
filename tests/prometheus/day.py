"""A day of one inference site: eight GPUs and a vLLM in front of them, busy by day, with an hour in which
requests piled up.  Every curve follows the same load, as they do in life.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tests.prometheus.history import Value, counter

GPUS = 8
HOUR = 3600.0
LABELS = 'model_name="llama-3-70b"'
JAM = (-5.2 * HOUR, -4.4 * HOUR)
"""From when to when, in seconds from now, more was asked than could be served."""
# The edges that vLLM gives its histograms, in seconds.
TTFT_EDGES = (0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
TOKEN_EDGES = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
E2E_EDGES = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0)

Curve = Callable[[float], float]


def site() -> dict[str, Value]:
    """The series, as Prometheus prints them, with their values by the seconds from now."""
    series: dict[str, Value] = {
        'up{job="vllm",instance="gpu-node-1:8000"}': 1.0,
        'up{job="dcgm-exporter",instance="gpu-node-1:9400"}': 1.0,
        f"vllm:num_requests_running{{{LABELS}}}": lambda t: round(6 + 80 * load(t)),
        f"vllm:num_requests_waiting{{{LABELS}}}": lambda t: round(
            max(0.0, 30 * (load(t) - 0.86)) + 60 * jam(t)
        ),
        f"vllm:kv_cache_usage_perc{{{LABELS}}}": lambda t: min(0.99, 0.16 + 0.62 * load(t) + 0.25 * jam(t)),
        f"vllm:generation_tokens_total{{{LABELS}}}": counter(lambda t: 260 * requests(t)),
        f"vllm:prompt_tokens_total{{{LABELS}}}": counter(lambda t: 900 * requests(t)),
    }
    for reason, share in (("stop", 0.93), ("length", 0.0696), ("abort", 0.0004)):
        series[f'vllm:request_success_total{{{LABELS},finished_reason="{reason}"}}'] = counter(
            lambda t, share=share: share * requests(t)  # type: ignore[misc]
        )
    for name, edges, median in (
        ("vllm:time_to_first_token_seconds", TTFT_EDGES, lambda t: 0.09 + 0.2 * load(t) + 0.5 * jam(t)),
        ("vllm:inter_token_latency_seconds", TOKEN_EDGES, lambda t: 0.016 + 0.018 * load(t) + 0.01 * jam(t)),
        ("vllm:e2e_request_latency_seconds", E2E_EDGES, lambda t: 1.4 + 2.2 * load(t) + 1.5 * jam(t)),
    ):
        series |= latency(name, edges, median)
    for number in range(GPUS):
        series |= gpu(number)
    return series


def load(t: float) -> float:
    """Between 0 (night) and 1: highest an hour and a half ago."""
    day: float = 0.5 + 0.5 * math.cos((t + 1.5 * HOUR) / 86400 * 2 * math.pi)
    lunch = 0.14 * math.exp(-(((t + 6.6 * HOUR) / 2400) ** 2))
    return max(0.03, min(1.0, 0.1 + 0.82 * math.pow(day, 1.3) - lunch + wave(t, 0.05)))


def jam(t: float) -> float:
    """How much too much was asked: 0 outside of `JAM`, 1 in its middle."""
    start, end = JAM
    return math.sin((t - start) / (end - start) * math.pi) if start < t < end else 0.0


def wave(t: float, size: float, phase: float = 0.0) -> float:
    """The unrest of every curve: the same each time, and without a period that the eye would find."""
    return (
        size / 2.5 * math.fsum(math.sin(t / each + phase * each) for each in (173.0, 411.0, 1130.0, 2900.0))
    )


def requests(t: float) -> float:
    """Requests a second."""
    return 2.0 + 18.0 * load(t)


def latency(name: str, edges: Sequence[float], median: Curve) -> dict[str, Value]:
    """A histogram of log-normal times around a median that moves."""

    def below(edge: float) -> Curve:
        return lambda t: requests(t) * _share(math.log(edge / median(t)) / 0.55)

    series: dict[str, Value] = {
        f'{name}_bucket{{le="{edge}",{LABELS}}}': counter(below(edge)) for edge in edges
    }
    series[f'{name}_bucket{{le="+Inf",{LABELS}}}'] = counter(requests)
    series[f"{name}_count{{{LABELS}}}"] = counter(requests)
    series[f"{name}_sum{{{LABELS}}}"] = counter(lambda t: 1.16 * median(t) * requests(t))
    return series


def _share(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def gpu(number: int) -> dict[str, Value]:
    """One GPU as the DCGM exporter tells of it; the one before the last is warmer than the others."""
    labels = (
        f'{{gpu="{number}",UUID="GPU-{number:08x}",Hostname="gpu-node-1",modelName="NVIDIA H100 80GB HBM3"}}'
    )
    warmer = 9.0 if number == GPUS - 2 else 0.0

    def busy(t: float) -> float:
        return max(0.02, min(0.99, 0.2 + 0.72 * load(t) + wave(t, 0.04, number)))

    def used(t: float) -> float:
        return round(66_000 + 9_000 * load(t) + 40 * number)

    return {
        f"DCGM_FI_PROF_GR_ENGINE_ACTIVE{labels}": busy,
        f"DCGM_FI_DEV_FB_USED{labels}": used,
        f"DCGM_FI_DEV_FB_FREE{labels}": lambda t: 81_559 - used(t),
        f"DCGM_FI_DEV_POWER_USAGE{labels}": lambda t: round(110 + 540 * busy(t), 1),
        f"DCGM_FI_DEV_GPU_TEMP{labels}": lambda t: round(33 + 36 * busy(t) + warmer),
    }

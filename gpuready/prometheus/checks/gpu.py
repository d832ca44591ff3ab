"""How much the GPUs do, how evenly, and how full their memory is, over a window."""

from __future__ import annotations

import math

from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData
from gpuready.prometheus.answer import Series
from gpuready.prometheus.check import Seen, check
from gpuready.prometheus.gpus import gpu_of
from gpuready.prometheus.look import Look, Remark
from gpuready.prometheus.raw import NAMES, Raw, answered, texts
from gpuready.text.say import say

# MIG slices of one GPU have its UUID and an instance of their own.
_BY = "UUID, uuid, gpu_uuid, GPU_I_ID, gpu, index, Hostname, hostname, node"


def _share(used: str, total: str) -> str:
    """The median over the window of the used memory as a share (0 to 1) of each GPU's whole memory.  The
    GPU is followed, not the series: the DCGM exporter begins a new one with each pod."""
    whole = " + ".join(f"max by ({_BY}) ({one}{{$sel}})" for one in total.split())
    return f"quantile_over_time(0.5, (max by ({_BY}) ({used}{{$sel}}) / (({whole}) > 0))[$window:1m])"


_USED, _FREE, _RESERVED = "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_FB_RESERVED"
MEMORY = (
    Raw("DCGM exporter", (_USED, _FREE, _RESERVED), _share(_USED, f"{_USED} {_FREE} {_RESERVED}")),
    Raw("DCGM exporter, without reserved memory", (_USED, _FREE), _share(_USED, f"{_USED} {_FREE}")),
    Raw(
        "nvidia_gpu_exporter",
        ("nvidia_smi_memory_used_bytes", "nvidia_smi_memory_total_bytes"),
        _share("nvidia_smi_memory_used_bytes", "nvidia_smi_memory_total_bytes"),
    ),
    Raw(
        "nvitop-exporter",
        ("gpu_memory_used_MiB", "gpu_memory_total_MiB"),
        _share("gpu_memory_used_MiB", "gpu_memory_total_MiB"),
    ),
    Raw(
        "Triton",
        ("nv_gpu_memory_used_bytes", "nv_gpu_memory_total_bytes"),
        _share("nv_gpu_memory_used_bytes", "nv_gpu_memory_total_bytes"),
    ),
)
LOAD_LEAST = 1.0
"""Percent: below this mean there is no load that could be spread."""


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


async def _memory(look: Look) -> Seen:
    way, answer = await answered(look, MEMORY, "prometheus_gpu.memory")
    shares = {_slice(one): 100 * one.value for one in answer.series if math.isfinite(one.value)}
    covered = await look.covered(way.needs[0], say("prometheus_gpu.memory"), look.window)
    least = min(shares, key=lambda gpu: shares[gpu])
    remark: Remark = ("prometheus_gpu.least_full", {"gpu": least, "value": f"{shares[least]:.3g}"})
    return Seen(
        {"value": shares[least], "most": max(shares.values()), "gpus": len(shares)}, (*covered, remark)
    )


def _slice(series: Series) -> str:
    instance = series.labels.get("GPU_I_ID", "")
    return f"{gpu_of(series)} MIG {instance}" if instance else gpu_of(series)


async def _spread(look: Look) -> Seen:
    """Max - min of the means, between nodes; where there is one node only, between its GPUs."""
    reading = await look.read("gpu_busy")
    gpus = await look.things("gpu_busy")
    if len(gpus) < 2:
        raise NoData("prometheus_gpu.one_gpu")
    if reading.value < LOAD_LEAST:
        raise NoData("prometheus_gpu.no_load", value=f"{reading.value:.2g}", window=window_text(look.window))
    between = max(gpus.values()) - min(gpus.values())
    nodes = await _nodes(look)
    ends = nodes if len(nodes) > 1 else gpus
    low, high = min(ends, key=lambda one: ends[one]), max(ends, key=lambda one: ends[one])
    key = "between_nodes" if len(nodes) > 1 else "between_gpus"
    words = {
        "low": low,
        "least": f"{ends[low]:.3g}",
        "high": high,
        "most": f"{ends[high]:.3g}",
        "gpus": f"{between:.3g}",
    }
    fields = {"value": ends[high] - ends[low], "gpus": between, "nodes": len(nodes)}
    return Seen(fields, (*reading.remarks, (f"prometheus_gpu.{key}", words)))


async def _nodes(look: Look) -> dict[str, float]:
    """The mean of each node's GPUs; empty where the exporter does not tell of nodes."""
    try:
        return await look.things("node_gpu_busy")
    except NoData:
        return {}


CHECKS = (
    check(
        "gpu_busy",
        _busy,
        asks=("gpu_busy",),
        fields={"value": "%", "least": "%", "most": "%", "gpus": "count"},
    ),
    check(
        "gpu_memory_used",
        _memory,
        queries=texts(MEMORY),
        calls=(NAMES,),
        fields={"value": "%", "most": "%", "gpus": "count"},
    ),
    check(
        "gpu_busy_spread",
        _spread,
        asks=("gpu_busy", "node_gpu_busy"),
        fields={"value": "%", "gpus": "%", "nodes": "count"},
        params={"window": "24h"},
    ),
)

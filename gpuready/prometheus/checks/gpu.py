"""How much the GPUs do, how evenly, and how full their memory is, over a window."""

from __future__ import annotations

import math
from collections.abc import Mapping

from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import Series
from gpuready.prometheus.check import check
from gpuready.prometheus.look import WHOLE, Look
from gpuready.prometheus.read.gpus import gpu_of, means, said_of_unseen, unseen, watching
from gpuready.prometheus.read.raw import NAMES, Raw, present, texts
from gpuready.prometheus.table import signals
from gpuready.text.say import say

# MIG slices of one GPU have its UUID and an instance of their own.  The label of its node was renamed.
_BY = "UUID, uuid, gpu_uuid, GPU_I_ID"


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
BUSY = watching(tuple(way.needs[0] for way in signals()["gpu_busy"].ways))
LOAD_LEAST = 1.0
"""Percent: below this mean there is no load that could be spread."""


async def _busy(look: Look) -> Seen:
    """Of every GPU that any exporter tells of, for as long as it was there."""
    found = await means(look, "gpu_busy")
    gpus = found.values
    least = min(gpus, key=lambda gpu: gpus[gpu])
    fields = {"value": found.mean, "least": gpus[least], "most": max(gpus.values()), "gpus": len(gpus)}
    said: Remark = ("prometheus.least_gpu", {"gpu": least, "value": f"{gpus[least]:.3g}"})
    return Seen(fields, (*found.remarks, said), {"value": found.within} if found.unseen else {})


async def _memory(look: Look) -> Seen:
    """Of every GPU that any exporter tells of; the first that does is taken."""
    shares: dict[str, float] = {}
    hidden: dict[str, float] = {}
    remarks: list[Remark] = []
    metrics: list[str] = []
    for way in await present(look, MEMORY, "prometheus_gpu.memory"):
        found = (await look.query(way.query)).series
        new = {_slice(one): 100 * one.value for one in found if math.isfinite(one.value)}
        if set(new) <= set(shares):
            continue
        shares = new | shares
        if way.needs[0] not in metrics:
            metrics.append(way.needs[0])
            remarks += await look.covered(way.needs[0], say("prometheus_gpu.memory"), look.window)
            hidden |= await unseen(look, way.needs[0])
    if not shares:
        metric = ", ".join(way.needs[0] for way in MEMORY)
        signal, window = say("prometheus_gpu.memory"), window_text(look.window)
        raise NoData("prometheus.no_samples", signal=signal, window=window, metric=metric[:200])
    least = min(shares, key=lambda gpu: shares[gpu])
    remarks.append(("prometheus_gpu.least_full", {"gpu": least, "value": f"{shares[least]:.3g}"}))
    fields = {"value": shares[least], "most": max(shares.values()), "gpus": len(shares)}
    hidden = {gpu: share for gpu, share in hidden.items() if share > 1 - WHOLE}
    if hidden:
        remarks.append(said_of_unseen(hidden))
    return Seen(fields, tuple(remarks), {"value": (0.0, shares[least])} if hidden else {})


def _slice(series: Series) -> str:
    instance = series.labels.get("GPU_I_ID", "")
    return f"{gpu_of(series)} MIG {instance}" if instance else gpu_of(series)


async def _spread(look: Look) -> Seen:
    """Max - min of the means of single GPUs: the means of nodes hide a busy GPU beside an idle one."""
    found = await means(look, "gpu_busy")
    gpus = found.values
    if len(gpus) < 2:
        raise NoData("prometheus_gpu.one_gpu")
    if found.mean < LOAD_LEAST:
        raise NoData("prometheus_gpu.no_load", value=f"{found.mean:.2g}", window=window_text(look.window))
    nodes = await _nodes(look)
    remarks = [*found.remarks, _ends("between_gpus", gpus)]
    fields = {"value": max(gpus.values()) - min(gpus.values()), "gpus": len(gpus), "nodes": len(nodes)}
    if len(nodes) > 1:
        remarks.append(_ends("between_nodes", nodes))
    return Seen(fields, tuple(remarks))


def _ends(key: str, means: Mapping[str, float]) -> Remark:
    low, high = min(means, key=lambda one: means[one]), max(means, key=lambda one: means[one])
    words = {"low": low, "least": f"{means[low]:.3g}", "high": high, "most": f"{means[high]:.3g}"}
    return f"prometheus_gpu.{key}", words


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
        queries=BUSY,
        fields={"value": "%", "least": "%", "most": "%", "gpus": "count"},
    ),
    check(
        "gpu_memory_used",
        _memory,
        queries=(*texts(MEMORY), *watching(tuple(dict.fromkeys(way.needs[0] for way in MEMORY)))),
        calls=(NAMES,),
        fields={"value": "%", "most": "%", "gpus": "count"},
    ),
    check(
        "gpu_busy_spread",
        _spread,
        asks=("gpu_busy", "node_gpu_busy"),
        queries=BUSY,
        fields={"value": "%", "gpus": "count", "nodes": "count"},
        params={"window": "24h"},
    ),
)

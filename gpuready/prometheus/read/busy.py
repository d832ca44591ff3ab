"""How busy each GPU is, and which pod holds it, as the exporters tell."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gpuready.probes.probe import NoData
from gpuready.prometheus.answer import Answer, Series, label_of
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.raw import Raw, answered, texts

GPU = "UUID, uuid, gpu_uuid"
_KEY = f"{GPU}, GPU_I_ID, exported_namespace, exported_pod, namespace, pod"
_EXPORTER = re.compile(r"(dcgm|gpu|nvidia|nvitop)[\w-]*exporter|nvidia-dcgm|dcgm-")
# The letters that Kubernetes makes names of: no vowels, so that no word comes out.
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_HASHES = re.compile(rf"(?:-[{_LETTERS}]{{6,10}})?-[{_LETTERS}]{{5}}$|-\d+$")


def _mean(metric: str) -> str:
    """The mean over the window by GPU and pod: all samples over their number, since replicas of one exporter
    tell the same twice."""
    series = f"{metric}{{$sel}}[$window]"
    return f"sum by ({_KEY}) (sum_over_time({series})) / sum by ({_KEY}) (count_over_time({series}))"


_METRICS = {
    "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO": ("DCGM exporter (profiling, names of DCGM 4.6)", 100.0),
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": ("DCGM exporter (profiling)", 100.0),
    "DCGM_FI_DEV_GPU_UTIL": ("DCGM exporter", 1.0),
    "nvidia_smi_utilization_gpu_ratio": ("nvidia_gpu_exporter", 100.0),
    "gpu_utilization_Percentage": ("nvitop-exporter", 1.0),
    "nv_gpu_utilization": ("Triton", 100.0),
}
MEANS = tuple(Raw(exporter, (metric,), _mean(metric)) for metric, (exporter, _) in _METRICS.items())
NOW = tuple(f"group by ({_KEY}) ({metric}{{$sel}})" for metric in _METRICS)
THEN = tuple(
    f"group by ({_KEY}) (last_over_time({metric}{{$sel}}[10m] offset $window))" for metric in _METRICS
)
HOURS = tuple(
    f"(sum by ({GPU}) (sum_over_time({metric}{{$sel}}[1h])) "
    f"/ sum by ({GPU}) (count_over_time({metric}{{$sel}}[1h])))"
    for metric in _METRICS
)
"""Each GPU's mean of one hour, in the metric's own scale."""
QUERIES = (*texts(MEANS), *NOW, *THEN)


@dataclass(frozen=True, slots=True)
class Held:
    """One GPU (or MIG instance): `busy` is its mean over the window in %; `owner` the workload that holds it
    now (namespace/name, empty where none is told), `throughout` when it held it at the window's start too."""

    gpu: str
    owner: str
    busy: float
    throughout: bool


def scale_of(metric: str) -> float:
    """What the metric must be taken times to be in %."""
    return _METRICS[metric][1]


def index_of(metric: str) -> int:
    return list(_METRICS).index(metric)


async def held(look: Look) -> tuple[str, tuple[Held, ...]]:
    """The metric that was read, and the GPUs that are there now; `NoData` where no exporter tells."""
    way, means = await answered(look, MEANS, "prometheus_cost.gpu_busy")
    metric = way.needs[0]
    here = _keys(await look.query(NOW[index_of(metric)]))
    before = _keys(await look.query(THEN[index_of(metric)]))
    found = [
        Held(name, owner, value * scale_of(metric), (name, owner) in before)
        for (name, owner), value in _values(means).items()
        if (name, owner) in here
    ]
    if not found:
        raise NoData("prometheus_cost.gpus_gone", metric=metric)
    return metric, tuple(found)


def owner_of(labels: Mapping[str, str]) -> str:
    """The workload that holds the GPU.  Where Prometheus keeps ``pod`` for the exporter's own, the DCGM
    exporter's label is ``exported_pod``."""
    pod, namespace = labels.get("exported_pod", ""), labels.get("exported_namespace", "")
    if not pod and "exported_namespace" not in labels:
        pod, namespace = labels.get("pod", ""), labels.get("namespace", "")
        if _EXPORTER.search(pod):
            return ""
    return f"{namespace or '-'}/{workload_of(pod)}" if pod else ""


def workload_of(pod: str) -> str:
    """The name of what made the pod: without the endings of ReplicaSets, Jobs and StatefulSets."""
    return _HASHES.sub("", pod) or pod


def gpu_name(series: Series) -> str:
    """The GPU's UUID, and the MIG instance where the series is of one."""
    name = label_of(series.labels, "UUID", "uuid", "gpu_uuid")
    instance = series.labels.get("GPU_I_ID", "")
    return f"{name} MIG {instance}" if instance else name


def _keys(answer: Answer) -> frozenset[tuple[str, str]]:
    return frozenset((gpu_name(each), owner_of(each.labels)) for each in answer.series)


def _values(answer: Answer) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for each in answer.series:
        if math.isfinite(each.value):
            key = (gpu_name(each), owner_of(each.labels))
            found[key] = max(found.get(key, 0.0), each.value)
    return found

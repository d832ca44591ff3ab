"""GPUs as series know them: which exporters tell of them, which GPU and which node a series is of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gpuready.prometheus.answer import Series, label_of

PREFIXES = ("DCGM_FI_", "nvidia_smi_")
"""How the metrics of the DCGM exporter and of nvidia_gpu_exporter begin."""
NVITOP = ("gpu_utilization_Percentage", "gpu_memory_used_MiB")
"""What nvitop-exporter calls them; its names have no prefix of their own."""

# The candidates of a label, in order: it was renamed between versions, or differs by exporter.
GPU_LABELS = ("UUID", "uuid", "GPU_UUID", "gpu_uuid")
NODE_LABELS = ("Hostname", "hostname", "node", "kubernetes_node", "nodename", "exported_instance", "instance")
NUMBER_LABELS = ("gpu", "index", "minor_number")
_BY = ", ".join((*GPU_LABELS, *NODE_LABELS, *NUMBER_LABELS, "job"))


@dataclass(frozen=True, slots=True)
class Family:
    """The metrics of one exporter by which a GPU is known; the first of each that is there is taken."""

    exporter: str
    busy: tuple[str, ...]
    memory: tuple[str, ...]

    def metrics(self, names: frozenset[str]) -> tuple[str | None, str | None]:
        """The metric of utilisation and that of memory that this site has; None for what it has not."""
        busy = next((one for one in self.busy if one in names), None)
        return busy, next((one for one in self.memory if one in names), None)


FAMILIES = (
    Family(
        "DCGM exporter",
        (
            "DCGM_FI_DEV_GPU_UTIL",
            "DCGM_FI_DEV_GPU_UTIL_RATIO",
            "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
            "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
        ),
        ("DCGM_FI_DEV_FB_USED",),
    ),
    Family("nvidia_gpu_exporter", ("nvidia_smi_utilization_gpu_ratio",), ("nvidia_smi_memory_used_bytes",)),
    Family("nvitop-exporter", ("gpu_utilization_Percentage",), ("gpu_memory_used_MiB",)),
)

SEEN = f"group by ({_BY}) (last_over_time($metric{{$sel}}[$window]))"
"""Each series of a metric that had a sample in the window."""
AGE = f"time() - max by ({_BY}) (timestamp($metric{{$sel}}))"
"""The age in seconds of the newest sample of each series that has one within Prometheus' look-back."""


_BARE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def gpu_of(series: Series) -> str:
    """The GPU's UUID; where the exporter tells none, its number and node."""
    for label in GPU_LABELS:
        if uuid := series.labels.get(label):
            # nvidia_gpu_exporter leaves off what NVML puts before it
            return f"GPU-{uuid}" if _BARE.fullmatch(uuid) else uuid
    number = next((series.labels[label] for label in NUMBER_LABELS if series.labels.get(label)), "")
    return f"{label_of(series.labels, *NODE_LABELS)} GPU {number}" if number else label_of(series.labels)


def nodes_of(series: Series) -> frozenset[str]:
    """All names that may be the node's, ports left off: which label holds it differs by set-up."""
    names = (series.labels.get(label, "") for label in NODE_LABELS)
    return frozenset(name.rpartition(":")[0] if ":" in name else name for name in names if name)


def every_metric() -> tuple[str, ...]:
    """All metrics that may be asked for, for the plan."""
    return tuple(metric for family in FAMILIES for metric in (*family.busy, *family.memory))

"""GPUs as series know them: which exporters tell of them, which GPU and which node a series is of."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData, Remark
from gpuready.prometheus.answer import Answer, Series, label_of
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.raw import listed
from gpuready.text.say import language

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
    """The metrics of one exporter by which a GPU is known."""

    exporter: str
    busy: tuple[str, ...]
    memory: tuple[str, ...]

    def metrics(self, names: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The metrics of utilisation and those of memory that this site has or had.  All of them count: GPUs
        in MIG mode have other ones, and an old name stays known for as long as its samples are kept."""
        busy, memory = ([one for one in every if one in names] for every in (self.busy, self.memory))
        return tuple(busy), tuple(memory)


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


_UUIDS = ", ".join(GPU_LABELS)
UNSEEN = (
    f"min by ({_UUIDS}) (group by ({_UUIDS}, job, instance) (last_over_time($metric{{$sel}}[$window])) "
    "* on (job, instance) group_left () (1 - avg by (job, instance) (avg_over_time(up[$window]))))"
)
"""For which share of the window no exporter of a GPU could be scraped."""
PRESENT = f"count_over_time((group by ({_UUIDS}) ($metric{{$sel}}))[$window:$step])"
"""At how many moments of the window there was a sample of a GPU."""
MOMENTS = 61
"""How many moments that are at most."""


def watching(metrics: tuple[str, ...]) -> tuple[str, ...]:
    """The queries for when GPUs were seen, as `check` wants them declared."""
    return tuple(query.replace("$metric", metric) for metric in metrics for query in (UNSEEN, PRESENT))


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


def shares_of(answer: Answer) -> dict[str, float]:
    """The finite values by GPU; of several of one GPU the greatest."""
    found: dict[str, float] = {}
    for one in answer.series:
        if math.isfinite(one.value):
            found[gpu_of(one)] = max(one.value, found.get(gpu_of(one), -math.inf))
    return found


async def unseen(look: Look, metric: str) -> dict[str, float]:
    """For which share (0 to 1) of the window a GPU of that metric was not seen, since its exporter could not
    be scraped.  One that came or went with its node is not among them: it was not there to be seen."""
    shares = shares_of(await look.query(UNSEEN.replace("$metric", metric)))
    return {gpu: share for gpu, share in shares.items() if share > 0}


def said_of_unseen(shares: Mapping[str, float]) -> Remark:
    return "prometheus_gpu.unseen", {"names": listed(f"{g} ({100 * s:.0f} %)" for g, s in shares.items())}


@dataclass(frozen=True, slots=True)
class Means:
    """The mean of each GPU over the window, in %, by whichever exporter tells of it; for how much of the
    window (0 to 1) it was `seen`, and for how much it was `unseen` though it was there."""

    values: Mapping[str, float]
    seen: Mapping[str, float]
    unseen: Mapping[str, float]
    remarks: tuple[Remark, ...]

    @property
    def mean(self) -> float:
        """Of all GPUs, each for as long as it was seen: a job of minutes weighs no more than its minutes."""
        return sum(self.values[gpu] * self.seen[gpu] for gpu in self.values) / sum(self.seen.values())

    @property
    def within(self) -> tuple[float, float]:
        """The mean, had those that were not seen then done nothing, or all that they could."""
        seen, missed = sum(self.seen.values()), sum(self.unseen.values())
        done = self.mean * seen
        return done / (seen + missed), (done + 100 * missed) / (seen + missed)


async def means(look: Look, signal: str) -> Means:
    """Every GPU's mean of a signal in %, by all exporters that tell it; `NoData` where none does."""
    await look.way(signal)
    names = await look.names()
    values: dict[str, float] = {}
    seen: dict[str, float] = {}
    hidden: dict[str, float] = {}
    remarks: list[Remark] = []
    why: NoData | None = None
    for way in look.signal(signal).ways:
        if way.cannot or not names.issuperset(way.needs):
            continue
        metric = way.needs[0]
        found = shares_of(await look.query(way.each))
        new = {gpu: value * way.scale for gpu, value in found.items() if gpu not in values}
        try:
            if not new:
                raise NoData("prometheus.no_samples", **_words(look, signal), metric=metric)
            covered = await look.covered(metric, _words(look, signal)["signal"], look.window)
        except NoData as outcome:
            why = why or outcome
            continue
        remarks += [one for one in covered if one not in remarks]
        there = shares_of(await look.query(PRESENT.replace("$metric", metric)))
        missed = await unseen(look, metric)
        values |= new
        seen |= {gpu: min(1.0, there.get(gpu, 1.0) / MOMENTS) for gpu in new}
        hidden |= {gpu: min(missed[gpu], 1 - seen[gpu]) for gpu in new if gpu in missed}
    if not values:
        assert why is not None
        raise why
    if hidden := {gpu: share for gpu, share in hidden.items() if share > 0}:
        remarks.append(said_of_unseen(hidden))
    return Means(values, seen, hidden, tuple(remarks))


def _words(look: Look, signal: str) -> dict[str, str]:
    return {"signal": look.signal(signal).words.to(language()), "window": window_text(look.window)}


def every_metric() -> tuple[str, ...]:
    """All metrics that may be asked for, for the plan."""
    return tuple(metric for family in FAMILIES for metric in (*family.busy, *family.memory))

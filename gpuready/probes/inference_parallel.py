"""How a model is split over GPUs, and whether the split fits the GPUs and the links between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes import inference_process
from gpuready.probes.deadline import Deadline
from gpuready.probes.gpu_nvml import Reading, nvml, nvml_step
from gpuready.probes.inference_identity import Identity, Kind, identify
from gpuready.probes.inference_identity import steps as identity_steps
from gpuready.probes.inference_process import Running, option, running
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Remark
from gpuready.text.safe import safe_line

SLOWEST_PATH = 30
"""NVML's topology level of a host bridge: at 40 (NODE) and 50 (SYS) the way leads through the CPU."""

UNEVEN = 20.0  # % of the mean by which the memory of the engine's GPUs may differ


_TP = ("--tensor-parallel-size", "-tp", "--tp-size", "--tp", "--num-shard")
_PP = ("--pipeline-parallel-size", "-pp", "--pp-size", "--pp")
_DP = ("--data-parallel-size", "-dp", "--dp-size", "--dp")
_FILES = ("--config", "--extra-llm-api-options", "--model-config-file")
_NAMES = {
    "tensor": "tensor_parallel_size",
    "pipeline": "pipeline_parallel_size",
    "data": "data_parallel_size",
}


@dataclass(frozen=True, slots=True)
class Split:
    """The sizes, each None where nothing tells it; `nodes` over which the engine is spread; `source` is
    what told."""

    tensor: int | None = None
    pipeline: int | None = None
    data: int | None = None
    nodes: int = 1
    source: str = ""

    @property
    def gpus(self) -> int | None:
        """How many GPUs it takes, all replicas together."""
        if self.tensor is None or self.pipeline is None or self.data is None:
            return None
        return self.tensor * self.pipeline * self.data


def told_by_engine(who: Identity) -> Split:
    """What the engine publishes: SGLang its arguments, vLLM (in development mode) its configuration."""
    info = who.info
    if "tp_size" in info:
        # with attention in data parallel the replicas share the GPUs of one tensor group
        data = 1 if info.get("enable_dp_attention") else _whole(info.get("dp_size"), 1)
        nodes = _whole(info.get("nnodes")) or 1
        return Split(_whole(info["tp_size"]), _whole(info.get("pp_size"), 1), data, nodes, "/get_server_info")
    text = str(info.get("vllm_config", ""))
    found = {ours: re.search(rf"{name}['\"]?\s*[:=]\s*(\d+)", text) for ours, name in _NAMES.items()}
    if found["tensor"] and found["pipeline"]:
        sizes = {ours: int(match[1]) for ours, match in found.items() if match}
        return Split(sizes["tensor"], sizes["pipeline"], sizes.get("data", 1), 1, "/server_info")
    return Split()


def told_by_words(words: Sequence[str], kind: Kind) -> tuple[Split, str]:
    """What the command line tells, and the file of settings that it names, if one.

    What it leaves out is the engine's documented default of 1, unless a file may say otherwise; TGI takes
    all GPUs then, which tells nothing."""
    file = option(words, *_FILES) or ""
    default = None if file or kind in (Kind.TGI, Kind.TRITON, Kind.KSERVE_V1, Kind.KSERVE_V2) else 1
    tensor, pipeline, data = (_whole(option(words, *names), default) for names in (_TP, _PP, _DP))
    if kind is Kind.TGI and tensor is not None:
        pipeline = data = 1  # it knows shards only
    nodes = _whole(option(words, "--nnodes"), 1) or 1
    return Split(tensor, pipeline, data, nodes, "command line"), file


def _whole(value: object, default: int | None = None) -> int | None:
    text = str(value) if value is not None else ""
    return int(text) if text.isdigit() and int(text) > 0 else default if value is None else None


async def _parallel(ask: Ask) -> Measurement:
    """Sizes from the engine itself, else from its command line; GPUs are those on which NVML sees its
    processes (else option ``gpus``).  `balanced` and `fits_topology` come from NVML alone."""
    time = Deadline(ask)
    who = await identify(ask.target, time.left)
    remarks: list[Remark] = list(who.remarks)
    evidence: list[Exchange] = list(who.evidence[:2])
    process: Running | None = None
    away: NoData | None = None
    try:
        process = await running(ask, time)
        evidence.append(process.exchange)
    except NoData as fault:
        away = fault
    split = told_by_engine(who)
    if split.tensor is None and process is not None:
        split, file = told_by_words(process.words, who.kind)
        if file:
            remarks.append(("probes_inference.sizes_elsewhere", {"file": safe_line(file)}))
    if split.tensor is None and split.pipeline is None:
        if away is not None:
            raise away.showing(*evidence)
        raise NoData("probes_inference.no_sizes", source=who.name).showing(*evidence)
    sizes = {
        "tensor_parallel": split.tensor,
        "pipeline_parallel": split.pipeline,
        "data_parallel": split.data,
    }
    fields: dict[str, Scalar] = {name: size for name, size in sizes.items() if size is not None}
    fields |= {"engine": who.name, "told_by": split.source}
    reading = await _gpus(ask, time, process, away, remarks)
    if reading is not None and process is not None:
        used = memory_of(reading, frozenset(process.tree))
        evidence.append(reading.table(("gpu", "memory"), [(gpu, size) for gpu, size in sorted(used.items())]))
        if used:
            fields["gpus"] = len(used)
            fields |= _balance(used)
            fields |= _topology(reading, sorted(used), split, remarks)
        else:
            remarks.append(("probes_inference.gpus_unknown", {}))
    if "gpus" not in fields and (given := _whole(ask.target.options.get("gpus"))):
        fields["gpus"] = given
        remarks.append(("probes_inference.gpus_by_option", {}))
    if split.nodes > 1:
        remarks.append(("probes_inference.many_nodes", {"nodes": split.nodes}))
    elif split.gpus is not None and "gpus" in fields:
        fields["matches_gpus"] = split.gpus == fields["gpus"]
    return Measurement(fields, f"{split.source} and NVML", tuple(evidence), tuple(remarks))


async def _gpus(
    ask: Ask, time: Deadline, process: Running | None, away: NoData | None, remarks: list[Remark]
) -> Reading | None:
    """What NVML says, where the engine's process is here; else why not, as a remark."""
    if process is None:
        if away is not None and not ask.target.options.get("gpus"):
            remarks.append((away.key, away.fields))
        return None
    try:
        return await nvml(replace(ask, limit=time.left), topology=True)
    except Outcome as fault:
        if not ask.target.options.get("gpus"):
            remarks.append((fault.key, fault.fields))
        return None


def memory_of(reading: Reading, pids: frozenset[int]) -> dict[int, int | None]:
    """The GPUs on which these processes are, with the memory that they hold there (None: not told)."""
    found: dict[int, int | None] = {}
    for gpu in reading.gpus:
        mine = [each.memory for each in gpu.processes or () if each.pid in pids]
        if mine:
            told = [size for size in mine if size is not None]
            found[gpu.index] = sum(told) if len(told) == len(mine) else None
    return found


def _balance(used: Mapping[int, int | None]) -> dict[str, Scalar]:
    sizes = [size for size in used.values() if size is not None]
    if len(sizes) != len(used) or not sum(sizes):
        return {}
    spread = 100 * (max(sizes) - min(sizes)) / (sum(sizes) / len(sizes))
    return {"memory_spread": spread, "balanced": spread <= UNEVEN}


def _topology(
    reading: Reading, used: Sequence[int], split: Split, remarks: list[Remark]
) -> dict[str, Scalar]:
    """Whether each two of the engine's GPUs have NVLink or a PCIe way past the CPU between them.

    Where a pipeline divides them into groups that are not known, slow pairs may lie between groups, which
    is as it should be: then only the good case is known."""
    pairs = {(p["one"], p["other"]): p for p in reading.pairs if p["one"] in used and p["other"] in used}
    if len(pairs) < len(used) * (len(used) - 1) // 2:
        return {}
    slow = []
    for (one, other), pair in pairs.items():
        fast = _fast(pair)
        if fast is None:
            return {}
        if not fast:
            slow.append(f"{one}-{other}")
    if not slow:
        return {"fits_topology": True}
    remarks.append(("probes_inference.slow_pairs", {"pairs": ", ".join(slow[:8])}))
    return {} if (split.pipeline or 1) > 1 or (split.data or 1) > 1 else {"fits_topology": False}


def _fast(pair: Mapping[str, Any]) -> bool | None:
    if pair.get("nvlink") == 0:  # NVML's status: 0 is yes
        return True
    path = pair.get("path")
    return None if path is None else int(path) <= SLOWEST_PATH


def _steps(ask: Ask) -> Sequence[str]:
    return (*identity_steps(ask), *inference_process.steps(ask), nvml_step(topology=True))


PARALLEL = Probe(
    name="inference.parallel",
    measure=_parallel,
    steps=_steps,
    fields={
        "tensor_parallel": "count",
        "pipeline_parallel": "count",
        "data_parallel": "count",
        "gpus": "count",
        "matches_gpus": "",
        "balanced": "",
        "memory_spread": "%",
        "fits_topology": "",
        "engine": "",
        "told_by": "",
    },
    on="engine",
    limit=30,
    privilege="root, to see another user's process",
)

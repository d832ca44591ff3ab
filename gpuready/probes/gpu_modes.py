"""How the GPUs are set: persistence, compute mode, MIG, MPS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.live.facts import Gpu
from gpuready.probes.gpu_nvml import SOURCE, Detail, names, nvml, nvml_step
from gpuready.probes.node_files import in_time, names_in, root_of, text_of
from gpuready.probes.probe import Ask, Exchange, Measurement, Probe

_COMPUTE_MODES = {0: "Default", 1: "Exclusive_Thread", 2: "Prohibited", 3: "Exclusive_Process"}
_MPS = "nvidia-cuda-mps"  # control daemon and server, cut by the kernel to 15 characters


async def _modes(ask: Ask) -> Measurement:
    reading = await nvml(ask)
    root = root_of(ask)
    gpus = [gpu for gpu in reading.gpus if gpu.lost is None]
    details = [reading.detail(gpu.index) for gpu in gpus]
    fields: dict[str, Scalar] = {"gpus": len(gpus)}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if len(gpus) < len(reading.gpus):
        remarks.append(("probes_gpu.some_lost", {"count": len(reading.gpus) - len(gpus)}))
    off = [gpu.index for gpu in gpus if gpu.persistence is False]
    # what all must be cannot be said of one that does not answer
    whole = bool(gpus) and len(gpus) == len(reading.gpus)
    if off or (whole and all(gpu.persistence for gpu in gpus)):
        fields |= {"persistence": not off, "persistence_off": names(off)}
    if off:
        remarks.append(("probes_gpu.persistence_off", {"gpus": names(off)}))
    _mig(gpus, details, whole, fields, remarks)
    _compute(gpus, fields, remarks)
    pending = [d.index for d in details if (ecc := _two(d, "ecc")) and ecc[0] != ecc[1]]
    if pending or (whole and any(_two(d, "ecc") for d in details)):
        fields["ecc_pending"] = bool(pending)
    mps = await in_time(ask, lambda: _mps(root), str(root / "proc"))
    evidence = [_table(reading.table, gpus, details)]
    if mps is not None:
        fields["mps"] = mps
        evidence.append(Exchange(f"read {root / 'proc'}/*/comm", f"{_MPS}*: {'yes' if mps else 'no'}"))
    return Measurement(fields, SOURCE, tuple(evidence), tuple(remarks))


def _mig(
    gpus: list[Gpu],
    details: list[Detail],
    whole: bool,
    fields: dict[str, Scalar],
    remarks: list[tuple[str, Mapping[str, object]]],
) -> None:
    modes = {detail.index: mode for detail in details if (mode := _two(detail, "mig"))}
    unknown = [d.index for d in details if d.index not in modes and "mig" not in d.lacks]
    pending = [index for index, mode in modes.items() if mode[0] != mode[1]]
    if pending or (whole and not unknown):
        # a GPU that has no MIG cannot have a change of it pending
        fields |= {"mig_pending": bool(pending), "mig": sum(bool(mode[0]) for mode in modes.values())}
        fields["mig_instances"] = sum(gpu.mig_instances or 0 for gpu in gpus)
    if pending:
        remarks.append(("probes_gpu.mig_pending", {"gpus": names(pending)}))
    if gpus and all("mig" in detail.lacks for detail in details):
        remarks.append(("probes_gpu.no_mig", {}))
    empty = [gpu.index for gpu in gpus if gpu.mig and gpu.mig_instances == 0]
    if empty:
        remarks.append(("probes_gpu.mig_empty", {"gpus": names(empty)}))


def _compute(
    gpus: list[Gpu], fields: dict[str, Scalar], remarks: list[tuple[str, Mapping[str, object]]]
) -> None:
    modes = Counter(_COMPUTE_MODES.get(g.compute_mode, "?") for g in gpus if g.compute_mode is not None)
    if modes:
        fields["compute_mode"] = ", ".join(f"{count} x {mode}" for mode, count in modes.most_common())
        fields["exclusive"] = modes["Exclusive_Process"] + modes["Exclusive_Thread"]
        fields["prohibited"] = modes["Prohibited"]
    if len(modes) > 1 or modes["Prohibited"]:
        remarks.append(("probes_gpu.compute_modes", {"modes": fields["compute_mode"]}))


def _two(detail: Detail, name: str) -> tuple[int, int] | None:
    """Current and pending of a mode."""
    said = detail.said.get(name)
    return (int(said[0]), int(said[1])) if isinstance(said, list) and len(said) == 2 else None


def _mps(root: Path) -> bool | None:
    pids = names_in(root / "proc")
    if pids is None:
        return None
    return any(
        (text_of(root / "proc" / pid / "comm", 64) or "").startswith(_MPS) for pid in pids if pid.isdigit()
    )


def _table(table: Any, gpus: list[Gpu], details: list[Detail]) -> Exchange:
    rows = [
        (
            gpu.index,
            {True: "on", False: "off"}.get(gpu.persistence) if gpu.persistence is not None else None,
            _COMPUTE_MODES.get(gpu.compute_mode) if gpu.compute_mode is not None else None,
            "not supported" if "mig" in detail.lacks else _two(detail, "mig"),
            gpu.mig_instances,
        )
        for gpu, detail in zip(gpus, details, strict=True)
    ]
    found: Exchange = table(("GPU", "persistence", "compute mode", "MIG now, pending", "instances"), rows)
    return found


def _modes_steps(ask: Ask) -> tuple[str, ...]:
    return nvml_step(), f"read {root_of(ask) / 'proc'}/*/comm"


PROBES = (
    Probe(
        "gpu.modes",
        _modes,
        _modes_steps,
        fields={
            "gpus": "count", "persistence": "", "persistence_off": "", "mig": "count", "mig_pending": "",
            "mig_instances": "count", "compute_mode": "", "exclusive": "count", "prohibited": "count",
            "ecc_pending": "", "mps": "",
        },
        params={"root": "/"},
    ),
)  # fmt: skip

"""The parts of `gpu.health` that concern what a GPU hangs on: PCIe, NVLink, the NVSwitch fabric."""

from __future__ import annotations

from collections.abc import Sequence

from gpuready.live.facts import Gpu
from gpuready.probes.gpu_health_parts import Finding
from gpuready.probes.gpu_nvml import Reading, names

_COMPLETED = 3
_UNHEALTHY, _LIMITED = 2, 3
_FATAL_NVLINK = ("recovery_failed",)


def of_pcie(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """Width and generation, judged only while the GPU works: at rest a link saves power by being slow.

    The generation is set against what GPU and slot can do together, so that a gen-5 card in a gen-4 machine
    is no fault.
    """
    found = Finding()
    judged, degraded, idle = [], [], []
    for gpu in gpus:
        working = [s for s in reading.over(gpu.index) if s.busy and s.pcie_width and s.pcie_gen]
        if not working or not gpu.pcie_width_max:
            idle.append(gpu.index)
            continue
        judged.append(gpu.index)
        possible = reading.detail(gpu.index).said.get("pcie_gen_possible")
        gen = max(s.pcie_gen or 0 for s in working)
        width = max(s.pcie_width or 0 for s in working)
        if width < gpu.pcie_width_max or (isinstance(possible, int) and gen < possible):
            degraded.append(gpu.index)
            words = {"gen": gen, "width": width, "gen_max": possible or "-", "width_max": gpu.pcie_width_max}
            found.blame([gpu.index], "pcie_degraded", **words)
    found.fields["pcie_judged"] = len(judged)
    if degraded or (judged and not idle):
        found.fields["pcie_degraded"] = len(degraded)
    if idle:
        found.remarks.append(("probes_gpu.pcie_idle", {"gpus": names(idle)}))
    replays = [gpu.pcie_replays for gpu in gpus if gpu.pcie_replays is not None]
    if replays:
        found.fields["pcie_replays"] = max(replays)
    return found


def of_nvlink(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """Links that are there and not active.  Cards on which not one link is active on the whole node have no
    bridge: that is no fault."""
    found = Finding()
    linked = [gpu for gpu in gpus if gpu.nvlink_total and gpu.nvlink_active is not None]
    if linked:
        found.fields["nvlink_total"] = sum(gpu.nvlink_total or 0 for gpu in linked)
    if any(gpu.nvlink_active for gpu in linked):
        inactive = {g.index: (g.nvlink_total or 0) - (g.nvlink_active or 0) for g in linked}
        found.fields["nvlink_inactive"] = sum(inactive.values())
        found.blame([i for i, n in inactive.items() if n], "nvlink_inactive", count=sum(inactive.values()))
    elif linked:
        found.remarks.append(("probes_gpu.no_bridge", {}))
    errors = {
        gpu.index: said
        for gpu in gpus
        if isinstance(said := reading.detail(gpu.index).said.get("nvlink_errors"), dict)
    }
    if errors:
        found.fields["nvlink_errors"] = sum(sum(counts.values()) for counts in errors.values())
    fatal = [i for i, counts in errors.items() if any(counts.get(name) for name in _FATAL_NVLINK)]
    found.blame(fatal, "nvlink_unrecovered")
    if errors and found.fields["nvlink_errors"] and not fatal:
        noisy = [index for index, counts in errors.items() if sum(counts.values())]
        words = {"gpus": names(noisy), "count": found.fields["nvlink_errors"]}
        found.remarks.append(("probes_gpu.nvlink_errors", words))
    return found


def of_fabric(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """Whether the fabric manager has joined the GPU to its NVSwitches; nothing is said of GPUs that have no
    fabric."""
    found = Finding()
    states = {
        gpu.index: said
        for gpu in gpus
        if isinstance(said := reading.detail(gpu.index).said.get("fabric"), dict) and said["state"]
    }
    if not states:
        return found
    apart = [i for i, one in states.items() if one["state"] != _COMPLETED or one["status"] != 0]
    ill = [i for i, one in states.items() if one.get("summary") in (_UNHEALTHY, _LIMITED) and i not in apart]
    found.fields["fabric_ok"] = not apart and not ill
    found.blame(apart, "fabric_apart")
    found.blame(ill, "fabric_unhealthy")
    return found

"""Whether the GPUs are sound: all that NVML and the kernel's log say against them."""

from __future__ import annotations

from gpuready.checklist.model import Scalar
from gpuready.probes.gpu_health_links import of_fabric, of_nvlink, of_pcie
from gpuready.probes.gpu_health_parts import Finding, of_clocks, of_firmware, of_heat, of_memory, of_recovery
from gpuready.probes.gpu_nvml import SOURCE, Reading, names, nvml, nvml_step
from gpuready.probes.gpu_xid import advice, driver_seen, xids
from gpuready.probes.kernel_log import PARAMS, kernel_log, kernel_log_steps
from gpuready.probes.node_files import root_of
from gpuready.probes.node_window import limit_of, seconds_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Remark
from gpuready.probes.xid import Kind

_PARTS = (of_memory, of_recovery, of_clocks, of_heat, of_pcie, of_nvlink, of_fabric, of_firmware)


async def _health(ask: Ask) -> Measurement:
    seconds = seconds_of(ask.params)
    reading = await nvml(ask, seconds, health=True)
    alive = [gpu for gpu in reading.gpus if gpu.lost is None]
    lost = [gpu for gpu in reading.gpus if gpu.lost is not None]
    # the count is of those that were read, never of those that there should have been
    fields: dict[str, Scalar] = {"checked": len(alive), "lost": len(lost), "seconds": seconds}
    remarks: list[Remark] = [
        ("probes_gpu.silent", {"index": gpu.index, "bus": gpu.bus_id or "-", "why": gpu.lost}) for gpu in lost
    ]
    bad = {gpu.index for gpu in lost}
    for part in _PARTS if alive else ():
        found: Finding = part(reading, alive)
        fields |= found.fields
        remarks += found.remarks
        bad |= found.bad
    if bad or not _unanswered(reading, remarks):
        fields |= {"unhealthy": len(bad), "unhealthy_gpus": names(bad)}
    evidence = [_table(reading, bad)]
    evidence += await _of_log(ask, fields, remarks)
    return Measurement(fields, f"{SOURCE}, kernel log", tuple(evidence), tuple(remarks))


def _unanswered(reading: Reading, remarks: list[Remark]) -> bool:
    """Whether NVML broke off over a question that it knows: then nobody is called sound.  A question for
    which we lack the rights is named, and its field left out."""
    failed = {name: why for detail in reading.details.values() for name, why in detail.failed.items()}
    if failed:
        remarks.append(
            ("probes_gpu.unanswered", {"what": ", ".join(f"{n} ({w})" for n, w in failed.items())})
        )
    return any(why != "no permission" for why in failed.values())


async def _of_log(ask: Ask, fields: dict[str, Scalar], remarks: list[Remark]) -> list[Exchange]:
    try:
        log = await kernel_log(Ask(ask.target, ask.params, 10.0, ask.site))
    except NoData as why:
        remarks.append((why.key, why.fields))
        return []
    except Outcome as why:
        remarks.append((why.key, why.fields))
        return list(why.evidence)
    events = xids(log)
    serious = [event for event in events if event.xid.kind is Kind.SERIOUS]
    if serious or (log.whole and driver_seen(root_of(ask), log)):
        fields["xid_serious"] = len(serious)
    remarks += [*log.remarks(), *advice(events)]
    found = "\n".join(f"{e.device} {e.xid.code} {e.xid.action} {e.text[:120]}" for e in events[-20:])
    return [Exchange(f"Xid in {log.source}", found or "none")]


def _table(reading: Reading, bad: set[int]) -> Exchange:
    rows = [
        (
            gpu.index,
            gpu.ecc_uncorrected,
            None if gpu.remap_pending is None else "pending" if gpu.remap_pending else "no",
            gpu.recovery,
            None if gpu.reasons is None else hex(gpu.reasons),
            gpu.temperature,
            None if gpu.pcie_gen is None else f"gen {gpu.pcie_gen} x{gpu.pcie_width}",
            None if gpu.nvlink_total is None else f"{gpu.nvlink_active}/{gpu.nvlink_total}",
            gpu.lost or ("look" if gpu.index in bad else "sound"),
        )
        for gpu in reading.gpus
    ]
    head = ("GPU", "ECC unc.", "remap", "recovery", "clock events", "C", "PCIe", "NVLink", "verdict")
    return reading.table(head, rows)


def _health_steps(ask: Ask) -> tuple[str, ...]:
    return nvml_step(seconds_of(ask.params), health=True), *kernel_log_steps(ask)


PROBES = (
    Probe(
        "gpu.health",
        _health,
        _health_steps,
        fields={
            "checked": "count", "lost": "count", "unhealthy": "count", "unhealthy_gpus": "", "seconds": "s",
            "ecc_uncorrected": "count", "ecc_corrected": "count", "sram_uncorrected": "count",
            "sram_threshold": "", "remap_pending": "count", "remap_failed": "count",
            "remap_uncorrected": "count", "retired_pages": "count", "retired_pending": "count",
            "recovery": "count",
            "hw_slowdown_share": "%", "sw_thermal_share": "%", "power_cap_share": "%", "slowed": "count",
            "temperature_max": "C", "temperature_margin": "C", "memory_temperature_max": "C",
            "pcie_degraded": "count", "pcie_judged": "count", "pcie_replays": "count",
            "nvlink_inactive": "count", "nvlink_total": "count", "nvlink_errors": "count",
            "fabric_ok": "",
            "vbios_versions": "count", "inforom_valid": "", "inforom_versions": "count",
            "xid_serious": "count",
        },
        params={"seconds": 10, "window": "", **PARAMS},
        limit=45.0,
        limit_for=lambda params: limit_of(params) + 10.0,
        privilege="root or the group adm (kernel log)",
    ),
)  # fmt: skip

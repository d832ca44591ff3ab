"""The parts of `gpu.health` that concern one GPU by itself.

The figures are those that NVIDIA's, Meta's (gcm) and Azure's node checks use; where a limit is the device's
own (temperature, SRAM errors) it is the device that is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gpuready.checklist.model import Scalar
from gpuready.live.facts import Gpu
from gpuready.live.reasons import reasons
from gpuready.probes.gpu_nvml import Reading, names

_CORRECTED = 50_000_000  # corrected errors since the driver was loaded: gcm's limit
_REMAPPED = 512  # rows: what Azure's check meant to test
_RETIRED = 10  # pages: gcm's limit; NVIDIA takes a card back at 64
_SUSTAINED = 60.0  # % of the samples, as gpud: six in ten
_HW_SLOWDOWN, _SW_THERMAL, _POWER_CAP = 0x08 | 0x40 | 0x80, 0x20, 0x04
_ACTIONS = {1: "reset", 2: "reboot", 3: "drain_p2p", 4: "drain_reset"}


@dataclass(slots=True)
class Finding:
    """What one part found: fields, remarks, and the GPUs that are not sound."""

    fields: dict[str, Scalar] = field(default_factory=dict)
    remarks: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)

    def blame(self, gpus: Sequence[int], key: str, **words: object) -> None:
        """Those GPUs are not sound, and the sentence says what to do."""
        if gpus:
            self.bad.update(gpus)
            self.remarks.append((f"probes_gpu.{key}", {"gpus": names(gpus), **words}))


def of_memory(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """ECC errors since the driver was loaded, rows remapped, pages retired."""
    found = Finding()
    uncorrected = {g.index: g.ecc_uncorrected for g in gpus if g.ecc_uncorrected is not None}
    corrected = {g.index: g.ecc_corrected for g in gpus if g.ecc_corrected is not None}
    if uncorrected:
        found.fields["ecc_uncorrected"] = sum(uncorrected.values())
    found.blame([i for i, n in uncorrected.items() if n], "ecc", count=sum(uncorrected.values()))
    if corrected:
        found.fields["ecc_corrected"] = max(corrected.values())
    found.blame([i for i, n in corrected.items() if n > _CORRECTED], "ecc_corrected", limit=_CORRECTED)
    if off := [g.index for g in gpus if g.ecc_mode is False]:
        found.remarks.append(("probes_gpu.ecc_off", {"gpus": names(off)}))
    _sram(reading, gpus, found)
    _remapped(reading, gpus, found)
    _retired(reading, gpus, found)
    return found


def _sram(reading: Reading, gpus: Sequence[Gpu], found: Finding) -> None:
    sram = {g.index: said for g in gpus if isinstance(said := reading.detail(g.index).said.get("sram"), dict)}
    if sram:
        found.fields["sram_uncorrected"] = sum(one["uncorrected"] for one in sram.values())
        found.fields["sram_threshold"] = any(one["threshold"] for one in sram.values())
    found.blame([index for index, one in sram.items() if one["threshold"]], "sram_threshold")


def _remapped(reading: Reading, gpus: Sequence[Gpu], found: Finding) -> None:
    rows: dict[int, list[int]] = {}
    for gpu in gpus:
        said = reading.detail(gpu.index).said.get("remapped")
        if isinstance(said, list) and len(said) == 4:
            rows[gpu.index] = said  # corrected, uncorrected, pending, failed: in NVML's order
    if not rows:
        return
    pending = [index for index, row in rows.items() if row[2]]
    failed = [index for index, row in rows.items() if row[3]]
    found.fields["remap_uncorrected"] = max(row[1] for row in rows.values())
    found.fields |= {"remap_pending": len(pending), "remap_failed": len(failed)}
    found.blame(pending, "remap_pending")
    found.blame(failed, "remap_failed")
    found.blame([index for index, row in rows.items() if row[1] > _REMAPPED], "remap_many", limit=_REMAPPED)


def _retired(reading: Reading, gpus: Sequence[Gpu], found: Finding) -> None:
    pages: dict[int, int] = {}
    pending: dict[int, bool] = {}
    for gpu in gpus:
        said = reading.detail(gpu.index).said
        if isinstance(said.get("retired"), list):
            pages[gpu.index] = sum(said["retired"])
        if isinstance(said.get("retired_pending"), bool):
            pending[gpu.index] = said["retired_pending"]
    if pages:
        found.fields["retired_pages"] = max(pages.values())
    if pending:
        found.fields["retired_pending"] = sum(pending.values())
    found.blame([index for index, count in pages.items() if count > _RETIRED], "retired", limit=_RETIRED)
    found.blame([index for index, waits in pending.items() if waits], "retired_pending")


def of_recovery(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """What the driver itself asks for: NVML's recovery action."""
    found = Finding()
    asked = {gpu.index: gpu.recovery for gpu in gpus if gpu.recovery is not None}
    if asked:
        found.fields["recovery"] = sum(action != 0 for action in asked.values())
    for action in sorted({action for action in asked.values() if action}):
        key = f"recovery_{_ACTIONS.get(action, 'other')}"
        found.blame([index for index, wanted in asked.items() if wanted == action], key)
    return found


def of_clocks(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """Which bits of the clock-event reasons were set, and in how many samples: a mask is never compared as
    a whole, because idle, power cap and slowdown may hold together."""
    found = Finding()
    shares: dict[str, dict[int, float]] = {"hw": {}, "sw": {}, "cap": {}}
    words: set[str] = set()
    for gpu in gpus:
        masks = [sample.reasons for sample in reading.over(gpu.index) if sample.reasons is not None]
        if not masks:
            continue
        for name, bits in (("hw", _HW_SLOWDOWN), ("sw", _SW_THERMAL), ("cap", _POWER_CAP)):
            shares[name][gpu.index] = 100 * sum(bool(mask & bits) for mask in masks) / len(masks)
        words |= {
            reason.key.partition("reason_")[2] for mask in masks for reason in reasons(mask & _HW_SLOWDOWN)
        }
    for name, label in (("hw", "hw_slowdown_share"), ("sw", "sw_thermal_share"), ("cap", "power_cap_share")):
        if shares[name]:
            found.fields[label] = round(max(shares[name].values()), 1)
    slowed = [index for index, share in shares["hw"].items() if share >= _SUSTAINED]
    if shares["hw"]:
        found.fields["slowed"] = len(slowed)
    found.blame(slowed, "slowed", why=", ".join(sorted(words)))
    if warm := [index for index, share in shares["sw"].items() if share >= _SUSTAINED]:
        found.remarks.append(("probes_gpu.sw_thermal", {"gpus": names(warm)}))
    return found


def of_heat(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """Temperatures against the device's own limits.  NVML's margin is not used: some H100 say 0 or less
    while they are cool."""
    found = Finding()
    hottest = {
        gpu.index: max(t for s in reading.over(gpu.index) if (t := s.temperature) is not None)
        for gpu in gpus
        if any(s.temperature is not None for s in reading.over(gpu.index))
    }
    memory = [
        s.memory_temperature for g in gpus for s in reading.over(g.index) if s.memory_temperature is not None
    ]
    if hottest:
        found.fields["temperature_max"] = max(hottest.values())
    if memory:
        found.fields["memory_temperature_max"] = max(memory)
    limits = {gpu.index: gpu.temperature_slowdown for gpu in gpus if gpu.temperature_slowdown}
    margins = {index: limits[index] - heat for index, heat in hottest.items() if index in limits}
    if margins:
        found.fields["temperature_margin"] = min(margins.values())
    found.blame([index for index, margin in margins.items() if margin <= 0], "too_hot")
    return found


def of_firmware(reading: Reading, gpus: Sequence[Gpu]) -> Finding:
    """VBIOS and InfoROM: valid, and the same on all cards of a model."""
    found = Finding()
    for name, label, key in (
        ("vbios", "vbios_versions", "vbios_differs"),
        ("inforom", "inforom_versions", "inforom_differs"),
    ):
        by_model: dict[str, set[str]] = {}
        for gpu in gpus:
            if isinstance(said := reading.detail(gpu.index).said.get(name), str):
                by_model.setdefault(gpu.name or "", set()).add(said)
        if by_model:
            found.fields[label] = max(len(versions) for versions in by_model.values())
            if found.fields[label] != 1:
                listed = ", ".join(sorted(v for versions in by_model.values() for v in versions))
                found.remarks.append((f"probes_gpu.{key}", {"versions": listed}))
    valid = {
        g.index: said
        for g in gpus
        if isinstance(said := reading.detail(g.index).said.get("inforom_valid"), bool)
    }
    if valid:
        found.fields["inforom_valid"] = all(valid.values())
    found.blame([index for index, good in valid.items() if not good], "inforom_corrupt")
    return found

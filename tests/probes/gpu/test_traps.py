"""The traps that other tools fell into, on readings that no pretended GPU gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gpuready.live.facts import Gpu, GpuProcess, GpuSample
from gpuready.probes import gpu_health
from gpuready.probes.gpu import PROBES
from gpuready.probes.gpu_cuda import cuda_in_use
from gpuready.probes.gpu_health_links import of_fabric, of_nvlink, of_pcie
from gpuready.probes.gpu_health_parts import of_clocks, of_firmware, of_heat, of_memory, of_recovery
from gpuready.probes.gpu_memory import growth_of, holding
from gpuready.probes.gpu_nvml import Detail, Reading
from gpuready.probes.probe import Broken, Measurement
from tests.probes.gpu.conftest import put
from tests.probes.run_probe import both, run_probe

_BY_NAME = {probe.name: probe for probe in PROBES}
_MIB = 2**20


def reading(*gpus: Gpu, samples: int = 1, **said: Any) -> Reading:
    """The same GPUs in every sample, each saying the same details."""
    details = {gpu.index: Detail(gpu.index, said) for gpu in gpus}
    return Reading((GpuSample(0.0, gpus),) * samples, details, (), "$ test")


# --- health ---------------------------------------------------------------------------------------------


def test_trap_row_remaps_are_read_by_name_not_by_place() -> None:
    """azurehpc looks for a fourth of three fields; gpud takes the correctable count for the other."""
    gpu = Gpu(0)
    sound = of_memory(reading(gpu, remapped=[900, 3, 0, 0]), [gpu])
    assert (sound.fields["remap_uncorrected"], sound.bad) == (3, set())
    many = of_memory(reading(gpu, remapped=[0, 513, 0, 0]), [gpu])
    assert (many.bad, [key for key, _ in many.remarks]) == ({0}, ["probes_gpu.remap_many"])
    failed = of_memory(reading(gpu, remapped=[0, 1, 0, 1]), [gpu])
    assert (failed.fields["remap_failed"], failed.bad) == (1, {0})


@pytest.mark.parametrize("mask", [0x0, 0x1, 0x2, 0x4, 0x5, 0x15, 0x100])
def test_trap_clock_events_are_bits_and_never_a_whole(mask: int) -> None:
    gpu = Gpu(0, reasons=mask)
    found = of_clocks(reading(gpu, samples=6), [gpu])
    assert (found.fields["slowed"], found.fields["hw_slowdown_share"], found.bad) == (0, 0.0, set())


@pytest.mark.parametrize("mask", [0x8, 0x40, 0x80, 0x48, 0x49, 0x84])
def test_a_hardware_slowdown_beside_other_bits_is_seen(mask: int) -> None:
    gpu = Gpu(0, reasons=mask)
    found = of_clocks(reading(gpu, samples=6), [gpu])
    assert (found.fields["slowed"], found.bad) == (1, {0})


def test_a_slowdown_that_passes_is_no_fault() -> None:
    samples = [GpuSample(0.0, (Gpu(0, reasons=0x8 if at < 5 else 0),)) for at in range(10)]
    found = of_clocks(Reading(tuple(samples), {}, (), ""), [Gpu(0)])
    assert (found.fields["hw_slowdown_share"], found.bad) == (50.0, set())


def test_trap_the_margin_of_some_h100_is_not_believed() -> None:
    gpu = Gpu(0, temperature=45, temperature_slowdown=87)
    found = of_heat(reading(gpu, margin=-3), [gpu])
    assert (found.fields["temperature_margin"], found.bad) == (42, set())


def test_trap_pcie_is_not_judged_at_rest() -> None:
    gpu = Gpu(0, busy=0, pcie_gen=1, pcie_width=16, pcie_gen_max=5, pcie_width_max=16)
    found = of_pcie(reading(gpu, pcie_gen_possible=5), [gpu])
    assert ("pcie_degraded" in found.fields, found.bad) == (False, set())
    # a gen-5 card in a gen-4 slot does what both can do together
    gpu = gpu._replace(busy=80, pcie_gen=4)
    found = of_pcie(reading(gpu, pcie_gen_possible=4), [gpu])
    assert (found.fields["pcie_degraded"], found.bad) == (0, set())


def test_cards_without_a_bridge_are_sound() -> None:
    gpu = Gpu(0, nvlink_active=0, nvlink_total=4)
    found = of_nvlink(reading(gpu), [gpu])
    assert ("nvlink_inactive" in found.fields, found.bad) == (False, set())
    noisy = of_nvlink(reading(gpu, nvlink_errors={"replay": 7}), [gpu])
    assert (noisy.fields["nvlink_errors"], noisy.bad) == (7, set())
    fatal = of_nvlink(reading(gpu, nvlink_errors={"recovery_failed": 1}), [gpu])
    assert fatal.bad == {0}


@pytest.mark.parametrize(
    ("fabric", "good"),
    [
        ({"state": 3, "status": 0, "mask": 0, "summary": 1}, True),
        ({"state": 2, "status": 0, "mask": 0, "summary": 1}, False),
        ({"state": 3, "status": 3, "mask": 0, "summary": 1}, False),
        ({"state": 3, "status": 0, "mask": 0, "summary": 2}, False),
        ({"state": 0, "status": 0, "mask": 0}, None),  # no fabric here
    ],
)
def test_fabric(fabric: dict[str, int], good: bool | None) -> None:
    gpu = Gpu(0)
    found = of_fabric(reading(gpu, fabric=fabric), [gpu])
    assert (found.fields.get("fabric_ok"), bool(found.bad)) == (good, good is False)


@pytest.mark.parametrize("action", [1, 2, 3, 4, 9])
def test_every_recovery_action_has_its_sentence(action: int) -> None:
    gpu = Gpu(0, recovery=action)
    found = of_recovery(reading(gpu), [gpu])
    assert (found.fields["recovery"], found.bad) == (1, {0})
    for key, words in found.remarks:
        both(key, **words)


def test_pages_sram_ecc_and_firmware() -> None:
    gpu = Gpu(0, name="V100", ecc_corrected=50_000_001, ecc_uncorrected=0, ecc_mode=False)
    sram = {"uncorrected": 2, "corrected": 0, "threshold": 1}
    found = of_memory(reading(gpu, retired=[8, 3], retired_pending=True, sram=sram), [gpu])
    assert (found.fields["retired_pages"], found.fields["sram_threshold"]) == (11, True)
    assert {key.partition(".")[2] for key, _ in found.remarks} == {
        "ecc_corrected", "ecc_off", "sram_threshold", "retired", "retired_pending"
    }  # fmt: skip
    firmware = of_firmware(reading(gpu, inforom_valid=False, vbios="88.00", inforom="G503"), [gpu])
    assert (firmware.fields["inforom_valid"], firmware.bad) == (False, {0})
    for key, words in (*found.remarks, *firmware.remarks):
        both(key, **words)


async def health(monkeypatch: pytest.MonkeyPatch, root: Path, given: Reading) -> Measurement:
    async def answer(*_: object, **__: object) -> Reading:
        return given

    monkeypatch.setattr(gpu_health, "nvml", answer)
    return await run_probe(_BY_NAME["gpu.health"], root=str(root), limit=10)


async def test_trap_what_was_not_read_is_not_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """fleet-intelligence-agent: "all N GPUs checked" when none was."""
    lost = tuple(Gpu(index, lost="GPU is lost") for index in range(8))
    fields = (await health(monkeypatch, tmp_path, reading(*lost))).fields
    assert (fields["checked"], fields["lost"], fields["unhealthy"]) == (0, 8, 8)
    assert not {"ecc_uncorrected", "slowed", "recovery", "temperature_max"} & set(fields)


@pytest.mark.parametrize(("why", "judged"), [("Unknown Error", False), ("no permission", True)])
async def test_trap_an_error_of_nvml_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, why: str, judged: bool
) -> None:
    """gpustack: only "not supported" may be passed over."""
    gpu = Gpu(0, ecc_uncorrected=0)
    broken = Detail(0, {}, frozenset({"retired"}), {"remapped": why})
    measured = await health(monkeypatch, tmp_path, Reading((GpuSample(0.0, (gpu,)),), {0: broken}, (), ""))
    assert ("unhealthy" in measured.fields) is judged
    assert "probes_gpu.unanswered" in [key for key, _ in measured.remarks]
    assert "xid_serious" not in measured.fields  # there was no log


# --- inventory ------------------------------------------------------------------------------------------


_MAPS = "7f00 r-xp 0 00:00 1 {path}\n"


def test_which_cuda_an_engine_has_loaded(tmp_path: Path) -> None:
    site = "/opt/v/lib/python3.12/site-packages/nvidia/cuda_runtime/lib/libcudart.so.12"
    package = "opt/v/lib/python3.12/site-packages/nvidia_cuda_runtime_cu12-12.8.90.dist-info/METADATA"
    put(tmp_path, "proc/1/maps", _MAPS.format(path="/usr/local/cuda/lib64/libcudart.so.12.4.127"))
    put(tmp_path, "proc/2/maps", _MAPS.format(path=site))
    put(tmp_path, f"proc/2/root/{package}", "")
    put(tmp_path, "proc/3/maps", _MAPS.format(path="/app/libcudart.so.11 (deleted)"))
    put(tmp_path, "proc/4/maps", _MAPS.format(path="/usr/lib/libc.so.6"))
    found = cuda_in_use(tmp_path, range(1, 6))
    assert [(use.version, use.exact) for use in found] == [("12.4", True), ("12.8", True), ("11", False)]


@pytest.mark.parametrize(
    ("runtime", "fields"),
    [
        ("libcudart.so.12.4.127", {"cuda_needed": "12.4", "cuda_supported": True}),
        ("libcudart.so.13.2.1", {"cuda_needed": "13.2", "cuda_supported": False}),
        ("libcudart.so.12", {"cuda_needed": "12", "cuda_supported": True}),
        ("libcudart.so.13", {"cuda_needed": "13"}),  # 13.0 or 13.9: nothing is proved
    ],
)
async def test_cuda_of_the_running_engine(
    pretend: Callable[..., None], tmp_path: Path, runtime: str, fields: Mapping[str, object]
) -> None:
    pretend("", PRETEND_NVML_PIDS="4711")
    put(tmp_path, "proc/4711/maps", _MAPS.format(path=f"/x/{runtime}"))
    measured = await run_probe(_BY_NAME["gpu.inventory"], root=str(tmp_path), limit=20)
    assert {k: v for k, v in measured.fields.items() if k in ("cuda_needed", "cuda_supported")} == fields


async def test_without_an_engine_cuda_is_known_but_not_judged(
    pretend: Callable[..., None], tmp_path: Path
) -> None:
    pretend("idle")
    probe = _BY_NAME["gpu.inventory"]
    measured = await run_probe(probe, root=str(tmp_path), limit=20)
    assert ("cuda_supported" in measured.fields, measured.fields["cuda"]) == (False, "13.0")
    assert [key for key, _ in measured.remarks] == ["probes_gpu.cuda_unasked"]
    minor = await run_probe(probe, root=str(tmp_path), cuda="13.1", limit=20)
    assert minor.fields["cuda_supported"] is False
    assert [key for key, _ in minor.remarks] == ["probes_gpu.cuda_minor"]
    with pytest.raises(Broken):
        await run_probe(probe, root=str(tmp_path), cuda="newest", limit=20)


async def test_models_that_differ_are_named(pretend: Callable[..., None], tmp_path: Path) -> None:
    pretend("mixed")
    measured = await run_probe(_BY_NAME["gpu.inventory"], root=str(tmp_path), limit=20)
    assert (measured.fields["models"], measured.fields["mixed"]) == (2, True)
    assert "probes_gpu.mixed" in [key for key, _ in measured.remarks]


# --- memory ---------------------------------------------------------------------------------------------


def test_a_process_that_computes_and_draws_counts_once() -> None:
    people = (
        GpuProcess(1, "python", "u", 1000 * _MIB, "C"),
        GpuProcess(1, "python", "u", 1000 * _MIB, "G"),
        GpuProcess(2, "other", "u", 500 * _MIB, "C"),
    )
    gpu = Gpu(0, memory_used=1600 * _MIB, memory_total=80_000 * _MIB, memory_reserved=0, processes=people)
    found = holding(gpu)
    assert (found.unheld, found.accounted) == (100 * _MIB, True)
    assert holding(gpu._replace(memory_used=9000 * _MIB)).accounted is False
    unknown = (*people, GpuProcess(3, "x", None, None, "C"))
    assert holding(gpu._replace(processes=unknown)).accounted is None


def test_growth_is_what_grows_all_the_time() -> None:
    leak = growth_of([100 + at for at in range(50)])
    assert leak is not None
    assert leak[1]
    load = growth_of([100 + (at % 10) * 50 for at in range(50)])
    assert load is not None
    assert not load[1]
    assert growth_of([1, 2, 3]) is None
    assert growth_of([*range(40), None]) is None


async def test_memory_that_nobody_holds(pretend: Callable[..., None], tmp_path: Path) -> None:
    pretend("ghost")
    measured = await run_probe(_BY_NAME["gpu.memory"], root=str(tmp_path), seconds=0, limit=20)
    assert (measured.fields["accounted"], measured.fields["unknown_holders"]) == (False, 8)
    # a container does not see who is outside, and accuses nobody
    put(tmp_path, ".dockerenv", "")
    measured = await run_probe(_BY_NAME["gpu.memory"], root=str(tmp_path), seconds=0, limit=20)
    assert not {"accounted", "unknown_holders"} & set(measured.fields)


# --- activity -------------------------------------------------------------------------------------------


async def test_no_work_says_nothing_of_waiting(pretend: Callable[..., None], tmp_path: Path) -> None:
    probe = _BY_NAME["gpu.activity"]
    pretend("idle")
    measured = await run_probe(probe, root=str(tmp_path), seconds=1, limit=20)
    assert "data_bound" not in measured.fields
    assert [key for key, _ in measured.remarks] == ["probes_gpu.idle"]
    pretend("starved")
    measured = await run_probe(probe, root=str(tmp_path), seconds=1, limit=20)
    assert [key for key, _ in measured.remarks] == ["probes_gpu.no_host"]
    assert "data_bound" not in measured.fields

"""Each scenario of the pretend NVML turns the probes that it should, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from gpuready.probes.gpu import PROBES
from gpuready.probes.gpu_nvml import Trouble
from gpuready.probes.probe import Ask, Measurement, NoData, NotApplicable, Probe
from tests.probes.gpu.conftest import put, put_device
from tests.probes.run_probe import both, run_probe

_BY_NAME = {probe.name: probe for probe in PROBES}
_NVML = [name for name in _BY_NAME if name not in ("gpu.xid", "gpu.oom")]
Pretend = Callable[..., None]
Bus = Callable[..., Path]


async def ask(name: str, root: Path, **params: object) -> Measurement:
    probe = _BY_NAME[name]
    given: dict[str, Any] = {
        "root": str(root),
        "seconds": {"gpu.weights": 2, "gpu.activity": 1}.get(name, 0),
    } | params
    return await run_probe(probe, limit=25, **{k: v for k, v in given.items() if k in probe.params})


def said(measured: Measurement) -> set[str]:
    return {key.partition(".")[2] for key, _ in measured.remarks}


async def test_a_sound_machine_passes_every_probe(pretend: Pretend, bus: Bus) -> None:
    pretend("")
    root = bus()
    put(
        root, "proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue\n"
    )
    health = await ask("gpu.health", root, seconds=1)
    assert (health.fields["checked"], health.fields["unhealthy"]) == (8, 0)
    assert said(health) <= {"no_kernel_log"}
    devices = await ask("gpu.devices", root)
    assert devices.fields == {
        "answering": 8, "on_bus": 8, "passed_through": 0, "missing": 0, "missing_ids": ""
    }  # fmt: skip
    modes = await ask("gpu.modes", root)
    assert (modes.fields["persistence"], modes.fields["mig_pending"], modes.fields["mps"]) == (
        True,
        False,
        False,
    )
    driver = await ask("gpu.driver", root)
    assert (driver.fields["driver"], driver.fields["cuda"]) == ("580.95.05", "13.0")
    assert driver.fields["module"] == "580.95.05"
    memory = await ask("gpu.memory", root)
    assert (memory.fields["accounted"], memory.fields["unknown_holders"]) == (True, 0)
    assert 80 < cast(float, memory.fields["used_share_min"]) < 92
    assert (await ask("gpu.weights", root)).fields["resident"] is True
    topology = await ask("gpu.topology", root)
    assert (topology.fields["pairs"], topology.fields["nvlink_active"]) == (28, 144)


@pytest.mark.parametrize(
    ("scenario", "gpu", "fields", "remarks"),
    [
        (
            "ecc", "3", {"ecc_uncorrected": 1, "ecc_corrected": 17, "remap_pending": 1, "recovery": 1},
            {"ecc", "remap_pending", "recovery_reset"},
        ),
        ("thermal", "2", {"slowed": 1, "hw_slowdown_share": 100.0}, {"slowed", "too_hot"}),
        ("pcie", "1", {"pcie_degraded": 1, "pcie_judged": 8, "pcie_replays": 412}, {"pcie_degraded"}),
        ("nvlink", "6", {"nvlink_inactive": 2, "nvlink_total": 144}, {"nvlink_inactive"}),
        ("lost", "5", {"lost": 1, "checked": 7}, {"silent"}),
        ("unknown", "5", {"lost": 1, "checked": 7}, {"silent"}),
    ],
)  # fmt: skip
async def test_what_is_ill_is_found_and_named(
    pretend: Pretend, tmp_path: Path, scenario: str, gpu: str, fields: dict[str, object], remarks: set[str]
) -> None:
    pretend(scenario)
    health = await ask("gpu.health", tmp_path)
    assert fields.items() <= health.fields.items()
    assert (health.fields["unhealthy"], health.fields["unhealthy_gpus"]) == (1, gpu)
    assert said(health) - {"no_kernel_log"} == remarks
    sound = {"ecc_uncorrected": 0, "remap_pending": 0, "slowed": 0, "pcie_degraded": 0, "nvlink_inactive": 0}
    for name, good in sound.items():
        assert name in fields or health.fields[name] == good


@pytest.mark.parametrize("scenario", ["ecc", "thermal", "pcie", "nvlink"])
async def test_what_is_ill_leaves_the_other_probes_alone(pretend: Pretend, bus: Bus, scenario: str) -> None:
    pretend(scenario)
    root = bus()
    assert (await ask("gpu.devices", root)).fields["missing"] == 0
    assert (await ask("gpu.modes", root)).fields["persistence"] is True
    assert (await ask("gpu.inventory", root, cuda="12.4")).fields["cuda_supported"] is True


async def test_a_lost_gpu_is_missing_by_its_bus_id(pretend: Pretend, bus: Bus) -> None:
    pretend("lost")
    root = bus()
    devices = await ask("gpu.devices", root)
    assert (devices.fields["answering"], devices.fields["missing"]) == (7, 1)
    assert devices.fields["missing_ids"] == "0000:c3:00"
    inventory = await ask("gpu.inventory", root)
    assert (inventory.fields["gpus"], inventory.fields["lost"]) == (7, 1)
    # what all must be is not said while one is silent
    assert "persistence" not in (await ask("gpu.modes", root)).fields
    memory = await ask("gpu.memory", root)
    assert not {"accounted", "used_share_min", "unknown_holders"} & set(memory.fields)
    assert "resident" not in (await ask("gpu.weights", root)).fields


async def test_a_gpu_that_nvml_does_not_know_is_missing(pretend: Pretend, bus: Bus) -> None:
    pretend("count=6")
    devices = await ask("gpu.devices", bus())
    assert (devices.fields["answering"], devices.fields["missing"]) == (6, 2)
    assert devices.fields["missing_ids"] == "0000:d1:00, 0000:df:00"
    assert said(devices) == {"missing"}


async def test_gpus_of_virtual_machines_are_not_missed(pretend: Pretend, bus: Bus) -> None:
    pretend("count=7")
    root = bus(bdf="vfio-pci")
    (put_device(root, "0000:1b:00.4", "0x10de", "0x030200") / "physfn").mkdir()
    devices = await ask("gpu.devices", root)
    assert (devices.fields["missing"], devices.fields["passed_through"]) == (0, 1)
    assert said(devices) == {"passed_through"}


async def test_a_container_is_not_blamed_for_gpus_it_was_not_given(pretend: Pretend, bus: Bus) -> None:
    pretend("count=2")
    root = bus()
    put(root, ".dockerenv", "")
    devices = await ask("gpu.devices", root)
    assert "missing" not in devices.fields
    assert said(devices) == {"in_container"}


async def test_hung_driver_costs_a_verdict_only(pretend: Pretend, tmp_path: Path) -> None:
    pretend("hung", PRETEND_NVML_HANG_AFTER="0")

    async def outcome(probe: Probe) -> str:
        params = {**probe.params} | ({"root": str(tmp_path)} if "root" in probe.params else {})
        params |= {"seconds": 2} if "seconds" in params else {}
        with pytest.raises(NoData) as why:
            await probe.measure(Ask(params=params, limit=5.0))
        assert "does not answer" in both(why.value.key, **why.value.fields)
        return why.value.key

    keys = await asyncio.gather(*(outcome(_BY_NAME[name]) for name in _NVML))
    assert set(keys) == {"probes_gpu.hung"}
    left = [child for child in psutil.Process().children(recursive=True) if "gpu_child" in _words(child)]
    assert left == []


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.mark.parametrize("scenario", ["no_driver", "version_mismatch", "no_gpu"])
async def test_trap_no_nvml_is_unknown_and_never_healthy(
    pretend: Pretend, tmp_path: Path, scenario: str
) -> None:
    pretend(scenario)

    async def outcome(name: str) -> str:
        with pytest.raises(Trouble) as why:
            await ask(name, tmp_path)
        both(why.value.key, **why.value.fields)
        return why.value.trouble

    others = [name for name in _NVML if name != "gpu.devices"]
    assert set(await asyncio.gather(*map(outcome, others))) == {scenario}
    with pytest.raises(NoData):  # without a bus to compare with, it knows no more than they
        await ask("gpu.devices", tmp_path)


@pytest.mark.parametrize("scenario", ["no_driver", "version_mismatch", "no_gpu"])
async def test_gpus_on_the_bus_without_a_driver_are_missing(
    pretend: Pretend, bus: Bus, scenario: str
) -> None:
    pretend(scenario)
    devices = await ask("gpu.devices", bus())
    assert (devices.fields["answering"], devices.fields["missing"]) == (0, 8)
    assert said(devices) == {scenario, "missing"}


async def test_no_rights_say_nothing_of_the_gpus(pretend: Pretend, bus: Bus) -> None:
    pretend("no_permission")
    with pytest.raises(Trouble):
        await ask("gpu.devices", bus())


async def test_mig(pretend: Pretend, tmp_path: Path) -> None:
    pretend("mig")
    modes = await ask("gpu.modes", tmp_path)
    assert (modes.fields["mig"], modes.fields["mig_instances"]) == (1, 3)
    assert modes.fields["mig_pending"] is False
    assert (await ask("gpu.activity", tmp_path)).fields["gpus"] == 7  # the eighth tells no utilisation
    health = await ask("gpu.health", tmp_path)
    assert health.fields["unhealthy"] == 0
    assert "pcie_idle" in said(health)
    assert "pcie_degraded" not in health.fields

    pretend("mig_pending")
    modes = await ask("gpu.modes", tmp_path)
    assert modes.fields["mig_pending"] is True
    assert said(modes) == {"mig_pending"}


async def test_gb10_leaves_out_what_it_lacks(pretend: Pretend, tmp_path: Path) -> None:
    pretend("gb10")
    memory = await ask("gpu.memory", tmp_path)
    assert not {"used_share_min", "accounted", "unheld"} & set(memory.fields)
    assert {"memory_unknown", "processes_hidden"} <= said(memory)
    assert "resident" not in (await ask("gpu.weights", tmp_path)).fields
    health = await ask("gpu.health", tmp_path)
    assert health.fields["unhealthy"] == 0
    assert not {"ecc_uncorrected", "remap_pending", "recovery", "nvlink_total", "temperature_margin"} & set(
        health.fields
    )
    modes = await ask("gpu.modes", tmp_path)
    assert (modes.fields["mig_pending"], said(modes)) == (False, {"no_mig"})
    with pytest.raises(NotApplicable):
        await ask("gpu.topology", tmp_path)


async def test_pascal_with_an_old_driver(pretend: Pretend, tmp_path: Path) -> None:
    pretend("pascal")
    driver = await ask("gpu.driver", tmp_path)
    assert (driver.fields["driver"], driver.fields["maintained"]) == ("470.256.02", False)
    assert said(driver) == {"branch_over"}
    modes = await ask("gpu.modes", tmp_path)
    assert (modes.fields["persistence"], modes.fields["persistence_off"]) == (False, "0")
    inventory = await ask("gpu.inventory", tmp_path, cuda="12.4")
    assert (inventory.fields["cuda_supported"], inventory.fields["capability"]) == (False, "6.1")
    memory = await ask("gpu.memory", tmp_path)
    assert memory.fields["accounted"] is True


@pytest.mark.parametrize(
    ("scenario", "fields", "gpu", "remark"),
    [
        ("sram", {"sram_threshold": True}, "2", "sram_threshold"),
        ("fabric", {"fabric_ok": False}, "1", "fabric_apart"),
        ("inforom", {"inforom_valid": False, "vbios_versions": 2}, "5", "inforom_corrupt"),
        ("retired,pascal", {"retired_pages": 12, "retired_pending": 1}, "0", "retired"),
        ("noisy", {"nvlink_errors": 9}, "", "nvlink_errors"),
        ("no_bridge", {"nvlink_total": 144}, "", "no_bridge"),
    ],
)
async def test_what_only_gpu_health_asks(
    pretend: Pretend, tmp_path: Path, scenario: str, fields: dict[str, object], gpu: str, remark: str
) -> None:
    """These answers come as structures from the real binding, which crashes when they are passed wrongly."""
    pretend(scenario)
    health = await ask("gpu.health", tmp_path, seconds=0)
    assert fields.items() <= health.fields.items()
    assert health.fields["unhealthy_gpus"] == gpu
    assert remark in said(health)


async def test_trap_a_question_that_nvml_breaks_off_leaves_nobody_sound(
    pretend: Pretend, tmp_path: Path
) -> None:
    pretend("sick")
    health = await ask("gpu.health", tmp_path, seconds=0)
    assert "unhealthy" not in health.fields
    assert "unanswered" in said(health)


async def test_ways_between_the_gpus(pretend: Pretend, tmp_path: Path) -> None:
    pretend("two_sockets")
    topology = await ask("gpu.topology", tmp_path)
    assert (topology.fields["worst_path"], topology.fields["cross_socket"]) == ("SYS", 16)
    assert (topology.fields["nvlink_pairs"], topology.fields["nvlink_everywhere"]) == (0, False)
    assert said(topology) == {"slow_pairs"}
    pretend("")
    topology = await ask("gpu.topology", tmp_path)
    assert (topology.fields["nvlink_everywhere"], topology.fields["p2p_pairs"]) == (True, 28)

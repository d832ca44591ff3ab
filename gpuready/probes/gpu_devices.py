"""Every GPU that the PCI bus shows, and whether NVML can talk to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.live.facts import Gpu
from gpuready.probes.gpu_nvml import SOURCE, Reading, Trouble, columns, gib, nvml, nvml_step
from gpuready.probes.node_files import in_time, names_in, root_of, text_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe
from gpuready.probes.xid import bus_id
from gpuready.text.redact import redact

_NVIDIA = "0x10de"
_DISPLAY = ("0x0300", "0x0302")  # VGA controller, 3D controller


@dataclass(frozen=True, slots=True)
class OnBus:
    """A GPU on the PCI bus; `driver` is what the kernel has bound to it."""

    bus_id: str
    driver: str | None


def on_bus(root: Path) -> tuple[OnBus, ...] | None:
    """The NVIDIA GPUs in /sys/bus/pci/devices, without the virtual functions that a hypervisor hands out;
    None when there is no PCI bus to be seen."""
    folder = root / "sys/bus/pci/devices"
    names = names_in(folder)
    if names is None:
        return None
    found = []
    for name in names:
        device = folder / name
        if text_of(device / "vendor", 16) != _NVIDIA or (device / "physfn").exists():
            continue
        if (text_of(device / "class", 16) or "").startswith(_DISPLAY):
            driver = device / "driver"
            found.append(OnBus(bus_id(name), driver.resolve().name if driver.exists() else None))
    return tuple(found)


def in_container(root: Path) -> bool:
    """Whether this program runs in a container, which sees the whole bus but not every GPU."""
    marks = (root / ".dockerenv", root / "run/.containerenv")
    return any(mark.exists() for mark in marks) or bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


def _answers(gpu: Gpu) -> bool:
    """Name and temperature, and memory where it has its own (a GB10 shares the host's)."""
    return gpu.lost is None and gpu.name is not None and gpu.temperature is not None


async def _devices(ask: Ask) -> Measurement:
    root = root_of(ask)
    bus = await in_time(ask, lambda: on_bus(root), str(root / "sys/bus/pci/devices"))
    inside = in_container(root)
    reading: Reading | None = None
    trouble: Trouble | None = None
    try:
        reading = await nvml(ask)
    except Trouble as why:
        trouble = why
        # without rights, or in a container that was given none, nothing is said of the GPUs themselves
        if why.trouble == "no_permission" or (inside and why.trouble in ("no_library", "no_gpu")):
            raise
        if not bus and (bus is None or why.trouble == "no_library"):
            raise NoData("probes_gpu.no_gpu_here", why=str(why)).showing(*_bus_evidence(root, bus)) from None
    gpus = reading.gpus if reading else ()
    good = {bus_id(gpu.bus_id) for gpu in gpus if _answers(gpu) and gpu.bus_id}
    fields: dict[str, Scalar] = {"answering": sum(map(_answers, gpus))}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if trouble:
        remarks.append((trouble.key, trouble.fields))
    remarks += [
        ("probes_gpu.silent", {"index": gpu.index, "bus": gpu.bus_id or "-", "why": gpu.lost or "-"})
        for gpu in gpus
        if not _answers(gpu)
    ]
    if bus is None:
        remarks.append(("probes_gpu.no_bus", {}))
    else:
        ours = [device for device in bus if device.driver != "vfio-pci"]
        missing = sorted(device.bus_id for device in ours if device.bus_id not in good)
        # a GPU that NVML lists and that does not answer is missing too, whatever the bus says by now
        known = {device.bus_id for device in bus}
        missing += sorted(
            bus_id(g.bus_id) for g in gpus if g.bus_id and not _answers(g) and bus_id(g.bus_id) not in known
        )
        fields |= {"on_bus": len(ours), "passed_through": len(bus) - len(ours)}
        unseen = [one for one in missing if one not in {bus_id(g.bus_id or "") for g in gpus}]
        if inside and unseen:
            remarks.append(("probes_gpu.in_container", {"count": len(unseen)}))
        else:
            fields |= {"missing": len(missing), "missing_ids": ", ".join(missing)}
            if missing:
                remarks.append(("probes_gpu.missing", {"ids": ", ".join(missing)}))
        if fields["passed_through"]:
            remarks.append(("probes_gpu.passed_through", {"count": fields["passed_through"]}))
    return Measurement(
        fields, f"{SOURCE}, PCI bus", (*_evidence(reading), *_bus_evidence(root, bus)), tuple(remarks)
    )


def _evidence(reading: Reading | None) -> tuple[Exchange, ...]:
    if reading is None:
        return ()
    rows = [
        (g.index, g.bus_id, g.name, gib(g.memory_total), g.temperature, g.lost or "answers")
        for g in reading.gpus
    ]
    return (reading.table(("GPU", "bus id", "model", "memory", "C", "state"), rows),)


def _bus_evidence(root: Path, bus: tuple[OnBus, ...] | None) -> tuple[Exchange, ...]:
    if bus is None:
        return ()
    rows = [(device.bus_id, device.driver) for device in bus]
    found = columns(("bus id", "driver"), rows) if rows else "no NVIDIA display or 3D controller"
    return (Exchange(f"read {root / 'sys/bus/pci/devices'}/*/{{vendor,class,driver}}", redact(found)),)


def _devices_steps(ask: Ask) -> tuple[str, ...]:
    return f"read {root_of(ask) / 'sys/bus/pci/devices'}/*/{{vendor,class,driver}}", nvml_step()


PROBES = (
    Probe(
        "gpu.devices",
        _devices,
        _devices_steps,
        fields={
            "on_bus": "count", "answering": "count", "missing": "count", "missing_ids": "",
            "passed_through": "count",
        },
        params={"root": "/"},
    ),
)  # fmt: skip

"""GPUs in containers: the smoke run, and the count of what a container sees."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.command import run
from gpuready.probes.container_run import Order, Ran, blames_gpus, run_once, steps, sweep
from gpuready.probes.container_toolkit import cdi_devices
from gpuready.probes.engine_api import (
    INFO,
    VERSION,
    Engine,
    engine_of,
    part,
    plan,
)
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark, Safety
from gpuready.text.safe import safe_line

SOURCE = "Docker Engine API"
IMAGE = "nvidia/cuda:11.8.0-base-ubuntu22.04"
DRIVER_ROOT = Path("/run/nvidia/driver")  # where the GPU Operator's driver container keeps the driver
GPU_LINE = re.compile(r"^GPU \d+: .*\(UUID: (GPU-[\w-]+)\)", re.M)
_BLIND = re.compile(r"(?i)nvml|nvidia-smi has failed|no devices")


def _options(ask: Ask) -> Mapping[str, str]:
    """The options of the container engine among the session's targets."""
    engines = (t for t in (ask.target, *ask.site) if t.kind == "engine" and t.address.startswith("unix://"))
    return next((t.options for t in engines), {})


def _image(ask: Ask) -> str:
    """The image that the site's engine names (option ``image``), else the checklist's."""
    return _options(ask).get("image") or str(ask.params["image"])


def _devices(ask: Ask, which: str) -> dict[str, object]:
    """The request for GPUs: as ``--gpus`` makes it or, where the engine's target has the option
    ``gpus=cdi``, by the names of CDI devices."""
    if _options(ask).get("gpus") == "cdi":
        return {"Driver": "cdi", "DeviceIDs": [f"nvidia.com/gpu={which}"]}
    request: dict[str, object] = {"Driver": "", "Capabilities": [["gpu"]]}
    return request | ({"Count": -1} if which == "all" else {"DeviceIDs": [which]})


async def _fit(ask: Ask, engine: Engine) -> None:
    """Podman's socket drops requests made as by ``--gpus`` and starts the container without a GPU: what that
    shows would be true of the request only."""
    version = await engine.table(VERSION)
    parts = version.get("Components")
    names = [str(part(p, "Name")) for p in parts] if isinstance(parts, list) else []
    if "Podman Engine" in names and _options(ask).get("gpus") != "cdi":
        raise NoData("probes_container.podman_gpus")


def _smoke_order(ask: Ask) -> Order:
    command = ask.params["command"]
    argv = tuple(map(str, command)) if isinstance(command, list | tuple) and command else ("nvidia-smi",)
    return Order("smoke", _image(ask), argv, _devices(ask, "all"))


def _smoke_steps(ask: Ask) -> Sequence[str]:
    return plan(ask, (VERSION, *steps((_smoke_order(ask),))))


async def _smoke(ask: Ask) -> Measurement:
    async with engine_of(ask) as engine:
        await _fit(ask, engine)
        swept = await sweep(engine)
        ran = await run_once(ask, engine, _smoke_order(ask), ask.limit * 0.8)
        evidence = tuple(engine.evidence)
    fields: dict[str, Scalar] = {
        "exit_code": ran.code,
        "started": not ran.refused,
        "took": ran.seconds,
        "image": ran.image,
        "said": first_line(ran.out),
    }
    return Measurement(fields, SOURCE, evidence, (*_refusal(ran), *_swept(swept)))


def _refusal(ran: Ran) -> tuple[Remark, ...]:
    if not ran.refused:
        return ()
    key = "gpu_refused" if blames_gpus(ran) else "start_refused"
    return ((f"probes_container.{key}", {"code": ran.code, "message": ran.refused}),)


def _swept(names: list[str]) -> tuple[Remark, ...]:
    return (("probes_container.swept", {"names": ", ".join(names)}),) if names else ()


def first_line(text: str) -> str:
    return next((safe_line(line.strip())[:200] for line in text.splitlines() if line.strip()), "")


def _gpus_orders(ask: Ask) -> tuple[Order, Order]:
    image = _image(ask)
    return (
        Order("all", image, ("nvidia-smi", "-L"), _devices(ask, "all")),
        Order("one", image, ("nvidia-smi", "-L"), _devices(ask, "0")),
    )


def host_command() -> list[str]:
    """``nvidia-smi -L`` of this machine, in the driver container's root where only that has it."""
    if shutil.which("nvidia-smi") is None and (DRIVER_ROOT / "usr/bin/nvidia-smi").exists():
        return ["chroot", str(DRIVER_ROOT), "nvidia-smi", "-L"]
    return ["nvidia-smi", "-L"]


async def host_gpus(ask: Ask) -> tuple[set[str], Exchange]:
    """The GPUs of this machine by UUID; `NoData` when it shows none: no count could be missed then."""
    done = await run(host_command(), limit=min(10.0, ask.limit / 3))
    found = set(GPU_LINE.findall(done.out))
    if not found:
        said = first_line(done.out + "\n" + done.err)
        raise NoData("probes_container.no_host_gpus", code=done.code, said=said).showing(done.exchange)
    return found, done.exchange


def _gpus_steps(ask: Ask) -> Sequence[str]:
    return f"$ {shlex.join(host_command())}", *plan(ask, (VERSION, INFO, *steps(_gpus_orders(ask))))


async def _gpus(ask: Ask) -> Measurement:
    host, exchange = await host_gpus(ask)
    remarks: list[Remark] = []
    seen: list[set[str]] = []
    async with engine_of(ask) as engine:
        await _fit(ask, engine)
        info = await engine.table(INFO)
        swept = await sweep(engine)
        for order in _gpus_orders(ask):
            ran = await run_once(ask, engine, order, ask.limit * 0.4)
            seen.append(_seen(ran, engine, order))
            remarks += [r for r in _refusal(ran) if r not in remarks]
        evidence = (exchange, *engine.evidence)
    everything, single = seen
    fields: dict[str, Scalar] = {
        "host": len(host),
        "visible": len(everything),
        "missing": len(host - everything),
        "single_visible": len(single),
    }
    if "DiscoveredDevices" in info:
        fields["cdi_devices"] = len(cdi_devices(info))
    if host - everything and everything:
        remarks.append(("probes_container.gpus_missing", {"uuids": ", ".join(sorted(host - everything))}))
    return Measurement(fields, f"nvidia-smi, {SOURCE}", evidence, (*remarks, *_swept(swept)))


def _seen(ran: Ran, engine: Engine, order: Order) -> set[str]:
    """The GPUs that the container saw, by UUID.  None at all only when that is what was found: the engine
    refused to give them, or nvidia-smi said so."""
    if blames_gpus(ran):
        return set()
    if ran.refused:
        key = "no_smi" if ran.code == 127 else "start_refused"
        fault = NoData(f"probes_container.{key}", image=order.image, code=ran.code, message=ran.refused)
        raise fault.showing(*engine.evidence)
    return listed(ran.code, ran.out, engine)


def listed(code: int, out: str, engine: Engine) -> set[str]:
    found = set(GPU_LINE.findall(out))
    if not found and not _BLIND.search(out):
        raise NoData("probes_container.odd_smi", code=code, said=first_line(out)).showing(*engine.evidence)
    return found


SMOKE = Probe(
    name="container.smoke",
    measure=_smoke,
    steps=_smoke_steps,
    fields={"exit_code": "", "started": "", "took": "s", "image": "", "said": ""},
    params={"image": IMAGE, "command": ["nvidia-smi"]},
    safety=Safety.LIGHT,
    limit=60.0,
    lane="gpu",
    privilege="the docker group",
)
"""Runs one container with all GPUs, without network, and removes it.

``exit_code`` is what ``docker run`` would exit with: the program's own, or 125 when the engine refused to
start the container ('could not select device driver "" with capabilities: [[gpu]]'), 126 when the program
cannot be executed, 127 when the image has none of that name.  An image that is not on this machine is no
data: nothing is pulled.
"""

GPUS = Probe(
    name="container.gpus",
    measure=_gpus,
    steps=_gpus_steps,
    fields={
        "host": "count",
        "visible": "count",
        "missing": "count",
        "single_visible": "count",
        "cdi_devices": "count",
    },
    params={"image": IMAGE},
    safety=Safety.LIGHT,
    limit=60.0,
    lane="gpu",
    privilege="the docker group",
)
"""Compares the GPUs of this machine (nvidia-smi -L, by UUID) with those in a container that was given all of
them (``visible``, ``missing``), and counts those in a container that was given GPU 0 (``single_visible``).
A machine that shows no GPU itself is no data, never "none missing"."""

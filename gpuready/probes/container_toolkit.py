"""The NVIDIA Container Toolkit: is it on this machine, and does the engine know of it?"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes import container_containerd
from gpuready.probes.command import run
from gpuready.probes.engine_api import INFO, engine_of, part, pick, plan
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Remark

TOOLS = ("nvidia-ctk", "nvidia-container-cli")
# Where the GPU Operator's toolkit container puts them on the host: outside of PATH.
FOLDERS = (Path("/usr/local/nvidia/toolkit"), Path("/run/nvidia/toolkit"))
# In a container of its own, gpuready sees neither the host's PATH nor its files.
INSIDE = (Path("/.dockerenv"), Path("/run/.containerenv"))


def _commands() -> list[list[str]]:
    """The version command of each tool, at its place where it is installed and by its name where not."""
    return [[_place(tool), "--version"] for tool in TOOLS]


def _place(tool: str) -> str:
    places = [shutil.which(tool), *(str(f / tool) for f in FOLDERS if (f / tool).is_file())]
    return next((place for place in places if place), tool)


def _steps(ask: Ask) -> Sequence[str]:
    commands = (f"$ {shlex.join(argv)}" for argv in _commands())
    return *commands, *plan(ask, (INFO,)), *container_containerd.paths()


async def _toolkit(ask: Ask) -> Measurement:
    fields: dict[str, Scalar] = {}
    remarks: list[Remark] = []
    evidence: list[Exchange] = []
    found = [tool for tool in TOOLS if shutil.which(_place(tool))]
    broken: list[str] = []
    for tool, argv in zip(TOOLS, _commands(), strict=True):
        if tool not in found:
            evidence.append(
                Exchange(f"$ {shlex.join(argv)}", "not found on PATH, nor where the GPU Operator puts it")
            )
            continue
        try:
            done = await run(argv, limit=min(5.0, ask.limit / 3))
        except Outcome as outcome:
            broken.append(f"{tool}: {outcome}")
            continue
        evidence.append(done.exchange)
        version = re.search(r"\d+\.\d+(?:\.\d+)*", done.out)
        if done.code == 0 and version:
            fields[tool.replace("nvidia-", "").replace("-", "_")] = version[0]
        else:
            broken.append(f"{tool}: exit {done.code}")
    if len(fields):
        fields["installed"] = True
    elif broken:
        remarks.append(("probes_container.toolkit_broken", {"tools": ", ".join(broken)}))
    elif any(path.exists() for path in INSIDE):
        remarks.append(("probes_container.toolkit_inside", {}))
    else:
        fields["installed"] = False
    registered, more, seen, said = await _registered(ask)
    fields |= registered
    return Measurement(
        fields, "PATH, Docker Engine API, containerd", (*evidence, *seen), (*remarks, *more, *said)
    )


async def _registered(ask: Ask) -> tuple[dict[str, Scalar], list[Remark], list[Exchange], list[Remark]]:
    """What the engine knows of NVIDIA; where no engine has a socket, what containerd's files say."""
    here = container_containerd.look()
    evidence = list(here.evidence)
    try:
        async with engine_of(ask, ask.limit / 3) as engine:
            info = await engine.table(INFO)
            engine.note(INFO, pick(info, "Runtimes", "DefaultRuntime", "CDISpecDirs", "DiscoveredDevices"))
            evidence = [*engine.evidence, *evidence]
    except NoData as outcome:
        evidence.append(Exchange("Docker Engine API", str(outcome)))
        if outcome.key == "probes_container.no_engine" and here.serves_gpus is not None:
            # Neither Docker nor Podman, but a containerd that is set up: a Kubernetes node's engine.
            fields: dict[str, Scalar] = {"registered": here.serves_gpus, "runtimes": ", ".join(here.nvidia)}
            return fields, [("probes_container.only_containerd", {})], evidence, list(here.remarks)
        return {}, [(outcome.key, outcome.fields)], evidence, []
    runtimes = nvidia_runtimes(info)
    devices = cdi_devices(info)
    fields = {
        "runtimes": ", ".join(runtimes),
        "cdi_devices": len(devices),
        "cdi_specs": ", ".join(here.cdi_specs),
    }
    if isinstance(part(info, "Runtimes"), dict):
        fields["registered"] = bool(runtimes or devices or (_reads_cdi(info) and here.cdi_specs))
    return fields, [], evidence, []


def nvidia_runtimes(info: Mapping[str, Any]) -> list[str]:
    """The names of the engine's runtimes that are NVIDIA's, by name or by program (``/info``)."""
    runtimes = part(info, "Runtimes")
    if not isinstance(runtimes, dict):
        return []
    return sorted(n for n, r in runtimes.items() if "nvidia" in n or "nvidia" in str(part(r, "path") or ""))


def cdi_devices(info: Mapping[str, Any]) -> list[str]:
    """NVIDIA's CDI devices that the engine discovered (``/info`` of Docker 28.3 and newer)."""
    devices = part(info, "DiscoveredDevices")
    names = [str(part(one, "ID")) for one in devices] if isinstance(devices, list) else []
    return [name for name in names if name.startswith("nvidia.com/gpu=")]


def _reads_cdi(info: Mapping[str, Any]) -> bool:
    """Whether the engine takes CDI devices: Docker says so by naming its folders (25 and newer); Podman has
    done so since 4.1 and does not say."""
    folders = part(info, "CDISpecDirs")
    return bool(folders) if folders is not None else "buildahVersion" in info or "BuildahVersion" in info


TOOLKIT = Probe(
    name="container.toolkit",
    measure=_toolkit,
    steps=_steps,
    fields={
        "installed": "",
        "registered": "",
        "ctk": "version",
        "container_cli": "version",
        "runtimes": "",
        "cdi_devices": "count",
        "cdi_specs": "",
    },
    limit=15.0,
    privilege="the docker group",
)
"""Whether nvidia-ctk or nvidia-container-cli runs here, and whether the engine has an NVIDIA runtime or CDI.

Without Docker or Podman ``registered`` is what containerd's configuration says.  ``installed`` is left out
inside a container, where the host's PATH cannot be seen, and when a tool is there but does not run.
"""

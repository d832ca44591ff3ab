"""Container engines: what runs containers here, and the containers that it has.

The family's other probes are in ``container_*.py``; all of them are listed in `PROBES` below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes import (
    container_containerd,
    container_gpus,
    container_image,
    container_logs,
    container_start,
    container_state,
    container_toolkit,
    container_visible,
)
from gpuready.probes.engine_api import INFO, VERSION, Call, engine_of, part, pick, plan
from gpuready.probes.probe import Ask, Measurement, Probe

SOURCE = "Docker Engine API"
ALL = Call("GET", "/containers/json", {"all": "1"})


def _engine_steps(ask: Ask) -> Sequence[str]:
    return *plan(ask, (VERSION, INFO)), *container_containerd.paths()


async def _engine(ask: Ask) -> Measurement:
    async with engine_of(ask) as engine:
        version = await engine.table(VERSION)
        engine.note(VERSION, pick(version, "Version", "ApiVersion", "Components"))
        info = await engine.table(INFO)
        engine.note(
            INFO,
            pick(
                info,
                "DefaultRuntime",
                "Runtimes",
                "CgroupDriver",
                "CgroupVersion",
                "Driver",
                "LiveRestoreEnabled",
                "LoggingDriver",
                "CDISpecDirs",
                "Warnings",
            ),
        )
        here = container_containerd.look()
        evidence = (*engine.evidence, *here.evidence)
    versions = _versions(version)
    fields: dict[str, Scalar] = {}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if "Podman Engine" in versions:
        fields["podman"] = versions["Podman Engine"]
        remarks.append(("probes_container.podman", {"version": versions["Podman Engine"]}))
    else:
        fields |= _text("docker", versions.get("Engine") or part(version, "Version"))
    fields |= _text("containerd", versions.get("containerd"))
    fields |= _text("api", part(version, "ApiVersion"))
    runtimes, default = part(info, "Runtimes"), part(info, "DefaultRuntime")
    if isinstance(runtimes, dict):
        fields["runtimes"] = ", ".join(sorted(map(str, runtimes)))
    for name, path in (
        ("default_runtime", "DefaultRuntime"),
        ("cgroup_driver", "CgroupDriver"),
        ("storage_driver", "Driver"),
        ("log_driver", "LoggingDriver"),
    ):
        fields |= _text(name, part(info, path))
    if isinstance(part(info, "LiveRestoreEnabled"), bool):
        fields["live_restore"] = info["LiveRestoreEnabled"]
    configured: bool | None = None
    if "containerd" in fields and isinstance(runtimes, dict) and isinstance(default, str):
        configured = default in runtimes
    if configured and here.kubelet:
        # On a Kubernetes node pods do not come through Docker: containerd's own file must know the GPU too.
        configured = here.serves_gpus
        remarks += here.remarks
    if configured is not None:
        fields["containerd_configured"] = configured
    return Measurement(fields, SOURCE, evidence, tuple(remarks))


def _versions(version: Mapping[str, Any]) -> dict[str, str]:
    """The version of each component, by name."""
    parts = version.get("Components")
    rows = [p for p in parts if isinstance(p, dict)] if isinstance(parts, list) else []
    return {str(row.get("Name")): str(row["Version"]) for row in rows if row.get("Version")}


def _text(name: str, value: object) -> dict[str, Scalar]:
    return {name: value} if isinstance(value, str) and value else {}


def _list_steps(ask: Ask) -> Sequence[str]:
    return plan(ask, (ALL,))


async def _list(ask: Ask) -> Measurement:
    async with engine_of(ask) as engine:
        rows = await engine.rows(ALL)
        states = [(_name(row), str(row.get("State", "")), str(row.get("Status", ""))) for row in rows]
        engine.note(ALL, "\n".join(f"{name}: {state}, {status}" for name, state, status in states) or "none")
        evidence = tuple(engine.evidence)

    def having(*wanted: str) -> list[str]:
        return [name for name, state, _ in states if state in wanted]

    unhealthy = [name for name, _, status in states if "(unhealthy)" in status]
    crashed = [
        name
        for name, state, status in states
        if state in ("exited", "dead") and not status.startswith("Exited (0)")
    ]
    fields: dict[str, Scalar] = {
        "total": len(states),
        "running": len(having("running")),
        "restarting": len(having("restarting")),
        "stopped": len(having("exited", "dead", "created")),
        "crashed": len(crashed),
        "unhealthy": len(unhealthy),
        "troubled": ", ".join(sorted({*having("restarting"), *unhealthy, *crashed})),
    }
    return Measurement(fields, SOURCE, evidence)


def _name(row: Mapping[str, Any]) -> str:
    names = row.get("Names")
    first = names[0] if isinstance(names, list) and names else row.get("Id", "?")
    return str(first).lstrip("/")[:64]


ENGINE = Probe(
    name="container.engine",
    measure=_engine,
    steps=_engine_steps,
    fields={
        "docker": "version",
        "podman": "version",
        "api": "version",
        "containerd": "version",
        "containerd_configured": "",
        "runtimes": "",
        "default_runtime": "",
        "cgroup_driver": "",
        "storage_driver": "",
        "log_driver": "",
        "live_restore": "",
    },
    limit=10.0,
    privilege="the docker group",
)
"""Docker's version and its runtimes.

``docker`` is left out where Podman answers (``podman`` is there instead).  ``containerd_configured`` is yes
when containerd answers behind Docker and the engine's default runtime is registered; on a node with a
kubelet its own configuration must in addition serve the CRI and know an NVIDIA runtime or CDI.
"""

LIST = Probe(
    name="container.list",
    measure=_list,
    steps=_list_steps,
    fields={
        "total": "count",
        "running": "count",
        "restarting": "count",
        "stopped": "count",
        "crashed": "count",
        "unhealthy": "count",
        "troubled": "",
    },
    limit=10.0,
    privilege="the docker group",
)
"""All containers by state; ``troubled`` names those that restart, are unhealthy or ended with an error."""

PROBES: tuple[Probe, ...] = (
    ENGINE,
    container_toolkit.TOOLKIT,
    container_gpus.SMOKE,
    container_gpus.GPUS,
    container_visible.VISIBLE,
    LIST,
    container_image.IMAGE,
    container_start.START,
    container_state.HEALTH,
    container_state.LIMITS,
    container_logs.LOGS,
)

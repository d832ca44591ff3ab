"""How a container is kept: its health check and the way it stops, its limits and what it died of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.container_events import Event, events, moment, past_events
from gpuready.probes.engine_api import INFO, container, engine_of, inspect, part, pick, plan
from gpuready.probes.probe import Ask, Measurement, Probe, Remark

SOURCE = "Docker Engine API"
STOP_TIMEOUT = 10  # seconds, the engine's own where the container sets none
KILLED = 137

_HEALTH_PATHS = (
    *("Config.Healthcheck", "Config.StopSignal", "Config.StopTimeout", "State.Status", "State.ExitCode"),
    *("State.OOMKilled", "State.FinishedAt", "State.Health.Status", "State.Health.FailingStreak"),
)
_LIMIT_PATHS = (
    *("HostConfig.Memory", "HostConfig.MemoryReservation", "HostConfig.NanoCpus", "HostConfig.CpuQuota"),
    *("HostConfig.CpuPeriod", "HostConfig.CpusetCpus", "HostConfig.CpuShares", "HostConfig.PidsLimit"),
    *("HostConfig.ShmSize", "HostConfig.DeviceRequests"),
    *("State.Status", "State.OOMKilled", "State.ExitCode", "State.Error", "RestartCount"),
)


def _health_steps(ask: Ask) -> Sequence[str]:
    return plan(ask, (inspect(ask.target.address), past_events(ask.target.address)))


async def _health(ask: Ask) -> Measurement:
    name = ask.target.address
    async with engine_of(ask) as engine:
        found = await container(engine, name)
        engine.note(inspect(name), pick(found, *_HEALTH_PATHS))
        past = await events(engine, name)
        evidence = tuple(engine.evidence)
    test = part(found, "Config", "Healthcheck", "Test")
    fields: dict[str, Scalar] = {
        "check_defined": isinstance(test, list) and bool(test) and test[0] not in ("NONE", ""),
        "stop_signal": str(part(found, "Config", "StopSignal") or "SIGTERM"),
        "stop_timeout": _whole(part(found, "Config", "StopTimeout"), STOP_TIMEOUT),
        "health": str(part(found, "State", "Health", "Status") or "none"),
        "restarts": _whole(part(found, "RestartCount"), 0),
    }
    for field, key in (("interval", "Interval"), ("start_period", "StartPeriod")):
        if nanoseconds := part(found, "Config", "Healthcheck", key):
            fields[field] = _whole(nanoseconds, 0) / 1e9
    code = last_exit(found, past)
    remarks: list[Remark] = []
    if code is None:
        remarks.append(("probes_container.never_stopped", {"name": name}))
    else:
        fields["last_exit"] = code
        if code == KILLED:
            key = "oom_exit" if _oom(found, past) else "killed_exit"
            remarks.append((f"probes_container.{key}", {"seconds": fields["stop_timeout"]}))
    return Measurement(fields, SOURCE, evidence, tuple(remarks))


def last_exit(found: Mapping[str, Any], past: Sequence[Event]) -> int | None:
    """The exit code with which the container last ended; None when it never did, as far as is known.

    A running container's own ExitCode is 0 since its start: that was no exit.
    """
    dies = [event.exit_code for event in past if event.action == "die" and event.exit_code.isdigit()]
    if dies:
        return int(dies[-1])
    code = part(found, "State", "ExitCode")
    ended = part(found, "State", "Status") in ("exited", "dead") and moment(
        part(found, "State", "FinishedAt")
    )
    return code if ended and isinstance(code, int) else None


def _oom(found: Mapping[str, Any], past: Sequence[Event]) -> bool:
    return part(found, "State", "OOMKilled") is True or any(event.action == "oom" for event in past)


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _limits_steps(ask: Ask) -> Sequence[str]:
    return plan(ask, (inspect(ask.target.address), INFO, past_events(ask.target.address)))


async def _limits(ask: Ask) -> Measurement:
    name = ask.target.address
    async with engine_of(ask) as engine:
        found = await container(engine, name)
        engine.note(inspect(name), pick(found, *_LIMIT_PATHS))
        info = await engine.table(INFO)
        engine.note(INFO, pick(info, "NCPU", "MemTotal", "MemoryLimit"))
        past = await events(engine, name)
        evidence = tuple(engine.evidence)
    host = part(found, "HostConfig")
    cpus, memory = _cpus(host, _whole(part(info, "NCPU"), 0)), _whole(part(host, "Memory"), 0)
    fields: dict[str, Scalar] = {"restarts": _whole(part(found, "RestartCount"), 0)}
    remarks: list[Remark] = []
    if isinstance(host, dict) and "Memory" in host:
        fields["memory_limited"] = memory > 0
        fields["memory_reserved"] = _whole(part(host, "MemoryReservation"), 0)
    if isinstance(host, dict) and "NanoCpus" in host:
        fields["cpu_limited"] = cpus is not None
    if memory > 0:
        fields["memory_limit"] = memory
    if cpus is not None:
        fields["cpus"] = cpus
    for field, key in (("shm", "ShmSize"), ("pids_limit", "PidsLimit")):
        if (value := _whole(part(host, key), 0)) > 0:
            fields[field] = value
    if moment(part(found, "State", "StartedAt")) is None:
        remarks.append(("probes_container.never_started", {"name": name}))
    else:
        fields["oom_killed"] = _oom(found, past)
    if why := part(found, "State", "Error"):
        remarks.append(("probes_container.state_error", {"name": name, "message": str(why)[:300]}))
    return Measurement(fields, SOURCE, evidence, tuple(remarks))


def _cpus(host: object, machine: int) -> float | None:
    """The processors that the container may use at most; None without a limit.  A set of processors that
    names all of the machine's is none."""
    nano, quota = _whole(part(host, "NanoCpus"), 0), _whole(part(host, "CpuQuota"), 0)
    period = _whole(part(host, "CpuPeriod"), 0) or 100_000  # the kernel's own, in microseconds
    found = [nano / 1e9] if nano > 0 else [quota / period] if quota > 0 else []
    chosen = _count(str(part(host, "CpusetCpus") or ""))
    if chosen and (not machine or chosen < machine):
        found.append(float(chosen))
    return min(found, default=None)


def _count(cpuset: str) -> int:
    """How many processors a list like ``0-3,8`` names."""
    total = 0
    for piece in filter(None, cpuset.split(",")):
        first, _, last = piece.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            return 0
        total += int(last or first) - int(first) + 1
    return total


HEALTH = Probe(
    name="container.health",
    measure=_health,
    steps=_health_steps,
    fields={
        "check_defined": "",
        "last_exit": "",
        "stop_timeout": "s",
        "stop_signal": "",
        "health": "",
        "interval": "s",
        "start_period": "s",
        "restarts": "count",
    },
    on="container",
    limit=10.0,
    privilege="the docker group",
)
"""Whether a health check is defined, and how the container last ended.

``last_exit`` comes from the engine's events, or from the state of a container that stands still; it is left
out when neither knows of an end, because a running container's exit code of 0 was no exit.
"""

LIMITS = Probe(
    name="container.limits",
    measure=_limits,
    steps=_limits_steps,
    fields={
        "memory_limited": "",
        "cpu_limited": "",
        "oom_killed": "",
        "memory_limit": "B",
        "memory_reserved": "B",
        "cpus": "count",
        "shm": "B",
        "pids_limit": "count",
        "restarts": "count",
    },
    on="container",
    limit=10.0,
    privilege="the docker group",
)
"""The limits of a container; ``oom_killed`` is left out before its first start."""

"""How long a container takes from its start to its first healthy state."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.container_events import Event, events, moment, past_events
from gpuready.probes.engine_api import container, engine_of, inspect, part, pick, plan
from gpuready.probes.probe import Ask, Measurement, NoData, Probe, Remark

KEPT = 5  # results of health checks that the engine keeps
LONG = 5.0  # seconds between creation and start that a reader should know of


def _steps(ask: Ask) -> Sequence[str]:
    return plan(ask, (inspect(ask.target.address), past_events(ask.target.address)))


async def _start(ask: Ask) -> Measurement:
    name = ask.target.address
    async with engine_of(ask) as engine:
        found = await container(engine, name)
        past = await events(engine, name)
        state = {key: part(found, "State", key) for key in ("Status", "StartedAt", "FinishedAt")}
        checks = [(c.get("Start"), c.get("End"), c.get("ExitCode")) for c in _log(found)]
        engine.note(
            inspect(name),
            {
                **pick(found, "Created", "RestartCount", "State.Health.Status"),
                **state,
                "health checks": checks,
            },
        )
        evidence = tuple(engine.evidence)
    started = moment(state["StartedAt"])
    if started is None:
        raise NoData("probes_container.not_started", name=name, state=state["Status"]).showing(*evidence)
    fields: dict[str, Scalar] = {"health": str(part(found, "State", "Health", "Status") or "none")}
    remarks: list[Remark] = []
    created = moment(part(found, "Created"))
    if created is not None and moment(state["FinishedAt"]) is None:
        fields["started_after"] = max(0.0, started - created)
        if started - created > LONG:
            remarks.append(("probes_container.slow_creation", {"seconds": f"{started - created:.1f}"}))
    healthy = first_healthy(found, past, started)
    if healthy is not None:
        fields["healthy_after"] = max(0.0, healthy - started)
    elif fields["health"] == "none":
        remarks.append(("probes_container.no_health_check", {"name": name}))
    elif fields["health"] == "healthy":
        remarks.append(("probes_container.start_forgotten", {"name": name}))
    else:
        seconds = f"{max(0.0, time.time() - started):.0f}"
        remarks.append(("probes_container.not_healthy_yet", {"name": name, "seconds": seconds}))
    return Measurement(fields, "Docker Engine API", evidence, tuple(remarks))


def _log(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    log = part(found, "State", "Health", "Log")
    return [check for check in log if isinstance(check, dict)] if isinstance(log, list) else []


def first_healthy(found: Mapping[str, Any], past: Sequence[Event], started: float) -> float | None:
    """When the container first became healthy after its start; None when it did not, or when the engine no
    longer remembers: it keeps 256 events and 5 checks, and a later recovery must not be taken for it."""
    if any(event.action == "start" and abs(event.at - started) < 2.0 for event in past):
        # What followed a remembered event is remembered too.
        turns = [e.at for e in past if e.action == "health_status: healthy" and e.at >= started]
        if turns:
            return min(turns)
    checks = [
        (moment(check.get("Start")), moment(check.get("End")), check.get("ExitCode")) for check in _log(found)
    ]
    since = [(end, code) for begin, end, code in checks if begin is not None and begin >= started]
    if len(since) >= KEPT:
        return None  # there may have been more before
    return next((end for end, code in since if code == 0 and end is not None), None)


START = Probe(
    name="container.start",
    measure=_start,
    steps=_steps,
    fields={"healthy_after": "s", "started_after": "s", "health": ""},
    on="container",
    limit=10.0,
    privilege="the docker group",
)
"""``healthy_after`` counts from State.StartedAt to the end of the first successful health check;
``started_after`` from creation to the first start (left out once the container has been restarted).
The two are kept apart because Compose creates containers long before it starts them."""

"""How long Redis takes for PING and GET, measured in a process of its own.

The screen's painting holds Python's lock for milliseconds, more than what is to be measured: so a child
process measures, and this module is its program too (``python -P -m gpuready.probes.redis_latency``).
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
import time
from collections.abc import Sequence

from gpuready.probes.command import run
from gpuready.probes.deadline import Deadline
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Outcome, Probe, Safety, Target
from gpuready.probes.redis_wire import Refused, connect, place_of, plan

KEY = "gpuready-latency"
"""The key that is asked for.  It need not be there: nothing is ever written."""

MOST = 10_000


def _count(ask: Ask) -> int:
    return max(1, min(int(str(ask.params.get("count", 50))), MOST))


def _argv(ask: Ask) -> list[str]:
    """The child's command line; it names secrets, it does not hold them."""
    asked: dict[str, object] = {"address": ask.target.address, "options": dict(ask.target.options)}
    asked |= {"count": _count(ask), "limit": round(ask.limit * 0.7, 1)}
    return [sys.executable, "-P", "-m", "gpuready.probes.redis_latency", json.dumps(asked)]


def _steps(ask: Ask) -> Sequence[str]:
    count = _count(ask)
    return (
        shlex.join(_argv(ask)),
        *plan(ask.target, f"PING ({count} times, one after the other)", f"GET {KEY} ({count} times)"),
    )


async def _latency(ask: Ask) -> Measurement:
    place_of(ask.target)  # an address that holds a secret must not get into a command line
    variable = ask.target.options.get("password_env", "")
    env = {variable: os.environ[variable]} if variable in os.environ else {}
    env |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = await run(_argv(ask), limit=Deadline(ask).left, env=env)
    try:
        said = json.loads(done.out)
    except ValueError:
        raise Broken("probes_redis.child_died", code=done.code).showing(done.exchange) from None
    if fault := said.get("fault"):
        kind = {"Broken": Broken, "Refused": Refused}.get(said["kind"], NoData)
        raise kind(fault, **said["fields"])
    pings, gets = said["ping"], said["get"]
    both = [*pings, *gets]
    fields: dict[str, float] = {
        "samples": len(both),
        "p50": percentile(both, 50),
        "p95": percentile(both, 95),
        "p99": percentile(both, 99),
        "max": max(both),
        "ping_p99": percentile(pings, 99),
        "get_p99": percentile(gets, 99),
    }
    return Measurement(fields, f"PING, GET {said['place']}", (done.exchange,))


async def _measure(asked: dict[str, object]) -> dict[str, object]:
    """In the child: milliseconds of each call, or the outcome to raise."""
    target = Target("redis", "", str(asked["address"]), dict(asked["options"]))  # type: ignore[call-overload]
    count, limit = int(str(asked["count"])), float(str(asked["limit"]))
    try:
        async with connect(target, limit) as wire:
            await wire.call("PING", note=False)  # the first brings buffers and caches into being
            times: dict[str, list[float]] = {"ping": [], "get": []}
            for name, words in (("ping", ("PING",)), ("get", ("GET", KEY))):
                for _ in range(count):
                    begun = time.perf_counter_ns()
                    try:
                        await wire.call(*words, note=False)
                    except Refused as refused:
                        if refused.code not in ("MOVED", "WRONGTYPE"):
                            raise  # a key of another member: the answer took as long all the same
                    times[name].append((time.perf_counter_ns() - begun) / 1e6)
            return {"place": str(wire.place), **times}
    except Outcome as fault:
        fields = {name: str(value) for name, value in fault.fields.items()}
        return {"fault": fault.key, "kind": type(fault).__name__, "fields": fields}


LATENCY = Probe(
    name="redis.latency",
    measure=_latency,
    steps=_steps,
    fields={
        "samples": "count",
        **dict.fromkeys(("p50", "p95", "p99", "max", "ping_p99", "get_p99"), "ms"),
    },
    params={"count": 50},
    on="redis",
    safety=Safety.LIGHT,
    limit=15,
)

if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(json.loads(sys.argv[1])))))

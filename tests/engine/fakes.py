"""Probes and checklists made up for the tests, put together like real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gpuready.checklist.build import Place, build
from gpuready.checklist.model import Checklist, Scalar
from gpuready.engine.plan import Plan, make_plan
from gpuready.engine.registry import Registry
from gpuready.probes.probe import Ask, Exchange, Measurement, Probe, Safety, Target
from gpuready.session.board import Board, CheckStanding, stand
from gpuready.session.state import State

WORDS = {"en": "x", "zh": "某"}
Measure = Callable[[Ask], Awaitable[Measurement]]


def method(
    probe: str, *, kind: str = "probe", on: str = "", want: Any = None, **params: object
) -> dict[str, Any]:
    """A method's table; by default it wants ``value == 1 count``."""
    wanted = {"field": "value", "op": "==", "value": 1, "unit": "count"} if want is None else want
    return {kind: probe, "with": params, "want": wanted} | ({"on": on} if on else {})


def checklist(checks: Sequence[Sequence[Mapping[str, Any]]], items: int = 1) -> Checklist:
    """A checklist ``1`` of `items` items whose checks have these methods, and attest at the end."""
    by_item: list[list[dict[str, Any]]] = [[] for _ in range(items)]
    for number, methods in enumerate(checks):
        ref = f"1.1.{number % items + 1}.a{number // items + 1}"
        by_item[number % items].append(
            {
                "ref": ref,
                "en": f"check {ref}",
                "zh": f"检查 {ref}",
                **dict.fromkeys(("why", "how", "fix"), WORDS),
                "method": [*methods, {"attest": {"en": "Attach it", "zh": "附上"}}],
            }
        )
    document = {
        "schema": 1,
        "id": "made-up",
        "ref": "1",
        **WORDS,
        "scope": WORDS,
        "phase": [
            {
                "ref": "1.1",
                **WORDS,
                "item": [
                    {"ref": f"1.1.{number + 1}", **WORDS, "check": each}
                    for number, each in enumerate(by_item)
                ],
            }
        ],
    }
    return build(document, Place("made-up.toml"))


def answering(value: Scalar = 1, *, delay: float = 0.0, **more: Any) -> Measure:
    """A probe's function that answers so after `delay` seconds."""

    async def measure(ask: Ask) -> Measurement:
        await asyncio.sleep(delay)
        return Measurement({"value": value}, "fake", (Exchange("asked", "answered"),), **more)

    return measure


def raising(error: BaseException, *, delay: float = 0.0) -> Measure:
    async def measure(ask: Ask) -> Measurement:
        await asyncio.sleep(delay)
        raise error

    return measure


def probe(name: str, measure: Any = None, **declared: Any) -> Probe:
    """A probe with the field ``value`` in counts."""
    all_of_it: dict[str, Any] = {"fields": {"value": "count"}, "limit": 5.0, **declared}
    return Probe(name, measure or answering(), lambda ask: (f"ask {ask.target.name}",), **all_of_it)


def registry(*probes: Probe) -> Registry:
    return Registry({each.name: each for each in probes})


def board(made: Checklist, state: State | None = None) -> Board:
    return stand((made,), state or State(), datetime.now(UTC))


def standings(made: Checklist, state: State | None = None) -> tuple[CheckStanding, ...]:
    return tuple(check for item in board(made, state).items() for check in item.checks)


def plan(
    checks: Sequence[Sequence[Mapping[str, Any]]],
    probes: Sequence[Probe],
    *targets: Target,
    allow_active: bool = False,
    state: State | None = None,
) -> Plan:
    """The plan for checks with these methods, in order 1.1.1.a1, a2 ..."""
    made = checklist(checks)
    return make_plan(standings(made, state), registry(*probes), targets, allow_active=allow_active)


class Gauge:
    """Counts how many run at once; a probe's function that keeps to it."""

    def __init__(self, delay: float = 0.02) -> None:
        self.delay = delay
        self.now = 0
        self.most = 0
        self.asked: list[Ask] = []

    async def __call__(self, ask: Ask) -> Measurement:
        self.asked.append(ask)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.now -= 1
        return Measurement({"value": 1}, "fake")


HEAVY = Safety.HEAVY

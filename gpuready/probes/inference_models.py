"""Which models an engine holds ready, in each protocol's own way of telling."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch
from gpuready.probes.inference_identity import MOST, SPEAKS_V2, Card, Identity, Kind, base, identify, steps
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe, Target
from gpuready.probes.together import together
from gpuready.text.safe import safe_line

ENGINES = 32
"""Engines of one site whose models are counted together."""

V1_MOST = 64  # models that are asked for one by one
_AT_ONCE = 8

Told = tuple[tuple[Card, ...], tuple[Exchange, ...]]
_INDEX = "/v2/repository/index"


async def ready_models(target: Target, who: Identity, limit: float) -> Told:
    """The engine's models with `ready` told, and the evidence.

    OpenAI's protocol lists only what is served; Triton tells a state for each version; KServe v1 is asked
    model by model.  `NoData` where the server keeps no index of its models.
    """
    if who.kind in SPEAKS_V2:
        return await _index(base(target), limit)
    if who.kind is Kind.KSERVE_V1:
        return await _one_by_one(base(target), who, limit)
    return tuple(_with(card, True) for card in who.cards), ()


def _with(card: Card, ready: bool | None, version: str = "") -> Card:
    return Card(card.name, version or card.version, card.root, card.adapter, ready, card.raw)


async def _index(target: Target, limit: float) -> Told:
    reply = await fetch(url_of(target, _INDEX), limit=limit, method="POST", json={}, target=target)
    if reply.status in (404, 405, 501):
        raise NoData("probes_inference.no_index", address=target.address).showing(reply.exchange)
    rows = reply.must().json()
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "name" in row for row in rows):
        raise Broken("probes_inference.odd_index", address=target.address).showing(reply.exchange)
    cards = tuple(
        Card(
            safe_line(str(row["name"])),
            safe_line(str(row.get("version", ""))),
            ready=str(row.get("state", "")).upper() == "READY",
            raw=row,
        )
        for row in rows[:MOST]
    )
    return cards, (reply.exchange,)


async def _one_by_one(target: Target, who: Identity, limit: float) -> Told:
    gate = asyncio.Semaphore(_AT_ONCE)
    shown: list[Exchange] = []

    async def ask(card: Card) -> Card:
        async with gate:
            reply = await fetch(url_of(target, f"/v1/models/{card.name}"), limit=limit, target=target)
        shown.append(reply.exchange)
        ready: Any = reply.table().get("ready") if reply.ok else False
        # TensorFlow Serving's dialect lists versions with states instead
        return _with(card, ready if isinstance(ready, bool) else str(ready).lower() == "true")

    return tuple(await together(*(ask(card) for card in who.cards[:V1_MOST]))), tuple(shown)


def distinct(cards: Sequence[Card]) -> set[str]:
    """The names of what is served, counted once: two names of the same weights (--served-model-name A B)
    are one model, an adapter is one of its own."""
    return {card.root or card.name for card in cards if card.ready}


def _engines(ask: Ask) -> tuple[Target, ...]:
    """This engine and the site's others; sockets are container engines'."""
    others = [t for t in ask.site if t.kind == "engine" and not t.address.startswith("unix://")]
    found = {t.address: t for t in (*others, ask.target)}
    return tuple(found.values())[:ENGINES]


def _steps(ask: Ask) -> Sequence[str]:
    told: list[str] = []
    for target in _engines(ask):
        told += steps(Ask(target), ("POST", _INDEX))
    return told


async def _models(ask: Ask) -> Measurement:
    """`ready_models` counts over all engines of the site, as a cluster serves its models from many; it is
    left out while one of them cannot be asked."""
    engines, time = _engines(ask), Deadline(ask)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def of(target: Target) -> Told | Outcome:
        async with gate:
            try:
                who = await identify(target, time.left)
                cards, shown = await ready_models(target, who, time.left)
            except Outcome as fault:
                return fault
            return cards, (*who.evidence[:1], *shown)

    answers = list(zip(engines, await together(*(of(engine) for engine in engines)), strict=True))
    own = next(said for target, said in answers if target.address == ask.target.address)
    if isinstance(own, Outcome):
        raise own
    told = [said for _, said in answers if not isinstance(said, Outcome)]
    cards = [card for said in told for card in said[0]]
    names = distinct(cards)
    ready = {card.name for card in cards if card.ready}
    fields: dict[str, Scalar] = {
        "here": len(distinct(own[0])),
        "endpoints": len(told),
        "adapters": len(distinct([card for card in cards if card.adapter])),
        "not_ready": len(
            {card.name for card in cards if card.ready is False} - {c.name for c in cards if c.ready}
        ),
        "names": ", ".join(sorted(ready)[:20]),
    }
    silent = [target for target, said in answers if isinstance(said, Outcome)]
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if silent:
        fields["ready_at_least"] = len(names)
        where = ", ".join(safe_line(target.name or target.address) for target in silent)
        remarks.append(("probes_inference.engines_silent", {"engines": where, "count": len(names)}))
    else:
        fields["ready_models"] = len(names)
    if fields["adapters"]:
        remarks.append(("probes_inference.adapters_count", {"count": fields["adapters"]}))
    evidence = tuple(exchange for said in told for exchange in said[1])[:12]
    return Measurement(fields, "the engines' own lists of models", evidence, tuple(remarks))


MODELS = Probe(
    name="inference.models",
    measure=_models,
    steps=_steps,
    fields={
        "ready_models": "count",
        "ready_at_least": "count",
        "here": "count",
        "endpoints": "count",
        "adapters": "count",
        "not_ready": "count",
        "names": "",
    },
    on="engine",
    limit=20,
)

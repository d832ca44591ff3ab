"""Which inference engine answers at an address, told by its own endpoints, never by its port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.probe import Ask, Exchange, NoData, Outcome, Target
from gpuready.probes.together import together
from gpuready.text.safe import safe_line

MOST = 1000
"""Models of one list that are read."""


class Kind(StrEnum):
    """The engines that are told apart; each answers to one of a few protocols."""

    VLLM = "vllm"
    SGLANG = "sglang"
    TENSORRT_LLM = "tensorrt-llm"
    TGI = "tgi"
    TRITON = "triton"
    KSERVE_V2 = "kserve-v2"  # another server with the same protocol: MLServer, OpenVINO, TorchServe
    KSERVE_V1 = "kserve-v1"
    OPENAI = "openai"  # what speaks OpenAI's protocol and does not say who it is


SPEAKS_V2 = frozenset({Kind.TRITON, Kind.KSERVE_V2})


@dataclass(frozen=True, slots=True)
class Card:
    """A model as the engine lists it; `root` is what it was loaded from, `adapter` a LoRA on another model,
    `raw` the entry itself."""

    name: str
    version: str = ""
    root: str = ""
    adapter: bool = False
    ready: bool | None = None
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers.  `name` is how it calls itself, `version` empty where it does not tell, `cards` the
    models of its list (for KServe and Triton: see `inference_models`), `info` its settings where it
    publishes them."""

    kind: Kind
    name: str
    version: str
    cards: tuple[Card, ...]
    info: Mapping[str, Any]
    evidence: tuple[Exchange, ...]
    remarks: tuple[tuple[str, Mapping[str, object]], ...] = ()


class Unidentified(NoData):
    """Something answers, but as none of the known engines."""


PATHS = ("/v1/models", "/version", "/get_server_info", "/server_info", "/info", "/v2")
_OWNERS = {"vllm": Kind.VLLM, "sglang": Kind.SGLANG, "tensorrt_llm": Kind.TENSORRT_LLM}


def base(target: Target) -> Target:
    """The target with its address cut to what all paths start from: clients are given .../v1, engines
    not.  `NoData` for an address that is a socket's: those belong to container engines."""
    address = target.address.strip().rstrip("/")
    if address.startswith("unix://"):
        raise NoData("probes_inference.container_engine", address=safe_line(address))
    for tail in ("/v1", "/v2"):
        address = address.removesuffix(tail)
    return replace(target, address=address)


def steps(ask: Ask, *more: tuple[str, str]) -> tuple[str, ...]:
    """The requests of `identify`, and those (method, path) after it."""
    try:
        whom = base(ask.target)
        asked = [("GET", path) for path in PATHS]
        return tuple(step(url_of(whom, path), method) for method, path in (*asked, *more))
    except NoData as fault:
        return (str(fault),)


async def identify(target: Target, limit: float) -> Identity:
    """Ask the six `PATHS` at once and read who answers.

    Raises what `fetch` raises when nothing answers, `BadStatus` when we are not let in, `Broken` when
    what answers is not JSON, `Unidentified` when it is no engine that we know.
    """
    whom = base(target)
    urls = [url_of(whom, path) for path in PATHS]
    said = await together(*(_ask(url, whom, limit) for url in urls))
    replies = {path: reply for path, reply in zip(PATHS, said, strict=True) if isinstance(reply, Reply)}
    if not replies:
        raise next(fault for fault in said if isinstance(fault, Outcome))
    found = _read(replies)
    if found is not None:
        return found
    for reply in replies.values():  # only now: gateways refuse paths that they do not know
        if reply.status in (401, 403):
            raise _refusal(reply)
    for reply in replies.values():
        if reply.ok:
            reply.json()  # a web page in place of an answer is said so
    statuses = ", ".join(f"{path} {reply.status}" for path, reply in replies.items())
    fault = Unidentified("probes_inference.no_engine", address=whom.address, statuses=statuses)
    fault.showing(*(reply.exchange for reply in replies.values()))
    raise fault


async def _ask(url: str, target: Target, limit: float) -> Reply | Outcome:
    try:
        return await fetch(url, limit=limit, target=target)
    except Outcome as fault:
        return fault


def _refusal(reply: Reply) -> Exception:
    try:
        reply.must()
    except NoData as fault:
        return fault
    raise AssertionError("2xx is no refusal")


def _tables(replies: Mapping[str, Reply]) -> dict[str, Mapping[str, Any]]:
    """The answers that are JSON objects, by path."""
    tables: dict[str, Mapping[str, Any]] = {}
    for path, reply in replies.items():
        if reply.ok:
            try:
                tables[path] = reply.table()
            except Outcome:
                continue
    return tables


def _read(replies: Mapping[str, Reply]) -> Identity | None:
    tables = _tables(replies)
    listed, told = tables.get("/v1/models", {}), tables.get("/version", {})
    info = tables.get("/get_server_info") or tables.get("/server_info") or {}
    cards = cards_of(listed)
    owner = next((str(card.raw.get("owned_by", "")) for card in cards if card.raw), "")
    version = _text(told, "version")
    kind, name = Kind.OPENAI, owner or "OpenAI"
    v2, tgi = tables.get("/v2", {}), tables.get("/info", {})
    if _text(v2, "name") and "version" in v2:
        kind = Kind.TRITON if v2["name"] == "triton" else Kind.KSERVE_V2
        name, version = _text(v2, "name"), _text(v2, "version")
    elif _text(tgi, "model_id"):
        kind, name, version, info = Kind.TGI, "text-generation-inference", _text(tgi, "version"), tgi
        cards = cards or (Card(_text(tgi, "model_id"), _text(tgi, "model_sha"), _text(tgi, "model_id")),)
    elif "tp_size" in info or owner == "sglang":
        kind, name, version = Kind.SGLANG, "sglang", _text(info, "version")
    elif owner in _OWNERS:
        kind = _OWNERS[owner]
        name = kind
    elif isinstance(listed.get("models"), list) and all(isinstance(m, str) for m in listed["models"]):
        kind, name = Kind.KSERVE_V1, "KServe v1"
        cards = tuple(Card(safe_line(m)) for m in listed["models"][:MOST])
    elif not isinstance(listed.get("data"), list):
        return None
    evidence = tuple(replies[path].exchange for path in tables)
    remarks = next(iter(replies.values())).remarks
    return Identity(kind, safe_line(name), version, cards, info, evidence, remarks)


def cards_of(listed: Mapping[str, Any]) -> tuple[Card, ...]:
    """The entries of OpenAI's list of models."""
    data = listed.get("data")
    rows: Sequence[Any] = data if isinstance(data, list) else ()
    return tuple(
        Card(
            name=_text(row, "id"),
            root=_text(row, "root"),
            adapter=bool(row.get("parent")),
            raw=row,
        )
        for row in rows[:MOST]
        if isinstance(row, dict) and _text(row, "id")
    )


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    return safe_line(value) if isinstance(value, str) else ""

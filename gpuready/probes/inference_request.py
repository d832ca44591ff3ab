"""Small requests in each engine's own words, and what came back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch
from gpuready.probes.http_errors import BadStatus
from gpuready.probes.inference_identity import Card, Identity, Kind, base, identify, steps
from gpuready.probes.inference_models import ready_models
from gpuready.probes.probe import Ask, Broken, Exchange, NoData, Target
from gpuready.text.safe import safe_line

TOKENS_MOST = 1024
"""Tokens that one request may ask for."""

PROMPT = "Count upwards from one in English words, separated by commas: one, two, three,"

_COMPLETIONS, _CHAT = "/v1/completions", "/v1/chat/completions"
_SPEAKS_OPENAI = frozenset({Kind.VLLM, Kind.SGLANG, Kind.TENSORRT_LLM, Kind.OPENAI})


@dataclass(frozen=True, slots=True)
class Call:
    """One request for text; `path` tells the dialect."""

    path: str
    body: Mapping[str, object]

    def shown(self, target: Target) -> str:
        return f"POST {url_of(base(target), self.path)} {json.dumps(self.body, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Generated:
    """What one request brought: `text`, the engine's own count of tokens and its reason to stop where it
    tells them, and how long it took in seconds."""

    text: str
    tokens: int | None
    finish: str
    seconds: float
    exchange: Exchange


def tokens_of(ask: Ask, default: int = 16) -> int:
    return max(1, min(int(str(ask.params.get("tokens", default))), TOKENS_MOST))


def calls_of(kind: Kind, model: str, prompt: str, tokens: int, *, stream: bool = False) -> tuple[Call, ...]:
    """The request in the engine's dialect; for OpenAI's also as a chat, for engines that serve only that.
    `NoData` for servers of tensors, which have no common request."""
    if kind in _SPEAKS_OPENAI:
        common = {"model": model, "max_tokens": tokens, "temperature": 0, "stream": stream}
        chat = [{"role": "user", "content": prompt}]
        return Call(_COMPLETIONS, common | {"prompt": prompt}), Call(_CHAT, common | {"messages": chat})
    if kind is Kind.TGI:
        body = {"inputs": prompt, "parameters": {"max_new_tokens": tokens, "do_sample": False}}
        return (Call("/generate_stream" if stream else "/generate", body),)
    if kind is Kind.TRITON:
        tail = "generate_stream" if stream else "generate"
        asked = {"text_input": prompt, "max_tokens": tokens, "stream": stream}
        return (Call(f"/v2/models/{model}/{tail}", asked),)
    raise NoData("probes_inference.no_text", engine=kind)


def plan(ask: Ask, times: str, *, stream: bool = False, tokens: int | None = None) -> Sequence[str]:
    """The requests as they will be sent, for each kind of engine that may turn out to be there."""
    found = steps(ask, ("POST", "/v2/repository/index"))
    if len(found) == 1:
        return found
    model = ask.target.options.get("model", "MODEL")
    count = tokens if tokens is not None else tokens_of(ask)
    told = list(found)
    for kind in (Kind.OPENAI, Kind.TGI, Kind.TRITON):
        calls = calls_of(kind, model, PROMPT, count, stream=stream)
        told += [f"{call.shown(ask.target)} ({times}; where the engine speaks so)" for call in calls]
    return told


async def whom_and_what(ask: Ask, time: Deadline) -> tuple[Identity, Card]:
    """Who answers, and the model to ask: option ``model``, else the first that is ready and no adapter."""
    who = await identify(ask.target, time.left)
    try:
        cards, _ = await ready_models(ask.target, who, time.left)
    except NoData:
        cards = who.cards
    name = ask.target.options.get("model", "")
    if name:
        return who, next((card for card in cards if card.name == name), Card(name))
    ready = [card for card in cards if card.ready is not False]
    if not ready:
        raise NoData("probes_inference.no_model", address=safe_line(ask.target.address)).showing(
            *who.evidence
        )
    return who, next((card for card in ready if not card.adapter), ready[0])


async def settle(target: Target, calls: Sequence[Call], time: Deadline) -> tuple[Call, Generated]:
    """Send the first of the calls that the engine knows, and tell which it was."""
    for call in calls[:-1]:
        try:
            return call, await send(target, call, time.left)
        except BadStatus as fault:
            if fault.fields.get("status") not in (400, 404, 405, 501):
                raise
    return calls[-1], await send(target, calls[-1], time.left)


async def send(target: Target, call: Call, limit: float) -> Generated:
    """One request, read to its end.  `BadStatus` for whatever is not 2xx, `Broken` for what is no answer of
    that dialect."""
    whom = base(target)
    reply = await fetch(
        url_of(whom, call.path), limit=limit, method="POST", json=call.body, target=whom, redirects=0
    )
    table = reply.must().table()
    text = text_of(table, call.path)
    if text is None:
        raise odd(reply, call)
    usage = table.get("usage")
    tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
    first = _first(table)
    finish = first.get("finish_reason") if first else None
    return Generated(
        text,
        tokens if isinstance(tokens, int) else None,
        safe_line(str(finish)) if finish else "",
        reply.phases.total,
        reply.exchange,
    )


def odd(reply: Reply, call: Call) -> Broken:
    fault = Broken("probes_inference.odd_answer", path=call.path, found=safe_line(reply.text[:80]))
    fault.showing(reply.exchange)
    return fault


def _first(table: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = table.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None


def text_of(table: Mapping[str, Any], path: str) -> str | None:
    """The text of an answer, or of one piece of a streamed one; None when it has no place for text."""
    if path.startswith("/v1/"):
        first = _first(table)
        if first is None:
            return None
        if path == _COMPLETIONS:
            found = first.get("text")
        else:
            message = first.get("message") or first.get("delta")
            if not isinstance(message, dict):
                return None
            # reasoning models first think aloud, in a field of their own
            found = (
                message.get("content") or message.get("reasoning_content") or message.get("reasoning") or ""
            )
    elif path.endswith("generate_stream") and path.startswith("/generate"):
        token = table.get("token")
        found = token.get("text") if isinstance(token, dict) else None
    else:
        found = table.get("generated_text", table.get("text_output"))
    return found if isinstance(found, str) else None

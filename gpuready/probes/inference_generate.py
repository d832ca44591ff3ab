"""Does a large model answer one request, and are several at once all answered?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from time import monotonic

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_errors import BadStatus
from gpuready.probes.inference_identity import Card
from gpuready.probes.inference_request import (
    PROMPT,
    Generated,
    calls_of,
    plan,
    send,
    settle,
    tokens_of,
    whom_and_what,
)
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Exchange, Measurement, Outcome, Probe, Safety
from gpuready.probes.together import together
from gpuready.text.safe import safe_line

AT_ONCE_MOST = 256
"""Requests that are sent at once, whatever is asked for."""

# 8B, 0.5b, 8x7B, 350M; not the A3B of 30B-A3B (active parameters, second), not 4bit, not 128k
_SIZE = re.compile(r"(?<![A-Za-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![A-Za-z0-9])", re.I)


def billions_in(name: str) -> float | None:
    """The parameters that a model's name tells, in billions; None where it tells none.  Of a mixture such
    as 8x7B the product, which is somewhat more than there are."""
    match = _SIZE.search(name.rstrip("/").rpartition("/")[2])
    if match is None:
        return None
    return int(match[1] or 1) * float(match[2]) / (1 if match[3].lower() == "b" else 1000)


def _size(ask: Ask, card: Card) -> tuple[float | None, str]:
    """The parameters in billions and where that is from."""
    given = ask.target.options.get("parameters_billion", "")
    try:
        if given:
            return float(given), "option parameters_billion"
    except ValueError:
        pass
    for name in (card.root, card.name):  # an alias may be named as one likes: what was loaded goes first
        if (found := billions_in(name)) is not None:
            return found, safe_line(name)
    return None, ""


async def _generate(ask: Ask) -> Measurement:
    """`completed` is whether a text came back that ends as asked for; the figure of parameters is what
    name or option tell, and left out where neither does."""
    time = Deadline(ask)
    who, card = await whom_and_what(ask, time)
    calls = calls_of(who.kind, card.name, PROMPT, tokens_of(ask))
    size, told_by = _size(ask, card)
    fields: dict[str, Scalar] = {"model": card.name, "engine": who.name}
    remarks: list[tuple[str, Mapping[str, object]]] = list(who.remarks)
    if size is not None:
        fields["parameters_billion"] = size
        remarks.append(("probes_inference.size_told_by", {"by": told_by}))
    else:
        remarks.append(("probes_inference.size_unknown", {"model": card.name}))
    try:
        _, answer = await settle(ask.target, calls, time)
    except BadStatus as fault:
        status = fault.fields.get("status")
        if not isinstance(status, int) or status < 500:
            raise
        remarks.append(("probes_inference.request_failed", {"status": status}))
        return Measurement(fields | {"completed": False}, "one request", fault.evidence, tuple(remarks))
    fields |= {"completed": _complete(answer), "answer_time": answer.seconds}
    if answer.tokens is not None:
        fields["tokens"] = answer.tokens
    if answer.finish:
        fields["finish_reason"] = answer.finish
    if not fields["completed"]:
        remarks.append(("probes_inference.empty_text", {"model": card.name}))
    return Measurement(fields, "one request", (*who.evidence[:1], answer.exchange), tuple(remarks))


def _complete(answer: Generated) -> bool:
    return bool(answer.text.strip()) and answer.finish in ("", "stop", "length", "eos_token", "stop_sequence")


def _count(ask: Ask) -> int:
    return max(1, min(int(str(ask.params.get("count", 8))), AT_ONCE_MOST))


async def _concurrent(ask: Ask) -> Measurement:
    """One request alone for comparison, then `count` at once, each with its own beginning so that none is
    answered from another's cache."""
    time, count, tokens = Deadline(ask), _count(ask), tokens_of(ask, 64)
    who, card = await whom_and_what(ask, time)
    call, alone = await settle(ask.target, calls_of(who.kind, card.name, PROMPT, tokens), time)
    at = [path.path for path in calls_of(who.kind, card.name, "", tokens)].index(call.path)
    times: list[float] = []
    faults: list[Outcome] = []

    async def one(number: int) -> None:
        own = calls_of(who.kind, card.name, f"Request {number}. {PROMPT}", tokens)[at]
        try:
            answer = await send(ask.target, own, time.left)
        except Outcome as fault:
            faults.append(fault)
            return
        if answer.text.strip():
            times.append(answer.seconds)

    begun = monotonic()
    await together(*(one(number) for number in range(1, count + 1)))
    took = monotonic() - begun
    fields: dict[str, Scalar] = {
        "sent": count,
        "answered": len(times),
        "failed": count - len(times),
        "alone": alone.seconds,
        "model": card.name,
    }
    if times:
        fields |= {"p50": percentile(times, 50), "slowest": max(times), "gain": alone.seconds * count / took}
    remarks: list[tuple[str, Mapping[str, object]]] = list(who.remarks)
    if faults:
        remarks.append((faults[0].key, faults[0].fields))
    elif len(times) < count:
        remarks.append(("probes_inference.empty_text", {"model": card.name}))
    shown: list[Exchange] = [alone.exchange]
    for fault in faults[:2]:
        shown += fault.evidence[:1]
    return Measurement(fields, f"{count} requests at once", tuple(shown), tuple(remarks))


def _generate_steps(ask: Ask) -> Sequence[str]:
    return plan(ask, "once")


def _concurrent_steps(ask: Ask) -> Sequence[str]:
    times = f"once alone, then {_count(ask)} at once, each beginning with 'Request N.'"
    return plan(ask, times, tokens=tokens_of(ask, 64))


GENERATE = Probe(
    name="inference.generate",
    measure=_generate,
    steps=_generate_steps,
    fields={
        "parameters_billion": "count",
        "completed": "",
        "model": "",
        "engine": "",
        "answer_time": "s",
        "tokens": "count",
        "finish_reason": "",
    },
    params={"tokens": 16},
    on="engine",
    safety=Safety.LIGHT,
    limit=90,
    lane="gpu",
)

CONCURRENT = Probe(
    name="inference.concurrent",
    measure=_concurrent,
    steps=_concurrent_steps,
    fields={
        "sent": "count",
        "answered": "count",
        "failed": "count",
        "alone": "s",
        "p50": "s",
        "slowest": "s",
        "gain": "x",
        "model": "",
    },
    params={"count": 8, "tokens": 64},
    on="engine",
    safety=Safety.LIGHT,
    limit=120,
    lane="gpu",
)

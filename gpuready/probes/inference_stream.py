"""Streamed answers: how long until the first piece of text, and between the pieces."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import stream_lines
from gpuready.probes.http_errors import BadStatus
from gpuready.probes.inference_identity import base
from gpuready.probes.inference_request import (
    PROMPT,
    Call,
    calls_of,
    plan,
    text_of,
    tokens_of,
    whom_and_what,
)
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe, Safety, Target
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

COUNT_MOST = 200
"""Requests, one after the other, whatever is asked for."""


TOGETHER = 0.001
"""Seconds: pieces of text that come closer to each other were sent as one.  No engine makes 1,000 tokens a
second for one reader, but a buffering proxy seems to: its gaps of 0 ms would pass any target."""


@dataclass(frozen=True, slots=True)
class Heard:
    """When text came, in seconds since the request was sent: `at` once for pieces that came together,
    `pieces` how many there were; and the first lines as they were."""

    at: tuple[float, ...]
    pieces: int
    lines: tuple[str, ...]

    @property
    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.at, self.at[1:], strict=False)]


async def listen(target: Target, call: Call, limit: float) -> Heard:
    """One streamed answer, read to its end.  `Broken` when it is no stream of events, reports an error or
    holds no text."""
    whom = base(target)
    at: list[float] = []
    last, pieces = 0.0, 0
    lines: list[str] = []
    body = dict(call.body)
    async with aclosing(
        stream_lines(url_of(whom, call.path), limit=limit, method="POST", json=body, target=whom)
    ) as stream:
        async for line in stream:
            if not line.text.strip():
                continue
            if len(lines) < 8:
                lines.append(line.text)
            kind, _, rest = line.text.partition(":")
            if kind != "data":
                if kind in ("event", "id", "retry", ""):
                    continue
                raise _odd(call, line.text)
            if rest.strip() == "[DONE]":
                break
            try:
                table = json.loads(rest)
            except ValueError:
                raise _odd(call, line.text) from None
            if not isinstance(table, dict) or "error" in table:
                raise _odd(call, line.text)
            if text_of(table, call.path):
                if not at or line.at - last > TOGETHER:
                    at.append(line.at)
                last, pieces = line.at, pieces + 1
    if not at:
        raise _odd(call, lines[0] if lines else "")
    return Heard(tuple(at), pieces, tuple(lines))


def _odd(call: Call, found: str) -> Broken:
    return Broken("probes_inference.odd_answer", path=call.path, found=redact(safe_line(found[:80])) or "-")


def _count(ask: Ask) -> int:
    return max(1, min(int(str(ask.params.get("count", 20))), COUNT_MOST))


def _targets(ask: Ask) -> dict[str, float]:
    """The figures in ms that the target's options set, by what they bound."""
    found = {}
    for name in ("ttft", "itl"):
        if text := ask.target.options.get(f"{name}_ms"):
            try:
                found[name] = float(text)
            except ValueError:
                raise NoData(
                    "probes_inference.bad_figure", option=f"{name}_ms", found=safe_line(text)
                ) from None
    return found


async def _stream(ask: Ask) -> Measurement:
    """Percentiles over the requests (first piece) and over all gaps (between pieces).  An answer that came
    in one piece has no gaps: something on the way collects it, and `itl` is left out.  Pieces that came
    together count as one arrival.  `within_target` is
    known when an option sets a target: ``ttft_ms``, ``itl_ms``, or both."""
    targets = _targets(ask)
    time, count, tokens = Deadline(ask), _count(ask), tokens_of(ask, 128)
    who, card = await whom_and_what(ask, time)
    dialects = [call.path for call in calls_of(who.kind, card.name, PROMPT, tokens, stream=True)]
    heard: list[Heard] = []
    faults: list[Outcome] = []
    while len(heard) + len(faults) < count:
        # A new beginning each time: a repeated one would come from the engine's prefix cache.
        prompt = f"{secrets.token_hex(8)}: {PROMPT}"
        by_path = {c.path: c for c in calls_of(who.kind, card.name, prompt, tokens, stream=True)}
        try:
            heard.append(await listen(ask.target, by_path[dialects[0]], time.left))
        except BadStatus as fault:
            status = fault.fields.get("status")
            if not heard and len(dialects) > 1 and status in (400, 404, 405, 501):
                del dialects[0]
                continue
            if not isinstance(status, int) or status < 500:
                raise
            faults.append(fault)
        except Broken as fault:
            if not heard:
                raise
            faults.append(fault)
    firsts = [each.at[0] * 1000 for each in heard]
    gaps = [gap * 1000 for each in heard for gap in each.gaps]
    fields: dict[str, Scalar] = {
        "requests": len(heard) + len(faults),
        "failed": len(faults),
        "model": card.name,
    }
    remarks: list[tuple[str, Mapping[str, object]]] = list(who.remarks)
    figures: dict[str, float] = {}
    if firsts:
        fields |= {"ttft_p50": percentile(firsts, 50), "ttft_p95": percentile(firsts, 95)}
        figures["ttft"] = percentile(firsts, 95)
        fields["pieces"] = sum(each.pieces for each in heard)
    whole = sum(len(each.at) == 1 for each in heard)
    if gaps and not whole:
        fields |= {"itl_p50": percentile(gaps, 50), "itl_p95": percentile(gaps, 95)}
        fields["arrivals"] = sum(len(each.at) for each in heard)
        figures["itl"] = percentile(gaps, 95)
    elif heard:
        remarks.append(("probes_inference.in_one_piece", {"count": whole or len(heard)}))
    if not targets:
        remarks.append(("probes_inference.no_target", {}))
    elif set(targets) <= set(figures):
        fields["within_target"] = not faults and all(figures[name] <= most for name, most in targets.items())
    if faults:
        remarks.append((faults[0].key, faults[0].fields))
    shown = Exchange(
        f"POST {url_of(base(ask.target), dialects[0])}", redact("\n".join(heard[0].lines) if heard else "-")
    )
    return Measurement(fields, f"{count} streamed requests, one after the other", (shown,), tuple(remarks))


def _limit_for(params: Mapping[str, object]) -> float:
    count, tokens = (int(str(params.get(name, 1))) for name in ("count", "tokens"))
    return 30 + min(count, COUNT_MOST) * (1 + tokens * 0.05)  # 20 tokens a second is slow already


def _steps(ask: Ask) -> Sequence[str]:
    times = f"{_count(ask)} times, one after the other, each with a new beginning"
    return plan(ask, times, stream=True, tokens=tokens_of(ask, 128))


STREAM = Probe(
    name="inference.stream",
    measure=_stream,
    steps=_steps,
    fields={
        "within_target": "",
        "ttft_p50": "ms",
        "ttft_p95": "ms",
        "itl_p50": "ms",
        "itl_p95": "ms",
        "requests": "count",
        "failed": "count",
        "pieces": "count",
        "arrivals": "count",
        "model": "",
    },
    params={"count": 20, "tokens": 128},
    on="engine",
    safety=Safety.LIGHT,
    limit=_limit_for({"count": 20, "tokens": 128}),
    limit_for=_limit_for,
    lane="gpu",
)

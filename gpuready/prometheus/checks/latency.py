"""Latencies by their percentiles: of engines, of the scheduler, of names, of what operators measure."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace

from gpuready.checklist.units import convert
from gpuready.checklist.verdict import Bounds
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.own import signal_quantile
from gpuready.prometheus.read.parts import parts_of, texts, worst, worst_of
from gpuready.prometheus.read.raw import seen_of

TARGETS = {"ttft": "ttft_ms", "inter_token": "itl_ms"}
"""Each latency and the option, of this target or of an engine, by which operators state what it should be."""


def _quantile(signal: str, q: float, unit: str) -> Callable[[Look], Awaitable[Seen]]:
    async def judge(look: Look) -> Seen:
        return await signal_quantile(look, signal, q, unit)

    return judge


async def _ttft(look: Look) -> Seen:
    """P95 of what targets are stated for, set against them.  Where one is clearly missed the answer is no,
    whatever the others are; where the target lies within the bucket nothing can be said."""
    stated = {signal: _stated(look, option) for signal, option in TARGETS.items()}
    if not any(stated.values()):
        raise NoData("prometheus_latency.no_target")
    fields: dict[str, float | bool] = {}
    within: dict[str, Bounds] = {}
    remarks: list[Remark] = []
    held: list[bool | None] = []
    why: NoData | None = None
    for signal, most in stated.items():
        if most is None:
            remarks.append(("prometheus_latency.one_target", {"option": TARGETS[signal]}))
            continue
        try:
            parts = await parts_of(look, signal, q=0.95)
        except NoData as outcome:  # the other may be missed all the same
            why = why or outcome
            remarks.append((outcome.key, outcome.fields))
            held.append(None)
            continue
        # who cannot tell it may have no tokens to tell of, such as models that rank
        reading = worst_of(replace(parts, open=()))
        seen = seen_of(reading, "ms", "value" if signal == "ttft" else signal)
        remarks += parts.open
        fields |= {name: float(value) for name, value in seen.fields.items()}
        within |= seen.within
        is_held = _holds(seen, most)
        held.append(is_held)
        remarks += seen.remarks
        key = {True: "target_met", False: "target_missed", None: "target_open"}[is_held]
        remarks.append(
            (
                f"prometheus_latency.{key}",
                {
                    "signal": signal,
                    "value": f"{convert(reading.value, reading.signal.unit, 'ms'):.4g}",
                    "target": f"{most:g}",
                },
            )
        )
    if why is not None and False not in held:
        raise why
    if False in held:
        fields["within_target"] = False
    elif None not in held:
        fields["within_target"] = True
    return Seen(fields, tuple(remarks), within)


PODS_WAITING = (
    'avg_over_time((max(sum by (instance) (scheduler_pending_pods{queue=~"unschedulable|backoff",$sel})))'
    "[$window:$step])"
)
"""Pods that the scheduler finds no node for, as the one scheduler knows that is in charge."""


async def _job_wait(look: Look) -> Seen:
    try:
        waiting: float | None = (await look.read("jobs_waiting")).value
    except NoData:
        waiting = None
    return await _with_waiting(look, "job_wait", 0.95, "min", waiting)


async def _scheduling(look: Look) -> Seen:
    waiting = (await look.query(PODS_WAITING)).value
    return await _with_waiting(look, "scheduling_latency", 0.99, "s", waiting)


async def _with_waiting(look: Look, signal: str, q: float, unit: str, waiting: float | None) -> Seen:
    """A quantile of how long things waited, with bounds for those that wait still: a histogram knows only who
    was placed.  Where it is not told how many wait, that is said."""
    reading = await worst(look, signal, q=q)
    seen = seen_of(reading, unit)
    if waiting is None:
        return replace(seen, remarks=(*seen.remarks, ("prometheus_latency.waiting_unknown", {})))
    spread = await look.buckets(reading.way.histogram)
    # they may have waited longer than anybody, or for a moment only
    placed = spread.total / (spread.total + waiting)
    ranks = max(0.0, 1 - (1 - q) / placed), q / placed
    if all(spread.around(min(rank, 1.0)) == spread.around(q) for rank in ranks) and ranks[1] <= 1:
        return seen
    least = spread.around(ranks[0])[0]
    most = spread.around(ranks[1])[1] if ranks[1] <= 1 else math.inf
    low, high = (convert(edge * reading.way.scale, reading.signal.unit, unit) for edge in (least, most))
    bounds = seen.within["value"]
    said: Remark = ("prometheus_latency.waiting", {"count": f"{waiting:.3g}"})
    within = {"value": (min(bounds[0], low), max(bounds[1], high))}
    return replace(seen, remarks=(*seen.remarks, said), within=within)


def _stated(look: Look, option: str) -> float | None:
    """The target in ms: the parameter, else the option of this Prometheus, else the strictest of the
    engines'; `NoData` for what is no number above 0."""
    engines = (one.options.get(option, "") for one in look.ask.site if one.kind == "engine")
    given = [str(look.ask.params.get(option) or ""), look.ask.target.options.get(option, "")]
    texts = [next((one for one in given if one), "")]
    if not texts[0]:
        texts = [one for one in engines if one]
    found = []
    for text in texts:
        if not text:
            continue
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number > 0):
            raise NoData("prometheus_latency.bad_target", option=option, found=text[:40])
        found.append(number)
    return min(found, default=None)


def _holds(seen: Seen, most: float) -> bool | None:
    """Whether the value is at most `most` ms; None where its bounds leave it open."""
    (name, value), *_ = seen.fields.items()
    low, high = seen.within.get(name, (float(value), float(value)))
    if high <= most:
        return True
    return False if low > most else None


CHECKS = (
    check(
        "ttft_p95",
        _ttft,
        asks=tuple(TARGETS),
        queries=texts(*TARGETS),
        fields={"within_target": "", "value": "ms", "inter_token": "ms"},
        params=dict.fromkeys(TARGETS.values(), ""),
    ),
    check(
        "e2e_p99",
        _quantile("e2e", 0.99, "ms"),
        asks=("e2e@0.99",),
        queries=texts("e2e"),
        fields={"value": "ms"},
    ),
    check(
        "scheduling_latency_p99",
        _scheduling,
        asks=("scheduling_latency@0.99",),
        queries=(PODS_WAITING, *texts("scheduling_latency")),
        fields={"value": "s"},
    ),
    check("dns_p95", _quantile("dns_latency", 0.95, "ms"), asks=("dns_latency",), fields={"value": "ms"}),
    check(
        "job_wait_p95",
        _job_wait,
        asks=("job_wait", "jobs_waiting"),
        queries=texts("job_wait"),
        fields={"value": "min"},
        params={"window": "1d"},
    ),
)

"""Moments in which demand exceeded capacity: pods without a GPU, requests refused, queues at the limit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gpuready.checklist.verdict import Bounds
from gpuready.probes.duration import window_text
from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus import expression
from gpuready.prometheus.look import Look, selector_asked
from gpuready.prometheus.read.raw import Raw, texts
from gpuready.prometheus.slo import SUCCESS, target_of
from gpuready.prometheus.table import signals
from gpuready.text.say import say

STEP = 300.0
"""Seconds between two looks; a pod must lack a GPU at two of them, which no ordinary start does."""
MOST_REFUSED = 5.0
"""Percent of requests above which no threshold for refusals may be set."""

_POD = "exported_namespace, exported_pod, namespace, pod"
_PHASE, _REQUESTS = "kube_pod_status_phase", "kube_pod_container_resource_requests"
UNPLACED = Raw(
    "kube-state-metrics",
    (_PHASE, _REQUESTS),
    f'sum(max by ({_POD}) ({_PHASE}{{phase="Pending",$sel}}) '
    f'and on ({_POD}) {_REQUESTS}{{resource=~"nvidia_com_(gpu|mig_.*)",node="",$sel}} > 0) '
    f"or 0 * sum({_PHASE}{{$sel}})",
)
"""Pods that ask for GPUs and have no node: one that only pulls its image has one."""


# A rate needs two samples: with fifteen minutes it has them in downsampled data too.
def _refused(exporter: str, metric: str, *codes: str, more: str = "") -> Raw:
    """The share of requests that were refused for want of capacity, in %."""
    bad = " or ".join(f"rate({metric}{{{code},{more}$sel}}[15m])" for code in codes)
    every = f"sum(rate({metric}{{{more}$sel}}[15m]))"
    return Raw(exporter, (metric,), f"100 * (sum({bad}) or 0 * {every}) / ({every} > 0)")


_CODES = '=~"429|503"'
REFUSED = (
    _refused("Istio", "istio_requests_total", f"response_code{_CODES}", more='reporter!="source",'),
    _refused("ingress-nginx", "nginx_ingress_controller_requests", f"status{_CODES}"),
    _refused("HTTP server", "http_requests_total", f"status{_CODES}", f"code{_CODES}"),
)
QUERIES = (UNPLACED.query, *texts(REFUSED))


@dataclass(frozen=True, slots=True)
class _Found:
    """The moments (Unix time) of one kind of shortage; `looked` when it could be told at all."""

    kind: str
    moments: frozenset[int]
    looked: bool


async def judged(look: Look) -> Seen:
    """How many intervals of shortage there were, and in how many of them the SLO was missed too."""
    step = max(STEP, math.ceil(look.window / 9000))
    refusing = _threshold(look)
    found = [await _pods(look, step), await _refusals(look, step, refusing), await _queue(look, step)]
    known = {each.kind for each in found if each.looked}
    if not known:
        wanted = ", ".join((*UNPLACED.needs, *(each.needs[0] for each in REFUSED)))
        raise NoData("prometheus.no_metric", signal=say("prometheus_capacity.shortage"), wanted=wanted)
    moments = sorted(set[int]().union(*(each.moments for each in found)))
    intervals = _intervals(moments, step)
    fields: dict[str, float] = {"value": len(intervals), "minutes": len(moments) * step / 60}
    within: dict[str, Bounds] = {}
    said: list[Remark] = list(await _covered(look, known))
    for each in found:
        if each.moments:
            first = _intervals(sorted(each.moments), step)
            words = {"count": len(first), "times": _times(first)}
            said.append((f"prometheus_capacity.short_{each.kind}", words))
        elif not each.looked:
            said.append((f"prometheus_capacity.blind_{each.kind}", {}))
    whole = "pods" in known and bool(known & {"refused", "queue"})
    if not whole:
        within["value"] = (len(intervals), math.inf)
    missed = await _missed(look, intervals, step, said)
    if missed is not None:
        fields["violations"] = missed
        if not whole:
            within["violations"] = (missed, math.inf)
    return Seen(fields, tuple(said), within)


def _threshold(look: Look) -> float:
    given = look.ask.params.get("refused_percent")
    if not isinstance(given, int | float) or not 0 <= given <= MOST_REFUSED:
        raise NoData("prometheus_capacity.bad_refused", found=str(given)[:40], most=f"{MOST_REFUSED:g}")
    return float(given)


async def _pods(look: Look, step: float) -> _Found:
    if not UNPLACED.fits(await look.names()):
        return _Found("pods", frozenset(), False)
    # At two looks in a row.
    twice = f"min_over_time(({expression.fill(UNPLACED.query, look.window, look.selector)})[10m:5m])"
    points = await _curve(look, twice, step)
    return _Found("pods", frozenset(at for at, value in points.items() if value > 0), bool(points))


async def _refusals(look: Look, step: float, most: float) -> _Found:
    names = await look.names()
    for raw in REFUSED:
        if raw.fits(names):
            points = await _curve(look, expression.fill(raw.query, look.window, look.selector), step)
            if points:
                over = frozenset(at for at, value in points.items() if value > most)
                return _Found("refused", over, True)
    return _Found("refused", frozenset(), False)


async def _queue(look: Look, step: float) -> _Found:
    """Requests that wait while the autoscaler may add no replica."""
    try:
        ways = [(look.signal(name), await look.way(name)) for name in ("queue_depth", "hpa_replicas")]
    except NoData:
        return _Found("queue", frozenset(), False)
    waiting, replicas = (expression.one(signal, way, STEP, look.selector) for signal, way in ways)
    queue = await _curve(look, waiting, step)
    full = await _curve(look, replicas, step)
    most = 100 / ways[1][1].scale
    both = frozenset(at for at, value in queue.items() if value >= 1 and full.get(at, 0.0) >= most)
    return _Found("queue", both, bool(queue and full))


async def _curve(look: Look, query: str, step: float) -> dict[int, float]:
    """The greatest value of each step, by the moment that ends it."""
    outer = f"max_over_time(({query})[{window_text(step)}:5m])"
    answer = await look.range(outer, look.window, step)
    points = answer.series[0].points if len(answer.series) == 1 else ()
    return {round(at): value for at, value in points if math.isfinite(value)}


async def _covered(look: Look, known: set[str]) -> tuple[Remark, ...]:
    if "pods" in known:
        return await look.covered(_PHASE, say("prometheus_capacity.shortage"), look.window)
    names = await look.names()
    metric = next((raw.needs[0] for raw in REFUSED if raw.fits(names)), None)
    return await look.covered(metric, say("prometheus_capacity.shortage"), look.window) if metric else ()


async def _missed(
    look: Look, intervals: list[tuple[int, int]], step: float, said: list[Remark]
) -> int | None:
    """In how many of the intervals some service missed its SLO; None where success is not told."""
    if not intervals:
        return 0
    target = target_of(look.ask)
    try:
        way = await look.way(SUCCESS)
    except NoData as outcome:
        said.append(("prometheus_capacity.no_slo", {"why": str(outcome)}))
        return None
    query = expression.one(look.signal(SUCCESS), way, max(step, STEP), look.selector)
    answer = await look.range(query, look.window, step)
    points = answer.series[0].points if len(answer.series) == 1 else ()
    bad = [at for at, value in points if value * way.scale < target]
    return sum(any(start - step <= at <= end + step for at in bad) for start, end in intervals)


def _intervals(moments: list[int], step: float) -> list[tuple[int, int]]:
    """Moments that follow each other as one interval, (start, end)."""
    found: list[tuple[int, int]] = []
    for at in moments:
        if found and at - found[-1][1] <= 1.5 * step:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def _times(intervals: Iterable[tuple[int, int]]) -> str:
    starts = [f"{datetime.fromtimestamp(start, UTC):%Y-%m-%d %H:%M} UTC" for start, _ in intervals]
    return ", ".join(starts[:5]) + (f" (+{len(starts) - 5})" if len(starts) > 5 else "")


def lines(ask: Ask) -> Iterable[str]:
    """The signals as they are asked along the window."""
    for name in ("queue_depth", "hpa_replicas"):
        signal = signals()[name]
        for way in (each for each in signal.ways if each.cannot is None):
            yield f"  [{name}, {way.exporter}, 5m] {expression.one(signal, way, STEP, selector_asked(ask))}"

"""How steady latency is: P95 from one piece of the window to the next."""

from __future__ import annotations

import math
from dataclasses import replace

from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus import expression
from gpuready.prometheus.answer import Answer
from gpuready.prometheus.buckets import buckets_of
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look, selector_asked, window_asked
from gpuready.prometheus.read.jitter import PIECES, Interval, variation, variation_within
from gpuready.prometheus.read.parts import texts, ways_of
from gpuready.prometheus.read.raw import NAMES
from gpuready.prometheus.signal import Way
from gpuready.prometheus.table import signals
from gpuready.text.say import language

SIGNAL = "e2e"
Q = 0.95


async def _jitter(look: Look) -> Seen:
    """P95 of each piece of the window; the pieces do not overlap, and one without requests is no piece."""
    pieces = _pieces(look)
    able, unable = await ways_of(look, SIGNAL)
    found: list[Seen] = []
    why: NoData | None = None
    for way in able:
        try:
            found.append(await _of_way(look, way, pieces))
        except NoData as outcome:
            why = why or outcome
    if not found:
        assert why is not None
        raise why
    worst = max(found, key=lambda seen: float(seen.fields["value"]))
    if why is None and not unable:
        return worst
    # what another exporter does not tell may vary by any measure
    exporters = ", ".join(way.exporter for way in (*able, *unable))
    said: Remark = ("prometheus_latency.jitter_part", {"exporters": exporters})
    low = worst.within.get("value", (float(worst.fields["value"]), 0.0))[0]
    return replace(worst, remarks=(*worst.remarks, said), within={"value": (low, math.inf)})


async def _of_way(look: Look, way: Way, pieces: int) -> Seen:
    signal, length = look.signal(SIGNAL), look.window / pieces
    what = signal.words.to(language())
    covered = await look.covered(way.needs[0], what, look.window)
    answer = await look.range(
        expression.one(signal, way, length, look.selector, Q), look.window - length, length
    )
    points = answer.series[0].points if len(answer.series) == 1 else ()
    values = {round(at): value * way.scale for at, value in points if math.isfinite(value)}
    if len(values) < PIECES[0]:
        raise NoData("prometheus_latency.few_pieces", found=len(values), pieces=pieces, least=PIECES[0])
    shown = ", ".join(f"{value:.3g}" for _, value in sorted(values.items()))
    fields = {"signal": what, "pieces": len(values), "length": window_text(length)}
    remarks: list[Remark] = [
        *covered,
        ("prometheus_latency.pieces", {**fields, "values": shown, "unit": signal.unit}),
    ]
    value = variation(list(values.values()))
    if not way.histogram:
        return Seen({"value": value, "pieces": len(values)}, tuple(remarks))
    spread = await look.range(
        expression.buckets(way.histogram, length, look.selector), look.window - length, length
    )
    bounds = variation_within([_bounds(spread, at) for at in values])
    low, high = (f"{each:.3g}" for each in bounds)
    remarks.append(("prometheus_latency.jitter_bounds", {"low": low, "high": high}))
    # the line that is drawn through a bucket can make it vary less or more than it can, by a hair
    within = (min(bounds[0], value), max(bounds[1], value))
    return Seen({"value": value, "pieces": len(values)}, tuple(remarks), {"value": within})


def _pieces(look: Look) -> int:
    """Into how many pieces the window is cut, so that each is long enough for a rate."""
    given = look.ask.params.get("pieces")
    least, most = PIECES
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise NoData("prometheus_latency.bad_pieces", found=str(given)[:20], least=least, most=most)
    return given


def _bounds(spread: Answer, at: int) -> Interval:
    """Between which edges P95 lies in the piece that ends at that time."""
    then = tuple(
        replace(one, points=tuple(point for point in one.points if round(point[0]) == at))
        for one in spread.series
    )
    return buckets_of(Answer(spread.query, then)).around(Q)


def _plan(ask: Ask) -> list[str]:
    """The same of each piece, asked as a history, and between which edges it lies."""
    pieces = ask.params["pieces"]
    length = seconds_of(window_asked(ask)) / (pieces if isinstance(pieces, int) and pieces else 1)
    ways = [way for way in signals()[SIGNAL].ways if way.cannot is None]
    selector = selector_asked(ask)
    lines = [expression.one(signals()[SIGNAL], way, length, selector, Q) for way in ways]
    lines += [expression.buckets(way.histogram, length, selector) for way in ways if way.histogram]
    return [f"  {line}" for line in lines]


CHECKS = (
    check(
        "latency_jitter",
        _jitter,
        calls=(NAMES,),
        queries=texts(SIGNAL),
        fields={"value": "%", "pieces": "count"},
        params={"window": "30m", "pieces": 6},
        more=_plan,
    ),
)

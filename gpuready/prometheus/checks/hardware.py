"""GPUs that fail or will: which to service first, which get worse, and whether failures become fewer."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gpuready.checklist.verdict import Bounds
from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.expression import fill
from gpuready.prometheus.look import ENOUGH, WHOLE, Look, selector_asked, window_asked
from gpuready.prometheus.read import periods, service, xids
from gpuready.prometheus.read.periods import STATES, TEMPERATURES
from gpuready.prometheus.read.planned import over
from gpuready.prometheus.read.raw import NAMES, listed, texts
from gpuready.prometheus.read.trends import RULES, trends
from gpuready.text.say import say

FEW = 10
"""Incidents in both periods together below which a change may be chance."""


async def _trend(look: Look) -> Seen:
    """GPUs that get worse within the window."""
    found = await trends(look)
    fields = {"value": len(found.worse), "trends": len(found.followed), "gpus": found.gpus}
    window = window_text(look.window)
    said: list[Remark] = [
        (
            "prometheus_hardware.followed",
            {"names": ", ".join(found.followed), "gpus": found.gpus, "window": window},
        )
    ]
    if found.worse:
        names = listed((f"{gpu} ({', '.join(why)})" for gpu, why in found.worse.items()), 20)
        said.append(("prometheus_hardware.worse", {"names": names}))
    said += [("prometheus_hardware.blind", {"why": why}) for why in found.blind.values()]
    within: dict[str, Bounds] = {}
    if not found.is_whole:
        within["value"] = (len(found.worse), math.inf)
    return Seen(fields, tuple(said), within)


async def _first(look: Look) -> Seen:
    """GPUs to service, the gravest first, each with what NVIDIA advises."""
    found = await service.due(look)
    fields = {"value": len(found.gpus), "sources": len(found.sources)}
    said: list[Remark] = [("prometheus_hardware.sources", {"names": ", ".join(found.sources)})]
    for each in found.gpus[: service.SHOWN]:
        words = {"gpu": each.gpu, "reasons": "; ".join(each.reasons), "action": each.action}
        said.append(("prometheus_hardware.service", words))
    if len(found.gpus) > service.SHOWN:
        said.append(("prometheus_hardware.more", {"count": len(found.gpus) - service.SHOWN}))
    said += [("prometheus_hardware.blind", {"why": why}) for why in found.blind]
    within: dict[str, Bounds] = {}
    if found.blind:
        within["value"] = (len(found.gpus), math.inf)
    return Seen(fields, tuple(said), within)


async def _failures(look: Look) -> Seen:
    """Incidents for each GPU hour, this period against the one before."""
    found = await periods.compared(look)
    window = window_text(look.window)
    if found is None:
        wanted = ", ".join(TEMPERATURES)
        raise NoData("prometheus.no_metric", signal=say("prometheus_hardware.gpus"), wanted=wanted)
    if "Xid" not in found.sources:
        raise NoData("prometheus_hardware.no_xids")
    new, old = found.new, found.old
    for period, key in ((new, "short_now"), (old, "short_before")):
        if period.share < ENOUGH or not period.gpu_hours:
            share = {"share": f"{100 * period.share:.0f}", "window": window}
            raise NoData(f"prometheus_hardware.{key}", **share)
    if not old.incidents and not new.incidents:
        raise NoData("prometheus_hardware.no_failures", window=window)
    counts = {"new": new.incidents, "old": old.incidents, "window": window}
    hours = {"hours": f"{new.gpu_hours:.0f}", "before": f"{old.gpu_hours:.0f}"}
    said: list[Remark] = [("prometheus_hardware.incidents", counts | hours)]
    within: dict[str, Bounds] = {}
    if old.incidents:
        value = 100 * (1 - new.rate / old.rate)
    else:
        value = -100.0  # from none to some: worse by more than any share says
        within["value"] = (-math.inf, -100.0)
    if new.incidents + old.incidents < FEW:
        said.append(("prometheus_hardware.few", {"count": new.incidents + old.incidents}))
    if min(new.share, old.share) < WHOLE:
        said.append(("prometheus_hardware.partly", {"share": f"{100 * min(new.share, old.share):.0f}"}))
    if found.blind:
        said.append(("prometheus_hardware.not_counted", {"names": ", ".join(found.blind)}))
    fields = {"value": value, "incidents": new.incidents, "before": old.incidents}
    return Seen(fields, tuple(said), within)


def _hour_lines(ask: Ask) -> Iterable[str]:
    """The queries that are asked hour by hour."""
    selector = selector_asked(ask)
    for query in (*periods.XIDS, *texts(STATES)):
        yield f"  [1h] {fill(query, periods.HOUR, selector)}"


def _half_lines(ask: Ask) -> Iterable[str]:
    """The signals over half of the window."""
    return over(tuple(RULES), (seconds_of(window_asked(ask)) / 2,))(ask)


CHECKS = (
    check(
        "ecc_trend",
        _trend,
        asks=tuple(RULES),
        fields={"value": "count", "trends": "count", "gpus": "count"},
        params={"window": "30d"},
        limit=60.0,
        more=_half_lines,
    ),
    check(
        "service_first",
        _first,
        asks=(*service.SIGNALS, *RULES),
        queries=(*service.QUERIES, *texts(xids.CODES), *(xids.watched(raw) for raw in xids.CODES)),
        fields={"value": "count", "sources": "count"},
        params={"window": "7d"},
        limit=60.0,
        more=_half_lines,
    ),
    check(
        "hardware_failures",
        _failures,
        queries=(
            *(f"count(group by (UUID, uuid) ({metric}{{$sel}}))" for metric in TEMPERATURES),
            *(xids.watched(raw) for raw in xids.CODES),
            *dict.fromkeys(f"count({raw.needs[0]}{{$sel}})" for raw in STATES),
        ),
        calls=(NAMES,),
        fields={"value": "%", "incidents": "count", "before": "count"},
        params={"window": "92d"},
        limit=120.0,
        more=_hour_lines,
    ),
)

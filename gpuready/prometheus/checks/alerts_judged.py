"""How often alerts are right, and how long what they tell of lasts: from the ledger of what fired."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from gpuready.probes.duration import window_text
from gpuready.probes.probe import Ask, NoData, Probe, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.alerts.judgement import judgements_of, reading, session_of, shown, state_of
from gpuready.prometheus.alerts.ledger import ALWAYS, SAMPLED, Episode, Period, period, queries
from gpuready.prometheus.check import Judge, check
from gpuready.prometheus.look import Look

_INFINITE = float("inf")
_PARAMS = {"window": "30d", "leave_out": ALWAYS}
_GRAVE = frozenset({"critical", "page", "error", "emergency", "disaster"})


async def _ledger(look: Look) -> tuple[Period, dict[str, bool]]:
    """What fired in the window, and what was said of it; `NoData` when nothing fired."""
    seen = await period(look, look.window, leave_out=str(look.ask.params.get("leave_out", "")))
    state = await state_of(look.ask)
    known = judgements_of(state.settings) if state else {}
    look.show(*shown(look.ask, known))
    if not seen.episodes and not seen.before:
        raise NoData("prometheus_alerts.none_fired", window=window_text(look.window))
    return seen, {each.id: known[each.id] for each in seen.episodes if each.id in known}


async def _share(look: Look, of: bool) -> Seen:
    """The share of true (or of false) alerts among all that began in the window.  What waits for a judgement
    may turn out either way: these are the bounds."""
    seen, judged = await _ledger(look)
    every, window = len(seen.episodes), window_text(look.window)
    if not every:
        raise NoData("prometheus_alerts.none_began", window=window, count=len(seen.before))
    waiting = every - len(judged)
    if not judged:
        key = "none_judged" if session_of(look.ask) else "no_session"
        raise NoData(f"prometheus_alerts.{key}", count=every, window=window)
    hits = sum(verdict is of for verdict in judged.values())
    remarks: list[Remark] = [*seen.remarks]
    if waiting:
        remarks.append(("prometheus_alerts.waiting", {"waiting": waiting, "count": every}))
    if seen.before:
        remarks.append(("prometheus_alerts.before", {"count": len(seen.before)}))
    true = sum(judged.values())
    fields = {
        "value": 100 * hits / len(judged),
        "alerts": every,
        "judged": len(judged),
        "waiting": waiting,
        "true": true,
        "false": len(judged) - true,
    }
    return Seen(fields, tuple(remarks), {"value": (100 * hits / every, 100 * (hits + waiting) / every)})


async def _accuracy(look: Look) -> Seen:
    return await _share(look, True)


async def _false_ratio(look: Look) -> Seen:
    return await _share(look, False)


async def _repair(look: Look) -> Seen:
    """The mean time that critical alerts fired: of those judged true, or of all that were not judged false
    while none is judged.  One that fires still counts as soon as it can only raise the mean, and then the
    mean is at least that."""
    seen, judged = await _ledger(look)
    grave = [each for each in (*seen.episodes, *seen.before) if each.severity.lower() in _GRAVE]
    remarks: list[Remark] = [*seen.remarks]
    if not grave:
        raise NoData("prometheus_alerts.none_critical", window=window_text(look.window))
    true = [each for each in grave if judged.get(each.id) is True]
    if true:
        waiting = sum(each.id not in judged for each in grave)
        grave = true
        if waiting:
            remarks.append(("prometheus_alerts.repair_judged", {"count": len(true), "waiting": waiting}))
    else:
        grave = [each for each in grave if judged.get(each.id) is not False]
        if not grave:
            raise NoData("prometheus_alerts.none_true", window=window_text(look.window))
        remarks.append(("prometheus_alerts.repair_unjudged", {"count": len(grave)}))
    return _mean(grave, remarks)


def _mean(grave: Sequence[Episode], remarks: list[Remark]) -> Seen:
    over = [each for each in grave if each.end is not None]
    times = [each.firing for each in over]
    still = [each for each in grave if each.end is None]
    mean = sum(times) / len(times) if times else 0.0
    longer = [each.firing for each in still if each.firing > mean]
    if not times and not longer:
        raise NoData("prometheus_alerts.none_over", count=len(still))
    if still:
        remarks.append(("prometheus_alerts.still", {"count": len(still), "counted": len(longer)}))
    counted = times + longer
    value = sum(counted) / len(counted) / 60
    at_least = bool(longer) or any(not each.whole for each in over)
    longest = max(grave, key=lambda each: each.firing)
    remarks.append(
        ("prometheus_alerts.longest", {"name": longest.name, "minutes": f"{longest.firing / 60:.0f}"})
    )
    remarks.append(("prometheus_alerts.repair_is", {}))
    fields = {
        "value": value,
        "longest": longest.firing / 60,
        "alerts": len(counted),
        "firing": len(still),
    }
    return Seen(fields, tuple(remarks), {"value": (value, _INFINITE)} if at_least else {})


def _judged(name: str, judge: Judge, fields: dict[str, str]) -> Probe:
    """A check of the ledger: it reads the session too, and says so."""
    usual = queries()
    asked = (usual.starts, usual.ends, usual.now, SAMPLED)
    probe = check(name, judge, queries=asked, fields=fields, params=_PARAMS, limit=60.0)

    def steps(ask: Ask) -> Sequence[str]:
        given = queries(str(ask.params.get("leave_out", ""))).but
        lines = [line.replace(usual.but, given) for line in probe.steps(ask)]
        return [*lines, *filter(None, (reading(ask),))]

    return dataclasses.replace(probe, steps=steps)


_COUNTS = {"alerts": "count", "judged": "count", "waiting": "count", "true": "count", "false": "count"}

CHECKS = (
    _judged("alerts_accuracy", _accuracy, {"value": "%", **_COUNTS}),
    _judged("alerts_false_ratio", _false_ratio, {"value": "%", **_COUNTS}),
    _judged(
        "repair_time_mean",
        _repair,
        {"value": "min", "longest": "min", "alerts": "count", "firing": "count"},
    ),
)

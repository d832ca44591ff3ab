"""Load and capacity: the trend, whether it can be foretold, whether demand exceeded what there is."""

from __future__ import annotations

from collections.abc import Iterable

from gpuready.checklist.verdict import Bounds
from gpuready.probes.duration import window_text
from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look, selector_asked
from gpuready.prometheus.read import shortage
from gpuready.prometheus.read.days import LOADS, WIDTHS, Days, daily, load_of, queries
from gpuready.prometheus.read.forecast import LEAST_DAYS, back_test, fit, reaches
from gpuready.prometheus.read.raw import NAMES, TARGETS, scraped
from gpuready.prometheus.slo import SUCCESS
from gpuready.prometheus.table import signals
from gpuready.text.say import language

HORIZON = 365
"""Days for which it is said when capacity is met: further no straight line reaches."""
DIMENSIONS = (
    "request_rate",
    "prompt_tokens",
    "generation_tokens",
    "running_requests",
    "kv_cache_use",
    "prompt_length",
)
"""What can double alone: each sizes another part of an engine."""


async def _trend(look: Look) -> Seen:
    days = await daily(look, await load_of(look))
    fields: dict[str, float] = {"value": len(days.peaks)}
    said: list[Remark] = [_weeks(days)]
    made = fit(days.peaks)
    if made is None:
        return Seen(fields, (*said, ("prometheus_capacity.no_trend", {"days": LEAST_DAYS})))
    ahead = made.at(days.last + 30)
    now = made.level + made.slope * days.last
    fields["in_30_days"] = ahead
    if now > 0:
        fields["trend"] = 100 * 30 * made.slope / now
        words = {"signal": days.words, "trend": f"{fields['trend']:+.3g}", "ahead": f"{ahead:.4g}"}
        said.append(("prometheus_capacity.trend", words | {"unit": days.signal.unit}))
    if capacity := _capacity(look):
        day = reaches(made, capacity, days.last, HORIZON)
        key = "meets" if day is not None else "holds"
        words = {"capacity": f"{capacity:.4g}", "days": str((day or 0) - days.last), "horizon": str(HORIZON)}
        said.append((f"prometheus_capacity.{key}", words))
    return Seen(fields, tuple(said))


def _capacity(look: Look) -> float:
    """What the cluster can bear, in the load's unit: the option or parameter ``capacity``; 0: not given."""
    text = look.ask.target.options.get("capacity", "") or str(look.ask.params.get("capacity") or "0")
    try:
        capacity = float(text)
    except ValueError:
        capacity = -1.0
    if not 0 <= capacity < 1e15:
        raise NoData("prometheus_capacity.bad_capacity", found=text[:40])
    return capacity


def _weeks(days: Days) -> Remark:
    """The weekly peaks, oldest first: what a curve would show."""
    weeks: dict[int, float] = {}
    for day, peak in days.peaks.items():
        ago = (days.last - day) // 7
        weeks[ago] = max(weeks.get(ago, 0.0), peak)
    shown = " ".join(f"{weeks[ago]:.3g}" for ago in sorted(weeks, reverse=True)[-26:])
    words = {"signal": days.words, "days": len(days.peaks), "weeks": shown, "unit": days.signal.unit}
    return "prometheus_capacity.weeks", words


async def _forecast(look: Look) -> Seen:
    """A forecast as it could be made some days ago, set against the daily peaks that came."""
    ahead = look.ask.params.get("days")
    if not isinstance(ahead, int | float) or not 7 <= ahead <= 366:
        raise NoData("prometheus_capacity.bad_days", found=str(ahead)[:40])
    days = await daily(look, await load_of(look))
    score = back_test(days.peaks, days.last, int(ahead))
    if score is None:
        known = sum(1 for day in days.peaks if day <= days.last - ahead)
        words = {"signal": days.words, "known": known, "least": LEAST_DAYS, "days": int(ahead)}
        raise NoData("prometheus_capacity.too_short", **words)
    fields: dict[str, float] = {
        "value": 100 * score.accuracy,
        "bias": 100 * score.bias,
        "naive": 100 * score.naive,
        "compared": score.compared,
        "history": score.history,
    }
    within: dict[str, Bounds] = {}
    if score.compared < ahead:
        # What could not be compared is not known to be off.
        within["compared"] = (score.compared, ahead)
    words = {"signal": days.words, "days": int(ahead), "history": score.history, "compared": score.compared}
    numbers = {"bias": f"{fields['bias']:+.3g}", "naive": f"{fields['naive']:.3g}"}
    said: list[Remark] = [("prometheus_capacity.back_test", words | numbers)]
    if score.accuracy <= score.naive:
        said.append(("prometheus_capacity.naive_wins", numbers))
    if score.left_out or score.missing:
        gaps = {"left_out": score.left_out, "missing": score.missing}
        said.append(("prometheus_capacity.not_compared", gaps))
    return Seen(fields, tuple(said), within)


async def _dimensions(look: Look) -> Seen:
    """In how many dimensions load is recorded for the window."""
    there: list[str] = []
    partly: list[str] = []
    missing: list[str] = []
    for name in DIMENSIONS:
        words = look.signal(name).words.to(language())
        try:
            way = await look.way(name)
            count = await look.query(f"count({way.needs[0]}{{$sel}})")
            if not count.value:
                missing.append(words)
                continue
            await look.covered(way.needs[0], words, look.window)
            there.append(words)
        except NoData as outcome:
            (partly if outcome.key == "prometheus.short" else missing).append(words)
    if not there and not partly:
        await scraped(look)
        raise NoData("prometheus_capacity.no_load", names=", ".join(missing))
    said: list[Remark] = []
    if there:
        said.append(("prometheus_capacity.dimensions", {"names": ", ".join(there)}))
    if missing:
        said.append(("prometheus_capacity.dimensions_missing", {"names": ", ".join(missing)}))
    within: dict[str, Bounds] = {}
    if partly:
        short = {"names": ", ".join(partly), "window": window_text(look.window)}
        said.append(("prometheus_capacity.dimensions_short", short))
        within["value"] = (len(there), len(there) + len(partly))
    return Seen({"value": len(there)}, tuple(said), within)


async def _scheduled(look: Look) -> Seen:
    """Jobs placed of jobs wanted; without any there is nothing to judge."""
    placed, wanted = await look.read("jobs_scheduled"), await look.read("jobs_submitted")
    if placed.way.exporter.split(" ")[0] != wanted.way.exporter.split(" ")[0]:
        exporters = {"one": placed.way.exporter, "other": wanted.way.exporter}
        raise NoData("prometheus_capacity.two_schedulers", **exporters)
    if wanted.value < 1:
        words = {"signal": wanted.signal.words.to(language()), "window": window_text(look.window)}
        raise NoData("prometheus.no_traffic", **words)
    fields = {
        "value": min(100.0, 100 * placed.value / wanted.value),
        "scheduled": placed.value,
        "submitted": wanted.value,
    }
    words = {"scheduled": f"{placed.value:.0f}", "submitted": f"{wanted.value:.0f}"}
    said: Remark = ("prometheus_capacity.jobs", words | {"exporter": placed.way.exporter})
    return Seen(fields, (*placed.remarks, said))


def _day_lines(ask: Ask) -> Iterable[str]:
    """The queries of daily peaks, which are asked day by day over the window."""
    for name in LOADS:
        signal = signals()[name]
        for way in (each for each in signal.ways if each.cannot is None):
            for query in queries(signal, way, selector_asked(ask), WIDTHS[0]):
                yield f"  [{name}, {way.exporter}, 1d] {query}"


CHECKS = (
    check(
        "load_trend",
        _trend,
        asks=LOADS,
        fields={"value": "d", "trend": "%", "in_30_days": "1/s"},
        params={"window": "90d", "signal": "", "capacity": 0},
        limit=60.0,
        more=_day_lines,
    ),
    check(
        "forecast_accuracy",
        _forecast,
        asks=LOADS,
        fields={"value": "%", "bias": "%", "naive": "%", "compared": "d", "history": "d"},
        params={"window": "90d", "signal": "", "days": 28},
        limit=60.0,
        more=_day_lines,
    ),
    check(
        "demand_over_capacity",
        shortage.judged,
        asks=("queue_depth", "hpa_replicas", SUCCESS),
        queries=shortage.QUERIES,
        calls=(NAMES,),
        fields={"value": "count", "violations": "count", "minutes": "min"},
        params={"window": "30d", "refused_percent": 1, "target_percent": 99.9},
        limit=120.0,
        more=shortage.lines,
    ),
    check(
        "load_dimensions",
        _dimensions,
        asks=DIMENSIONS,
        queries=(TARGETS,),
        fields={"value": "count"},
        params={"window": "30d"},
        more=lambda ask: (
            f"  count({way.needs[0]}{{{selector_asked(ask)}}})"
            for name in DIMENSIONS
            for way in signals()[name].ways
            if way.cannot is None
        ),
    ),
    check(
        "job_scheduled_ratio",
        _scheduled,
        asks=("jobs_scheduled", "jobs_submitted"),
        fields={"value": "%", "scheduled": "count", "submitted": "count"},
        params={"window": "7d"},
    ),
)

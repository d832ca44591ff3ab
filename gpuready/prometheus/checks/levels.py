"""Service levels: availability, attainment of the SLO, error budget and how fast it burns."""

from __future__ import annotations

import contextlib

from gpuready.checklist.units import convert
from gpuready.checklist.verdict import Bounds
from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read import availability
from gpuready.prometheus.read.availability import gauge_queries
from gpuready.prometheus.read.planned import over
from gpuready.prometheus.read.raw import NAMES
from gpuready.prometheus.slo import (
    RULES,
    SUCCESS,
    Burn,
    budget_used,
    burn,
    edges_text,
    share_within,
    success,
    target_of,
    together,
    worst,
)
from gpuready.text.say import language

LATENCIES = ("ttft", "inter_token", "e2e")
"""The signals that a latency objective can be set for."""
WINDOWS = tuple(dict.fromkeys(window for rule in RULES for window in (rule.long, rule.short)))


async def _availability(look: Look) -> Seen:
    """By a gauge that says up or down where there is one, else by the requests that succeeded."""
    word = str(look.ask.params.get("signal") or "")
    gauges = await availability.gauges_of(look, word)
    for gauge in gauges:
        seen = await availability.by_time(look, gauge)
        if seen is not None:
            return seen
    if gauges and word:
        metrics = ", ".join(each.metric for each in gauges)
        window = window_text(look.window)
        raise NoData("prometheus.no_samples", signal=word, window=window, metric=metrics)
    reading, services = await success(look)
    said: list[Remark] = [*reading.remarks, ("prometheus_levels.by_requests", {})]
    if services:
        said.append(_worst(services))
    return Seen({"value": reading.value}, tuple(said))


async def _attainment(look: Look) -> Seen:
    """The success of the worst service; where a latency objective is set, the lesser of the two shares."""
    reading, services = await success(look)
    fields = {"value": reading.value, "success": reading.value}
    said = list(reading.remarks)
    within: dict[str, Bounds] = {}
    if services:
        fields["services"] = len(services)
        said.append(_worst(services))
    if limit := _latency_limit(look):
        share, bounds, remarks = await _in_time(look, limit)
        said += remarks
        fields["in_time"] = share
        within["in_time"] = bounds
        fields["value"] = min(reading.value, share)
        within["value"] = (min(reading.value, bounds[0]), min(reading.value, bounds[1]))
    return Seen(fields, tuple(said), within)


def _latency_limit(look: Look) -> float:
    """The objective in ms: the option ``slo_latency_ms``, else the parameter ``latency_ms``; 0 for none."""
    text = look.ask.target.options.get("slo_latency_ms", "") or str(look.ask.params.get("latency_ms") or "0")
    try:
        limit = float(text)
    except ValueError:
        limit = -1.0
    if not 0 <= limit < 1e9:
        raise NoData("prometheus_levels.bad_latency", found=text[:40])
    return limit


async def _in_time(look: Look, limit: float) -> tuple[float, Bounds, list[Remark]]:
    """The share in % of requests that took at most `limit` ms, by the buckets of the latency's histogram."""
    name = str(look.ask.params.get("latency") or "ttft")
    if name not in LATENCIES:
        raise NoData("prometheus_levels.bad_signal", found=name[:40], known=", ".join(LATENCIES))
    signal, way = look.signal(name), await look.way(name)
    words = {"signal": signal.words.to(language()), "window": window_text(look.window)}
    if not way.histogram:
        raise NoData("prometheus_levels.no_buckets", exporter=way.exporter, **words)
    spread = await look.buckets(way.histogram)
    figure = convert(limit, "ms", signal.unit) / way.scale
    found = share_within(spread, figure)
    if found is None:
        raise NoData("prometheus.no_traffic", **words)
    said: list[Remark] = list(await look.covered(way.needs[0], str(words["signal"]), look.window))
    share, bounds = found
    if bounds[0] != bounds[1]:
        edges = edges_text([convert(edge * way.scale, signal.unit, "ms") for edge in spread.edges])
        said.append(("prometheus_levels.no_edge", {"figure": f"{limit:g}", "edges": edges, **words}))
    return 100 * share, (100 * bounds[0], 100 * bounds[1]), said


async def _used(look: Look) -> Seen:
    target = target_of(look.ask)
    reading, services = await success(look)
    fields = {"value": budget_used(reading.value, target)}
    said = [*reading.remarks, ("prometheus_levels.target", {"target": f"{target:g}"})]
    if services:
        fields["services"] = len(services)
        said.append(_worst(services))
    for rule in RULES:
        with contextlib.suppress(NoData):
            fields[rule.field], _, shown = await _burning(look, rule, target)
            said.append(shown)
    return Seen(fields, tuple(said))


async def _burn(look: Look) -> Seen:
    """Each rule of the multi-window alert by the burn rate that both its windows show."""
    target = target_of(look.ask)
    fields: dict[str, float] = {}
    within: dict[str, Bounds] = {}
    said: list[Remark] = [("prometheus_levels.target", {"target": f"{target:g}"})]
    why: NoData | None = None
    for rule in RULES:
        try:
            rate, bounds, shown = await _burning(look, rule, target)
        except NoData as outcome:
            why = why or outcome
            words = {"window": window_text(rule.long), "why": str(outcome)}
            said.append(("prometheus_levels.window_unknown", words))
            continue
        said.append(shown)
        fields[rule.field] = rate
        if bounds is not None:
            within[rule.field] = bounds
        elif rate >= rule.factor:
            key = "ticket" if rule.factor == 1 else "page"
            lengths = {"long": window_text(rule.long), "short": window_text(rule.short)}
            said.append((f"prometheus_levels.{key}", {"factor": f"{rule.factor:g}", **lengths}))
    if not fields:
        raise why or NoData("prometheus_levels.no_burn")
    try:
        reading, _ = await success(look)
        fields["left"] = 100 - budget_used(reading.value, target)
        said += reading.remarks
    except NoData as outcome:
        said.append(
            ("prometheus_levels.left_unknown", {"window": window_text(look.window), "why": str(outcome)})
        )
    return Seen(fields, tuple(said), within)


async def _burning(look: Look, rule: Burn, target: float) -> tuple[float, Bounds | None, Remark]:
    """The burn rate of the service for which the rule shows most.  A service without requests in the short
    window burns nothing now; where that window is not known, the long one is a bound."""
    reading, services = await success(look, rule.long)
    long = services or {"-": reading.value}
    short: dict[str, float] | None
    try:
        now, services = await success(look, rule.short)
        short = services or {"-": now.value}
    except NoData as outcome:
        short = {} if outcome.key == "prometheus.no_traffic" else None
    rates = []
    for service, value in long.items():
        brief = None if short is None else burn(short[service], target) if service in short else 0.0
        rates.append(together(burn(value, target), brief))
    rate, bounds = max(rates, key=lambda each: each[0])
    return rate, bounds, _shown(rule, long, short, target)


def _shown(rule: Burn, long: dict[str, float], short: dict[str, float] | None, target: float) -> Remark:
    name = worst(long)
    brief = "?" if short is None else f"{burn(min(short.values(), default=100.0), target):.3g}"
    return (
        "prometheus_levels.burning",
        {
            "service": name or "-",
            "long": window_text(rule.long),
            "short": window_text(rule.short),
            "slow": f"{burn(long[name], target):.3g}",
            "fast": brief,
        },
    )


def _worst(services: dict[str, float]) -> Remark:
    name = worst(services)
    words = {"service": name, "value": f"{services[name]:.5g}", "services": len(services)}
    return "prometheus_levels.worst", words


CHECKS = (
    check(
        "availability_30d",
        _availability,
        asks=(SUCCESS,),
        queries=gauge_queries(),
        calls=(NAMES,),
        fields={"value": "%", "worst": "%", "measured": "%"},
        params={"window": "30d", "signal": ""},
        limit=60.0,
    ),
    check(
        "slo_attainment",
        _attainment,
        asks=(SUCCESS, *LATENCIES),
        fields={"value": "%", "success": "%", "in_time": "%", "services": "count"},
        params={"window": "30d", "latency": "ttft", "latency_ms": 0},
        limit=60.0,
    ),
    check(
        "error_budget_used",
        _used,
        asks=(SUCCESS,),
        fields={"value": "%", "services": "count", **{rule.field: "x" for rule in RULES}},
        params={"window": "30d", "target_percent": 99.9},
        limit=60.0,
        more=over((SUCCESS,), WINDOWS),
    ),
    check(
        "burn_rate",
        _burn,
        asks=(SUCCESS,),
        fields={**{rule.field: "x" for rule in RULES}, "left": "%"},
        params={"window": "30d", "target_percent": 99.9},
        limit=60.0,
        more=over((SUCCESS,), WINDOWS),
    ),
)

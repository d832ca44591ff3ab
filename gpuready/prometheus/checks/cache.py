"""Caches: how often they hit, and how fast they answer."""

from __future__ import annotations

import math
from dataclasses import replace

from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import label_of
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look, Reading
from gpuready.prometheus.read.own import QUANTILE, metric_named, naming, quantile_of
from gpuready.prometheus.read.parts import parts_of, texts, worst_of
from gpuready.prometheus.read.raw import NAMES, listed
from gpuready.text.say import say

CACHES = {"prefix": "prefix_cache_hit", "response": "response_cache_hit", "redis": "redis_hit"}
"""The caches by the name that the parameter ``cache`` gives them, and their signals."""

PING = "redis_exporter_last_scrape_ping_time_seconds"
SERVER = "redis_latency_percentiles_usec"
PING_P99 = f"quantile_over_time(0.99, {PING}{{$sel}}[$window])"
PING_COUNT = f"count_over_time({PING}{{$sel}}[$window])"
SERVER_P99 = f'{SERVER}{{quantile=~"99|99[.]0|0[.]99",$sel}}'
UNANSWERED = "1 - avg by (instance) (avg_over_time(redis_up{$sel}[$window])) > 0.01"
"""Servers that did not answer more often than P99 may pass over: there is no PING of those moments."""
PINGS = 50
"""PINGs of one server at least: of fewer, P99 is their greatest."""


async def _hits(look: Look) -> Seen:
    """The chosen cache; without a choice all that are there, of which the worst counts."""
    chosen = str(look.ask.params.get("cache") or "")
    if chosen and chosen not in CACHES:
        raise NoData("prometheus_cache.no_such_cache", found=chosen[:40], known=", ".join(CACHES))
    found: dict[str, Reading] = {}
    missing: list[NoData] = []
    for cache, signal in CACHES.items():
        if chosen in ("", cache):
            try:
                parts = await parts_of(look, signal)
            except NoData as outcome:
                missing.append(outcome)
            else:
                # a server that has no such cache is no cache that misses
                found[cache] = worst_of(replace(parts, open=()))
    if not found:
        # a cache that nobody asked says more than one that is not there
        raise next((one for one in missing if one.key != "prometheus.no_metric"), missing[0])
    worst = min(found.values(), key=lambda reading: reading.value)
    said = "; ".join(f"{reading.signal.id} {reading.value:.4g} %" for reading in found.values())
    remarks: tuple[Remark, ...] = (*worst.remarks, ("prometheus_cache.caches", {"caches": said}))
    return Seen({"value": worst.value, "caches": len(found)}, remarks)


async def _latency(look: Look) -> Seen:
    """By the operator's own histogram, else by the PING of each scrape, else by the server's own account."""
    if metric := metric_named(look, "metric"):
        return await quantile_of(look, metric, 0.99, "ms")
    names = await look.names()
    if PING in names and (seen := await _ping(look)) is not None:
        return seen
    if SERVER in names:
        by_command = {
            f"{label_of(one.labels, 'instance')} {one.labels.get('cmd', '')}": one.value / 1000
            for one in (await look.query(SERVER_P99)).series
            if math.isfinite(one.value)
        }
        if by_command:
            worst = max(by_command, key=lambda name: by_command[name])
            return Seen({"value": by_command[worst]}, (("prometheus_cache.by_server", {"name": worst}),))
    signal = say("prometheus_cache.latency")
    if PING in names or SERVER in names:
        window = window_text(look.window)
        raise NoData("prometheus.no_samples", signal=signal, window=window, metric=f"{PING}, {SERVER}")
    raise NoData("prometheus.no_metric", signal=signal, wanted=f"{PING}, {SERVER}")


async def _ping(look: Look) -> Seen | None:
    """P99 of the PINGs of the slowest server; None where there is none in the window."""
    slowest = (await look.query(PING_P99)).by("instance")
    counts = (await look.query(PING_COUNT)).by("instance")
    if not slowest or not counts:
        return None
    least = min(counts.values())
    if least < PINGS:
        raise NoData(
            "prometheus_cache.few_pings", count=round(least), window=window_text(look.window), least=PINGS
        )
    covered = await look.covered(PING, say("prometheus_cache.latency"), look.window)
    worst = max(slowest, key=lambda name: slowest[name])
    value = 1000 * slowest[worst]
    remarks: list[Remark] = [
        *covered,
        ("prometheus_cache.by_ping", {"count": round(counts[worst]), "name": worst}),
    ]
    lost = (await look.query(UNANSWERED)).by("instance")
    if lost:
        remarks.append(("prometheus_cache.unanswered", {"names": listed(lost)}))
    return Seen({"value": value}, tuple(remarks), {"value": (value, math.inf)} if lost else {})


CHECKS = (
    check(
        "cache_hit_ratio",
        _hits,
        asks=tuple(CACHES.values()),
        queries=texts(*CACHES.values()),
        fields={"value": "%", "caches": "count"},
        params={"cache": ""},
    ),
    check(
        "cache_latency_p99",
        _latency,
        queries=(PING_P99, PING_COUNT, UNANSWERED, SERVER_P99),
        calls=(NAMES,),
        fields={"value": "ms"},
        params={"metric": ""},
        more=naming(*QUANTILE),
    ),
)

"""Prometheus itself: is it ready, how long does it keep samples, how fast does it answer?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import time as now
from typing import Any
from urllib.parse import urlencode

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.duration import seconds_of
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Remark, Safety, Target
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

DAY = 86400.0
OLDEST = 3650
"""Days back at most that samples are looked for."""

LATENCY_MOST = 50
"""Range queries of one measurement, whatever is asked for."""

# One hour's window: a scrape may have been missed at the very second that is asked for.
_AT = "count(count_over_time(up[1h]))"
# What every Prometheus has; the site's own dashboards are better: option ``queries``.
_QUERIES = (
    "sum by (job) (up)",
    "sum by (job) (rate(scrape_samples_scraped[5m]))",
    "max by (instance) (scrape_duration_seconds)",
    "count by (job) (up == 1)",
    "avg_over_time(up[1h])",
)


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether it takes queries, its version ("" where it does not tell), and the evidence."""

    ready: bool
    version: str
    evidence: tuple[Exchange, ...]
    remarks: tuple[Remark, ...]


def api(target: Target, path: str, **params: str) -> str:
    """The URL of a call to its API."""
    return url_of(target, f"/api/v1/{path}") + (f"?{urlencode(params)}" if params else "")


async def get(target: Target, url: str, limit: float) -> tuple[Any, Reply]:
    """The ``data`` of an answer of the API.  `NoData` with its own words when it refuses the query, `Broken`
    when it is not the API that answers."""
    reply = await fetch(url, limit=limit, target=target)
    if reply.status in (400, 422, 503):
        said = reply.table()
        words = safe_line(str(said.get("error", ""))[:200])
        raise NoData("probes_services.query_refused", error=words or reply.status).showing(reply.exchange)
    said = reply.must().table()
    if said.get("status") != "success" or "data" not in said:
        raise Broken("probes_services.no_prometheus", address=safe_line(target.address)).showing(
            reply.exchange
        )
    return said["data"], reply


async def vector(
    target: Target, query: str, time: Deadline, at: float | None = None
) -> tuple[list[Any], Reply]:
    """The series of an instant query, each with ``metric`` and ``value``."""
    params = {"query": query} | ({"time": f"{at:.0f}"} if at is not None else {})
    data, reply = await get(target, api(target, "query", **params), time.left)
    rows = data.get("result") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "metric" in row for row in rows):
        raise Broken("probes_services.no_prometheus", address=safe_line(target.address)).showing(
            reply.exchange
        )
    return rows, reply


async def readiness(target: Target, time: Deadline) -> Ready:
    """Ask ``/-/ready``; where a gateway or a relative of Prometheus has no such place, ask for the number 1
    instead.  A 503 is its own word that it is not ready."""
    reply = await fetch(url_of(target, "/-/ready"), limit=time.left, target=target)
    evidence, remarks = [reply.exchange], list(reply.remarks)
    if reply.status == 404:
        rows, second = await vector(target, "vector(1)", time)
        evidence.append(second.exchange)
        remarks.append(("probes_services.by_query", {}))
        ready = len(rows) == 1
    elif reply.ok:
        if reply.headers.get("Content-Type", "").startswith("text/html") or len(reply.text) > 1000:
            fault = Broken("probes_services.no_prometheus", address=safe_line(target.address))
            raise fault.showing(reply.exchange)
        ready = True
    else:
        if reply.status < 500:
            reply.must()
        ready = False
    version = ""
    if ready:  # its build is proof that it is one: any server may say 200 at any path
        built = await fetch(api(target, "status/buildinfo"), limit=time.left, target=target)
        evidence.append(built.exchange)
        if built.ok:
            data = built.table().get("data")
            version = safe_line(str(data.get("version", ""))) if isinstance(data, dict) else ""
        if not version:
            await vector(target, "vector(1)", time)
    return Ready(ready, version, tuple(evidence), tuple(remarks))


async def _health(ask: Ask) -> Measurement:
    time = Deadline(ask)
    state = await readiness(ask.target, time)
    fields: dict[str, Scalar] = {"ready": state.ready}
    evidence = list(state.evidence)
    if state.version:
        fields["version"] = state.version
    if state.ready:
        rows, reply = await vector(ask.target, "count(up)", time)
        total = _first(rows)
        down, reply = await vector(ask.target, "count(up == 0)", time)
        evidence.append(reply.exchange)
        if total is not None:
            fields |= {"targets": int(total), "targets_down": int(_first(down) or 0)}
    return Measurement(fields, "/-/ready", tuple(evidence), state.remarks)


def _first(rows: Sequence[Mapping[str, Any]]) -> float | None:
    try:
        return float(rows[0]["value"][1])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def retention_of(told: str) -> tuple[float | None, str]:
    """Time in seconds and size as written, of a storageRetention such as ``365d or 50GiB``."""
    parts = [part.strip() for part in told.split(" or ")]
    times = [found for part in parts if (found := _seconds(part)) is not None]
    sizes = [part for part in parts if _seconds(part) is None]
    return (times[0] if times else None), (sizes[0] if sizes else "")


def _seconds(text: str) -> float | None:
    try:
        return seconds_of(text)
    except Fault:
        return None


async def _retention(ask: Ask) -> Measurement:
    """`retention` is what it is set to; `oldest_sample` the greatest age at which a query really returns
    samples of `up`, found by halving, to the day.  With a size limit alone `retention` is left out."""
    time, target = Deadline(ask), ask.target
    evidence: list[Exchange] = []
    remarks: list[Remark] = []
    fields: dict[str, Scalar] = {}
    reply = await fetch(api(target, "status/runtimeinfo"), limit=time.left, target=target)
    evidence.append(reply.exchange)
    if reply.ok:
        data = reply.table().get("data")
        told = str(data.get("storageRetention", "")) if isinstance(data, dict) else ""
        kept, size = retention_of(told)
        if kept is not None:
            fields["retention"] = kept / DAY
        if size:
            fields["size_limit"] = safe_line(size)
            remarks.append(("probes_services.size_limit", {"size": safe_line(size)}))
    elif reply.status in (401, 403):
        reply.must()
    if "retention" not in fields:
        remarks.append(("probes_services.no_retention", {}))
    begun = now()

    async def there(days: int) -> bool:
        rows, reply = await vector(target, _AT, time, begun - days * DAY)
        evidence.append(reply.exchange)
        return bool(rows)

    if await there(0):
        fields["oldest_sample"] = await _oldest(there)
    else:
        remarks.append(("probes_services.no_samples", {}))
    shown = (*evidence[:2], *evidence[-3:]) if len(evidence) > 5 else tuple(evidence)
    return Measurement(fields, "/api/v1/status/runtimeinfo and queries", shown, tuple(remarks))


async def _oldest(there: Callable[[int], Awaitable[bool]]) -> float:
    """The greatest number of days at which there are samples; where they have gaps, one at which there
    are."""
    least, most = 0, OLDEST
    if await there(most):
        return float(most)
    while most - least > 1:
        middle = (least + most) // 2
        if await there(middle):
            least = middle
        else:
            most = middle
    return float(least)


async def _latency(ask: Ask) -> Measurement:
    """Range queries over 24 h at a step of 60 s, one after the other, each a minute further back so that no
    cache answers.  Queries without a result are not timed: they cost nothing and prove nothing."""
    time, target = Deadline(ask), ask.target
    count = max(1, min(int(str(ask.params.get("count", 10))), LATENCY_MOST))
    queries = _own(ask)
    times: list[float] = []
    empty = 0
    shown: list[Exchange] = []
    for number in range(count):
        url = _range(ask, queries[number % len(queries)], now() - 60 * number)
        data, reply = await get(target, url, time.left)
        rows = data.get("result") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise Broken("probes_services.no_prometheus", address=safe_line(target.address)).showing(
                reply.exchange
            )
        if rows:
            times.append(reply.phases.total)
        else:
            empty += 1
        shown.append(reply.exchange)
    if not times:
        raise NoData("probes_services.all_empty", count=count).showing(*shown[:2])
    fields: dict[str, Scalar] = {
        "p95": percentile(times, 95),
        "p50": percentile(times, 50),
        "slowest": max(times),
        "queries": len(times),
        "empty": empty,
    }
    remarks: list[Remark] = []
    if not ask.target.options.get("queries"):
        remarks.append(("probes_services.plain_queries", {}))
    return Measurement(fields, "/api/v1/query_range", tuple(shown[:3]), tuple(remarks))


def _own(ask: Ask) -> tuple[str, ...]:
    """The queries to time: option ``queries``, with ``;`` between them."""
    given = [part.strip() for part in ask.target.options.get("queries", "").split(";") if part.strip()]
    return tuple(given) or _QUERIES


def _range(ask: Ask, query: str, end: float) -> str:
    return api(ask.target, "query_range", query=query, start=f"{end - DAY:.0f}", end=f"{end:.0f}", step="60")


def _latency_steps(ask: Ask) -> Sequence[str]:
    count = max(1, min(int(str(ask.params.get("count", 10))), LATENCY_MOST))
    try:
        return tuple(step(_range(ask, _own(ask)[n % len(_own(ask))], now() - 60 * n)) for n in range(count))
    except NoData as fault:
        return (str(fault),)


def _health_steps(ask: Ask) -> Sequence[str]:
    try:
        urls = [url_of(ask.target, "/-/ready"), api(ask.target, "status/buildinfo")]
        urls += [api(ask.target, "query", query=query) for query in ("count(up)", "count(up == 0)")]
    except NoData as fault:
        return (str(fault),)
    return tuple(step(url) for url in urls)


def _retention_steps(ask: Ask) -> Sequence[str]:
    try:
        asked = step(api(ask.target, "query", query=_AT, time=f"{now():.0f}"))
        first = step(api(ask.target, "status/runtimeinfo"))
    except NoData as fault:
        return (str(fault),)
    return first, f"{asked} (and up to 13 more, at times that halve the last ten years)"


HEALTH = Probe(
    name="prometheus.health",
    measure=_health,
    steps=_health_steps,
    fields={"ready": "", "version": "version", "targets": "count", "targets_down": "count"},
    on="prometheus",
    limit=15,
)

RETENTION = Probe(
    name="prometheus.retention",
    measure=_retention,
    steps=_retention_steps,
    fields={"retention": "d", "oldest_sample": "d", "size_limit": ""},
    on="prometheus",
    limit=60,
)

LATENCY = Probe(
    name="prometheus.latency",
    measure=_latency,
    steps=_latency_steps,
    fields={"p95": "s", "p50": "s", "slowest": "s", "queries": "count", "empty": "count"},
    params={"count": 10},
    on="prometheus",
    safety=Safety.READ,
    limit=60,
)

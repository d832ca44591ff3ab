"""Tracing back ends: Jaeger, Tempo, Zipkin, Elastic APM."""

from __future__ import annotations

from collections.abc import Sequence
from time import time as now
from typing import Any
from urllib.parse import urlencode

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark, Target
from gpuready.probes.together import together
from gpuready.text.safe import safe_line

SERVICES_MOST = 20
"""Services that are asked for a recent trace."""


_OWN = ("jaeger", "tempo", "zipkin")  # a back end that traces itself receives nothing from anybody else


def _minutes(ask: Ask) -> float:
    return max(1.0, min(float(str(ask.params.get("minutes", 15))), 24 * 60.0))


async def _tracing(ask: Ask) -> Measurement:
    """`services` are those of which a trace came within the last `minutes` (of at most 20; the back end's
    own do not count), `listed` all whose name it keeps: a back end that receives nothing is healthy too."""
    time, minutes = Deadline(ask), _minutes(ask)
    for asks in (_jaeger, _zipkin, _tempo, _apm):
        found = await asks(ask.target, time, minutes)
        if found is not None:
            return found
    raise NoData("probes_services.no_tracing", address=safe_line(ask.target.address))


async def _try(target: Target, path: str, time: Deadline) -> Reply | None:
    """The reply, or None where there is no such place; `BadStatus` when we are not let in."""
    reply = await fetch(url_of(target, path), limit=time.left, target=target)
    if reply.status in (401, 403):
        reply.must()
    return None if reply.status in (404, 405) else reply


async def _recent(
    target: Target, time: Deadline, names: Sequence[str], url: Any
) -> tuple[int, list[Exchange]]:
    """How many of the services have a recent trace, by one question for each."""
    shown: list[Exchange] = []

    async def one(name: str) -> bool:
        reply = await fetch(url(name), limit=time.left, target=target)
        shown.append(reply.exchange)
        said = reply.must().json()
        return bool(said.get("data") if isinstance(said, dict) else said)

    told = await together(*(one(name) for name in names[:SERVICES_MOST]))
    return sum(told), shown[:2]


def _result(
    back_end: str, healthy: bool, names: Sequence[str], recent: int | None, shown: Sequence[Exchange]
) -> Measurement:
    fields: dict[str, Scalar] = {"healthy": healthy, "back_end": back_end, "listed": len(names)}
    fields["names"] = safe_line(", ".join(names[:12]))
    remarks: list[Remark] = []
    if recent is not None:
        fields["services"] = recent
        if names and not recent:
            remarks.append(("probes_services.no_recent_traces", {"listed": len(names)}))
    if len(names) > SERVICES_MOST:
        remarks.append(("probes_services.many_services", {"most": SERVICES_MOST}))
    return Measurement(fields, back_end, tuple(shown), tuple(remarks))


def _others(names: object) -> list[str]:
    rows = names if isinstance(names, list) else []
    return sorted(str(name) for name in rows if not str(name).lower().startswith(_OWN))


async def _jaeger(target: Target, time: Deadline, minutes: float) -> Measurement | None:
    reply = await _try(target, "/api/services", time)
    if reply is None or not reply.ok:
        return None
    table = reply.table()
    if "data" not in table:
        return None
    names = _others(table["data"] or [])

    def url(name: str) -> str:
        query = {"service": name, "lookback": f"{minutes:.0f}m", "limit": "1"}
        query |= {"start": f"{(now() - minutes * 60) * 1e6:.0f}", "end": f"{now() * 1e6:.0f}"}
        return f"{url_of(target, '/api/traces')}?{urlencode(query)}"

    recent, shown = await _recent(target, time, names, url)
    return _result("Jaeger", True, names, recent, (reply.exchange, *shown))


async def _zipkin(target: Target, time: Deadline, minutes: float) -> Measurement | None:
    listed = await _try(target, "/api/v2/services", time)
    if listed is None or not listed.ok:
        return None
    said = listed.json()
    if not isinstance(said, list):
        return None
    names = _others(said)
    health = await fetch(url_of(target, "/health"), limit=time.left, target=target)
    healthy = health.ok and health.table().get("status") == "UP"

    def url(name: str) -> str:
        query = {"serviceName": name, "lookback": f"{minutes * 60000:.0f}", "limit": "1"}
        return f"{url_of(target, '/api/v2/traces')}?{urlencode(query)}"

    recent, shown = await _recent(target, time, names, url)
    return _result("Zipkin", healthy, names, recent, (health.exchange, listed.exchange, *shown))


async def _tempo(target: Target, time: Deadline, minutes: float) -> Measurement | None:
    ready = await _try(target, "/ready", time)
    if ready is None:
        return None
    query = urlencode({"start": f"{now() - minutes * 60:.0f}", "end": f"{now():.0f}"})
    url = f"{url_of(target, '/api/search/tag/service.name/values')}?{query}"
    values = await fetch(url, limit=time.left, target=target)
    if not values.ok:
        return None
    names = values.table().get("tagValues")
    if not isinstance(names, list):
        return None
    # It looks at the time that was asked for: what it lists is recent.
    found = _others(names)
    healthy = ready.ok and ready.text.strip().lower() == "ready"
    return _result("Tempo", healthy, found, len(found), (ready.exchange, values.exchange))


async def _apm(target: Target, time: Deadline, _: float) -> Measurement | None:
    reply = await _try(target, "/", time)
    if reply is None or not reply.ok:
        return None
    ready = reply.table().get("publish_ready")
    if not isinstance(ready, bool):
        return None
    # The APM server takes traces and keeps none: which services there are only its store knows.
    return _result("Elastic APM", ready, (), None, (reply.exchange,))


def _tracing_steps(ask: Ask) -> Sequence[str]:
    try:
        paths = (
            "/api/services",
            "/api/v2/services",
            "/health",
            "/ready",
            "/api/search/tag/service.name/values",
        )
        asked = [step(url_of(ask.target, path)) for path in (*paths, "/")]
        return (*asked, f"{step(url_of(ask.target, '/api/traces'))}?service=NAME (at most {SERVICES_MOST})")
    except NoData as fault:
        return (str(fault),)


TRACING = Probe(
    name="tracing.health",
    measure=_tracing,
    steps=_tracing_steps,
    fields={"healthy": "", "services": "count", "listed": "count", "back_end": "", "names": ""},
    params={"minutes": 15},
    on="tracing",
    limit=20,
)

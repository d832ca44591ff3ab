"""How long an Alertmanager waits before it tells somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gpuready.probes.duration import seconds_of
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch
from gpuready.probes.probe import Broken, Exchange, Target
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

STATUS = "/api/v2/status"
_ALERTS = "/api/v2/alerts"
_WAIT, _INTERVAL = 30.0, 300.0  # what holds where a configuration is silent
_TRUST = ("ca", "insecure", "proxy")


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds over all routes: the least and the longest ``group_wait``, the longest ``group_interval``."""

    least: float
    longest: float
    interval: float


def addresses_of(data: Any) -> tuple[str, ...]:
    """The Alertmanagers that Prometheus sends to (``/api/v1/alertmanagers``): the URLs above their API."""
    rows = data.get("activeAlertmanagers") if isinstance(data, Mapping) else None
    urls = [str(row.get("url", "")) for row in rows or () if isinstance(row, Mapping)]
    return tuple(dict.fromkeys(url.split("/api/v")[0] for url in urls if url))[:10]


def target_of(address: str, prometheus: Target) -> Target:
    """The Alertmanager as a target.  What gives access to Prometheus is sent to its own host and port alone:
    an address that an answer names gets no credentials."""
    same = _origin(address) == _origin(prometheus.address)
    options = {name: value for name, value in prometheus.options.items() if same or name in _TRUST}
    return Target("alertmanager", safe_line(address)[:100], address, options)


def _origin(address: str) -> str:
    return urlsplit(address if "://" in address else f"http://{address}").netloc.lower()


async def waits_of(target: Target, limit: float) -> tuple[Waits, Exchange]:
    """What its configuration says; an `Outcome` where it does not."""
    reply = await fetch(url_of(target, STATUS), limit=limit, target=target)
    config = reply.must().table().get("config")
    text = config.get("original") if isinstance(config, Mapping) else None
    waits = waits_in(text) if isinstance(text, str) else None
    if waits is None:
        raise Broken("probes_http.no_json", url=target.address, status=reply.status, found="-").showing(
            reply.exchange
        )
    return waits, reply.exchange


def waits_in(text: str) -> Waits | None:
    """What a configuration file says; None where it is none."""
    import yaml

    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return None
    route = raw.get("route") if isinstance(raw, Mapping) else None
    if not isinstance(route, Mapping):
        return None
    try:
        pairs = list(_pairs(route, _WAIT, _INTERVAL, 0))
    except Fault:
        return None
    return Waits(min(w for w, _ in pairs), max(w for w, _ in pairs), max(i for _, i in pairs))


def _pairs(
    route: Mapping[str, Any], wait: float, interval: float, depth: int
) -> Iterator[tuple[float, float]]:
    """``group_wait`` and ``group_interval`` of the route and of those below it, which inherit them."""
    wait, interval = _of(route, "group_wait", wait), _of(route, "group_interval", interval)
    yield wait, interval
    for each in route.get("routes") or ():
        if isinstance(each, Mapping) and depth < 50:
            yield from _pairs(each, wait, interval, depth + 1)


def _of(route: Mapping[str, Any], name: str, inherited: float) -> float:
    text = route.get(name)
    if text is None:
        return inherited
    # Zero is a duration there ("0s"), and none for a window.
    return 0.0 if str(text).strip("0msh") == "" else seconds_of(str(text))

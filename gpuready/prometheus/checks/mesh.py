"""Between services: encryption and traces."""

from __future__ import annotations

from urllib.parse import urlsplit

from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData, Remark, Target
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read import counting, parts
from gpuready.prometheus.read.counting import Counted
from gpuready.prometheus.read.parts import worst
from gpuready.prometheus.read.raw import NAMES, Raw, listed, present, texts

_TRACED = "sum by (service_name, service, service_namespace) (increase($metric[$window])) > 0"
SPANS = tuple(
    Raw(exporter, (metric,), _TRACED.replace("$metric", f"{metric}{{{only}$sel}}"))
    for exporter, metric, only in (
        ("OpenTelemetry span metrics", "traces_span_metrics_calls_total", ""),
        ("Tempo span metrics", "traces_spanmetrics_calls_total", ""),
        ("OpenTelemetry span metrics (old name)", "calls_total", 'span_name!="",'),
    )
)
"""Services that sent spans within the window."""
MESH = "istio_requests_total"
CALLED = (
    f"sum by (destination_canonical_service, destination_service_name) "
    f'(increase({MESH}{{destination_service_name!="unknown",$sel}}[$window])) > 0'
)
"""Services that took requests within the window, as the mesh knows them."""


_RECEIVED, _KEY = 'reporter="destination",', "destination_service_name, destination_service_namespace"
PLAIN = (
    Counted(
        "Istio",
        MESH,
        _RECEIVED + 'connection_security_policy!="mutual_tls",',
        f"sum(increase({MESH}{{{_RECEIVED}$sel}}[$window]))",
    ),
    Counted(
        "Linkerd",
        "request_total",
        'direction="inbound",tls!="",tls!="true",',
        'sum(increase(request_total{direction="inbound",tls!="",$sel}[$window]))',
    ),
)
"""Requests that were not encrypted, and all beside them."""
OUTSIDE = (
    f'group by ({_KEY}) (increase({MESH}{{reporter="source",'
    f'destination_service_name!~"unknown|.*Cluster|.*[.].*",$sel}}[$window]) > 0) '
    f"unless group by ({_KEY}) (last_over_time({MESH}{{{_RECEIVED}$sel}}[$window]))"
)
"""Services that senders call and that tell of no request themselves: they have no sidecar.  Names with dots
are hosts outside of the cluster."""


async def _mtls(look: Look) -> Seen:
    """The share that receivers tell of; a service without a sidecar tells nothing, and is not encrypted."""
    reading = await worst(look, "mtls_share")
    low, high = reading.within or (reading.value, reading.value)
    remarks = list(reading.remarks)
    for counter in await counting.present(look, PLAIN):
        total = await counting.requests(look, counter)
        if not total:
            continue
        # what a series counted before its first sample has no rate
        most, least = (100 * (1 - plain / total) for plain in await counting.events(look, counter))
        low, high = min(low, max(0.0, least)), min(high, max(0.0, most))
    if MESH in await look.names():
        outside = (await look.query(OUTSIDE)).by("destination_service_name")
        if outside:
            low = 0.0
            remarks.append(("prometheus_mesh.outside", {"names": listed(outside)}))
    within = {"value": (low, high)} if low < high else {}
    return Seen({"value": min(reading.value, high)}, tuple(remarks), within)


async def _traced(look: Look) -> Seen:
    """Of the services that are known, those that sent spans.  Known are those of the parameter ``services``,
    else the session's, else those that the mesh saw called; without any of these there is no whole."""
    ways = await present(look, SPANS, "prometheus_mesh.spans")
    sending: set[str] = set()
    for way in ways:
        for one in (await look.query(way.query)).series:
            sending |= {
                one.labels[label].lower() for label in ("service_name", "service") if one.labels.get(label)
            }
    known, key = await _services(look)
    if not known:
        raise NoData("prometheus_mesh.no_services")
    if not sending:
        raise NoData("prometheus_mesh.no_spans", window=window_text(look.window))
    missing = [name for name, aliases in known.items() if not aliases & sending]
    remarks: list[Remark] = [(f"prometheus_mesh.{key}", {"count": len(known)})]
    if missing:
        remarks.append(("prometheus_mesh.not_traced", {"names": listed(missing)}))
    share = 100 * (len(known) - len(missing)) / len(known)
    return Seen({"value": share, "services": len(known), "missing": len(missing)}, tuple(remarks))


async def _services(look: Look) -> tuple[dict[str, set[str]], str]:
    """All services by name, each with the names that spans may give it, and the key of their origin."""
    given = look.ask.params.get("services")
    if isinstance(given, list | tuple) and given:
        return {str(name): {str(name).lower()} for name in given}, "from_parameter"
    site = [one for one in look.ask.site if one.kind == "service"]
    if site:
        return {one.name: _aliases(one) for one in site}, "from_session"
    if MESH not in await look.names():
        return {}, ""
    found: dict[str, set[str]] = {}
    for one in (await look.query(CALLED)).series:
        names = [
            one.labels.get(label, "")
            for label in ("destination_canonical_service", "destination_service_name")
        ]
        real = [name for name in names if name and name != "unknown"]
        if real:
            found.setdefault(real[-1], set()).update(name.lower() for name in real)
    return found, "from_mesh"


def _aliases(service: Target) -> set[str]:
    """Its name, and the first part of its host: a Service chat in any namespace is called chat."""
    host = urlsplit(service.address if "//" in service.address else f"//{service.address}").hostname or ""
    first = host.partition(".")[0]
    is_name = not host.replace(".", "").isdigit() and ":" not in host and first != "localhost"
    return {service.name.lower()} | ({first.lower()} if first and is_name else set())


CHECKS = (
    check(
        "mtls_ratio",
        _mtls,
        asks=("mtls_share",),
        queries=(*counting.texts(PLAIN), OUTSIDE, *parts.texts("mtls_share")),
        fields={"value": "%"},
    ),
    check(
        "trace_coverage",
        _traced,
        queries=(*texts(SPANS), CALLED),
        calls=(NAMES,),
        fields={"value": "%", "services": "count", "missing": "count"},
        params={"services": []},
    ),
)

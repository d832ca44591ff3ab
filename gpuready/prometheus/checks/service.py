"""Services: whether they are probed, told of, and answer in time; whether nothing waits for a connection."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping

from gpuready.checklist.verdict import Bounds
from gpuready.probes.duration import window_text
from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read import counting
from gpuready.prometheus.read.counting import Counted
from gpuready.prometheus.read.own import filled
from gpuready.prometheus.read.parts import parts_of, texts
from gpuready.prometheus.read.raw import NAMES, TARGETS, listed, scraped
from gpuready.prometheus.table import signals
from gpuready.text.say import language, say

PROBE = "probe_success"
FAILED = (
    f"sum by (job, instance) (count_over_time({PROBE}{{$sel}}[$window]) "
    f"- sum_over_time({PROBE}{{$sel}}[$window]))"
)
NOW = f"max by (job, instance) ({PROBE}{{$sel}})"
SERIES = "count by (job) ($metric{$sel})"

_NGINX, _ISTIO, _ENVOY = (
    "nginx_ingress_controller_requests",
    "istio_requests_total",
    "envoy_cluster_upstream_rq",
)
_TRITON = "nv_inference_request_{kind}"
TIMEOUTS = (
    Counted(
        "vLLM",
        "vllm:request_success_total",
        'finished_reason="abort",',
        "sum(increase(vllm:request_success_total{$sel}[$window]))",
    ),
    Counted(
        "SGLang",
        "sglang:num_aborted_requests_total",
        "",
        "sum(increase(sglang:num_requests_total{$sel}[$window]))",
    ),
    Counted(
        "Triton",
        "nv_inference_request_failure",
        'reason!~"BACKEND|OTHER",',
        'sum(increase({__name__=~"nv_inference_request_(success|failure)",$sel}[$window]))',
    ),
    Counted("ingress-nginx", _NGINX, 'status=~"499|504",', f"sum(increase({_NGINX}{{$sel}}[$window]))"),
    Counted(
        "Istio",
        _ISTIO,
        # the receiver's side never sees a request that the sender's gave up
        'reporter!="destination",response_code="504",',
        f'sum(increase({_ISTIO}{{reporter!="destination",$sel}}[$window]))',
    ),
    Counted("Envoy", f"{_ENVOY}_timeout", "", f"sum(increase({_ENVOY}_total{{$sel}}[$window]))"),
)
"""What counts requests that were given up, and all requests beside them."""


USE = {
    "hikaricp_connections_pending": "max(max_over_time(hikaricp_connections_active{$sel}[$window]))",
    "envoy_cluster_upstream_rq_pending_overflow": (
        "sum(increase(envoy_cluster_upstream_rq_total{$sel}[$window]))"
    ),
    "haproxy_backend_current_queue": "max(max_over_time(haproxy_backend_current_sessions{$sel}[$window]))",
    "redis_rejected_connections_total": "sum(increase(redis_connections_received_total{$sel}[$window]))",
}
"""By the metric that tells of waits: whether that pool was used at all."""


async def _up(look: Look) -> Seen:
    """Probes that failed, of every target that was probed in the window; one whose probes stopped is not
    known to be alive."""
    if PROBE not in await look.names():
        raise NoData("prometheus.no_metric", signal=say("prometheus_service.probes"), wanted=PROBE)
    failed = {_target(one.labels): one.value for one in (await look.query(FAILED)).series}
    if not failed:
        window = window_text(look.window)
        raise NoData(
            "prometheus.no_samples", signal=say("prometheus_service.probes"), window=window, metric=PROBE
        )
    covered = await look.covered(PROBE, say("prometheus_service.probes"), look.window)
    now = {_target(one.labels) for one in (await look.query(NOW)).series}
    remarks: list[Remark] = list(covered)
    count = float(round(sum(failed.values())))
    stopped = set(failed) - now
    if bad := [name for (_, name), times in failed.items() if times >= 1]:
        remarks.append(("prometheus_service.probes_failed", {"names": listed(bad)}))
    if stopped:
        remarks.append(("prometheus_service.probes_stopped", {"names": listed(name for _, name in stopped)}))
    # while nobody probed, it may have been down
    within = {"value": (count, math.inf)} if stopped or covered else {}
    return Seen({"value": count, "services": len({name for _, name in failed})}, tuple(remarks), within)


def _target(labels: Mapping[str, str]) -> tuple[str, str]:
    """The job, since two may probe one address in their own ways, and what is probed."""
    return labels.get("job", ""), labels.get("instance") or labels.get("job") or "-"


async def _series(look: Look) -> Seen:
    """For each signal the services (scrape jobs) that have no series of it; a signal that nothing tells is
    missing as a whole."""
    names = _names(look.ask.params)
    if not names:
        raise NoData("prometheus_series.no_signals")
    jobs: dict[str, set[str]] = {}
    remarks: list[Remark] = []
    for name in names:
        try:
            signal = look.signal(name)
        except KeyError:
            raise NoData("prometheus_series.unknown_signal", name=name[:60]) from None
        jobs[name] = set()
        try:
            await look.way(name)
        except NoData as outcome:
            remarks.append(("prometheus_series.signal_missing", {"why": str(outcome)}))
        known = await look.names()
        metrics = [way.needs[0] for way in signal.ways if not way.cannot and known.issuperset(way.needs)]
        for metric in metrics:
            answer = await look.query(SERIES.replace("$metric", metric))
            jobs[name] |= {one.labels.get("job", "-") for one in answer.series}
        if metrics and not jobs[name]:
            why = say("prometheus_series.stale", signal=signal.words.to(language()), metric=metrics[0])
            remarks.append(("prometheus_series.signal_missing", {"why": why}))
    every = set().union(*jobs.values())
    if not every:
        await scraped(look)
    missing = 0
    for name, there in jobs.items():
        missing += len(every - there) if every else 1
        if there and every - there:
            what = {"signal": look.signal(name).words.to(language()), "names": listed(every - there)}
            remarks.append(("prometheus_series.services_without", what))
    return Seen({"value": missing, "services": len(every)}, tuple(remarks))


def _names(params: Mapping[str, object]) -> list[str]:
    wanted = params.get("signals")
    return [str(one) for one in wanted] if isinstance(wanted, list | tuple) else []


async def _pool(look: Look) -> Seen:
    """That nothing waited says something only where connections of the same pool were in use."""
    parts = await parts_of(look, "connection_waits")
    remarks = list(parts.remarks)
    why: NoData | None = None
    is_used = False
    for waits in parts.readings:
        use = USE.get(waits.way.needs[0])
        used = (await look.query(use)).value if use else None
        if waits.value:
            pools = await look.things("connection_waits", way=waits.way)
            names = listed(one for one in pools if pools[one])
            remarks.append(("prometheus_service.pool_waits", {"names": names}))
        elif used is None:
            why = NoData("prometheus_service.pool_unknown", exporter=waits.way.exporter)
        is_used |= bool(waits.value or used)
    count = sum(waits.value for waits in parts.readings)
    if not is_used:
        what = {"signal": parts.readings[0].signal.words.to(language()), "window": window_text(look.window)}
        raise why or NoData("prometheus.no_traffic", **what)
    fields: dict[str, float] = {"value": count}
    with contextlib.suppress(NoData):
        fields["in_use"] = (await look.read("connections_in_use")).value
    return Seen(fields, tuple(remarks), {"value": (count, math.inf)} if parts.open else {})


async def _timeouts(look: Look) -> Seen:
    """Of all that count them here; who had no requests proves nothing."""
    found: dict[str, Bounds] = {}
    there = await counting.present(look, TIMEOUTS)
    signal = say("prometheus_service.timeouts")
    if not there:
        wanted = ", ".join(counter.metric for counter in TIMEOUTS)
        raise NoData("prometheus.no_metric", signal=signal, wanted=wanted)
    busy = 0.0
    for counter in there:
        bounds = await counting.events(look, counter)
        requests = await counting.requests(look, counter)
        if bounds[1] or requests:
            found[counter.exporter] = bounds
        busy += requests
    if not found:
        raise NoData("prometheus.no_traffic", signal=signal, window=window_text(look.window))
    least, most = (sum(bounds[end] for bounds in found.values()) for end in (0, 1))
    remarks: list[Remark] = []
    for counter in (one for one in there if one.exporter in found):
        try:
            remarks += await look.covered(counter.metric, signal, look.window)
        except NoData as outcome:  # what one part of the site does not prove, the others do not either
            if not least:
                raise
            remarks.append((outcome.key, outcome.fields))
    said = "; ".join(f"{exporter} {bounds[0]:g}" for exporter, bounds in found.items())
    remarks.append(("prometheus_service.timeouts_by", {"counts": said, "requests": f"{busy:.6g}"}))
    if most > least:
        remarks.append(("prometheus_service.timeouts_strange", {"count": f"{most - least:g}"}))
    return Seen({"value": least, "requests": busy}, tuple(remarks), {"value": (least, most)})


def _told(ask: Ask) -> list[str]:
    """One query for each metric by which one of the named signals is told."""
    ways = [way for name in _names(ask.params) if name in signals() for way in signals()[name].ways]
    metrics = dict.fromkeys(way.needs[0] for way in ways if way.cannot is None)
    return [f"  {filled(ask, SERIES.replace('$metric', metric))}" for metric in metrics]


CHECKS = (
    check(
        "service_up",
        _up,
        queries=(FAILED, NOW),
        calls=(NAMES,),
        fields={"value": "count", "services": "count"},
    ),
    check(
        "service_series",
        _series,
        queries=(TARGETS,),
        calls=(NAMES,),
        fields={"value": "count", "services": "count"},
        params={"signals": ["request_success_ratio", "e2e"]},
        more=_told,
    ),
    check(
        "pool_in_use",
        _pool,
        asks=("connection_waits", "connections_in_use"),
        queries=(*USE.values(), *texts("connection_waits")),
        fields={"value": "count", "in_use": "%"},
    ),
    check(
        "request_timeouts",
        _timeouts,
        queries=counting.texts(TIMEOUTS),
        calls=(NAMES,),
        fields={"value": "count", "requests": "count"},
    ),
)

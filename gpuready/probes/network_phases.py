"""Where the time of a request goes, over several requests."""

from __future__ import annotations

from collections.abc import Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import manner_of, url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.network_rtt import count_of
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe

PHASES_OF = ("resolve", "connect", "tls", "first_byte")
_ONE = 10.0  # seconds for one request
# Which phase a request that ran out of time was stuck in.
_STUCK = {
    "probes_http.slow_name": "resolve",
    "probes_http.slow_connect": "connect",
    "probes_http.slow_tls": "tls",
    "probes_http.slow_answer": "first_byte",
}


def _steps(ask: Ask) -> Sequence[str]:
    try:
        url = url_of(ask.target, str(ask.params["path"]))
        return (f"{step(url, proxy=manner_of(ask.target).proxy)}, {count_of(ask)} times",)
    except NoData as fault:
        return (str(fault),)


async def _phases(ask: Ask) -> Measurement:
    deadline, count = Deadline(ask), count_of(ask)
    url = url_of(ask.target, str(ask.params["path"]))
    replies, faults, stuck = list[Reply](), list[Outcome](), set[str]()
    for _ in range(count):
        if deadline.left < 0.1:
            break
        try:
            limit = min(_ONE, deadline.left)
            replies.append(await fetch(url, limit=limit, target=ask.target, redirects=0))
        except Outcome as fault:
            faults.append(fault)
            if limit == _ONE and fault.key in _STUCK:  # a shorter limit was ours, not the service's
                stuck.add(_STUCK[fault.key])
            if not replies and len(faults) == 3:
                raise
    if not replies:
        raise faults[0]
    fields: dict[str, Scalar] = {"requests": len(replies) + len(faults), "failed": len(faults)}
    remarks = list(replies[0].remarks)
    if (done := len(replies) + len(faults)) < count:
        remarks.append(("probes_network.not_all", {"done": done, "count": count}))
    slow = sorted(stuck, key=PHASES_OF.index)
    lines = []
    for phase in PHASES_OF:
        times = [span * 1000 for reply in replies if (span := getattr(reply.phases, phase)) is not None]
        if not times:
            continue
        fields[phase] = percentile(times, 95)
        lines.append(f"{phase}: {' '.join(f'{each:.2f}' for each in times)} ms")
        budget = float(str(ask.params[f"{phase}_ms"]))
        if float(fields[phase]) > budget and phase not in slow:
            slow.append(phase)
    fields["total"] = percentile([reply.phases.total * 1000 for reply in replies], 95)
    fields["slow"] = ", ".join(slow)
    if slow or not faults:
        fields["slow_phases"] = len(slow)
    if slow:
        remarks.append(("probes_network.slow_phases", {"phases": ", ".join(slow)}))
    if faults:
        remarks.append(("probes_network.some_failed", {"failed": len(faults), "why": str(faults[0])}))
    shown = Exchange(f"{step(url)}, {len(replies)} times", "\n".join(lines))
    return Measurement(fields, "HTTP", (replies[0].exchange, shown), tuple(remarks))


PHASES = Probe(
    name="network.phases",
    measure=_phases,
    steps=_steps,
    fields={
        **dict.fromkeys((*PHASES_OF, "total"), "ms"),
        **dict.fromkeys(("slow_phases", "requests", "failed"), "count"),
        "slow": "",
    },
    params={
        "count": 20,
        "path": "",
        "resolve_ms": 100,
        "connect_ms": 100,
        "tls_ms": 200,
        "first_byte_ms": 500,
    },
    on="service",
    limit=60.0,
)
"""95th percentiles; a phase is slow above its budget (``*_ms``), or when a request spent ten seconds
in it.  With failed requests and no slow phase `slow_phases` is left out: those might have been slow."""

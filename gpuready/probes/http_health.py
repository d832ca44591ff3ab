"""Health endpoints: do they answer, are they content, and how fast."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import manner_of, parse, url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

MOST = 500  # requests
_ONE = 10.0  # seconds for one request
# What health documents say of themselves: Spring's UP, the IETF draft's pass and warn, plain ok, and more.
_ILL = re.compile(r"(?i)(down|fail(ed|ing|ure)?|error|unhealthy|not.?ready|critical|out.of.service|starting)")


def paths_of(ask: Ask) -> tuple[str, ...]:
    """Which paths are asked: the target's option ``health`` (comma-separated; who runs the service knows
    best), else the parameter, else the address's own path, or /health where it has none."""
    if own := ask.target.options.get("health", ""):
        return tuple(filter(None, (path.strip() for path in own.split(","))))
    given = ask.params["paths"]
    paths = tuple(str(path) for path in given) if isinstance(given, list | tuple) else (str(given),)
    if paths := tuple(filter(None, paths)):
        return paths
    return ("",) if parse(url_of(ask.target)).path.strip("/") else ("/health",)


def _count(ask: Ask, paths: Sequence[str]) -> int:
    return max(1, min(int(str(ask.params["count"])), MOST // len(paths)))


def _steps(ask: Ask) -> Sequence[str]:
    try:
        paths, proxy = paths_of(ask), manner_of(ask.target).proxy
        many = f", {_count(ask, paths)} times"
        return tuple(step(url_of(ask.target, path), proxy=proxy) + many for path in paths)
    except NoData as fault:
        return (str(fault),)


def ails(reply: Reply, path: str) -> str:
    """What is wrong by the reply's own words; empty when nothing is.  `NoData` when we are not let in,
    `Broken` when a web page stands where a health endpoint was named."""
    if reply.status in (401, 403):
        reply.must()
    if not reply.ok:
        return f"HTTP {reply.status}"
    kind = reply.headers.get("Content-Type", "").lower()
    page = kind.startswith("text/html") or reply.text.lstrip()[:15].lower().startswith(
        ("<!doctype html", "<html")
    )
    if page and path:
        found = redact(safe_line(reply.text[:60]))
        raise Broken("probes_http.web_page", url=redact(reply.url), found=found).showing(reply.exchange)
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError):
        said = None
    status = said.get("status") if isinstance(said, dict) else None
    if isinstance(status, str) and _ILL.fullmatch(status):
        return safe_line(f"status {status}")
    return ""


async def _health(ask: Ask) -> Measurement:
    deadline, paths = Deadline(ask), paths_of(ask)
    count = _count(ask, paths)
    times: dict[str, list[float]] = {path: [] for path in paths}
    ill: dict[str, str] = {}
    failed, evidence, remarks = 0, list[Exchange](), list[tuple[str, Mapping[str, object]]]()
    faults: list[Outcome] = []
    asked = 0
    for number in range(count):
        for path in paths:
            if asked and deadline.left < 0.1:
                continue
            asked += 1
            try:
                reply = await fetch(
                    url_of(ask.target, path), limit=min(_ONE, deadline.left), target=ask.target
                )
            except NoData as fault:
                faults.append(fault)
                failed += 1
                ill.setdefault(path, str(fault))
                if len(faults) == asked >= 3:
                    raise  # nobody is there: then nothing was measured
                continue
            times[path].append(reply.phases.total * 1000)
            why = ails(reply, path)
            failed += bool(why)
            if why:
                ill.setdefault(path, why)
            if not number or (why and len(evidence) < 6):
                evidence.append(reply.exchange)
            if asked == 1:
                remarks.extend(reply.remarks)
    if not any(times.values()):
        raise faults[0]
    slowest = max((path for path in paths if times[path]), key=lambda path: percentile(times[path], 95))
    fields: dict[str, Scalar] = {
        "failed": failed,
        "requests": asked,
        "healthy": not failed,
        "slowest": slowest or "/",
        "p50": percentile(times[slowest], 50),
        "max": max(max(each, default=0.0) for each in times.values()),
    }
    if not faults:  # a request without an answer has no time, and might have been the slowest
        fields["p95"] = percentile(times[slowest], 95)
    remarks.extend(("probes_http.ill", {"path": path or "/", "why": why}) for path, why in ill.items())
    if asked < count * len(paths):
        remarks.append(("probes_network.not_all", {"done": asked, "count": count * len(paths)}))
    said = "\n".join(
        f"{path or '/'}: {' '.join(f'{ms:.1f}' for ms in each)} ms" for path, each in times.items()
    )
    evidence.append(Exchange("times of all requests", redact(said)))
    return Measurement(fields, "HTTP", tuple(evidence), tuple(remarks))


HEALTH = Probe(
    name="http.health",
    measure=_health,
    steps=_steps,
    fields={
        **dict.fromkeys(("p50", "p95", "max"), "ms"),
        **dict.fromkeys(("failed", "requests"), "count"),
        "healthy": "",
        "slowest": "",
    },
    params={"paths": [], "count": 1},
    on="service",
    limit=30.0,
)
"""Each request on a connection of its own, as a balancer or kubelet makes them; `p95` and `p50` are those of
the slower path."""

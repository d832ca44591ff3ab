"""Does a balancer answer, keep a session on its backend, and wait long enough for a health check?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gpuready.checklist.model import Scalar
from gpuready.probes.balancer_replies import (
    NO_BACKEND,
    ask_once,
    backend_of,
    cookies_of,
    session,
    url_for,
    whole,
)
from gpuready.probes.balancer_stats import Stats, has_stats, stats_of
from gpuready.probes.balancer_stats import steps as stats_steps
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_client import Reply, step
from gpuready.probes.percentile import percentile
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Remark

_ENOUGH = 10  # replies of one kind, below which chance could keep a session where it is
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m)")
_MS = {"ms": 1.0, "s": 1000.0, "m": 60000.0}


def _steps(ask: Ask) -> Sequence[str]:
    try:
        count, url = whole(ask, "count", 2, 100), url_for(ask)
        told = [
            f"{step(url)}, {count} times in one session, {count} times each in its own",
            f"{step(url)}, once with a cookie that names no backend, where only a cookie tells the backend",
        ]
        if (path := ask.target.options.get("check_path")) and ask.target.options.get("check_timeout"):
            told.append(f"{step(url_for(ask, path))}, {count} times")
        return (*told, *stats_steps(ask.target))
    except NoData as fault:
        return (str(fault),)


@dataclass
class _Seen:
    """What the requests of one kind brought."""

    backends: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    faults: list[Outcome] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    by_cookie: bool = False

    @property
    def known(self) -> set[str]:
        return set(self.backends) - {""}

    @property
    def lines(self) -> str:
        return " ".join(each or "?" for each in self.backends)

    @property
    def slowest(self) -> float:
        return max((each.phases.total for each in self.replies), default=0.0)


async def _health(ask: Ask) -> Measurement:
    """`reachable`: it answers with a status below 500.  `sticky`: all requests of one session (its cookies
    and its session header) reach one backend, while others reach several; left out while only one backend
    is seen.  `timeout_covers_latency`: the option ``check_timeout`` is at least `margin` times the slowest
    answer of the option ``check_path`` (else of the path asked), seen from here or by the balancer."""
    time, url, count = Deadline(ask), url_for(ask), whole(ask, "count", 2, 100)
    first = await ask_once(ask.target, url, time.left, session(ask.target, 0))
    fields: dict[str, Scalar] = {"reachable": first.status < 500, "status": str(first.status)}
    remarks = list(first.remarks)
    if first.status >= 500:
        key = "no_backend" if first.status in NO_BACKEND else "fails"
        remarks.append((f"probes_balancer.{key}", {"status": first.status}))
        return Measurement(fields, "HTTP", (first.exchange,), tuple(remarks))
    kept = await _send(ask, time, url, count, first)
    alone = await _send(ask, time, url, count, None)
    stats, unread = await _stats(ask, time)
    sticky, why = _sticky(kept, alone, stats)
    if sticky and kept.by_cookie and not await _honours(ask, time, url, kept):
        sticky, why = None, (("probes_balancer.only_cookie", {}),)
    if sticky is not None:
        fields["sticky"] = sticky
    remarks += [*why, *unread]
    asked = [kept, alone]
    if limit := ask.target.options.get("check_timeout"):
        timeout = _milliseconds(limit)
        if path := ask.target.options.get("check_path"):
            asked = [await _send(ask, time, url_for(ask, path), count, None)]
        remarks += _covers(fields, ask, timeout, asked, stats)
    else:
        remarks.append(("probes_balancer.no_timeout", {}))
    replies = [reply for each in asked for reply in each.replies]
    if replies:
        fields["p50"] = percentile([each.phases.total for each in replies], 50) * 1000
        fields["slowest"] = max(each.slowest for each in asked) * 1000
    seen = (kept, alone) if asked[0] is kept else (kept, alone, *asked)
    fields |= {
        "requests": sum(len(each.replies) + len(each.faults) for each in seen),
        "failed": sum(len(each.faults) for each in seen),
    }
    if told := kept.known | alone.known:
        fields["backends"] = len(told)
    if kept.known:
        fields["session_backends"] = len(kept.known)
    if faults := [fault for each in seen for fault in each.faults]:
        remarks.append(("probes_balancer.some_failed", {"count": len(faults), "why": str(faults[0])}))
    evidence = [
        first.exchange,
        Exchange(f"{step(url)}, one session", kept.lines),
        Exchange(f"{step(url)}, each its own session", alone.lines),
        *([stats.exchange] if stats else []),
    ]
    return Measurement(fields, "HTTP", tuple(evidence), tuple(remarks))


async def _send(ask: Ask, time: Deadline, url: str, count: int, first: Reply | None) -> _Seen:
    """`count` requests one after another: in the session that `first` began, or each in one of its own."""
    seen = _Seen()
    if first is not None:
        seen.cookies |= cookies_of(first)
        seen.replies.append(first)
        seen.backends.append(backend_of(first, ask.target))
    for number in range(len(seen.replies), count):
        if time.left < 0.1:
            break
        headers = session(ask.target, 0 if first else number + 1, seen.cookies)
        try:
            reply = await ask_once(ask.target, url, time.left, headers)
        except Outcome as fault:
            seen.faults.append(fault)
            if len(seen.faults) == 3:
                break
            continue
        seen.replies.append(reply)
        if reply.status in NO_BACKEND:
            continue  # the balancer's own answer: no backend is told
        backend = backend_of(reply, ask.target, seen.cookies)
        seen.by_cookie |= bool(backend) and not backend_of(reply, ask.target)
        seen.backends.append(backend)
        if first is not None:
            seen.cookies |= cookies_of(reply)
    return seen


async def _honours(ask: Ask, time: Deadline, url: str, kept: _Seen) -> bool:
    """Whether it is the balancer that reads the cookie: it replaces one that names no backend.  A backend's
    own cookie would stay the same too while the session hops."""
    wrong = dict.fromkeys(kept.cookies, "gpuready-none")
    try:
        reply = await ask_once(ask.target, url, time.left, session(ask.target, 0, wrong))
    except Outcome:
        return False
    return bool(backend_of(reply, ask.target))


async def _stats(ask: Ask, time: Deadline) -> tuple[Stats | None, tuple[Remark, ...]]:
    if not has_stats(ask.target):
        return None, ()
    try:
        stats = await stats_of(ask, time.left)
    except Outcome as fault:
        return None, (("probes_balancer.stats_unread", {"why": str(fault)}),)
    return stats, stats.remarks


def _sticky(kept: _Seen, alone: _Seen, stats: Stats | None) -> tuple[bool | None, tuple[Remark, ...]]:
    if len(kept.known) > 1:
        return False, (("probes_balancer.hops", {"names": ", ".join(sorted(kept.known)[:10])}),)
    if not kept.known and not alone.known:
        return None, (("probes_balancer.no_identity", {}),)
    if "" in kept.backends or min(len(kept.backends), len(alone.backends)) < _ENOUGH:
        return None, (("probes_balancer.too_few", {"count": len(kept.backends), "least": _ENOUGH}),)
    if len(alone.known) > 1:
        return True, ()
    working = [each for each in stats.servers if each.works] if stats else []
    by_source = {each.algorithm for each in working} == {"source"}
    if len(working) > 1 and by_source and kept.known == alone.known:
        return True, (("probes_balancer.by_address", {}),)
    return None, (("probes_balancer.one_backend", {}),)


def _milliseconds(text: str) -> float:
    match = _SPAN.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise NoData("probes_balancer.bad_timeout", found=text[:40])
    return float(match[1]) * _MS[match[2]]


def _covers(
    fields: dict[str, Scalar], ask: Ask, timeout: float, asked: Sequence[_Seen], stats: Stats | None
) -> list[Remark]:
    """Fill in what is known of the timeout; what comes back says why something is not."""
    margin = float(str(ask.params.get("margin", 3)))
    fields["check_timeout"] = timeout
    slowest = max(each.slowest for each in asked) * 1000
    checks = [each.check for each in stats.servers if each.check is not None] if stats else []
    if checks:
        fields["slowest_check"] = max(checks) * 1000
        slowest = max(slowest, max(checks) * 1000)
    covered = timeout >= margin * slowest
    # An answer that never came, or an error, took who knows how long; a slow one is slow all the same.
    bad = [reply for each in asked for reply in each.replies if reply.status >= 400]
    if covered and (
        bad or any(each.faults for each in asked) or sum(len(e.replies) for e in asked) < _ENOUGH
    ):
        return [("probes_balancer.timeout_unproved", {"status": bad[0].status if bad else "-"})]
    fields["timeout_covers_latency"] = covered
    if not covered:
        return [("probes_balancer.timeout_short", {"timeout": timeout, "slowest": f"{slowest:.4g}"})]
    return [("probes_balancer.as_it_is", {"slowest": f"{slowest:.4g}", "margin": f"{margin:g}"})]


HEALTH = Probe(
    name="balancer.health",
    measure=_health,
    steps=_steps,
    fields={
        **dict.fromkeys(("reachable", "sticky", "timeout_covers_latency", "status"), ""),
        **dict.fromkeys(("backends", "session_backends", "requests", "failed"), "count"),
        **dict.fromkeys(("check_timeout", "slowest", "slowest_check", "p50"), "ms"),
    },
    params={"count": 20, "path": "", "margin": 3},
    on="balancer",
    limit=60,
)
"""The target's options: ``path`` to ask, ``backend_header``, ``affinity`` or ``backend_body`` for who
answered, ``session_header``, ``stats``, and ``check_timeout`` (``2s``, ``500ms``) with ``check_path`` as they
are set in the balancer."""

"""Many requests through a balancer: does every healthy backend get its share?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gpuready.checklist.model import Scalar
from gpuready.probes.balancer_replies import (
    NO_BACKEND,
    Crowd,
    answered,
    ask_once,
    backend_of,
    proper,
    session,
    url_for,
    whole,
)
from gpuready.probes.balancer_shares import expected_of, named, shares_of
from gpuready.probes.balancer_stats import Server, Stats, has_stats, stats_of
from gpuready.probes.balancer_stats import steps as stats_steps
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_client import Reply, step
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Remark, Safety

MOST = 5000
"""Requests of one measurement, whatever is asked for."""

AT_ONCE = 32
_IN_VAIN = 20  # requests without an answer, after which the rest would only be a burden


@dataclass
class _Tally:
    """What the requests brought: by backend, by status, and what went wrong first."""

    backends: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    fault: Outcome | None = None

    @property
    def sent(self) -> int:
        return self.statuses.total() + self.unanswered

    @property
    def served(self) -> int:
        return self.backends.total()

    def add(self, reply: Reply, backend: str) -> None:
        self.statuses[reply.status] += 1
        if answered(reply):
            self.backends[backend] += 1


def _steps(ask: Ask) -> Sequence[str]:
    try:
        count, at_once = whole(ask, "count", 1, MOST), whole(ask, "at_once", 1, AT_ONCE)
        stats = stats_steps(ask.target)
        told = f"{step(url_for(ask))}, {count} times, {at_once} at once, each in a session of its own"
        return (*stats, told, *stats)
    except NoData as fault:
        return (str(fault),)


async def _distribution(ask: Ask) -> Measurement:
    """`unserved` are the backends in order that got none of the requests; `failed` the requests without an
    answer or with a status of 400 and above.  Who is in order the option ``stats`` tells, else their number
    the option ``backends``; without either `unserved` and `within_tolerance` are left out."""
    time, url, count = Deadline(ask), url_for(ask), whole(ask, "count", 1, MOST)
    before, remarks = await _stats(ask, time)
    tally = _Tally()
    first = proper(await ask_once(ask.target, url, time.left, session(ask.target, 0)))
    tally.add(first, backend_of(first, ask.target))

    async def each(number: int) -> bool:
        if time.left < 0.1:
            return False
        try:
            reply = await ask_once(ask.target, url, time.left, session(ask.target, number))
        except Outcome as fault:
            tally.unanswered += 1
            tally.fault = tally.fault or fault
            return tally.unanswered < _IN_VAIN
        tally.add(reply, backend_of(reply, ask.target))
        return True

    await Crowd(count, whole(ask, "at_once", 1, AT_ONCE)).send(each)
    after, more = await _stats(ask, time)
    remarks += more if before else ()
    fields: dict[str, Scalar] = {
        "sent": tally.sent,
        "served": tally.served,
        "failed": tally.sent - tally.served,
    }
    if tally.sent < count:
        remarks.append(("probes_balancer.not_all", {"sent": tally.sent, "count": count}))
    if fields["failed"]:
        remarks.append(_failures(tally))
    counts = _counts(tally, before, after, remarks)
    if counts:
        _judge(ask, fields, counts, (after or before), remarks)
    shown = Exchange(f"{step(url)}, {tally.sent} times", _told(tally))
    stats = [each.exchange for each in (before, after) if each]
    return Measurement(fields, "HTTP", (first.exchange, shown, *stats), tuple(remarks))


async def _stats(ask: Ask, time: Deadline) -> tuple[Stats | None, list[Remark]]:
    if not has_stats(ask.target):
        return None, []
    try:
        stats = await stats_of(ask, time.left)
    except Outcome as fault:
        return None, [("probes_balancer.stats_unread", {"why": str(fault)})]
    if len({each.group for each in stats.servers}) > 1:
        groups = ", ".join(sorted({each.group for each in stats.servers})[:10])
        return None, [("probes_balancer.many_groups", {"groups": groups})]
    return stats, list(stats.remarks)


def _counts(
    tally: _Tally, before: Stats | None, after: Stats | None, remarks: list[Remark]
) -> Mapping[str, int] | None:
    """Requests by backend, as the replies tell it; else by the balancer's own counters.  None when neither
    tells."""
    untold = tally.backends[""]
    told = {name: count for name, count in tally.backends.items() if name}
    if told and not untold:
        if len(told) > max(20, tally.served / 2):
            remarks.append(("probes_balancer.no_name", {"count": len(told), "sent": tally.served}))
            return None
        return told
    if told:
        remarks.append(("probes_balancer.some_untold", {"count": untold}))
        return None
    counted = _counted(before, after)
    if not tally.served:
        return {}
    if counted is None or sum(counted.values()) < tally.served:
        remarks.append(("probes_balancer.no_identity", {}))
        return None
    if sum(counted.values()) > tally.served * 1.1 + 1:
        remarks.append(("probes_balancer.others", {"count": sum(counted.values()), "sent": tally.served}))
        return None
    remarks.append(("probes_balancer.by_counters", {}))
    return counted


def _counted(before: Stats | None, after: Stats | None) -> dict[str, int] | None:
    if before is None or after is None:
        return None
    earlier = {each.name: each.sessions for each in before.servers}
    counts = {}
    for each in after.servers:
        old = earlier.get(each.name)
        if each.sessions is None or old is None or each.sessions < old:
            return None
        counts[each.name] = int(each.sessions - old)
    return counts


def _judge(
    ask: Ask, fields: dict[str, Scalar], counts: Mapping[str, int], stats: Stats | None, remarks: list[Remark]
) -> None:
    servers: Sequence[Server] = stats.servers if stats else ()
    counts = named(counts, servers)
    served = {name: count for name, count in counts.items() if count}
    expected = expected_of(servers, _told_count(ask))
    tolerance = float(str(ask.params.get("tolerance_percent", 20)))
    found = shares_of(counts, expected, tolerance)
    fields["backends"] = len(served)
    fields["counts"] = ", ".join(f"{name} {count}" for name, count in sorted(served.items())[:64])
    total = sum(served.values())
    fields["least_share"] = min(served.values()) / total * 100
    fields["greatest_share"] = max(served.values()) / total * 100
    if expected.count:
        fields["expected"] = expected.count
    if found.unserved is not None:
        fields["unserved"] = found.unserved
    if found.within is not None:
        fields["within_tolerance"] = found.within
    if found.missing:
        remarks.append(("probes_balancer.unserved", {"names": ", ".join(found.missing[:10])}))
    remarks.extend(found.remarks)


def _told_count(ask: Ask) -> int:
    given = ask.target.options.get("backends", "0")
    if not given.isdecimal() or len(given) > 5:
        raise NoData("probes_balancer.bad_number", name="backends", given=given[:40])
    return int(given)


def _failures(tally: _Tally) -> Remark:
    bad = ", ".join(f"{status} x {n}" for status, n in sorted(tally.statuses.items()) if status >= 400) or "-"
    why = str(tally.fault) if tally.fault else "-"
    none = sum(n for status, n in tally.statuses.items() if status in NO_BACKEND)
    fields = {"count": tally.sent - tally.served, "statuses": bad, "unanswered": tally.unanswered, "why": why}
    return ("probes_balancer.failures_no_backend" if none else "probes_balancer.failures", fields)


def _told(tally: _Tally) -> str:
    lines = [f"{name or '?'}: {count}" for name, count in sorted(tally.backends.items())]
    lines += [f"HTTP {status}: {count}" for status, count in sorted(tally.statuses.items())]
    return "\n".join([*lines[:80], f"no answer: {tally.unanswered}"])


def _limit(params: Mapping[str, object]) -> float:
    try:
        return 30 + min(float(str(params.get("count", 200))), MOST) * 0.1
    except ValueError:
        return 30


DISTRIBUTION = Probe(
    name="balancer.distribution",
    measure=_distribution,
    steps=_steps,
    fields={
        **dict.fromkeys(("unserved", "failed", "sent", "served", "backends", "expected"), "count"),
        **dict.fromkeys(("least_share", "greatest_share"), "%"),
        **dict.fromkeys(("within_tolerance", "counts"), ""),
    },
    params={"count": 200, "tolerance_percent": 20, "at_once": 8, "path": ""},
    on="balancer",
    safety=Safety.LIGHT,
    limit=50,
    limit_for=_limit,
    lane="network",
)
"""The target's options: ``path``; ``backend_header``, ``affinity`` or ``backend_body`` for who answered;
``stats`` and ``backend`` for who is in order, or ``backends``, their number."""

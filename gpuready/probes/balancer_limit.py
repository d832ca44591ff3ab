"""Does the balancer reject what comes above its rate limit, and with the right status?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpuready.checklist.model import Scalar
from gpuready.probes.balancer_replies import Crowd, ask_once, proper, session, url_for, whole
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_client import Reply, step
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Remark, Safety

FASTEST = 500.0
"""Requests a second, whatever is asked for."""

_AT_ONCE = 32
_ENOUGH = 10  # rejections: more would only be a burden
_IN_VAIN = 20  # requests without an answer
_ABOVE = 1.2  # times what the limit lets through, from which on rejections are due


@dataclass(frozen=True, slots=True)
class _Pace:
    """Requests a second to send, for how many seconds, and the configured limit in requests a second with
    the burst that it lets through (None: not told)."""

    rate: float
    seconds: int
    limit: float | None
    burst: float

    def exceeded(self, sent: int, took: float) -> bool:
        """Whether rejections were due."""
        return self.limit is not None and sent >= (self.limit * took + self.burst) * _ABOVE


def _pace(ask: Ask) -> _Pace:
    options = ask.target.options
    told = options.get("rate_limit", "")
    try:
        limit = float(told) if told else None
        burst = max(0.0, float(options.get("rate_burst", "0")))
        rate = float(str(ask.params.get("rate", 50)))
    except ValueError:
        raise NoData("probes_balancer.bad_number", name="rate", given=told[:40]) from None
    if limit is not None:
        if not 0 < limit <= FASTEST / 2:
            raise NoData("probes_balancer.limit_too_high", limit=told[:40], most=f"{FASTEST / 2:g}")
        rate = 2 * limit
    if not 0 < rate <= FASTEST:
        raise NoData("probes_balancer.bad_number", name="rate", given=f"{rate:g}")
    return _Pace(rate, whole(ask, "seconds", 1, 60), limit, burst)


def _steps(ask: Ask) -> Sequence[str]:
    try:
        pace, url = _pace(ask), url_for(ask)
    except NoData as fault:
        return (str(fault),)
    most = f"{pace.rate:g} a second for {pace.seconds} s ({int(pace.rate * pace.seconds) + 1} at most)"
    return (f"{step(url)}, {most}, or until {_ENOUGH} are rejected",)


async def _limit(ask: Ask) -> Measurement:
    """Sends twice the option ``rate_limit`` (with ``rate_burst``), or `rate` where it is not told.  Without
    any rejection `rejected_429` is left out unless the limit is told and was really exceeded: a higher limit
    is no fault."""
    time, url = Deadline(ask), url_for(ask)
    pace = _pace(ask)
    statuses: Counter[int] = Counter()
    rejected: list[Reply] = []
    first_429 = 0
    unanswered = 0
    fault: Outcome | None = None
    clock = asyncio.get_running_loop().time
    begun = clock()

    def add(reply: Reply) -> None:
        nonlocal first_429
        statuses[reply.status] += 1
        if reply.status == 429:
            rejected.append(reply)
            first_429 = first_429 or statuses.total() + unanswered

    first = proper(await ask_once(ask.target, url, time.left, session(ask.target, 0)))
    add(first)

    async def each(number: int) -> bool:
        nonlocal unanswered, fault
        await asyncio.sleep(max(0.0, begun + number / pace.rate - clock()))
        if clock() - begun > pace.seconds or time.left < 0.1 or len(rejected) >= _ENOUGH:
            return False
        try:
            add(await ask_once(ask.target, url, time.left, session(ask.target, 0)))
        except Outcome as caught:
            unanswered, fault = unanswered + 1, fault or caught
        return len(rejected) < _ENOUGH and unanswered < _IN_VAIN

    await Crowd(int(pace.rate * pace.seconds) + 1, _AT_ONCE).send(each)
    took = max(clock() - begun, 0.001)
    sent = statuses.total() + unanswered
    fields: dict[str, Scalar] = {
        "sent": sent,
        "answered": sum(n for status, n in statuses.items() if status < 400),
        "rejected_503": statuses[503],
        "unanswered": unanswered,
        "rate": sent / took,
    }
    remarks: list[Remark] = list(first.remarks)
    if statuses[503]:
        remarks.append(("probes_balancer.with_503", {"count": statuses[503]}))
    if fault is not None:
        remarks.append(("probes_balancer.some_failed", {"count": unanswered, "why": str(fault)}))
    told_rate = {"rate": f"{sent / took:.3g}"}
    if rejected or statuses[503] or (pace.exceeded(sent, took) and not unanswered):
        fields["rejected_429"] = len(rejected)
        if not rejected and not statuses[503]:
            told_rate |= {"limit": f"{pace.limit:g}", "burst": f"{pace.burst:g}"}
            remarks.append(("probes_balancer.not_enforced", told_rate))
    elif pace.limit is None:
        remarks.append(("probes_balancer.no_limit_known", told_rate))
    else:
        told_rate |= {"limit": f"{pace.limit:g}", "burst": f"{pace.burst:g}"}
        remarks.append(("probes_balancer.not_exceeded", told_rate))
    if rejected:
        fields["first_rejected"] = first_429
        fields["retry_after"] = all("Retry-After" in reply.headers for reply in rejected)
    lines = [f"HTTP {status}: {count}" for status, count in sorted(statuses.items())]
    told = f"{step(url)}, {sent} times in {took:.3g} s"
    shown = Exchange(told, "\n".join([*lines, f"no answer: {unanswered}"]))
    evidence = (first.exchange, shown, *(reply.exchange for reply in rejected[:1]))
    return Measurement(fields, "HTTP", evidence, tuple(remarks))


def _limit_for(params: Mapping[str, object]) -> float:
    try:
        return 20 + min(max(float(str(params.get("seconds", 10))), 1), 60)
    except ValueError:
        return 30


LIMIT = Probe(
    name="balancer.limit",
    measure=_limit,
    steps=_steps,
    fields={
        **dict.fromkeys(("rejected_429", "rejected_503", "sent", "answered", "unanswered"), "count"),
        "first_rejected": "count",
        "rate": "1/s",
        "retry_after": "",
    },
    params={"seconds": 10, "rate": 50, "path": ""},
    on="balancer",
    safety=Safety.HEAVY,
    limit=30,
    limit_for=_limit_for,
    lane="network",
)
"""All requests are one session's, so that a limit by session or by address counts them together."""

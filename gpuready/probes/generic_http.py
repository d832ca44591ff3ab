"""One GET: its status, its time, and a value out of its body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.generic_value import FIELDS, PARAMS, taken, wants_json
from gpuready.probes.http_auth import manner_of, url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Outcome, Probe, Target
from gpuready.text.redact import redact


def _whom(ask: Ask) -> Target:
    """The target; where the parameter ``url`` names another place, nothing of the target's goes there."""
    url = str(ask.params.get("url") or "")
    if not url and not ask.target.address:
        raise NoData("probes_generic.no_address")
    ca = str(ask.params.get("ca") or "")
    extra = {"ca": ca} if ca else {}
    return Target(ask.target.kind, ask.target.name, url, extra) if url else ask.target


def _url(ask: Ask) -> str:
    return url_of(_whom(ask), str(ask.params.get("path") or ""))


def _redirects(ask: Ask) -> int:
    try:
        return max(0, min(int(str(ask.params.get("redirects", 3))), 10))
    except ValueError:
        return 3


def _steps(ask: Ask) -> Sequence[str]:
    try:
        return (step(_url(ask), proxy=manner_of(_whom(ask)).proxy),)
    except NoData as fault:
        return (str(fault),)


async def _http(ask: Ask) -> Measurement:
    """Any status is an answer; only from a body with 2xx something is taken.  ``redirects`` is how many are
    followed: with 0 the redirect itself is the answer."""
    deadline, whom = Deadline(ask), _whom(ask)
    reply = await fetch(_url(ask), limit=deadline.left, target=whom, redirects=_redirects(ask))
    fields: dict[str, Scalar] = {
        "status": reply.status,
        "time": reply.phases.total * 1000,
        "size": len(reply.body),
        "content_type": redact(reply.headers.get("Content-Type", ""))[:100],
    }
    remarks: list[tuple[str, Mapping[str, object]]] = list(reply.remarks)
    if not (wants_json(ask) or ask.params.get("regex")):
        pass
    elif not reply.ok:
        remarks.append(("probes_generic.not_2xx", {"status": reply.status}))
    else:
        fields |= await _inside(ask, reply, deadline, remarks)
    return Measurement(fields, "HTTP", (reply.exchange,), tuple(remarks))


async def _inside(
    ask: Ask, reply: Reply, deadline: Deadline, remarks: list[tuple[str, Mapping[str, object]]]
) -> Mapping[str, Scalar]:
    try:
        found = await taken(ask, reply.text, redact(reply.url), deadline.left)
    except (Broken, Outcome) as fault:
        raise fault.showing(reply.exchange) from None
    remarks += found.remarks
    return found.fields


HTTP = Probe(
    name="http",
    measure=_http,
    steps=_steps,
    fields={"status": "", "time": "ms", "size": "B", "content_type": "", **FIELDS},
    params={"url": "", "path": "", "redirects": 3, "ca": "", **PARAMS},
    limit=15,
)
"""Asks ``url``, or with ``on = "service"`` (or another kind) the targets of that kind, with ``path`` after
their addresses and with their credentials."""

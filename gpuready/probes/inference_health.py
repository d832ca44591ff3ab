"""Who serves, in which version, and whether it says itself that it is well."""

from __future__ import annotations

from collections.abc import Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch
from gpuready.probes.inference_identity import SPEAKS_V2, Identity, Kind, Unidentified, base, identify, steps
from gpuready.probes.inference_models import ready_models
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Target

_LIVE, _READY = "/v2/health/live", "/v2/health/ready"


def _paths(kind: Kind) -> tuple[str, str]:
    """Where the engine tells that it is alive, and that it is ready; one place for both where it has one."""
    if kind in SPEAKS_V2:
        return _LIVE, _READY
    if kind is Kind.KSERVE_V1:
        return "/", "/"
    return "/health", "/health"


async def _engine(ask: Ask) -> Measurement:
    who = await identify(ask.target, Deadline(ask).left)
    fields: dict[str, Scalar] = {"engine": who.name, "protocol": _protocol(who.kind)}
    if who.cards:
        fields["models"] = len(who.cards)
    if not who.version:
        # Not false: a gateway may hide what the engine would tell.
        remarks = (*who.remarks, ("probes_inference.no_version", {"engine": who.name}))
        return Measurement(fields, "the engine's own endpoints", who.evidence, remarks)
    fields |= {"version_known": True, "version": who.version}
    return Measurement(fields, "the engine's own endpoints", who.evidence, who.remarks)


def _protocol(kind: Kind) -> str:
    if kind in SPEAKS_V2:
        return "KServe v2"
    return {Kind.KSERVE_V1: "KServe v1", Kind.TGI: "TGI"}.get(kind, "OpenAI")


async def _health(ask: Ask) -> Measurement:
    """`alive` is the engine's own word for its process, `healthy` that it is ready and has a model to
    serve.  Only its own answer makes them false: who does not answer is unknown."""
    whom, time = base(ask.target), Deadline(ask)
    try:
        who = await identify(ask.target, time.left)
    except Unidentified as fault:
        return await _ill(ask, time, fault)
    live, ready = _paths(who.kind)
    replies = [await _look(whom, path, time) for path in dict.fromkeys((live, ready))]
    first, last = replies[0], replies[-1]
    if first.status in (404, 405):
        if who.kind is not Kind.OPENAI:
            raise NoData("probes_inference.no_health", address=whom.address, path=live).showing(
                first.exchange
            )
        fields: dict[str, Scalar] = {"alive": True, "healthy": bool(who.cards)}  # its list was read
    else:
        for reply in replies:
            if reply.status < 500 and not reply.ok and reply.status != 400:
                reply.must()  # not let in, moved: nobody's verdict on the engine
        fields = {"alive": first.ok, "healthy": first.ok and last.ok, "health_path": ready}
        fields["status"] = str(last.status)
    fields |= {"engine": who.name, "answer_time": first.phases.total * 1000}
    evidence = [reply.exchange for reply in replies]
    count = await _served(ask, who, time, evidence)
    if count is not None:
        fields["models_ready"] = count
        fields["healthy"] = bool(fields["healthy"]) and count > 0
    return Measurement(fields, f"GET {ready}", (*evidence, *who.evidence[:1]), who.remarks)


async def _ill(ask: Ask, time: Deadline, fault: Unidentified) -> Measurement:
    """An engine that is starting or failing answers 5xx everywhere: that is its word too."""
    for path in ("/health", _READY):
        reply = await _look(base(ask.target), path, time)
        if reply.status >= 500:
            fields: dict[str, Scalar] = {"alive": False, "healthy": False, "status": str(reply.status)}
            fields |= {"health_path": path, "answer_time": reply.phases.total * 1000}
            remark = ("probes_inference.says_no", {"path": path, "status": reply.status})
            return Measurement(fields, f"GET {path}", (reply.exchange, *fault.evidence), (remark,))
    raise fault


async def _look(whom: Target, path: str, time: Deadline) -> Reply:
    """The reply, whatever its status; a web page with 200 is no word of an engine."""
    reply = await fetch(url_of(whom, path), limit=time.left, target=whom)
    kind = reply.headers.get("Content-Type", "")
    if reply.ok and kind.startswith("text/html"):
        raise Broken("probes_inference.web_page", address=whom.address, path=path).showing(reply.exchange)
    return reply


async def _served(ask: Ask, who: Identity, time: Deadline, evidence: list[Exchange]) -> int | None:
    """How many models are ready; None where the engine does not tell."""
    try:
        cards, shown = await ready_models(ask.target, who, time.left)
    except NoData:
        return None
    evidence.extend(shown[:2])
    return len({card.name for card in cards if card.ready})


def _engine_steps(ask: Ask) -> Sequence[str]:
    return steps(ask)


def _health_steps(ask: Ask) -> Sequence[str]:
    index = (("POST", "/v2/repository/index"), ("GET", "/v1/models/NAME"))
    found = steps(ask, ("GET", "/health"), ("GET", _LIVE), ("GET", _READY), *index)
    return (
        found
        if len(found) == 1
        else (*found[:-5], *(f"{each} (by the kind of engine)" for each in found[-5:]))
    )


ENGINE = Probe(
    name="inference.engine",
    measure=_engine,
    steps=_engine_steps,
    fields={"version_known": "", "engine": "", "version": "version", "protocol": "", "models": "count"},
    on="engine",
    limit=10,
)

HEALTH = Probe(
    name="inference.health",
    measure=_health,
    steps=_health_steps,
    fields={
        "alive": "",
        "healthy": "",
        "engine": "",
        "status": "",
        "health_path": "",
        "answer_time": "ms",
        "models_ready": "count",
    },
    on="engine",
    limit=15,
)

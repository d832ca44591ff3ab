"""From objects of the API to the small facts of the panel; None for what the panel does not show.

Called for every object of a large cluster, in a thread: quick, and touching nothing else.
"""

from __future__ import annotations

from sys import intern

from gpuready.kube.look import Obj
from gpuready.kube.panel.facts import Amounts, Engine, Gpus, NodeFact, PodFact, WarningEvent
from gpuready.kube.read.conditions import condition, is_true, when
from gpuready.kube.read.engine_kinds import engine_of
from gpuready.kube.read.gpus import allocatable, capacity, claim_names, product, requested
from gpuready.kube.read.naming import labels_of, name_of, namespace_of
from gpuready.kube.read.pods import containers, node_of, phase, unscheduled
from gpuready.kube.read.quantity import pieces
from gpuready.kube.read.workloads import LEADER_WORKER_SETS

ENGINES = {
    "Deployment": "deployments.apps",
    "StatefulSet": "statefulsets.apps",
    "LeaderWorkerSet": LEADER_WORKER_SETS,
    "InferenceService": "inferenceservices.serving.kserve.io",
}
"""The resources that engines are deployed as."""

_LONGEST = 400  # signs of a message
_ZONE = "topology.kubernetes.io/zone"
_SERVICE = "serving.kserve.io/inferenceservice"
_OF_GROUP = "leaderworkerset.sigs.k8s.io/name"
_GOOD = ("Ready", "Healthy")  # how the conditions end that are good when they hold
_STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})

_amounts: dict[Amounts, Amounts] = {}
"""Few different requests are made by very many pods."""


def node(obj: Obj) -> NodeFact:
    spec, told = obj.get("spec") or {}, condition(obj, "Ready") or {}
    has, gives = capacity(obj), allocatable(obj)
    return NodeFact(
        name=intern(name_of(obj)),
        ready=intern(str(told.get("status") or "")),
        reason=intern(str(told.get("reason") or "")),
        message="" if told.get("status") == "True" else _text(told.get("message")),
        since=_time(told.get("lastTransitionTime")),
        pressures=_pressures(obj),
        product=intern(product(obj)),
        gpus=tuple(
            Gpus(intern(kind), many, gives.get(kind, 0)) for kind, many in sorted(has.items()) if many
        ),
        unschedulable=spec.get("unschedulable") is True,
        taints=tuple(map(_taint, spec.get("taints") or ())),
        zone=intern(str(labels_of(obj).get(_ZONE) or "")),
        version=intern(str(((obj.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion") or "")),
    )


def _pressures(obj: Obj) -> tuple[str, ...]:
    """The conditions that are bad and hold: the kubelet's, and those of node-problem-detector and others."""
    return tuple(
        intern(str(each.get("type")))
        for each in (obj.get("status") or {}).get("conditions") or ()
        if each.get("status") == "True" and not str(each.get("type")).endswith(_GOOD)
    )


def _taint(taint: Obj) -> str:
    value = f"={taint['value']}" if taint.get("value") else ""
    return intern(f"{taint.get('key')}{value}:{taint.get('effect')}")


def pod(obj: Obj) -> PodFact | None:
    """A pod that asks for GPUs, waits or fails; None for one that runs well without, or has succeeded."""
    now = phase(obj)
    if now == "Succeeded":
        return None
    asks = tuple(sorted(requested(obj).items()))
    claims = len(claim_names(obj))
    state, reason, message, since = _state(obj, now)
    if state == "running" and not asks and not claims:
        return None
    meta = obj.get("metadata") or {}
    return PodFact(
        namespace=intern(namespace_of(obj)),
        name=name_of(obj),
        state=state,
        node=intern(node_of(obj)),
        gpus=_amounts.setdefault(asks, asks),
        claims=claims,
        reason="Terminating" if meta.get("deletionTimestamp") else intern(reason),
        message=_text(message),
        since=since or _time(meta.get("creationTimestamp")),
        nominated=intern(str((obj.get("status") or {}).get("nominatedNodeName") or "")),
    )


def _state(obj: Obj, now: str) -> tuple[str, str, str, float]:
    """State, reason, what is said about it, and since when (0: since it was made)."""
    status = obj.get("status") or {}
    if now == "Failed":
        ended = next((each for each in containers(obj) if each.ended and each.code), None)
        reason = str(status.get("reason") or (ended.ended if ended else ""))
        message = str(status.get("message") or (ended.message if ended else ""))
        return "failed", reason, message, _time(ended.ended_at if ended else None)
    stuck = next((each for each in containers(obj) if each.waiting not in _STARTING), None)
    if stuck is not None:
        return ("pending" if now == "Pending" else "failing"), stuck.waiting, stuck.message, 0.0
    if now != "Pending":
        over = next((each for each in containers(obj) if each.code and not each.running), None)
        return ("failing", over.ended, over.message, 0.0) if over else ("running", "", "", 0.0)
    reason, message = unscheduled(obj)
    if not reason and node_of(obj):
        reason = next((each.waiting for each in containers(obj) if each.waiting), "ContainerCreating")
    return "pending", reason, message, 0.0


def engine(obj: Obj, kind: str) -> Engine | None:
    """A Deployment, StatefulSet or LeaderWorkerSet of an engine or with GPUs; None for others."""
    spec, status, labels = obj.get("spec") or {}, obj.get("status") or {}, labels_of(obj)
    if kind == "StatefulSet" and _OF_GROUP in labels:
        return None  # a half of a LeaderWorkerSet's group
    group = spec.get("leaderWorkerTemplate") or {}
    templates = [spec.get("template"), group.get("leaderTemplate"), group.get("workerTemplate")]
    for template in filter(None, templates):
        its, inside = labels_of(template), template.get("spec") or {}
        found = engine_of(its, inside)
        if found is None and not requested({"spec": inside}) and not inside.get("resourceClaims"):
            continue
        counted = "availableReplicas" if kind == "Deployment" else "readyReplicas"
        return Engine(
            kind=kind,
            namespace=intern(namespace_of(obj)),
            name=name_of(obj),
            ready=pieces(status.get(counted, 0)),
            desired=pieces(spec.get("replicas", 1)),
            engine=intern(f"{found.name} {found.version}".strip() if found else ""),
            service=str(its.get(_SERVICE) or labels.get(_SERVICE) or ""),
        )
    return None


def inference_service(obj: Obj) -> Engine:
    """KServe's own object: the workloads that it makes tell more, where there are any."""
    name = name_of(obj)
    return Engine(
        "InferenceService", intern(namespace_of(obj)), name, int(is_true(obj, "Ready")), 1, "KServe", name
    )


def event(obj: Obj) -> WarningEvent | None:
    if obj.get("type") != "Warning":
        return None
    about, series = obj.get("involvedObject") or {}, obj.get("series") or {}
    times = (series.get("lastObservedTime"), obj.get("lastTimestamp"), obj.get("eventTime"),
             (obj.get("metadata") or {}).get("creationTimestamp"))  # fmt: skip
    return WarningEvent(
        namespace=intern(str(about.get("namespace") or "")),
        kind=intern(str(about.get("kind") or "")),
        name=str(about.get("name") or ""),
        reason=intern(str(obj.get("reason") or "")),
        message=_text(obj.get("message")),
        count=max(1, pieces(obj.get("count") or 0), pieces(series.get("count") or 0)),
        last=next((at for each in times if (at := _time(each))), 0.0),
    )


def _text(text: object) -> str:
    return " ".join(str(text or "").split())[:_LONGEST]


def _time(text: object) -> float:
    moment = when(text)
    return moment.timestamp() if moment else 0.0

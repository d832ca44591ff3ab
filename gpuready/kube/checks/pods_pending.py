"""Pods that may not start, and pods that take from each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, because, condition, is_true, newest, spoken
from gpuready.kube.read.gpus import claim_names, is_gpu_resource, requested
from gpuready.kube.read.naming import full_name, listed
from gpuready.kube.read.pods import containers, phase, pod_age, unscheduled
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen
from gpuready.text.safe import safe_line

_GRACE = 60.0  # seconds in which a pod may find its place without being called blocked
_LATELY = (
    1080.0  # seconds for which the event of a refused pod counts: a controller waits up to 1000 between tries
)

# What the scheduler says, word by word; the first that fits names the cause.
_CAUSES = (
    (
        "gpu",
        re.compile(r"Insufficient (?:\S+/(?:gpu|mig-|i915|xe))|cannot allocate all claims|resourceclaim"),
    ),
    ("volume", re.compile(r"unbound|[Pp]ersistent[Vv]olume|volume node affinity|persistentvolumeclaim")),
    ("room", re.compile(r"Insufficient (?:cpu|memory|ephemeral-storage|pods)|Too many pods")),
    ("taint", re.compile(r"untolerated taint")),
    ("affinity", re.compile(r"affinity|node selector|topology spread|didn't match")),
)
_QUOTA = re.compile(
    r"exceeded quota|must specify (?:limits|requests|cpu|memory)|LimitRange|maximum .* usage per"
)


async def _pending(look: Look) -> Seen:
    """Pods that nothing lets start: no place, no quota, no memory, a setting that is missing."""
    pods = await look.list("pods")
    sets = await look.list("replicasets.apps")
    if not pods and not sets:
        raise NoData("kube_pods.no_pods")
    blocked: dict[str, dict[str, str]] = defaultdict(dict)
    gated = set()
    for pod in pods:
        if not (cause := _why_blocked(pod, look)):
            continue
        kind, said = cause
        if kind == "gated":
            gated.add(full_name(pod))
        else:
            blocked[kind][full_name(pod)] = said
    for name, kind, said in (*_refused_sets(sets, look), *await _refused_events(look)):
        blocked[kind].setdefault(name, said)
    remarks: list[Remark] = [
        (f"kube_pods.blocked_{kind}", {"names": listed(f"{name} ({said})" for name, said in found.items())})
        for kind, found in sorted(blocked.items())
    ]
    if gated:
        remarks.append(("kube_pods.gated", {"names": listed(gated)}))
    fields = {
        "blocked": sum(map(len, blocked.values())),
        "gated": len(gated),
        "no_gpu": len(blocked["gpu"]),
        "quota": len(blocked["quota"]),
        "out_of_memory": len(blocked["memory"]),
    }
    return Seen(fields, tuple(remarks))


def _why_blocked(pod: Obj, look: Look) -> tuple[str, str] | None:
    """The kind of trouble and the words for it; None for a pod that starts or has started."""
    if phase(pod) in ("Succeeded", "Failed") or (pod.get("metadata") or {}).get("deletionTimestamp"):
        return None
    reason, message = unscheduled(pod)
    if reason == "SchedulingGated":
        return "gated", ""
    if reason:
        waited = age((condition(pod, "PodScheduled") or {}).get("lastTransitionTime"), look.now)
        if waited is not None and waited < _GRACE:
            return None
        kind = next((name for name, form in _CAUSES if form.search(message)), "other")
        return kind, _cut(message or reason) + (f", {spoken(waited)}" if waited is not None else "")
    for each in containers(pod):
        if each.waiting in ("CreateContainerConfigError", "CreateContainerError"):
            return "setting", _cut(f"{each.name}: {each.message or each.waiting}")
        if each.ended == "OOMKilled" and not each.ready:
            return "memory", f"{each.name}: OOMKilled, {each.restarts} restarts"
    if phase(pod) == "Pending" and not condition(pod, "PodScheduled"):
        waited = pod_age(pod, look.now)
        if waited is not None and waited >= _GRACE:
            scheduler = str((pod.get("spec") or {}).get("schedulerName") or "default-scheduler")
            return "scheduler", f"{scheduler}, {spoken(waited)}"
    return None


def _refused_sets(sets: Iterable[Obj], look: Look) -> Iterable[tuple[str, str, str]]:
    """ReplicaSets whose pods the API server refuses: name, kind of trouble, words."""
    for each in sets:
        if is_true(each, "ReplicaFailure"):
            message = str((condition(each, "ReplicaFailure") or {}).get("message") or "")
            kind = "quota" if _QUOTA.search(message) else "refused"
            yield full_name(each), kind, _cut(message or because(each, "ReplicaFailure", look.now))


async def _refused_events(look: Look) -> list[tuple[str, str, str]]:
    """The same for what tells it by events only: jobs, StatefulSets, DaemonSets."""
    found = []
    for event in await look.list("events"):
        target = event.get("involvedObject") or {}
        if event.get("reason") != "FailedCreate" or target.get("kind") in ("ReplicaSet", None):
            continue
        seen = age(_last_seen(event), look.now)
        if seen is None or seen > _LATELY:
            continue
        message = str(event.get("message") or "")
        kind = "quota" if _QUOTA.search(message) else "refused"
        found.append((f"{target.get('namespace')}/{target.get('name')}", kind, _cut(message)))
    return found


def _last_seen(event: Obj) -> object:
    series = event.get("series") or {}
    return (
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or (event.get("metadata") or {}).get("creationTimestamp")
    )


def _cut(message: str) -> str:
    text = safe_line(message)
    return text if len(text) <= 160 else f"{text[:157]}..."


async def _contention(look: Look) -> Seen:
    """GPU pods that wait because others hold the GPUs, and pods that were evicted."""
    pods = await look.list("pods")
    if not pods:
        raise NoData("kube_pods.no_pods")
    hours = float(str(look.ask.params["hours"]))
    waiting, evicted, preempted = {}, {}, set()
    with_gpu = 0
    for pod in pods:
        if phase(pod) == "Failed":
            if (pod.get("status") or {}).get("reason") == "Evicted" and _ended_within(pod, look, hours):
                evicted[full_name(pod)] = _cut(str((pod.get("status") or {}).get("message") or "Evicted"))
            continue
        with_gpu += phase(pod) != "Succeeded" and bool(requested(pod) or claim_names(pod))
        reason, message = unscheduled(pod)
        if reason == "Unschedulable" and _CAUSES[0][1].search(message):
            waited = age((condition(pod, "PodScheduled") or {}).get("lastTransitionTime"), look.now)
            if waited is None or waited >= _GRACE:
                waiting[full_name(pod)] = _short_of(message) + (
                    "" if waited is None else f", {spoken(waited)}"
                )
    for event in await look.list("events"):
        target = event.get("involvedObject") or {}
        if target.get("kind") == "Pod" and event.get("reason") in ("Evicted", "Preempted"):
            name = f"{target.get('namespace')}/{target.get('name')}"
            if event["reason"] == "Preempted":
                preempted.add(name)
            elif (seen := age(_last_seen(event), look.now)) is None or seen <= hours * 3600:
                evicted.setdefault(name, _cut(str(event.get("message") or "Evicted")))
    remarks: list[Remark] = []
    if waiting:
        remarks.append(("kube_pods.waits_for_gpu", {"names": _named(waiting)}))
    if evicted:
        remarks.append(("kube_pods.evicted", {"names": _named(evicted)}))
    if preempted:
        remarks.append(("kube_pods.preempted", {"names": listed(preempted)}))
    fields = {
        "evicted": len(evicted),
        "preempted": len(preempted),
        "gpu_pods": with_gpu,
    }
    if with_gpu:
        fields["pending_for_gpu"] = len(waiting)
    else:
        remarks.append(("kube_pods.no_gpu_pods", {}))
    return Seen(fields, tuple(remarks))


def _ended_within(pod: Obj, look: Look, hours: float) -> bool:
    """Whether the pod ended in the last hours; what tells no time counts."""
    told = (pod.get("status") or {}).get("conditions") or ()
    ended = newest(each.get("lastTransitionTime") for each in told)
    ended = ended or newest([(pod.get("metadata") or {}).get("creationTimestamp")])
    return ended is None or (look.now - ended).total_seconds() <= hours * 3600


def _short_of(message: str) -> str:
    """The GPU resources that the scheduler found too few of."""
    lacking = {
        name for name in re.findall(r"Insufficient (\S+?)[,.]?(?:\s|$)", message) if is_gpu_resource(name)
    }
    return ", ".join(sorted(lacking)) or _cut(message)


def _named(found: Mapping[str, str]) -> str:
    return listed(f"{name} ({said})" for name, said in found.items())


CHECKS: tuple[Probe, ...] = (
    check(
        "pods.pending",
        _pending,
        reads=("pods", "replicasets.apps", "events"),
        fields={
            "blocked": "count",
            "gated": "count",
            "no_gpu": "count",
            "quota": "count",
            "out_of_memory": "count",
        },
    ),
    check(
        "pods.contention",
        _contention,
        reads=("pods", "events"),
        fields={"pending_for_gpu": "count", "evicted": "count", "preempted": "count", "gpu_pods": "count"},
        params={"hours": 24},
    ),
)

"""The inference engines of a cluster: which workloads serve models, and how many replicas of each stand.

A workload is what a person deployed: a Deployment, StatefulSet, DaemonSet, LeaderWorkerSet (whose replica
is a group of pods), Argo Rollout, RayService, an InferenceService or NIMService that has made nothing yet,
or, for owners not listed here, whatever object owns the pods.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import is_true
from gpuready.kube.read.engine_kinds import Engine, engine_of
from gpuready.kube.read.gpus import is_over
from gpuready.kube.read.naming import annotations_of, labels_of, name_of, namespace_of
from gpuready.kube.read.pods import controller_of, is_ready
from gpuready.kube.read.quantity import pieces

LEADER_WORKER_SETS = "leaderworkersets.leaderworkerset.x-k8s.io"
RAY_SERVICES = "rayservices.ray.io"
_CONTROLLERS = {
    "Deployment": "deployments.apps",
    "StatefulSet": "statefulsets.apps",
    "DaemonSet": "daemonsets.apps",
    "LeaderWorkerSet": LEADER_WORKER_SETS,
    "Rollout": "rollouts.argoproj.io",
}
_ROOTS = {
    "InferenceService": "inferenceservices.serving.kserve.io",
    "LLMInferenceService": "llminferenceservices.serving.kserve.io",
    "NIMService": "nimservices.apps.nvidia.com",
}
READS = ("pods", *_CONTROLLERS.values(), *_ROOTS.values(), RAY_SERVICES)
"""What `engines` lists: to be named among the reads of each check that calls it."""

_GROUP = "leaderworkerset.sigs.k8s.io/name"
_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"
_BATCH = frozenset({"Job", "RayJob", "Workflow"})  # inference over a data set serves nobody

Key = tuple[str, str, str]
"""Namespace, kind, name."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload that runs an engine.

    `desired` and `ready` are replicas (groups, for a LeaderWorkerSet); `labels` and `spec` those of its pods
    (the template's, or the first pod's); `pods` those that have not ended, `serving` those of them that
    count as one replica each (the leaders of groups).
    """

    kind: str
    namespace: str
    name: str
    engine: Engine
    desired: int
    ready: int
    labels: Mapping[str, Any]
    spec: Mapping[str, Any]
    pods: tuple[Obj, ...] = ()

    @property
    def title(self) -> str:
        """``NAMESPACE/NAME``."""
        return f"{self.namespace}/{self.name}"

    @property
    def is_parked(self) -> bool:
        """Whether it is scaled to zero on purpose."""
        return self.desired == 0

    @property
    def serving(self) -> tuple[Obj, ...]:
        return tuple(pod for pod in self.pods if labels_of(pod).get(_INDEX, "0") == "0")


async def engines(look: Look) -> tuple[Workload, ...]:
    """Every workload that runs an inference engine, by namespace and name; see `READS`."""
    objects = {resource: await look.list(resource) for resource in READS}
    # A second for the largest clusters: once for all checks of a run.
    return await look.once("engines", lambda: asyncio.to_thread(_engines, objects))


def _engines(objects: Mapping[str, Sequence[Obj]]) -> tuple[Workload, ...]:
    owned = _by_owner(objects["pods"])
    found: dict[Key, Workload] = {}
    made_by: set[Key] = set()
    seen: set[Key] = set()
    for kind, resource in _CONTROLLERS.items():
        for each in objects[resource]:
            key = (namespace_of(each), kind, name_of(each))
            seen.add(key)
            if (workload := _of_controller(kind, each, owned.get(key, ()))) is not None:
                found[key] = workload
                made_by.update(_makers(each, workload.labels))
    _add_ray(objects[RAY_SERVICES], owned, found, seen)
    for key, pods in owned.items():
        if key not in seen and key[1] not in _BATCH and (workload := _of_pods(key, pods)) is not None:
            found[key] = workload
    for kind, resource in _ROOTS.items():
        for each in objects[resource]:
            key = (namespace_of(each), kind, name_of(each))
            if key not in made_by and not _is_stopped(each):
                found[key] = _of_root(kind, each)
    return tuple(found[key] for key in sorted(found))


def running(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    """Those that are not scaled to zero on purpose."""
    return tuple(each for each in workloads if not each.is_parked)


def owner_of(pod: Obj) -> tuple[str, str]:
    """(kind, name) of the workload that the pod belongs to: Deployments and Rollouts rather than their
    ReplicaSets, LeaderWorkerSets rather than their StatefulSets; ("Pod", its name) for a pod alone."""
    labels = labels_of(pod)
    if group := labels.get(_GROUP):
        return "LeaderWorkerSet", str(group)
    owner = controller_of(pod)
    if owner is None:
        return "Pod", name_of(pod)
    kind, name = str(owner.get("kind")), str(owner.get("name"))
    if kind == "ReplicaSet":
        for label, above in (("rollouts-pod-template-hash", "Rollout"), ("pod-template-hash", "Deployment")):
            ending = f"-{labels.get(label)}"
            if label in labels and name.endswith(ending):
                return above, name.removesuffix(ending)
    return kind, name


def _by_owner(pods: Iterable[Obj]) -> dict[Key, list[Obj]]:
    owned: dict[Key, list[Obj]] = defaultdict(list)
    for pod in pods:
        if not is_over(pod):
            kind, name = owner_of(pod)
            owned[namespace_of(pod), kind, name].append(pod)
    return owned


def _of_controller(kind: str, obj: Obj, pods: Iterable[Obj]) -> Workload | None:
    above = controller_of(obj)
    if kind == "StatefulSet" and _GROUP in labels_of(obj):
        return None  # a LeaderWorkerSet's own: its groups are counted, not its halves
    desired, ready = _replicas(kind, obj)
    for template in _templates(kind, obj):
        labels, spec = labels_of(template), template.get("spec") or {}
        engine = engine_of(labels, spec)
        if engine is None and above is not None and above.get("kind") == "NIMService":
            engine = Engine("NIM")
        if engine is None:
            continue
        if desired == 0 and "serving.knative.dev/revision" in {**labels, **labels_of(obj)}:
            return None  # a revision that another has replaced, or that is idle: the InferenceService tells
        return Workload(
            kind, namespace_of(obj), name_of(obj), engine, desired, ready, labels, spec, tuple(pods)
        )
    return None


def _templates(kind: str, obj: Obj) -> list[Mapping[str, Any]]:
    spec = obj.get("spec") or {}
    if kind == "LeaderWorkerSet":
        group = spec.get("leaderWorkerTemplate") or {}
        return [each for each in (group.get("leaderTemplate"), group.get("workerTemplate")) if each]
    return [spec["template"]] if spec.get("template") else []


def _replicas(kind: str, obj: Obj) -> tuple[int, int]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if kind == "DaemonSet":
        return pieces(status.get("desiredNumberScheduled", 0)), pieces(status.get("numberAvailable", 0))
    counted = "availableReplicas" if kind in ("Deployment", "Rollout") else "readyReplicas"
    return pieces(spec.get("replicas", 1)), pieces(status.get(counted, 0))


def _of_pods(key: Key, pods: list[Obj]) -> Workload | None:
    namespace, kind, name = key
    labels, spec = labels_of(pods[0]), pods[0].get("spec") or {}
    engine = engine_of(labels, spec)
    if engine is None:
        return None
    ready = sum(map(is_ready, pods))
    return Workload(kind, namespace, name, engine, len(pods), ready, labels, spec, tuple(pods))


def _add_ray(
    services: Iterable[Obj], owned: Mapping[Key, list[Obj]], found: dict[Key, Workload], seen: set[Key]
) -> None:
    """RayServices with the workers of the cluster that serves now (its head where there are none)."""
    for service in services:
        namespace, status = namespace_of(service), service.get("status") or {}
        for which in ("pendingServiceStatus", "activeServiceStatus"):
            cluster = (status.get(which) or {}).get("rayClusterName")
            seen.add((namespace, "RayCluster", str(cluster)))
        pods = owned.get((namespace, "RayCluster", str(cluster)), [])
        workers = [pod for pod in pods if labels_of(pod).get("ray.io/node-type") == "worker"] or pods
        labels, spec = (labels_of(workers[0]), workers[0].get("spec") or {}) if workers else ({}, {})
        up = status.get("serviceStatus") == "Running" or is_true(service, "Ready")
        found[namespace, "RayService", name_of(service)] = Workload(
            "RayService",
            namespace,
            name_of(service),
            engine_of(labels, spec) or Engine("Ray Serve"),
            max(len(workers), 1),
            sum(map(is_ready, workers)) if up else 0,
            labels,
            spec,
            tuple(workers),
        )


def _makers(controller: Obj, labels: Mapping[str, Any]) -> list[Key]:
    """The objects for which an operator has made this controller."""
    namespace = namespace_of(controller)
    owners = (controller.get("metadata") or {}).get("ownerReferences") or ()
    makers = [(namespace, str(each.get("kind")), str(each.get("name"))) for each in owners]
    if service := labels.get("serving.kserve.io/inferenceservice"):
        makers.append((namespace, "InferenceService", str(service)))
    if labels.get("app.kubernetes.io/part-of") == "llminferenceservice":
        makers.append((namespace, "LLMInferenceService", str(labels.get("app.kubernetes.io/name"))))
    return makers


def _is_stopped(root: Obj) -> bool:
    notes = annotations_of(root)
    return notes.get("serving.kserve.io/stop") == "true" or (root.get("spec") or {}).get("replicas") == 0


def _of_root(kind: str, obj: Obj) -> Workload:
    """An operator's object without a workload that is running: idle at zero, or not made yet."""
    up = is_true(obj, "Ready") or (obj.get("status") or {}).get("state") == "Ready"
    engine = Engine("NIM" if kind == "NIMService" else "KServe")
    return Workload(kind, namespace_of(obj), name_of(obj), engine, 1, int(up), {}, {})

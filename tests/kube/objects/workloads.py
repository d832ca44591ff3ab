"""Deployments, StatefulSets, DaemonSets and Services."""

from __future__ import annotations

from collections.abc import Mapping

from tests.kube.objects.base import Object, condition, meta
from tests.kube.objects.pods import IMAGE, pod_spec


def _workload(
    kind: str, name: str, namespace: str, spec: Object, status: Object, labels: Mapping[str, str]
) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": meta(name, namespace, labels),
        "spec": spec,
        "status": status,
    }


def _template(labels: Mapping[str, str], spec: Object | None, gpus: int) -> Object:
    return {
        "selector": {"matchLabels": dict(labels)},
        "template": {"metadata": {"labels": dict(labels)}, "spec": spec or pod_spec(gpus=gpus)},
    }


def deployment(
    name: str,
    namespace: str = "default",
    *,
    replicas: int = 1,
    ready: int | None = None,
    gpus: int = 0,
    labels: Mapping[str, str] | None = None,
    spec: Object | None = None,
) -> Object:
    """A Deployment, complete unless `ready` is below `replicas`."""
    ready = replicas if ready is None else ready
    labels = labels or {"app.kubernetes.io/name": name}
    enough = ready >= replicas
    conditions = [
        condition(
            "Available", enough, "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
        ),
        condition("Progressing", True, "NewReplicaSetAvailable"),
    ]
    status = {
        "observedGeneration": 1,
        "replicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "conditions": conditions,
    }
    if replicas > ready:
        status["unavailableReplicas"] = replicas - ready
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    body = {"replicas": replicas, "strategy": rolling, **_template(labels, spec, gpus)}
    return _workload("Deployment", name, namespace, body, status, labels)


def statefulset(
    name: str,
    namespace: str = "default",
    *,
    replicas: int = 1,
    ready: int | None = None,
    gpus: int = 0,
    labels: Mapping[str, str] | None = None,
    spec: Object | None = None,
) -> Object:
    ready = replicas if ready is None else ready
    labels = labels or {"app.kubernetes.io/name": name}
    status = {
        "observedGeneration": 1,
        "replicas": replicas,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "currentReplicas": replicas,
        "updatedReplicas": replicas,
    }
    body = {"replicas": replicas, "serviceName": name, **_template(labels, spec, gpus)}
    return _workload("StatefulSet", name, namespace, body, status, labels)


def daemonset(
    name: str,
    namespace: str = "default",
    *,
    desired: int = 1,
    ready: int | None = None,
    labels: Mapping[str, str] | None = None,
    image: str = IMAGE,
    spec: Object | None = None,
) -> Object:
    """A DaemonSet, ready on every node it wants unless `ready` says fewer."""
    ready = desired if ready is None else ready
    labels = labels or {"app": name}
    status = {
        "observedGeneration": 1,
        "currentNumberScheduled": desired,
        "desiredNumberScheduled": desired,
        "numberReady": ready,
        "numberAvailable": ready,
        "numberMisscheduled": 0,
        "updatedNumberScheduled": desired,
    }
    if desired > ready:
        status["numberUnavailable"] = desired - ready
    body = _template(labels, spec or pod_spec(image=image, probes=False), 0)
    return _workload("DaemonSet", name, namespace, body, status, labels)


def service(
    name: str, namespace: str = "default", *, selector: Mapping[str, str] | None = None, port: int = 8000
) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta(name, namespace),
        "spec": {
            "type": "ClusterIP",
            "selector": dict(selector or {"app.kubernetes.io/name": name}),
            "ports": [{"name": "http", "port": port, "protocol": "TCP", "targetPort": port}],
        },
        "status": {"loadBalancer": {}},
    }

"""What a kube-apiserver makes by itself when it starts on an empty etcd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.kube.serving.kinds import Kinds

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def objects(kinds: Kinds) -> Iterator[dict[str, Any]]:
    for name in NAMESPACES:
        yield {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "10.96.0.1",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
        },
        "status": {"loadBalancer": {}},
    }
    for name, value in (("system-cluster-critical", 2000000000), ("system-node-critical", 2000001000)):
        yield {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
            "description": "Used for system critical pods.",
            "preemptionPolicy": "PreemptLowerPriority",
        }
    yield from _rbac()
    for group, versions in kinds.groups().items():
        for version in versions:
            yield local_api_service(group, version)


def local_api_service(group: str, version: str) -> dict[str, Any]:
    """The APIService of a group that the kube-apiserver answers for itself."""
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {
            "name": f"{version}.{group}",
            "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"},
        },
        "spec": {
            **({"group": group} if group else {}),
            "version": version,
            "groupPriorityMinimum": 17000,
            "versionPriority": 15,
        },
        "status": {
            "conditions": [
                {
                    "type": "Available",
                    "status": "True",
                    "reason": "Local",
                    "message": "Local APIServices are always available",
                }
            ]
        },
    }


def _rbac() -> Iterator[dict[str, Any]]:
    group = "rbac.authorization.k8s.io"
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    everything = [
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
        {"verbs": ["*"], "nonResourceURLs": ["*"]},
    ]
    yield {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "cluster-admin", "labels": labels},
        "rules": everything,
    }
    yield {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "cluster-admin", "labels": labels},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": "system:masters"}],
    }

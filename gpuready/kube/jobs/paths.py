"""Where the objects of the active checks live in the API."""

from __future__ import annotations

_PLACES = {
    "Job": ("/apis/batch/v1", "jobs"),
    "Pod": ("/api/v1", "pods"),
    "Service": ("/api/v1", "services"),
    "PersistentVolumeClaim": ("/api/v1", "persistentvolumeclaims"),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies"),
}


def of_kind(kind: str, namespace: str) -> str:
    """The path of that kind's objects in a namespace."""
    base, plural = _PLACES[kind]
    return f"{base}/namespaces/{namespace}/{plural}"


def of_pods(namespace: str) -> str:
    return of_kind("Pod", namespace)


def of_jobs(namespace: str) -> str:
    return of_kind("Job", namespace)

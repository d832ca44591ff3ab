"""The calls of a check, told before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable

from gpuready.kube.discovery import base, split
from gpuready.kube.lists import PAGE
from gpuready.kube.rights import RULES

# The versions at which every Kubernetes in support serves its own groups.
_OWN = {
    "": "v1",
    "admissionregistration.k8s.io": "v1",
    "apiextensions.k8s.io": "v1",
    "apiregistration.k8s.io": "v1",
    "apps": "v1",
    "authentication.k8s.io": "v1",
    "authorization.k8s.io": "v1",
    "autoscaling": "v2",
    "batch": "v1",
    "certificates.k8s.io": "v1",
    "coordination.k8s.io": "v1",
    "discovery.k8s.io": "v1",
    "events.k8s.io": "v1",
    "networking.k8s.io": "v1",
    "node.k8s.io": "v1",
    "policy": "v1",
    "rbac.authorization.k8s.io": "v1",
    "scheduling.k8s.io": "v1",
    "storage.k8s.io": "v1",
}


def calls(reads: Iterable[str]) -> tuple[str, ...]:
    """What a check with these declared reads asks, word for word and in order.

    Where only the server knows the version at which it serves a resource, the call that finds it out is
    named before the one that has it in place of ``VERSION``.
    """
    reads = tuple(reads)
    told = ["GET /version"]
    resources = [each for each in reads if not each.startswith("/") and each != "pods/log"]
    if resources:
        told += ["GET /api", "GET /apis", f"POST {RULES}"]
    for each in reads:
        if each == "pods/log":
            told.append("GET /api/v1/namespaces/NAMESPACE/pods/POD/log?tailLines=200")
        elif each.startswith("/"):
            told.append(f"GET {each}")
        else:
            told += _list(each)
    return tuple(told)


def _list(resource: str) -> list[str]:
    plural, group = split(resource)
    version = _OWN.get(group)
    query = f"?limit={PAGE}"
    if version:
        return [f"GET {base(group, version)}/{plural}{query}"]
    return [f"GET /apis (find {resource})", f"GET {base(group, 'VERSION')}/{plural}{query}"]

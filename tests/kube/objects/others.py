"""Events, CustomResourceDefinitions and whatever else there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.kube.objects.base import LONG_AGO, Object, meta


def event(
    name: str,
    namespace: str = "default",
    *,
    kind: str = "Pod",
    of: str = "",
    reason: str = "FailedScheduling",
    message: str = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
    type: str = "Warning",
    count: int = 1,
    last: str = LONG_AGO,
    component: str = "default-scheduler",
) -> Object:
    """An event about an object `of` that kind (its own name by default)."""
    about = {"kind": kind, "name": of or name, "apiVersion": "v1"}
    if kind not in ("Node", "Namespace", "PersistentVolume"):
        about["namespace"] = namespace
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": meta(name, namespace),
        "involvedObject": about,
        "reason": reason,
        "message": message,
        "type": type,
        "count": count,
        "firstTimestamp": last,
        "lastTimestamp": last,
        "source": {"component": component},
        "reportingComponent": component,
        "reportingInstance": "",
    }


def custom(
    api_version: str,
    kind: str,
    name: str,
    namespace: str | None = None,
    *,
    spec: Object | None = None,
    status: Object | None = None,
    labels: Mapping[str, str] | None = None,
) -> Object:
    """Any other object: ``custom("nvidia.com/v1", "ClusterPolicy", "policy", status={"state": "ready"})``."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": meta(name, namespace, labels),
        **({} if spec is None else {"spec": spec}),
        **({} if status is None else {"status": status}),
    }


def crd(
    group: str,
    kind: str,
    plural: str,
    versions: Sequence[str] = ("v1",),
    *,
    namespaced: bool = True,
    status: bool = True,
    stored: str = "",
    served: Sequence[str] | None = None,
    short: Sequence[str] = (),
) -> Object:
    """A CustomResourceDefinition that takes any fields; the first version is the stored one by default."""
    stored = stored or versions[0]
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", **_approved(group)},
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
                **({"shortNames": list(short)} if short else {}),
            },
            "versions": [
                {
                    "name": version,
                    "served": served is None or version in served,
                    "storage": version == stored,
                    "schema": {"openAPIV3Schema": schema},
                    **({"subresources": {"status": {}}} if status else {}),
                }
                for version in versions
            ],
        },
    }


def _approved(group: str) -> Object:
    """A CRD in a group of the Kubernetes project is refused without this annotation."""
    if not group.endswith((".k8s.io", ".kubernetes.io")):
        return {}
    return {"annotations": {"api-approved.kubernetes.io": "unapproved, for tests only"}}

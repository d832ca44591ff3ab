"""What all objects share: metadata, conditions, owners; and changing one that was built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.kube.serving.patching import merged

Object = dict[str, Any]

LONG_AGO = "2026-01-15T08:00:00Z"


def merge(obj: Mapping[str, Any], change: Mapping[str, Any]) -> Object:
    """A copy with a merge patch over it: None removes a key, lists are replaced."""
    return merged(obj, change, by_key=False)


def condition(kind: str, status: bool | str = True, reason: str = "", message: str = "") -> Object:
    """A status condition: ``condition("Ready", False, "KubeletNotReady", "...")``."""
    said = status if isinstance(status, str) else str(status)
    return {
        "type": kind,
        "status": said,
        "lastTransitionTime": LONG_AGO,
        "reason": reason or f"{kind}{'' if said == 'True' else 'Not'}Met",
        "message": message,
    }


def owner(obj: Mapping[str, Any], controller: bool = True) -> Object:
    """An ownerReference to a stored object (it has a uid)."""
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        "controller": controller,
        "blockOwnerDeletion": True,
    }


def meta(
    name: str,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: Object | None = None,
) -> Object:
    found: Object = {"name": name}
    if namespace is not None:
        found["namespace"] = namespace
    if labels:
        found["labels"] = dict(labels)
    if annotations:
        found["annotations"] = dict(annotations)
    if owner:
        found["ownerReferences"] = [owner]
    return found


def namespace(name: str, labels: Mapping[str, str] | None = None) -> Object:
    named = {"kubernetes.io/metadata.name": name, **(labels or {})}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": meta(name, labels=named),
        "status": {"phase": "Active"},
    }

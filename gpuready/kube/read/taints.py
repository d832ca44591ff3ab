"""Taints that keep pods off nodes, and what tolerates them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.look import Obj

_HARD = frozenset({"NoSchedule", "NoExecute"})
# Taints that come and go with a node's state, or that every pod of the control plane tolerates: nobody set
# them to keep a node for GPU work.
_PASSING = (
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "node-role.kubernetes.io/",
    "node.cilium.io/",
    "karpenter.sh/",
    "startup-taint.cluster-autoscaler.kubernetes.io/",
    "status-taint.cluster-autoscaler.kubernetes.io/",
    "ignore-taint.cluster-autoscaler.kubernetes.io/",
    "cloud.google.com/impending-node-termination",
    "aws-node-termination-handler/",
)
_COMING_UP = "/agent-not-ready"  # of CSI drivers, each under its own name
_SCALING_DOWN = frozenset({"ToBeDeletedByClusterAutoscaler", "DeletionCandidateOfClusterAutoscaler"})


def holding_off(node: Obj) -> list[Mapping[str, Any]]:
    """The node's lasting taints that keep off what does not tolerate them."""
    return [
        taint
        for taint in (node.get("spec") or {}).get("taints") or ()
        if taint.get("effect") in _HARD
        and not (key := str(taint.get("key") or "")).startswith(_PASSING)
        and not key.endswith(_COMING_UP)
        and key not in _SCALING_DOWN
    ]


def tolerates(pod: Obj, taints: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the pod tolerates all of the taints."""
    tolerations = (pod.get("spec") or {}).get("tolerations") or ()
    return all(any(_fits(toleration, taint) for toleration in tolerations) for taint in taints)


def _fits(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    key, operator = toleration.get("key") or "", toleration.get("operator") or "Equal"
    if not key:
        return bool(operator == "Exists")
    if key != taint.get("key"):
        return False
    return bool(operator == "Exists" or (toleration.get("value") or "") == (taint.get("value") or ""))

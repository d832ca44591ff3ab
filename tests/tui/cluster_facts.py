"""Clusters as the panel gets them, with fixed figures."""

from __future__ import annotations

from typing import Any

from gpuready.kube.panel.facts import (
    PARTS,
    ClusterSample,
    Engine,
    Gpus,
    NodeFact,
    PodFact,
    WarningEvent,
    grouped,
)
from tests.tui.facts import AT

GPU = "nvidia.com/gpu"
H100, L40S = "NVIDIA-H100-80GB-HBM3", "NVIDIA-L40S"


def node(name: str, used: int | None = 8, total: int = 8, **other: Any) -> NodeFact:
    """A ready H100 node of that many GPUs; `healthy`, `nominated` and the node's own fields on request."""
    healthy, nominated = other.pop("healthy", total), other.pop("nominated", 0)
    gpus = (Gpus(GPU, total, healthy, used, nominated),) if total else ()
    facts: dict[str, Any] = {"ready": "True", "product": H100, "gpus": gpus}
    return NodeFact(name, **facts | other)


def down(name: str, used: int = 8) -> NodeFact:
    said = "container runtime network not ready"
    return node(name, used, ready="False", reason="KubeletNotReady", message=said, since=AT - 7200)


def many(count: int = 600) -> tuple[NodeFact, ...]:
    """Nodes of two kinds whose free GPUs are scattered: 0, 1, 2 or 3 free on each, never more."""
    return tuple(
        node(f"node-{number:03}", 8 - number % 4, product=(H100, L40S)[number // 4 % 2])
        for number in range(count)
    )


def waiting(name: str = "big", gpus: int = 8) -> PodFact:
    said = "0/600 nodes are available: 600 Insufficient nvidia.com/gpu."
    return PodFact("train", name, "pending", "", ((GPU, gpus),), 0, "Unschedulable", said, AT - 720)


def sample(*nodes: NodeFact, pending: tuple[PodFact, ...] = (), **other: Any) -> ClusterSample:
    """A cluster of these nodes with something in each section."""
    crash = PodFact(
        "chat", "llama-1", "failing", "a", ((GPU, 1),), 0, "CrashLoopBackOff", "back-off 5m0s", AT - 600
    )
    facts: dict[str, Any] = {
        "context": "prod",
        "version": "1.34.2",
        "at": AT,
        "nodes": nodes,
        "groups": grouped(nodes),
        "pods": (*pending, crash, PodFact("chat", "llama-2", "running", "a", ((GPU, 2),), since=AT - 90000)),
        "pending": pending,
        "failing": (crash,),
        "engines": (
            Engine("Deployment", "chat", "llama", 1, 3, "vLLM 0.9.1"),
            Engine("StatefulSet", "chat", "mixtral", 2, 2, "SGLang 0.5"),
            Engine("Deployment", "old", "gone", 0, 0),
        ),
        "warnings": (
            WarningEvent("chat", "Pod", "llama-1", "BackOff", "Back-off restarting", 7, AT - 30),
            WarningEvent("", "Node", "a", "Rebooted", "Node a has been rebooted", 1, AT - 90),
        ),
        "warning_count": 2,
        "read": frozenset(PARTS),
    }
    return ClusterSample(**facts | other)

"""One inference site on the served API: H100 and L40S nodes, engines, and the usual troubles of a weekday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.kube import objects
from tests.kube.apiserver import Api

Object = dict[str, Any]

L40S = "NVIDIA-L40S"
VLLM = "docker.io/vllm/vllm-openai:v0.11.0"
USED = {"h100": (8, 8, 7, 6, 8, 5, 7, 6, 8, 7), "l40s": (4, 4, 2, 0, 3, 1)}
"""The GPUs in use on each node: what is free of the H100s is scattered, so that a whole node is nowhere."""

NOT_READY = "h100-10"


def fill(api: Api, now: datetime | None = None) -> None:
    """Put the site into that API; what happened lately is told from `now`."""
    moment = now or datetime.now(UTC)
    for number in range(3):
        api.put(objects.node(f"control-{number + 1}", 0, control_plane=True))
    for name, used in USED.items():
        for number, count in enumerate(used):
            api.put_all(_node(name, f"{name}-{number + 1:02}", count))
    api.put(_not_ready(moment - timedelta(minutes=26)))
    api.put_all(_waiting(moment))
    for name, ready, replicas, gpus in (
        ("llama-3-70b", 8, 8, 4),
        ("qwen3-32b", 5, 6, 2),
        ("embeddings", 4, 4, 1),
        ("whisper", 2, 2, 1),
    ):
        spec = objects.pod_spec(gpus=gpus, image=VLLM)
        api.put(objects.deployment(name, "serving", replicas=replicas, ready=ready, spec=spec))


def _not_ready(since: datetime) -> Object:
    node = objects.node(NOT_READY, 8, ready=False)
    for each in node["status"]["conditions"]:
        each["lastTransitionTime"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return node


def _node(kind: str, name: str, used: int) -> Iterator[Object]:
    if kind == "h100":
        yield objects.node(name, 8, zone="zone-a")
    else:
        yield objects.node(name, 4, product=L40S, memory_mb=46068, zone="zone-b")
    whole, rest = divmod(used, 4)
    for index, gpus in enumerate([4] * whole + [1] * rest):
        yield objects.pod(
            f"{'llama-3-70b' if gpus == 4 else 'embeddings'}-{name}-{index}", "serving", node=name, gpus=gpus
        )


def _waiting(moment: datetime) -> Iterator[Object]:
    def ago(minutes: int) -> str:
        return (moment - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    said = (
        "0/19 nodes are available: 15 Insufficient nvidia.com/gpu, 1 node(s) had untolerated taint "
        "{node.kubernetes.io/not-ready: }, 3 node(s) had untolerated taint "
        "{node-role.kubernetes.io/control-plane: }."
    )
    for number in range(2):
        pod = objects.pod(f"finetune-70b-{number}", "research", gpus=8, message=said)
        yield _at(pod, ago(42))
    pull = "Back-off pulling image registry.example/serving/qwen3:2026-11"
    broken: dict[str, Any] = {"waiting": "ImagePullBackOff", "message": pull}
    yield _at(objects.pod("qwen3-32b-6f7d9-x2x4k", "serving", node="h100-04", gpus=2, **broken), ago(11))
    for name, kind, of, reason, message, count, minutes in (
        ("e1", "Pod", "finetune-70b-0", "FailedScheduling", said, 17, 1),
        ("e2", "Pod", "qwen3-32b-6f7d9-x2x4k", "Failed", pull, 9, 2),
        ("e3", "Node", "h100-10", "NodeNotReady", "Node h100-10 status is now: NodeNotReady", 1, 26),
        ("e4", "Node", "h100-03", "XidError", "GPU 5: Xid 63, row remapping pending", 1, 71),
    ):
        namespace = "default" if kind == "Node" else "research" if of.startswith("fine") else "serving"
        yield objects.event(
            name, namespace, kind=kind, of=of, reason=reason, message=message, count=count, last=ago(minutes)
        )


def _at(pod: Object, when: str) -> Object:
    """The pod as of that moment."""
    pod["metadata"]["creationTimestamp"] = when
    for each in pod["status"].get("conditions", ()):
        each["lastTransitionTime"] = when
    return pod

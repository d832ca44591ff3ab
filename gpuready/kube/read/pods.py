"""What pods say about themselves: their containers' states, whether they are ready, why they wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import age, condition, is_true
from gpuready.kube.read.naming import namespace_of

PULL_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
"""Why a container waits for its image, in the kubelet's words."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container's state as the kubelet tells it.

    `waiting` is the reason for which it waits, `ended` the one for which it or its last run ended, `code`
    that run's exit code; `message` is what the kubelet says of either.  `restarts` counts.
    """

    name: str
    image: str
    running: bool
    ready: bool
    waiting: str
    ended: str
    code: int | None
    message: str
    restarts: int
    ended_at: object


def containers(pod: Obj) -> Iterator[Container]:
    """The states of the pod's containers, those that initialise first."""
    status = pod.get("status") or {}
    for key in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(key) or ():
            yield _container(each)


def _container(raw: Mapping[str, Any]) -> Container:
    state = raw.get("state") or {}
    waiting = state.get("waiting") or {}
    over = state.get("terminated") or (raw.get("lastState") or {}).get("terminated") or {}
    code = over.get("exitCode")
    return Container(
        name=str(raw.get("name") or "?"),
        image=str(raw.get("image") or ""),
        running="running" in state,
        ready=raw.get("ready") is True,
        waiting=str(waiting.get("reason") or ""),
        ended=str(over.get("reason") or ""),
        code=code if isinstance(code, int) else None,
        message=" ".join(str(each.get("message") or "") for each in (waiting, over)).strip(),
        restarts=int(raw.get("restartCount") or 0),
        ended_at=over.get("finishedAt"),
    )


def phase(pod: Obj) -> str:
    """``Pending``, ``Running``, ``Succeeded``, ``Failed`` or ``Unknown``; empty where it is not told."""
    return str((pod.get("status") or {}).get("phase") or "")


def is_ready(pod: Obj) -> bool:
    """Whether the pod runs and says that it is ready."""
    return phase(pod) == "Running" and is_true(pod, "Ready")


def node_of(pod: Obj) -> str:
    """The node that the pod was placed on; empty before that."""
    return str((pod.get("spec") or {}).get("nodeName") or "")


def controller_of(obj: Obj) -> Mapping[str, Any] | None:
    """The reference to what controls the object, else to its first owner; None for one that has none."""
    owners = (obj.get("metadata") or {}).get("ownerReferences") or ()
    return next((each for each in owners if each.get("controller")), owners[0] if owners else None)


def owner(pod: Obj) -> tuple[str, str, str]:
    """Namespace, kind and name of what controls the pod; kind and name are empty for a bare one."""
    chief = controller_of(pod) or {}
    return namespace_of(pod), str(chief.get("kind") or ""), str(chief.get("name") or "")


def unscheduled(pod: Obj) -> tuple[str, str]:
    """Why the scheduler has not placed the pod (``Unschedulable``, ``SchedulingGated``) and what it says;
    empty when it has, or has not tried."""
    placed = condition(pod, "PodScheduled")
    if placed is None or placed.get("status") != "False":
        return "", ""
    return str(placed.get("reason") or ""), str(placed.get("message") or "")


def pod_age(pod: Obj, now: datetime) -> float | None:
    """Seconds since the pod was created."""
    return age((pod.get("metadata") or {}).get("creationTimestamp"), now)

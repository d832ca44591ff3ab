"""How a pod of an active check stands: what it waits for, whether it runs, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import condition
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

# Reasons to wait that no waiting ends.  ErrImagePull is tried again once: ImagePullBackOff follows it.
_IMAGE = frozenset({"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"})
_NOT_STARTED = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff"}
)


class State(StrEnum):
    PENDING = "pending"  # not yet on a node, or not yet started there
    RUNNING = "running"
    ENDED = "ended"  # its container ran and is over
    NO_IMAGE = "no image"
    NOT_STARTED = "not started"  # the node could not start its container
    REFUSED = "refused"  # the node or the cluster took it down, for a reason that is not its own
    GONE = "gone"  # somebody else removed it


@dataclass(frozen=True, slots=True)
class Standing:
    """`reason` and `message` as the cluster told them; `code` is what the container exited with."""

    state: State
    node: str = ""
    ip: str = ""
    reason: str = ""
    message: str = ""
    code: int = 0

    @property
    def is_final(self) -> bool:
        """Whether waiting longer will change nothing."""
        return self.state not in (State.PENDING, State.RUNNING)

    @property
    def is_unschedulable(self) -> bool:
        return self.state is State.PENDING and self.reason == "Unschedulable"

    @property
    def told(self) -> str:
        """The cluster's words, for a sentence."""
        return ": ".join(part for part in (self.reason, self.message) if part) or str(self.state)

    def __str__(self) -> str:
        place = f" on {self.node}" if self.node else ""
        return f"{self.state}{place}{f', {self.ip}' if self.ip else ''}{self._why}"

    @property
    def _why(self) -> str:
        if self.state is State.ENDED:
            return f", exit {self.code}"
        return f" ({self.told})" if self.reason or self.message else ""


ABSENT = Standing(State.GONE)


def standing(pod: Obj) -> Standing:
    """How that pod stands."""
    status = pod.get("status") or {}
    node, ip = str((pod.get("spec") or {}).get("nodeName") or ""), str(status.get("podIP") or "")
    containers = status.get("containerStatuses") or [{}]
    container: Mapping[str, Any] = containers[0]
    state = container.get("state") or {}
    phase = status.get("phase")
    if ended := state.get("terminated"):
        return _ended(ended, status, node, ip)
    if phase in ("Succeeded", "Failed"):
        # Evicted, past its deadline, or never admitted by the kubelet: no container tells of it.
        reason, message = _words(status)
        return Standing(State.ENDED if phase == "Succeeded" else State.REFUSED, node, ip, reason, message)
    waiting = state.get("waiting") or {}
    reason, message = _words(waiting)
    if reason in _IMAGE:
        return Standing(State.NO_IMAGE, node, ip, reason, message)
    if reason in _NOT_STARTED:
        return Standing(State.NOT_STARTED, node, ip, reason, message)
    if phase == "Running" and "running" in state and ip:
        return Standing(State.RUNNING, node, ip)
    if not reason and (scheduled := condition(pod, "PodScheduled")) and scheduled.get("status") == "False":
        reason, message = _words(scheduled)
    return Standing(State.PENDING, node, ip, reason, message)


def _ended(ended: Mapping[str, Any], status: Mapping[str, Any], node: str, ip: str) -> Standing:
    reason, message = _words(ended)
    if reason in ("StartError", "ContainerCannotRun"):
        return Standing(State.NOT_STARTED, node, ip, reason, message)
    if status.get("reason") in ("Evicted", "DeadlineExceeded", "NodeLost", "Preempting", "Terminated"):
        reason, message = _words(status)
        return Standing(State.REFUSED, node, ip, reason, message)
    code = ended.get("exitCode")
    return Standing(State.ENDED, node, ip, reason, message, code if isinstance(code, int) else -1)


def _words(told: Mapping[str, Any]) -> tuple[str, str]:
    return safe_line(str(told.get("reason") or ""))[:60], safe_line(redact(str(told.get("message") or "")))[
        :300
    ]

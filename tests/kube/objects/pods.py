"""Pods, and the specs that workloads have in common with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.kube.objects.base import LONG_AGO, Object, condition, meta

IMAGE = "registry.example/inference/server:1.4.2"


def pod_spec(
    *,
    gpus: int = 0,
    image: str = IMAGE,
    container: str = "main",
    command: Sequence[str] = (),
    cpu: str = "4",
    memory: str = "16Gi",
    resource: str = "nvidia.com/gpu",
    probes: bool = True,
    env: Mapping[str, str] | None = None,
) -> Object:
    """A pod's spec with one container; `gpus` as limit and request, and the usual taint tolerated."""
    wanted = {"cpu": cpu, "memory": memory, **({resource: str(gpus)} if gpus else {})}
    main: Object = {
        "name": container,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": 8000, "protocol": "TCP"}],
        "resources": {"limits": wanted, "requests": dict(wanted)},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    if command:
        main["command"] = list(command)
    if env:
        main["env"] = [{"name": key, "value": value} for key, value in env.items()]
    if probes:
        get = {"path": "/health", "port": "http", "scheme": "HTTP"}
        times = {"periodSeconds": 10, "timeoutSeconds": 5, "successThreshold": 1, "failureThreshold": 3}
        for probe in ("livenessProbe", "readinessProbe"):
            main[probe] = {"httpGet": get, **times}
        main["startupProbe"] = {"httpGet": get, **times, "failureThreshold": 60}
    gpu = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    return {
        "containers": [main],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 60,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        **({"tolerations": [gpu]} if gpus else {}),
    }


def pod(
    name: str,
    namespace: str = "default",
    *,
    node: str | None = None,
    gpus: int = 0,
    phase: str = "",
    owner: Object | None = None,
    labels: Mapping[str, str] | None = None,
    ready: bool | None = None,
    restarts: int = 0,
    waiting: str = "",
    message: str = "",
    terminated: str = "",
    exit_code: int = 1,
    spec: Object | None = None,
    resource: str = "nvidia.com/gpu",
) -> Object:
    """A pod with one container "main"; with a node it is Running and ready, without one Pending and
    Unschedulable, unless `phase` says otherwise.

    `waiting` ("CrashLoopBackOff", "ImagePullBackOff") or `terminated` ("OOMKilled", "Error") with `message`
    and `exit_code` is the state of its container; after restarts that is also its last state.
    """
    phase = phase or ("Running" if node else "Pending")
    ready = (phase == "Running" and not waiting and not terminated) if ready is None else ready
    spec = dict(spec or pod_spec(gpus=gpus, resource=resource))
    status: Object = {"phase": phase, "qosClass": "Guaranteed"}
    if node:
        spec["nodeName"] = node
        digest = hashlib.sha256(f"{namespace}/{name}".encode()).hexdigest()
        address = f"10.{int(digest[:2], 16)}.{int(digest[2:4], 16)}.{int(digest[4:6], 16)}"
        conditions = [condition("PodScheduled"), condition("Initialized")]
        conditions += [condition(kind, ready, "" if ready else "ContainersNotReady") for kind in _READY]
        status |= {"conditions": conditions, "podIP": address, "podIPs": [{"ip": address}]}
        status["startTime"] = LONG_AGO
        states = (phase, waiting, terminated, message, exit_code, restarts, ready)
        status["containerStatuses"] = [_container_status(one, *states) for one in spec["containers"]]
    elif phase == "Pending":
        said = message or _unschedulable(gpus, resource)
        status["conditions"] = [condition("PodScheduled", False, "Unschedulable", said)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(name, namespace, labels or {"app.kubernetes.io/name": name}, owner=owner),
        "spec": spec,
        "status": status,
    }


_READY = ("Ready", "ContainersReady")


def _unschedulable(gpus: int, resource: str) -> str:
    what = f"Insufficient {resource}" if gpus else "Insufficient cpu"
    none = "0/1 nodes are available: 1"
    return f"{none} {what}. preemption: {none} No preemption victims found for incoming pod."


def _container_status(
    container: Mapping[str, Any],
    phase: str,
    waiting: str,
    terminated: str,
    message: str,
    exit_code: int,
    restarts: int,
    ready: bool,
) -> Object:
    ended = {
        "exitCode": 137 if terminated == "OOMKilled" else exit_code,
        "reason": terminated or "Error",
        "startedAt": LONG_AGO,
        "finishedAt": LONG_AGO,
        **({"message": message} if message and not waiting else {}),
    }
    state: Object = {"running": {"startedAt": LONG_AGO}}
    if waiting:
        state = {"waiting": {"reason": waiting, **({"message": message} if message else {})}}
    elif phase == "Succeeded":
        state = {"terminated": {**ended, "exitCode": 0, "reason": "Completed"}}
    elif terminated or phase == "Failed":
        state = {"terminated": ended}
    elif phase == "Pending":
        state = {"waiting": {"reason": "ContainerCreating"}}
    image = str(container["image"])
    return {
        "name": container["name"],
        "image": image,
        "imageID": f"{image.partition(':')[0]}@sha256:{hashlib.sha256(image.encode()).hexdigest()}",
        "ready": ready,
        "started": "running" in state,
        "restartCount": restarts,
        "state": state,
        "lastState": {"terminated": ended} if restarts else {},
    }

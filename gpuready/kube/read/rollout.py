"""Whether what a Deployment, StatefulSet or DaemonSet promises is there, and what it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import full_name


def desired(workload: Obj) -> int:
    """How many pods there should be."""
    told = workload.get("status") or {}
    if "desiredNumberScheduled" in told:  # a DaemonSet
        return _number(told["desiredNumberScheduled"])
    return _number((workload.get("spec") or {}).get("replicas", 1))


def ready(workload: Obj) -> int:
    """How many of its pods are ready."""
    told = workload.get("status") or {}
    return _number(told.get("numberReady", told.get("readyReplicas", 0)))


def is_complete(workload: Obj) -> bool:
    """Whether it wants pods and all of them are ready; a controller that has seen its newest spec said so."""
    seen = (workload.get("status") or {}).get("observedGeneration")
    newest = (workload.get("metadata") or {}).get("generation")
    is_current = seen is None or newest is None or _number(seen) >= _number(newest)
    return is_current and 0 < desired(workload) <= ready(workload)


def tally(workload: Obj) -> str:
    """``NAMESPACE/NAME 2/3``, for a sentence."""
    return f"{full_name(workload)} {ready(workload)}/{desired(workload)}"


def template_containers(workload: Obj) -> Iterator[Mapping[str, Any]]:
    """The containers of its pod template, those that initialise too."""
    spec = ((workload.get("spec") or {}).get("template") or {}).get("spec") or {}
    yield from spec.get("containers") or ()
    yield from spec.get("initContainers") or ()


def images(workload: Obj) -> tuple[str, ...]:
    """The images of its pod template."""
    return tuple(str(each.get("image") or "") for each in template_containers(workload))


def words(workload: Obj) -> Iterator[str]:
    """What its containers are told on the command line and in plain environment variables."""
    for container in template_containers(workload):
        for part in (*(container.get("command") or ()), *(container.get("args") or ())):
            yield str(part)
        for variable in container.get("env") or ():
            if variable.get("value"):
                yield str(variable["value"])


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0

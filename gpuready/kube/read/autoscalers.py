"""What HorizontalPodAutoscalers, KEDA's ScaledObjects and VerticalPodAutoscalers say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import condition, status
from gpuready.kube.read.naming import annotations_of, name_of, namespace_of
from gpuready.kube.read.workloads import Key

HPAS = "horizontalpodautoscalers.autoscaling"
SCALED_OBJECTS = "scaledobjects.keda.sh"
VPAS = "verticalpodautoscalers.autoscaling.k8s.io"

_IDLE = "ScalingDisabled"  # the target is at zero replicas on purpose
_OFF = "Off"
_BOTH = ("cpu", "memory")


def target(autoscaler: Obj) -> Key:
    """Namespace, kind and name of what an HPA, a ScaledObject or a VPA scales."""
    spec = autoscaler.get("spec") or {}
    aim = spec.get("scaleTargetRef") or spec.get("targetRef") or {}
    return namespace_of(autoscaler), str(aim.get("kind") or "Deployment"), str(aim.get("name") or "")


def metrics(hpa: Obj) -> tuple[Mapping[str, Any], ...]:
    """The metrics on which an HPA scales, in the form of autoscaling/v2."""
    spec = hpa.get("spec") or {}
    if spec.get("targetCPUUtilizationPercentage"):  # autoscaling/v1
        return ({"type": "Resource", "resource": {"name": "cpu"}},)
    return tuple(each for each in spec.get("metrics") or () if isinstance(each, Mapping))


def is_told(hpa: Obj) -> bool:
    """Whether the controller has said anything of the HPA's metrics yet."""
    return status(hpa, "ScalingActive") in ("True", "False") or status(hpa, "AbleToScale") == "False"


def trouble(hpa: Obj) -> str:
    """Why an HPA cannot read its metrics or its target's scale, in the controller's word; empty when it can.

    The controller stays active while one of several metrics is lost: that one's state has then no type.
    """
    for kind in ("AbleToScale", "ScalingActive"):
        if status(hpa, kind) == "False":
            reason = str((condition(hpa, kind) or {}).get("reason") or kind)
            if reason.startswith("Failed") or (kind == "ScalingActive" and reason != _IDLE):
                return reason
    read = (hpa.get("status") or {}).get("currentMetrics") or ()
    lost = sum(1 for each in read if isinstance(each, Mapping) and not each.get("type"))
    return f"{lost} of {len(read)} metrics unread" if lost else ""


def is_paused(scaled: Obj) -> bool:
    """Whether somebody has stopped KEDA from scaling the object."""
    notes = annotations_of(scaled)
    told = str(notes.get("autoscaling.keda.sh/paused") or "").lower() not in ("", "false")
    return status(scaled, "Paused") == "True" or told or "autoscaling.keda.sh/paused-replicas" in notes


def scaled_object_trouble(scaled: Obj) -> str:
    """Why KEDA cannot scale an object; empty when it can, or has not told."""
    if is_paused(scaled):
        return "Paused"
    if status(scaled, "Ready") == "False":
        return str((condition(scaled, "Ready") or {}).get("reason") or "not Ready")
    return "Fallback" if status(scaled, "Fallback") == "True" else ""


def hpa_of(scaled: Obj) -> tuple[str, str]:
    """Namespace and name of the HPA that KEDA keeps for a ScaledObject."""
    named = (scaled.get("status") or {}).get("hpaName") or f"keda-hpa-{name_of(scaled)}"
    return namespace_of(scaled), str(named)


def mode(vpa: Obj) -> str:
    """``Off``, ``Initial``, ``Recreate``, ``InPlaceOrRecreate`` or ``Auto``, which it is by default."""
    return str(((vpa.get("spec") or {}).get("updatePolicy") or {}).get("updateMode") or "Auto")


def is_recommended(vpa: Obj) -> bool:
    """Whether the recommender has computed requests for a container."""
    return bool(((vpa.get("status") or {}).get("recommendation") or {}).get("containerRecommendations"))


def adjusts(vpa: Obj) -> frozenset[str]:
    """The resources whose requests a VPA sets: none where it only recommends.

    Policies that name containers are taken to name all of them.
    """
    if mode(vpa) == _OFF:
        return frozenset()
    policies = ((vpa.get("spec") or {}).get("resourcePolicy") or {}).get("containerPolicies") or ()
    if not policies:
        return frozenset(_BOTH)
    return frozenset(
        resource
        for each in policies
        if each.get("mode") != _OFF
        for resource in each.get("controlledResources") or _BOTH
    )


def conflicts(vpas: Iterable[Obj], hpas: Iterable[Obj]) -> list[tuple[Obj, tuple[str, ...]]]:
    """The VPAs that set the requests by which an HPA of the same target scales, and for which resources."""
    by_target: dict[Key, set[str]] = {}
    for hpa in hpas:
        resources = {
            str((each.get("resource") or each.get("containerResource") or {}).get("name"))
            for each in metrics(hpa)
            if each.get("type") in ("Resource", "ContainerResource")
        }
        by_target.setdefault(target(hpa), set()).update(resources)
    both = ((vpa, tuple(sorted(adjusts(vpa) & by_target.get(target(vpa), set())))) for vpa in vpas)
    return [(vpa, resources) for vpa, resources in both if resources]

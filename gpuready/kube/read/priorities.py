"""Priority classes: which are the cluster's own, and which may take from others."""

from __future__ import annotations

from collections.abc import Iterable

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import name_of

CLASSES = "priorityclasses.scheduling.k8s.io"
KUEUE_CLASSES = "workloadpriorityclasses.kueue.x-k8s.io"
_BUILT_IN = (
    "system-",
    "openshift-",
    "gmp-",
    "k8s-cluster-critical",
    "longhorn-critical",
    "kubevirt-cluster-",
)


def is_own(obj: Obj) -> bool:
    """Whether somebody made the class for the cluster's work: neither Kubernetes nor an add-on."""
    return not name_of(obj).startswith(_BUILT_IN)


def own_classes(classes: Iterable[Obj]) -> list[Obj]:
    """The cluster's own classes, the highest first."""
    return sorted(filter(is_own, classes), key=lambda each: (-value(each), name_of(each)))


def value(obj: Obj) -> int:
    """The class's priority."""
    number = obj.get("value", 0)
    return number if isinstance(number, int) else 0


def preempts(obj: Obj) -> bool:
    """Whether pods of the class may push others off a node; the API server fills in that they may."""
    return str(obj.get("preemptionPolicy") or "PreemptLowerPriority") != "Never"

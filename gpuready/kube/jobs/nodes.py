"""Which nodes the pods of an active check may be put on."""

from __future__ import annotations

from collections.abc import Iterable

from gpuready.kube.jobs.manifests import Place
from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import is_true
from gpuready.kube.read.gpus import is_gpu_node
from gpuready.kube.read.naming import labels_of, name_of
from gpuready.kube.read.taints import holding_off

_HARD = frozenset({"NoSchedule", "NoExecute"})


def is_open(node: Obj) -> bool:
    """Whether a pod that tolerates its lasting taints can start there now: ready, not cordoned, Linux, and
    without a taint of its state (pressure, network) or of the control plane."""
    spec = node.get("spec") or {}
    hard = [taint for taint in spec.get("taints") or () if taint.get("effect") in _HARD]
    return (
        is_true(node, "Ready")
        and not spec.get("unschedulable")
        and labels_of(node).get("kubernetes.io/os", "linux") == "linux"
        and len(hard) == len(holding_off(node))
    )


def place(node: Obj) -> Place:
    """That node, its lasting taints tolerated."""
    return Place(name_of(node), tuple(holding_off(node)))


def usable(nodes: Iterable[Obj]) -> list[Obj]:
    """The nodes for a small pod, those with GPUs first: engines run there.  Other nodes that are kept for
    something by a taint are left alone."""
    ready = [node for node in nodes if is_open(node)]
    gpus = [node for node in ready if is_gpu_node(node)]
    names = {name_of(node) for node in gpus}
    return gpus + [node for node in ready if name_of(node) not in names and not holding_off(node)]

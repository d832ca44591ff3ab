"""What a GPU node offers to pods, set against what it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gpuready.kube.look import Obj
from gpuready.kube.read.gpus import Devices, allocatable, capacity, is_partition
from gpuready.kube.read.naming import labels_of, name_of
from gpuready.kube.read.quantity import pieces

_GPU = "nvidia.com/gpu"
_SHARED = ".shared"


@dataclass(frozen=True, slots=True)
class Offer:
    """GPUs, shares of GPUs and MIG instances of one node: `usable` by pods, `expected` by its labels or its
    capacity.  `is_counted` tells whether feature discovery counted them, so that the two are independent."""

    node: str
    usable: int
    expected: int
    is_counted: bool

    @property
    def missing(self) -> int:
        return max(self.expected - self.usable, 0)


def offer(node: Obj, found: Mapping[str, Devices]) -> Offer:
    """What the node offers, through a device plugin or a DRA driver (`found`: the devices by node)."""
    usable, expected, is_counted = _by_plugin(node)
    own = found.get(name_of(node))
    if own is None or usable:
        return Offer(name_of(node), usable, expected, is_counted)
    everything = own.gpus | own.partitions
    # A driver that cuts MIG instances on demand publishes cards and possible instances alike: the label
    # counts cards, so only these are held against it.
    counted = pieces(labels_of(node).get(f"{_GPU}.count", 0))
    whole = len(own.gpus - own.tainted)
    if own.gpus and counted:
        return Offer(name_of(node), whole, counted, True)
    return Offer(name_of(node), len(everything - own.tainted), len(everything), False)


def _by_plugin(node: Obj) -> tuple[int, int, bool]:
    usable, whole = allocatable(node), capacity(node)
    labels = labels_of(node)
    names = {name.removesuffix(_SHARED) for name in (*usable, *whole)}
    names |= {key.removesuffix(".count") for key in labels if _counts_gpus(key)}
    total = expected = 0
    is_counted = False
    has_instances = any(map(is_partition, names))
    for name in names:
        offered = usable.get(name, 0) + usable.get(name + _SHARED, 0)
        there = whole.get(name, 0) + whole.get(name + _SHARED, 0)
        counted = _labelled(labels, name)
        # Beside MIG instances the label of the whole cards counts those that were cut up, too.
        if counted and not (name == _GPU and has_instances):
            there, is_counted = max(there, counted), True
        total += offered
        expected += there
    return total, expected, is_counted


def _counts_gpus(label: str) -> bool:
    return label == f"{_GPU}.count" or (is_partition(label) and label.endswith(".count"))


def _labelled(labels: Mapping[str, object], name: str) -> int:
    """How many pieces of the resource feature discovery promises: cards times the pods that share one."""
    return pieces(labels.get(f"{name}.count", 0)) * max(pieces(labels.get(f"{name}.replicas", 1)), 1)

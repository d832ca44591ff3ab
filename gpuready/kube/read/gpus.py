"""GPUs as Kubernetes counts them: extended resources of device plugins, and devices of DRA drivers.

A node tells extended resources in ``status.capacity`` and ``status.allocatable``.  A DRA driver publishes
ResourceSlices instead, and the extended resource is then 0 or absent by design.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import labels_of, name_of
from gpuready.kube.read.quantity import pieces

SLICES = "resourceslices.resource.k8s.io"
CLAIMS = "resourceclaims.resource.k8s.io"
DRIVERS = frozenset({"gpu.nvidia.com", "gpu.amd.com", "gpu.intel.com"})
"""The DRA drivers whose devices are GPUs."""

_RESOURCE = re.compile(
    r"nvidia\.com/(?:gpu|mig-[0-9][\w.+-]*)(?:\.shared)?|amd\.com/(?:gpu|[a-z]+_nps\d+)"
    r"|gpu\.intel\.com/(?:i915|xe)"
)
_PARTITION = "nvidia.com/mig-"
_TRUE_LABELS = (
    "nvidia.com/gpu.present",
    "feature.node.kubernetes.io/pci-10de.present",  # NFD as the GPU Operator configures it
    "feature.node.kubernetes.io/pci-0300_10de.present",
    "feature.node.kubernetes.io/pci-0302_10de.present",
    "feature.node.kubernetes.io/amd-gpu",
)
_LABELS = (
    "nvidia.com/gpu.product",
    "amd.com/gpu.product-name",
    "cloud.google.com/gke-accelerator",
    "k8s.amazonaws.com/accelerator",
    "karpenter.k8s.aws/instance-gpu-name",
)
_FOR_MACHINES = frozenset({"vm-passthrough", "vm-vgpu"})
_PRODUCTS = ("nvidia.com/gpu.product", "amd.com/gpu.product-name", "beta.amd.com/gpu.product-name")
_DONE = frozenset({"Succeeded", "Failed"})
_HOLDING_OFF = frozenset({"NoSchedule", "NoExecute"})


def is_gpu_resource(name: str) -> bool:
    """Whether the extended resource counts GPUs or parts of them: MIG instances, AMD's partitions as in
    ``amd.com/cpx_nps4`` (and not their memory or cores)."""
    return _RESOURCE.fullmatch(name) is not None


def is_partition(name: str) -> bool:
    """Whether the extended resource counts MIG instances."""
    return name.startswith(_PARTITION)


def resources(quantities: Mapping[str, Any] | None) -> dict[str, int]:
    """How many of each GPU resource a list of quantities (capacity, allocatable, limits) holds."""
    return {name: pieces(many) for name, many in (quantities or {}).items() if is_gpu_resource(name)}


def capacity(node: Obj) -> dict[str, int]:
    """The node's GPU resources, healthy or not."""
    return resources((node.get("status") or {}).get("capacity"))


def allocatable(node: Obj) -> dict[str, int]:
    """The node's GPU resources that pods can get."""
    return resources((node.get("status") or {}).get("allocatable"))


def product(node: Obj) -> str:
    """The GPU model as feature discovery labels it; empty where it does not."""
    labels = labels_of(node)
    return next((str(labels[key]) for key in _PRODUCTS if labels.get(key)), "")


def is_gpu_node(node: Obj, with_devices: Mapping[str, Devices] | None = None) -> bool:
    """Whether the node has a GPU: by what it offers, by its labels, or by the DRA devices of `devices`."""
    labels = labels_of(node)
    if labels.get("nvidia.com/gpu.workload.config") in _FOR_MACHINES:
        return False  # its cards are handed to virtual machines whole: no container gets one
    return (
        any(capacity(node).values())
        or any(labels.get(key) == "true" for key in _TRUE_LABELS)
        or any(labels.get(key) for key in _LABELS)
        or labels.get("kubernetes.azure.com/accelerator") == "nvidia"
        or name_of(node) in (with_devices or {})
    )


@dataclass(frozen=True, slots=True)
class Devices:
    """What the DRA drivers of one node publish: names ``DRIVER/POOL/DEVICE`` of whole GPUs, of MIG instances,
    and of those of both that a taint keeps from use."""

    gpus: frozenset[str] = frozenset()
    partitions: frozenset[str] = frozenset()
    tainted: frozenset[str] = frozenset()


def devices(slices: Iterable[Obj]) -> dict[str, Devices]:
    """The DRA devices by node, for nodes that have any; only the newest generation of each pool counts."""
    specs = [each.get("spec") or {} for each in slices]
    specs = [spec for spec in specs if spec.get("driver") in DRIVERS and spec.get("nodeName")]
    newest: dict[tuple[str, str], int] = defaultdict(int)
    for spec in specs:
        newest[_pool(spec)] = max(newest[_pool(spec)], _generation(spec))
    found: dict[str, dict[str, set[str]]] = defaultdict(
        lambda: {"gpu": set(), "mig": set(), "tainted": set()}
    )
    for spec in specs:
        if _generation(spec) < newest[_pool(spec)]:
            continue
        sorts = found[spec["nodeName"]]
        for device in spec.get("devices") or ():
            if (kind := _kind(device)) in ("gpu", "mig"):
                name = "/".join((*_pool(spec), str(device.get("name"))))
                sorts[kind].add(name)
                if any(taint.get("effect") in _HOLDING_OFF for taint in _details(device).get("taints") or ()):
                    sorts["tainted"].add(name)
    return {
        node: Devices(frozenset(sorts["gpu"]), frozenset(sorts["mig"]), frozenset(sorts["tainted"]))
        for node, sorts in found.items()
        if sorts["gpu"] or sorts["mig"]
    }


def claimed(claims: Iterable[Obj]) -> frozenset[str]:
    """The GPU devices that ResourceClaims hold, named as in `Devices`; access for watching holds none."""
    return frozenset(
        f"{each.get('driver')}/{each.get('pool')}/{each.get('device')}"
        for claim in claims
        for each in (((claim.get("status") or {}).get("allocation") or {}).get("devices") or {}).get(
            "results"
        )
        or ()
        if each.get("driver") in DRIVERS and not each.get("adminAccess")
    )


def is_over(pod: Obj) -> bool:
    """Whether the pod has ended and holds nothing any more."""
    return (pod.get("status") or {}).get("phase") in _DONE


def requested(pod: Obj) -> dict[str, int]:
    """The GPU resources that the scheduler reserves for the pod.

    Containers add up; an init container counts where it alone asks for more than all that run later; one
    that restarts (a sidecar) runs beside all that follow it.
    """
    spec = pod.get("spec") or {}
    beside: dict[str, int] = defaultdict(int)
    peak: dict[str, int] = defaultdict(int)
    for container in spec.get("initContainers") or ():
        for name, many in _asked(container).items():
            if container.get("restartPolicy") == "Always":
                beside[name] += many
                peak[name] = max(peak[name], beside[name])
            else:
                peak[name] = max(peak[name], beside[name] + many)
    for container in spec.get("containers") or ():
        for name, many in _asked(container).items():
            beside[name] += many
    return {
        name: most for name in {*beside, *peak} if (most := max(beside.get(name, 0), peak.get(name, 0))) > 0
    }


def claim_names(pod: Obj) -> tuple[str, ...]:
    """The names of the pod's ResourceClaims, in its own namespace."""
    given = [each.get("resourceClaimName") for each in (pod.get("spec") or {}).get("resourceClaims") or ()]
    made = (pod.get("status") or {}).get("resourceClaimStatuses") or ()
    return tuple(str(name) for name in (*given, *(each.get("resourceClaimName") for each in made)) if name)


def _asked(container: Mapping[str, Any]) -> dict[str, int]:
    asks = container.get("resources") or {}
    return resources({**(asks.get("limits") or {}), **(asks.get("requests") or {})})


def _pool(spec: Mapping[str, Any]) -> tuple[str, str]:
    return str(spec["driver"]), str((spec.get("pool") or {}).get("name"))


def _generation(spec: Mapping[str, Any]) -> int:
    return pieces((spec.get("pool") or {}).get("generation", 0))


def _details(device: Mapping[str, Any]) -> Mapping[str, Any]:
    """Attributes and taints, which the API version v1beta1 keeps one level deeper."""
    deeper = device.get("basic")
    return deeper if isinstance(deeper, Mapping) else device


def _kind(device: Mapping[str, Any]) -> str:
    """``gpu``, ``mig`` or another type that the driver tells; ``gpu`` where it tells none."""
    attributes = _details(device).get("attributes") or {}
    told = next((attributes[key] for key in attributes if key == "type" or key.endswith("/type")), None)
    kind = str((told or {}).get("string") or "gpu").lower()
    if kind.startswith("mig"):
        return "mig"
    return "gpu" if kind in ("gpu", "amdgpu", "amdgpu-partition") else kind

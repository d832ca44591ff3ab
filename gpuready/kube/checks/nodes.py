"""Nodes: whether they are ready, and how their GPUs are labelled, tainted, shared and offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import because, is_true, spoken
from gpuready.kube.read.gpus import (
    SLICES,
    Devices,
    allocatable,
    devices,
    is_gpu_node,
    is_over,
    is_partition,
    requested,
)
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of
from gpuready.kube.read.offers import Offer, offer
from gpuready.kube.read.pods import node_of
from gpuready.kube.read.taints import holding_off, tolerates
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
_DISCOVERED = (
    "nvidia.com/gpu.product",
    "amd.com/gpu.product-name",
    "beta.amd.com/gpu.product-name",
    "gpu.intel.com/product",
    "cloud.google.com/gke-accelerator",
    "karpenter.k8s.aws/instance-gpu-name",
)
_MIG_CONFIG = "nvidia.com/mig.config"
_SHARING = "nvidia.com/gpu.sharing-strategy"


async def _ready(look: Look) -> Seen:
    """Nodes that are not Ready, and those short of memory, disk or process numbers."""
    nodes = await _all(look)
    not_ready = {
        name_of(node): because(node, "Ready", look.now) or "?" for node in nodes if not is_true(node, "Ready")
    }
    pressed = {name_of(node): held for node in nodes if (held := _pressures(node, look))}
    cordoned = [name_of(node) for node in nodes if (node.get("spec") or {}).get("unschedulable")]
    remarks: list[Remark] = []
    for key, found in (("not_ready", not_ready), ("under_pressure", pressed)):
        if found:
            names = listed(f"{name} ({why})" for name, why in found.items())
            remarks.append((f"kube_nodes.{key}", {"names": names}))
    if cordoned:
        remarks.append(("kube_nodes.cordoned", {"names": listed(cordoned)}))
    fields = {
        "nodes": len(nodes),
        "not_ready": len(not_ready),
        "under_pressure": len(pressed),
        "cordoned": len(cordoned),
    }
    return Seen(fields, tuple(remarks))


async def _gpu_labels(look: Look) -> Seen:
    """GPU nodes that feature discovery has not labelled, or that no taint keeps other pods from."""
    gpu_nodes, _ = await _gpu_nodes(look)
    if not gpu_nodes:
        return _no_gpu_node()
    pods = await look.list("pods")
    unlabelled = [name_of(node) for node in gpu_nodes if not any(map(labels_of(node).get, _DISCOVERED))]
    untainted = [name_of(node) for node in gpu_nodes if not holding_off(node)]
    # GPU nodes share a few sets of taints, so that each waiting pod is held against those alone.
    taints = {tuple(sorted(map(str, holding_off(node)))): holding_off(node) for node in gpu_nodes}
    locked_out = [
        full_name(pod)
        for pod in pods
        if not node_of(pod)
        and not is_over(pod)
        and requested(pod)
        and not any(tolerates(pod, each) for each in taints.values())
    ]
    fields = {
        "gpu_nodes": len(gpu_nodes),
        "unlabelled": len(unlabelled),
        "untainted": len(untainted),
        "pods_without_toleration": len(locked_out),
    }
    remarks: list[Remark] = [
        (f"kube_nodes.{key}", {"names": listed(names)})
        for key, names in (("unlabelled", unlabelled), ("untainted", untainted), ("locked_out", locked_out))
        if names
    ]
    return Seen(fields, tuple(remarks))


async def _gpu_sharing(look: Look) -> Seen:
    """GPU nodes that offer no device at all, and those whose MIG layout is not settled."""
    gpu_nodes, found = await _gpu_nodes(look)
    if not gpu_nodes:
        raise NoData("kube_nodes.no_gpu_node")
    bare = [name_of(node) for node in gpu_nodes if not offer(node, found).usable]
    unsettled = [said for node in gpu_nodes if (said := _mig_trouble(node))]
    shared = [node for node in gpu_nodes if _sharing(node)]
    mig = sorted(
        {
            name
            for node in gpu_nodes
            for name, many in allocatable(node).items()
            if many and is_partition(name)
        }
    )
    drivers = [node for node in gpu_nodes if name_of(node) in found]
    partitioned = [node for node in gpu_nodes if _partitions(node, found)]
    fields = {
        "gpu_nodes": len(gpu_nodes),
        "nodes_without_devices": len(bare),
        "mig_unsettled": len(unsettled),
        "mig_nodes": len(partitioned),
        "shared_nodes": len(shared),
        "dra_nodes": len(drivers),
    }
    remarks: list[Remark] = []
    if bare:
        remarks.append(("kube_nodes.without_devices", {"names": listed(bare)}))
    if unsettled:
        remarks.append(("kube_nodes.mig_unsettled", {"names": listed(unsettled)}))
    if mig:
        remarks.append(("kube_nodes.mig_profiles", {"names": listed(mig)}))
    if shared:
        names = listed(f"{name_of(node)} ({_sharing(node)})" for node in shared)
        remarks.append(("kube_nodes.shared", {"names": names}))
    return Seen(fields, tuple(remarks))


async def _gpu_allocatable(look: Look) -> Seen:
    """GPU nodes that offer no GPU, and those that offer fewer than they have."""
    gpu_nodes, found = await _gpu_nodes(look)
    if not gpu_nodes:
        return _no_gpu_node()
    offers = [offer(node, found) for node in gpu_nodes]
    without = [each for each in offers if not each.usable]
    short = [each for each in offers if each.usable and each.missing]
    fields = {
        "gpu_nodes": len(gpu_nodes),
        "nodes_without_gpu": len(without),
        "nodes_short": len(short),
        "gpus_allocatable": sum(each.usable for each in offers),
    }
    remarks: list[Remark] = []
    if without:
        remarks.append(("kube_nodes.without_gpu", {"names": listed(each.node for each in without)}))
    if short:
        remarks.append(("kube_nodes.short", {"names": _shortages(short)}))
    if unlabelled := [each.node for each in offers if each.usable and not each.is_counted]:
        remarks.append(("kube_nodes.not_counted", {"names": listed(unlabelled)}))
    if found:
        remarks.append(("kube_nodes.by_dra", {"count": len(found)}))
    return Seen(fields, tuple(remarks))


async def _all(look: Look) -> tuple[Obj, ...]:
    nodes = await look.list("nodes")
    if not nodes:
        raise NoData("kube_nodes.none")
    return nodes


async def _gpu_nodes(look: Look) -> tuple[Sequence[Obj], Mapping[str, Devices]]:
    """The nodes with a GPU, and the DRA devices by node."""
    found = devices(await look.list(SLICES))
    return [node for node in await _all(look) if is_gpu_node(node, found)], found


def _no_gpu_node() -> Seen:
    return Seen({"gpu_nodes": 0}, (("kube_nodes.no_gpu_node", {}),))


def _pressures(node: Obj, look: Look) -> str:
    return ", ".join(
        f"{kind}: {because(node, kind, look.now) or spoken(0)}" for kind in _PRESSURES if is_true(node, kind)
    )


def _mig_trouble(node: Obj) -> str:
    """Why the node's MIG layout is not in force; empty when it is, or when none was asked for."""
    labels = labels_of(node)
    if str(labels.get("nvidia.com/gpu.product") or "").endswith("MIG-INVALID"):
        return f"{name_of(node)} (MIG-INVALID)"
    config, state = labels.get(_MIG_CONFIG), labels.get(f"{_MIG_CONFIG}.state")
    if not config or labels.get("nvidia.com/mig.capable") == "false" or state == "success":
        return ""
    return f"{name_of(node)} ({config}: {state or '?'})"


def _sharing(node: Obj) -> str:
    """How its cards are shared among pods (``time-slicing x4``, ``mps x8``); empty when they are not."""
    labels = labels_of(node)
    strategy, replicas = str(labels.get(_SHARING) or ""), str(labels.get("nvidia.com/gpu.replicas") or "")
    is_shared = strategy not in ("", "none") or (replicas.isdigit() and int(replicas) > 1)
    return f"{strategy or 'shared'} x{replicas or '?'}" if is_shared else ""


def _partitions(node: Obj, found: Mapping[str, Devices]) -> bool:
    """Whether the node hands out MIG instances."""
    labels = labels_of(node)
    return (
        any(many and is_partition(name) for name, many in allocatable(node).items())
        or "-MIG-" in str(labels.get("nvidia.com/gpu.product") or "")
        or bool(found.get(name_of(node), Devices()).partitions)
    )


def _shortages(short: Iterable[Offer]) -> str:
    return listed(f"{each.node} ({each.usable}/{each.expected})" for each in short)


_GPU_READS = ("nodes", SLICES)

CHECKS: tuple[Probe, ...] = (
    check(
        "nodes.ready",
        _ready,
        reads=["nodes"],
        fields=dict.fromkeys(("not_ready", "under_pressure", "nodes", "cordoned"), "count"),
    ),
    check(
        "nodes.gpu_labels",
        _gpu_labels,
        reads=[*_GPU_READS, "pods"],
        fields=dict.fromkeys(("gpu_nodes", "unlabelled", "untainted", "pods_without_toleration"), "count"),
    ),
    check(
        "nodes.gpu_sharing",
        _gpu_sharing,
        reads=_GPU_READS,
        fields=dict.fromkeys(
            ("nodes_without_devices", "mig_unsettled", "gpu_nodes", "mig_nodes", "shared_nodes", "dra_nodes"),
            "count",
        ),
    ),
    check(
        "nodes.gpu_allocatable",
        _gpu_allocatable,
        reads=_GPU_READS,
        fields=dict.fromkeys(("gpu_nodes", "nodes_without_gpu", "nodes_short", "gpus_allocatable"), "count"),
    ),
)

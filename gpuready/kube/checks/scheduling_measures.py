"""How fast pods are placed, how many free GPUs are out of reach, and what stands on Spot nodes."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import condition, is_true, when
from gpuready.kube.read.gpus import CLAIMS, SLICES, allocatable, claimed, devices, is_over, requested
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of
from gpuready.kube.read.pods import node_of, unscheduled
from gpuready.kube.read.workloads import READS, engines, owner_of, running
from gpuready.probes.probe import NoData, NotApplicable, Probe, Remark
from gpuready.probes.seen import Seen

_DRA = "DRA GPU"
_SPOT = (
    ("karpenter.sh/capacity-type", "spot"),
    ("eks.amazonaws.com/capacityType", "SPOT"),
    ("cloud.google.com/gke-spot", "true"),
    ("cloud.google.com/gke-preemptible", "true"),
    ("kubernetes.azure.com/scalesetpriority", "spot"),
    ("node.kubernetes.io/lifecycle", "spot"),
    ("oci.oraclecloud.com/oke-is-preemptible", "true"),
)
_BOUGHT_AS = frozenset(
    {
        "karpenter.sh/capacity-type",
        "eks.amazonaws.com/capacityType",
        "node.kubernetes.io/lifecycle",
        "cloud.google.com/gke-nodepool",
        "oci.oraclecloud.com/oke-is-preemptible",
    }
)
_SELLERS = ("aws://", "gce://", "azure://", "ocid1.")
_OWN_HARDWARE = ("k3s://", "rke2://", "kind://", "vsphere://", "metal3://", "proxmox://", "harvester://")
_WAITS_BY_DESIGN = ("kueue.x-k8s.io/managed", "kueue.x-k8s.io/queue-name")


async def _latency(look: Look) -> Seen:
    """The 99th percentile of creation to PodScheduled; pods still waiting count with their wait so far."""
    hours = float(str(look.ask.params["hours"]))
    taken: dict[str, float] = {}
    for pod in await look.list("pods"):
        if (seconds := _until_placed(pod, look, hours * 3600)) is not None:
            taken[full_name(pod)] = seconds
    if not taken:
        raise NoData("kube_scheduling.no_recent", hours=f"{hours:g}")
    ordered = sorted(taken.values())
    p99 = ordered[math.ceil(0.99 * len(ordered)) - 1]
    slowest = sorted(taken, key=lambda name: (-taken[name], name))[:4]
    remarks: list[Remark] = [("kube_scheduling.measured", {"pods": len(taken), "hours": f"{hours:g}"})]
    if taken[slowest[0]] > 1:
        names = ", ".join(f"{name} ({taken[name]:.0f} s)" for name in slowest)
        remarks.append(("kube_scheduling.slowest", {"names": names}))
    # Both times are cut to whole seconds: the truth lies within one second of their difference.
    return Seen({"p99": p99, "pods": len(taken)}, tuple(remarks), {"p99": (max(p99 - 1.0, 0.0), p99 + 1.0)})


def _until_placed(pod: Obj, look: Look, window: float) -> float | None:
    """Seconds from creation to placement, or to now; None for what is old or was not the scheduler's."""
    meta = pod.get("metadata") or {}
    created = when(meta.get("creationTimestamp"))
    if created is None or (look.now - created).total_seconds() > window:
        return None
    is_static = "kubernetes.io/config.mirror" in (meta.get("annotations") or {})
    if is_static or any(key in labels_of(pod) for key in _WAITS_BY_DESIGN):
        return None
    placed = condition(pod, "PodScheduled") or {}
    if placed.get("status") == "True":
        moment = when(placed.get("lastTransitionTime"))
        return None if moment is None else max((moment - created).total_seconds(), 0.0)
    if is_over(pod) or unscheduled(pod)[0] == "SchedulingGated":
        return None
    return max((look.now - created).total_seconds(), 0.0)


async def _fragments(look: Look) -> Seen:
    """GPUs that are free where the commonest request does not fit, against all GPUs."""
    nodes = await look.list("nodes")
    pods = await look.list("pods")
    usable = {name_of(node) for node in nodes if _takes_pods(node)}
    whole: dict[str, dict[str, int]] = defaultdict(dict)  # by resource, by node
    for node in nodes:
        if name_of(node) in usable:
            for resource, many in allocatable(node).items():
                whole[resource][name_of(node)] = many
    free = {resource: dict(by_node) for resource, by_node in whole.items()}
    asked: dict[str, Counter[int]] = defaultdict(Counter)
    for pod in pods:
        if is_over(pod):
            continue
        for resource, many in requested(pod).items():
            asked[resource][many] += 1
            if node_of(pod) in free.get(resource, ()):
                free[resource][node_of(pod)] -= many
    await _add_claims(look, usable, whole, free, asked)
    total = sum(sum(by_node.values()) for by_node in whole.values())
    if not total:
        raise NoData("kube_scheduling.no_gpus")
    if not any(asked.values()):
        raise NoData("kube_scheduling.no_requests")
    remarks: list[Remark] = []
    stranded: Counter[str] = Counter()
    size_of_most = 0
    for resource in sorted(set(whole) & set(asked)):
        size = max(asked[resource], key=lambda many: (asked[resource][many], many))
        size_of_most = max(size_of_most, size)
        lost = {node: left for node, left in free[resource].items() if 0 < left < size}
        stranded.update(lost)
        numbers = {
            "size": size,
            "resource": resource,
            "free": sum(max(left, 0) for left in free[resource].values()),
            "all": sum(whole[resource].values()),
            "stranded": sum(lost.values()),
        }
        remarks.append(("kube_scheduling.commonest", numbers))
    if stranded:
        names = listed(f"{node} {many}" for node, many in stranded.items())
        remarks.append(("kube_scheduling.stranded", {"names": names}))
    if aside := [name_of(node) for node in nodes if name_of(node) not in usable and _has_gpus(node)]:
        remarks.append(("kube_scheduling.left_aside", {"names": listed(aside)}))
    fields = {
        "stranded": 100.0 * stranded.total() / total,
        "stranded_gpus": stranded.total(),
        "gpus": total,
        "commonest": size_of_most,
    }
    return Seen(fields, tuple(remarks))


async def _add_claims(
    look: Look,
    usable: Iterable[str],
    whole: dict[str, dict[str, int]],
    free: dict[str, dict[str, int]],
    asked: dict[str, Counter[int]],
) -> None:
    """The same for GPUs that DRA drivers publish and ResourceClaims hold."""
    found = devices(await look.list(SLICES))
    claims = await look.list(CLAIMS)
    held = claimed(claims)
    for node in set(found) & set(usable):
        if whole.get("nvidia.com/gpu", {}).get(node):
            continue  # the device plugin counts the same cards
        fit = found[node].gpus - found[node].tainted
        whole[_DRA][node] = len(fit)
        free.setdefault(_DRA, {})[node] = len(fit - held)
    for claim in claims:
        if many := len(claimed([claim])):
            asked[_DRA][many] += 1


def _takes_pods(node: Obj) -> bool:
    return is_true(node, "Ready") and not (node.get("spec") or {}).get("unschedulable")


def _has_gpus(node: Obj) -> bool:
    return any(allocatable(node).values())


async def _spot(look: Look) -> Seen:
    """Which share of the GPUs stands on Spot nodes, and which engines stand nowhere else."""
    nodes = await look.list("nodes")
    spot = {name_of(node) for node in nodes if is_spot(node)}
    if not spot and nodes and not any(map(_from_cloud, nodes)):
        raise NotApplicable("kube_scheduling.no_spot")
    found = running(await engines(look))
    placed: Mapping[str, set[str]] = {
        each.title: {node for pod in each.pods if (node := node_of(pod))} for each in found
    }
    only = [title for title, where in placed.items() if where and where <= spot]
    untold = {name_of(node) for node in nodes if _sells_spot(node) and not _tells_kind(node)} - spot
    doubtful = [title for title, where in placed.items() if where and where <= spot | untold]
    there = {
        (kind, name)
        for pod in await look.list("pods")
        if node_of(pod) in spot
        and not is_over(pod)
        and (kind := owner_of(pod)[0]) not in ("DaemonSet", "Node")
        for name in (full_name(pod) if kind == "Pod" else owner_of(pod)[1],)
    }
    gpus = {name_of(node): sum(allocatable(node).values()) for node in nodes}
    total, on_spot = sum(gpus.values()), sum(gpus[name] for name in spot)
    remarks: list[Remark] = []
    if spot:
        numbers = {"nodes": len(spot), "gpus": on_spot, "all": total, "workloads": len(there)}
        remarks.append(("kube_scheduling.spot_nodes", numbers))
    else:
        remarks.append(("kube_scheduling.spot_none_now", {}))
    if only:
        remarks.append(("kube_scheduling.only_spot", {"names": listed(only)}))
    fields: dict[str, int | float] = {
        "spot_nodes": len(spot),
        "spot_gpus": on_spot,
        "workloads_on_spot": len(there),
        "engines": len(found),
    }
    if total:
        fields["spot_share"] = 100.0 * on_spot / total
    within = {}
    if any(placed.values()):
        fields["engines_only_on_spot"] = len(only)
        if len(doubtful) > len(only):
            within["engines_only_on_spot"] = (float(len(only)), float(len(doubtful)))
            remarks.append(("kube_scheduling.spot_untold", {"names": listed(untold)}))
    else:
        remarks.append(("kube_scheduling.no_engines", {}))
    return Seen(fields, tuple(remarks), within)


def is_spot(node: Obj) -> bool:
    """Whether the node is labelled as one that its cloud may take back."""
    labels = labels_of(node)
    return any(str(labels.get(key, "")).lower() == value.lower() for key, value in _SPOT)


def _tells_kind(node: Obj) -> bool:
    """Whether something labels the nodes by how they were bought: GKE and AKS do for Spot nodes alone."""
    return any(key in _BOUGHT_AS or key.startswith("kubernetes.azure.com/") for key in labels_of(node))


def _sells_spot(node: Obj) -> bool:
    return str((node.get("spec") or {}).get("providerID") or "").startswith(_SELLERS)


def _from_cloud(node: Obj) -> bool:
    provider = str((node.get("spec") or {}).get("providerID") or "")
    return bool(provider) and not provider.startswith(_OWN_HARDWARE)


CHECKS: tuple[Probe, ...] = (
    check(
        "scheduling.latency",
        _latency,
        reads=("pods",),
        fields={"p99": "s", "pods": "count"},
        params={"hours": 24},
    ),
    check(
        "scheduling.fragments",
        _fragments,
        reads=("nodes", "pods", SLICES, CLAIMS),
        fields={"stranded": "%", "stranded_gpus": "count", "gpus": "count", "commonest": "count"},
    ),
    check(
        "nodes.spot",
        _spot,
        reads=("nodes", *READS),
        fields={
            "engines_only_on_spot": "count",
            "spot_nodes": "count",
            "spot_gpus": "count",
            "spot_share": "%",
            "workloads_on_spot": "count",
            "engines": "count",
        },
    ),
)

"""Where engines may be placed and what comes first: affinity, taints, priorities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.gpus import SLICES, claim_names, devices, is_gpu_node, is_over, product, requested
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of
from gpuready.kube.read.pods import node_of, owner
from gpuready.kube.read.priorities import CLASSES, KUEUE_CLASSES, is_own, own_classes, preempts, value
from gpuready.kube.read.taints import holding_off
from gpuready.kube.read.workloads import READS, Workload, engines, running
from gpuready.probes.probe import NoData, NotApplicable, Probe, Remark
from gpuready.probes.seen import Seen

_GPU_KEYS = (
    "nvidia.com/",
    "amd.com/gpu",
    "beta.amd.com/gpu",
    "gpu.intel.com/",
    "cloud.google.com/gke-accelerator",
)
_CLOUD_MODELS = (
    "cloud.google.com/gke-accelerator",
    "karpenter.k8s.aws/instance-gpu-name",
    "k8s.amazonaws.com/accelerator",
)
_VOLCANO = "queues.scheduling.volcano.sh"
_KUEUE = "clusterqueues.kueue.x-k8s.io"


async def _affinity(look: Look) -> Seen:
    """Engines whose replicas nothing spreads, or that may land on any GPU model."""
    told = [each for each in running(await engines(look)) if each.spec]
    if not told:
        raise NoData("kube_scheduling.no_engines")
    with_gpu = [node for node in await look.list("nodes") if is_gpu_node(node)]
    models = {found for node in with_gpu if (found := _model(node))}
    spread = [each.title for each in told if each.desired > 1 and not _spreads(each)]
    free = [each.title for each in told if _asks_gpu(each) and not _names_gpu(each)]
    unbound = free if len(models) > 1 else []
    remarks: list[Remark] = []
    if spread:
        remarks.append(("kube_scheduling.not_spread", {"names": listed(spread)}))
    if unbound:
        remarks.append(("kube_scheduling.any_model", {"names": listed(unbound), "models": listed(models)}))
    fields = {
        "engines_without_rule": len({*spread, *unbound}),
        "without_spread": len(spread),
        "without_gpu_affinity": len(unbound),
        "engines": len(told),
    }
    if len(models) <= 1 and not all(map(_model, with_gpu)) and free:
        # Nodes that do not tell their model may have another one.
        remarks.append(("kube_scheduling.model_untold", {}))
        most = float(len({*spread, *free}))
        return Seen(fields, tuple(remarks), {"engines_without_rule": (float(len(spread)), most)})
    if len(models) <= 1:
        remarks.append(("kube_scheduling.one_model", {"model": next(iter(models), "-")}))
        if all(each.desired <= 1 and not _spreads(each) and not _names_gpu(each) for each in told):
            fields.pop("engines_without_rule")  # none needs a rule and none has one: nothing is set
            remarks.append(("kube_scheduling.no_rule_needed", {}))
    return Seen(fields, tuple(remarks))


def _model(node: Obj) -> str:
    """The node's GPU model, by feature discovery or else by its cloud."""
    labels = labels_of(node)
    return product(node) or next((str(labels[key]) for key in _CLOUD_MODELS if labels.get(key)), "")


def _asks_gpu(workload: Workload) -> bool:
    return bool(requested({"spec": workload.spec}) or workload.spec.get("resourceClaims"))


def _spreads(workload: Workload) -> bool:
    spec = workload.spec
    against = (spec.get("affinity") or {}).get("podAntiAffinity") or {}
    # A DaemonSet has one pod on each node by its nature.
    return bool(
        spec.get("topologySpreadConstraints") or any(against.values()) or workload.kind == "DaemonSet"
    )


def _names_gpu(workload: Workload) -> bool:
    """Whether the pods say on which GPUs they may run: by node labels, or by a claim on devices."""
    spec = workload.spec
    keys = [*(spec.get("nodeSelector") or {})]
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        keys += [str(each.get("key")) for each in term.get("matchExpressions") or ()]
    asks_part = any("/mig-" in name for name in requested({"spec": spec}))
    return asks_part or bool(spec.get("resourceClaims")) or any(_is_placing(key) for key in keys)


def _is_placing(key: str) -> bool:
    """Whether the node label tells GPU models or the pools in which clusters keep them apart."""
    return key.startswith(_GPU_KEYS) or any(
        word in key for word in ("accelerator", "gpu", "nodepool", "instance-type")
    )


async def _taints(look: Look) -> Seen:
    """GPU nodes open to everything, and pods on GPU nodes that ask for no GPU."""
    nodes = await look.list("nodes")
    found = devices(await look.list(SLICES))
    with_gpu = {name_of(node): node for node in nodes if is_gpu_node(node, found)}
    if not with_gpu:
        raise NoData("kube_scheduling.no_gpu_nodes", nodes=len(nodes))
    if len(with_gpu) == len(nodes):
        raise NotApplicable("kube_scheduling.only_gpu_nodes", nodes=len(nodes))
    open_ = [name for name, node in with_gpu.items() if not holding_off(node)]
    intruders = [
        f"{full_name(pod)} ({node_of(pod)})"
        for pod in await look.list("pods")
        if node_of(pod) in with_gpu and not is_over(pod) and not _belongs(pod)
    ]
    remarks: list[Remark] = []
    if open_:
        remarks.append(("kube_scheduling.untainted", {"names": listed(open_)}))
    if intruders:
        remarks.append(("kube_scheduling.cpu_pods", {"names": listed(intruders)}))
    fields = {
        "untainted_gpu_nodes": len(open_),
        "cpu_pods_on_gpu_nodes": len(intruders),
        "gpu_nodes": len(with_gpu),
    }
    return Seen(fields, tuple(remarks))


def _belongs(pod: Obj) -> bool:
    """Whether the pod has business on a GPU node: it asks for a GPU, or stands on every node."""
    return owner(pod)[1] in ("DaemonSet", "Node") or bool(requested(pod)) or bool(claim_names(pod))


async def _priorities(look: Look) -> Seen:
    """Priority classes of the cluster's own, and engines that have none."""
    classes = await look.list(CLASSES)
    own = own_classes(classes)
    found = running(await engines(look))
    told = [each for each in found if each.pods or each.spec]
    known = {name_of(each) for each in classes}
    without = [each.title for each in told if _class_of(each) not in known]
    remarks: list[Remark] = []
    if own:
        said = (f"{name_of(each)} {value(each)}{'' if preempts(each) else ', Never'}" for each in own)
        remarks.append(("kube_scheduling.classes", {"names": listed(said)}))
    if without:
        remarks.append(("kube_scheduling.without_class", {"names": listed(without)}))
    fields: dict[str, int] = {"own_classes": len(own), "engines": len(told)}
    if told:
        fields["engines_without_class"] = len(without)
    else:
        remarks.append(("kube_scheduling.no_engines", {}))
    return Seen(fields, tuple(remarks))


def _class_of(workload: Workload) -> str:
    """The priority class that the engine's pods have; admission writes the default one into pods only."""
    specs: Iterable[Mapping[str, Any]] = [pod.get("spec") or {} for pod in workload.pods[:1]] or [
        workload.spec
    ]
    return next((str(spec.get("priorityClassName") or "") for spec in specs), "")


async def _classes(look: Look) -> Seen:
    """Whether jobs have priorities of which the higher may take from the lower."""
    own = own_classes(await look.list(CLASSES))
    queued = [each for each in await look.list(KUEUE_CLASSES) if is_own(each)]
    ways = []
    if len({value(each) for each in own}) > 1 and any(preempts(each) for each in own if value(each) > 0):
        ways.append("PriorityClass")
    if await look.list(_VOLCANO) and any(map(_volcano_preempts, await look.list("configmaps"))):
        ways.append("Volcano")
    if any(map(_kueue_preempts, await look.list(_KUEUE))):
        ways.append("Kueue")
    preempted = sum(1 for each in await look.list("events") if each.get("reason") == "Preempted")
    remarks: list[Remark] = []
    if own or queued:
        names = listed(f"{name_of(each)} {value(each)}" for each in (*own, *queued))
        remarks.append(("kube_scheduling.classes", {"names": names}))
    remarks.append(
        ("kube_scheduling.preempts", {"ways": listed(ways)}) if ways else ("kube_scheduling.never", {})
    )
    fields = {
        "own_classes": len(own) + len(queued),
        "preemption_enabled": bool(ways),
        "preempted": preempted,
    }
    return Seen(fields, tuple(remarks))


def _volcano_preempts(config: Obj) -> bool:
    """Whether the ConfigMap is a Volcano scheduler's and its actions take from others."""
    for name, text in (config.get("data") or {}).items():
        if name.startswith("volcano-scheduler"):
            actions = next(
                (line for line in str(text).splitlines() if line.strip().startswith("actions:")), ""
            )
            return "preempt" in actions or "reclaim" in actions
    return False


def _kueue_preempts(queue: Obj) -> bool:
    rules = (queue.get("spec") or {}).get("preemption") or {}
    return any(rules.get(key, "Never") != "Never" for key in ("withinClusterQueue", "reclaimWithinCohort"))


CHECKS: tuple[Probe, ...] = (
    check(
        "scheduling.affinity",
        _affinity,
        reads=("nodes", *READS),
        fields={
            "engines_without_rule": "count",
            "without_spread": "count",
            "without_gpu_affinity": "count",
            "engines": "count",
        },
    ),
    check(
        "scheduling.taints",
        _taints,
        reads=("nodes", "pods", SLICES),
        fields={"untainted_gpu_nodes": "count", "cpu_pods_on_gpu_nodes": "count", "gpu_nodes": "count"},
    ),
    check(
        "scheduling.priorities",
        _priorities,
        reads=(CLASSES, *READS),
        fields={"own_classes": "count", "engines_without_class": "count", "engines": "count"},
    ),
    check(
        "priority.classes",
        _classes,
        reads=(CLASSES, KUEUE_CLASSES, _VOLCANO, _KUEUE, "configmaps", "events"),
        fields={"own_classes": "count", "preemption_enabled": "", "preempted": "count"},
    ),
)

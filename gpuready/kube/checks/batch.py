"""GPU jobs: the scheduler that queues them, and the tenants that it or a quota keeps apart."""

from __future__ import annotations

from collections import Counter, defaultdict

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.batch import (
    KAI_QUEUES,
    KUEUE_LOCAL,
    KUEUE_QUEUES,
    VOLCANO_GROUPS,
    VOLCANO_QUEUES,
    kai_bounds,
    kai_queue,
    kueue_tenants,
    part_of,
    volcano_tenants,
    yunikorn_bounds,
)
from gpuready.kube.read.conditions import because, is_true
from gpuready.kube.read.gpus import claim_names, is_over, requested
from gpuready.kube.read.namespaces import is_system
from gpuready.kube.read.naming import labels_of, listed, name_of, namespace_of
from gpuready.kube.read.quotas import gpu_use, unbounded
from gpuready.kube.read.rollout import is_complete, tally
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen


async def _scheduler(look: Look) -> Seen:
    """Whether a job scheduler runs with all its parts, and how many of its queues take jobs."""
    parts: dict[str, list[Obj]] = defaultdict(list)
    for resource in ("deployments.apps", "statefulsets.apps"):
        for each in await look.list(resource):
            if product := part_of(each):
                parts[product].append(each)
    if not parts:
        return Seen({"ready": False, "queues_open": 0}, (("kube_batch.none", {}),))
    down = [tally(each) for found in parts.values() for each in found if not is_complete(each)]
    open_, closed = await _queues(look)
    remarks: list[Remark] = [("kube_batch.found", {"products": listed(parts)})]
    if down:
        remarks.append(("kube_batch.down", {"names": listed(down)}))
    if closed:
        remarks.append(("kube_batch.closed", {"names": listed(closed)}))
    others = Counter(
        str((pod.get("spec") or {}).get("schedulerName") or "default-scheduler")
        for pod in await look.list("pods")
        if not is_over(pod) and (requested(pod) or claim_names(pod)) and not is_system(namespace_of(pod))
    )
    if others:
        remarks.append(
            ("kube_batch.placed_by", {"names": listed(f"{name} {n}" for name, n in others.items())})
        )
    fields: dict[str, int | bool] = {"ready": not down, "queues_closed": len(closed)}
    if set(parts) == {"YuniKorn"}:
        remarks.append(("kube_batch.yunikorn", {}))  # its queues are no objects of Kubernetes
    else:
        fields["queues_open"] = len(open_)
    return Seen(fields, tuple(remarks))


async def _queues(look: Look) -> tuple[list[str], list[str]]:
    """The queues that take jobs, and those that do not, with why."""
    open_, closed = [], []
    for each in await look.list(VOLCANO_QUEUES):
        state = str((each.get("status") or {}).get("state") or "no state")
        if state == "Open":
            open_.append(name_of(each))
        else:
            closed.append(f"{name_of(each)} ({state})")
    for each in await look.list(KUEUE_QUEUES):
        if is_true(each, "Active"):
            open_.append(name_of(each))
        else:
            closed.append(f"{name_of(each)} ({because(each, 'Active', look.now) or 'no status'})")
    # A queue of KAI knows no state: it takes jobs as soon as it is there.
    open_ += [name_of(each) for each in await look.list(KAI_QUEUES)]
    return open_, closed


async def _tenants(look: Look) -> Seen:
    """Namespaces with GPU pods, and those among them whose GPUs no quota and no queue bounds."""
    queues: dict[str, set[str]] = defaultdict(set)
    asking: dict[str, list[Obj]] = defaultdict(list)
    for pod in await look.list("pods"):
        namespace = namespace_of(pod)
        if not is_system(namespace) and not is_over(pod) and (requested(pod) or claim_names(pod)):
            queues[namespace].add(kai_queue(labels_of(pod)))
            asking[namespace].append(pod)
    if not queues:
        raise NoData("kube_batch.no_tenants")
    by_quota = {
        namespace
        for namespace, keys in gpu_use(await look.list("resourcequotas")).items()
        if not unbounded((key for key, _, _ in keys), asking[namespace])
    }
    by_queue = {
        *kueue_tenants(await look.list(KUEUE_LOCAL), await look.list(KUEUE_QUEUES)),
        *volcano_tenants(await look.list(VOLCANO_GROUPS), await look.list(VOLCANO_QUEUES)),
        *(name_of(each) for each in await look.list("namespaces") if yunikorn_bounds(each)),
    }
    bounded = {name_of(each) for each in await look.list(KAI_QUEUES) if kai_bounds(each)}
    by_queue |= {namespace for namespace, used in queues.items() if used <= bounded}
    without = sorted(set(queues) - by_quota - by_queue)
    remarks: list[Remark] = []
    if queued := set(queues) & by_queue - by_quota:
        remarks.append(("kube_batch.by_queue", {"names": listed(queued)}))
    if without:
        remarks.append(("kube_batch.without_quota", {"names": listed(without)}))
    fields = {
        "tenants": len(queues),
        "without_quota": len(without),
        "by_quota": len(set(queues) & by_quota),
        "by_queue": len(queued),
    }
    return Seen(fields, tuple(remarks))


CHECKS: tuple[Probe, ...] = (
    check(
        "scheduler.batch",
        _scheduler,
        reads=("deployments.apps", "statefulsets.apps", "pods", VOLCANO_QUEUES, KUEUE_QUEUES, KAI_QUEUES),
        fields={"ready": "", "queues_open": "count", "queues_closed": "count"},
    ),
    check(
        "tenants.quotas",
        _tenants,
        reads=(
            "pods",
            "resourcequotas",
            "namespaces",
            KUEUE_LOCAL,
            KUEUE_QUEUES,
            VOLCANO_GROUPS,
            VOLCANO_QUEUES,
            KAI_QUEUES,
        ),
        fields={"tenants": "count", "without_quota": "count", "by_quota": "count", "by_queue": "count"},
    ),
)

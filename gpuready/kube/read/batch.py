"""Job schedulers with queues: Volcano, YuniKorn, Kueue, KAI Scheduler."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.gpus import is_gpu_resource
from gpuready.kube.read.naming import annotations_of, name_of, namespace_of
from gpuready.kube.read.rollout import images

VOLCANO_QUEUES = "queues.scheduling.volcano.sh"
VOLCANO_GROUPS = "podgroups.scheduling.volcano.sh"
KUEUE_QUEUES = "clusterqueues.kueue.x-k8s.io"
KUEUE_LOCAL = "localqueues.kueue.x-k8s.io"
KAI_QUEUES = "queues.scheduling.run.ai"
KAI_LABELS = ("kai.scheduler/queue", "runai/queue")
YUNIKORN_QUOTA = "yunikorn.apache.org/namespace.quota"

_PARTS = (
    ("Volcano", re.compile(r"(?:^|/)vc-(?:scheduler|controller-manager)$")),
    ("YuniKorn", re.compile(r"(?:^|/)yunikorn(?:-scheduler(?:-plugin)?)?(?:-k8s)?$")),
    ("Kueue", re.compile(r"(?:^|/)kueue(?:-controller|-rhel\d+)?$")),
    (
        "KAI Scheduler",
        re.compile(r"(?:^|/)kai-scheduler/(?:scheduler|binder|queue-?controller|pod-?grouper)$"),
    ),
)


def part_of(workload: Obj) -> str:
    """The job scheduler that the workload is a part of; empty for none."""
    paths = [re.sub(r"(?::[\w.-]+)?(?:@.*)?$", "", image) for image in images(workload)]
    return next((name for name, form in _PARTS if any(form.search(path) for path in paths)), "")


def volcano_bounds(queue: Obj) -> bool:
    """Whether the Volcano queue bounds or reserves GPUs."""
    spec = queue.get("spec") or {}
    parts = (spec.get("capability"), spec.get("deserved"), (spec.get("guarantee") or {}).get("resource"))
    return any(is_gpu_resource(name) for part in parts for name in part or {})


def kueue_bounds(queue: Obj) -> bool:
    """Whether the ClusterQueue gives out GPUs up to a quota."""
    for group in (queue.get("spec") or {}).get("resourceGroups") or ():
        for flavor in group.get("flavors") or ():
            if any(is_gpu_resource(str(each.get("name"))) for each in flavor.get("resources") or ()):
                return True
    return False


def kai_bounds(queue: Obj) -> bool:
    """Whether the KAI queue has a quota or a limit of GPUs; -1 stands for none."""
    gpu = ((queue.get("spec") or {}).get("resources") or {}).get("gpu") or {}
    return any(isinstance(gpu.get(key), int | float) and gpu[key] >= 0 for key in ("quota", "limit"))


def yunikorn_bounds(namespace: Obj) -> bool:
    """Whether an annotation gives the namespace's queue a quota of GPUs."""
    notes = annotations_of(namespace)
    try:
        quota = json.loads(str(notes.get(YUNIKORN_QUOTA) or "{}"))
    except ValueError:
        return False
    return isinstance(quota, Mapping) and any(is_gpu_resource(str(name)) for name in quota)


def kueue_tenants(local: Iterable[Obj], cluster: Iterable[Obj]) -> Iterator[str]:
    """The namespaces whose queue leads to a ClusterQueue with a quota of GPUs."""
    bounded = {name_of(each) for each in cluster if kueue_bounds(each)}
    for each in local:
        if str((each.get("spec") or {}).get("clusterQueue")) in bounded:
            yield namespace_of(each)


def volcano_tenants(groups: Iterable[Obj], queues: Iterable[Obj]) -> Iterator[str]:
    """The namespaces with a pod group in a queue that bounds GPUs."""
    bounded = {name_of(each) for each in queues if volcano_bounds(each)}
    for each in groups:
        if str((each.get("spec") or {}).get("queue")) in bounded:
            yield namespace_of(each)


def kai_queue(labels: Mapping[str, Any]) -> str:
    """The KAI queue that a pod is in; empty for none."""
    return next((str(labels[key]) for key in KAI_LABELS if labels.get(key)), "")

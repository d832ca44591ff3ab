"""What pods ask for, as kube-state-metrics tells."""

from __future__ import annotations

import math

from gpuready.prometheus.answer import Answer

POD = "exported_namespace, exported_pod, namespace, pod"
REQUESTS, PHASE = "kube_pod_container_resource_requests", "kube_pod_status_phase"


def requested(resource: str) -> str:
    """By pod what its containers ask for, of pods that have a node and run."""
    return (
        f"sum by ({POD}) (max by ({POD}, exported_container, container) "
        f'({REQUESTS}{{resource="{resource}",node!="",$sel}})) '
        f'and on ({POD}) (max by ({POD}) ({PHASE}{{phase="Running",$sel}}) == 1)'
    )


GPUS_ALLOCATED = f"sum({requested('nvidia_com_gpu')})"
GPU_HOURS = (
    "sum_over_time((sum by (exported_namespace, namespace) "
    f"({requested('nvidia_com_gpu')}))[$window:5m]) * 5 / 60"
)
"""GPU hours that were requested over the window, by namespace."""
ALLOCATABLE = (
    'sum(max by (exported_node, node) (kube_node_status_allocatable{resource="nvidia_com_gpu",$sel}))'
)


def by_pod(answer: Answer) -> dict[tuple[str, str], float]:
    """The values by (namespace, pod), added up."""
    found: dict[tuple[str, str], float] = {}
    for each in answer.series:
        pod = each.labels.get("exported_pod") or each.labels.get("pod", "")
        namespace = each.labels.get("exported_namespace") or each.labels.get("namespace", "")
        if pod and math.isfinite(each.value):
            found[namespace, pod] = found.get((namespace, pod), 0.0) + each.value
    return found

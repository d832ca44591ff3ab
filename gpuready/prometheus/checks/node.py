"""Nodes and what runs on them: how busy the CPUs are, and who is held back."""

from __future__ import annotations

from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import Series
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.raw import NAMES, Raw, answered, listed, texts
from gpuready.text.say import say

# With honor_labels off, namespace and pod are those of the exporter.
_POD = "cluster, exported_namespace, exported_pod, namespace, pod"
_HELD, _PERIODS = "container_cpu_cfs_throttled_periods_total", "container_cpu_cfs_periods_total"
_SEL = '{container!="",$sel}'
THROTTLED = (
    Raw(
        "cAdvisor",
        (_PERIODS, _HELD),
        f"sort_desc(100 * sum by ({_POD}) (rate({_HELD}{_SEL}[$window])) "
        f"/ (sum by ({_POD}) (rate({_PERIODS}{_SEL}[$window])) > 0))",
    ),
)


NODES = "count(group by (cluster, exported_node, node) (kube_node_info{$sel}))"
TELLING = "count(group by (cluster, node, nodename, instance) (node_cpu_seconds_total{$sel}))"
"""Nodes that Kubernetes has, and those that tell of their CPUs; names differ, numbers do not."""
_EVICTED = 'kube_pod_status_reason{reason="Evicted",$sel}'
EVICTED = (
    f"count(max by ({_POD}) (max_over_time({_EVICTED}[$window])) == 1 "
    f"unless max by ({_POD}) (last_over_time({_EVICTED}[1h] offset $window)) == 1) "
    "or 0 * count(kube_pod_status_phase{$sel})"
)
"""Evicted pods stay listed: those count that were not evicted before the window."""


async def _busy(look: Look) -> Seen:
    """The mean of all nodes; a mean may hide a node that is full, so the ends are told."""
    reading = await look.read("node_cpu_busy")
    nodes = await look.things("node_cpu_busy")
    low, high = min(nodes, key=lambda node: nodes[node]), max(nodes, key=lambda node: nodes[node])
    words = {"low": low, "least": f"{nodes[low]:.3g}", "high": high, "most": f"{nodes[high]:.3g}"}
    fields = {"value": reading.value, "least": nodes[low], "most": nodes[high], "nodes": len(nodes)}
    remarks = [*reading.remarks, ("prometheus_service.cpu_nodes", words)]
    every = (await look.query(NODES)).value or 0.0
    blind = round(every - ((await look.query(TELLING)).value or every))
    if blind <= 0:
        return Seen(fields, tuple(remarks))
    remarks.append(("prometheus_service.nodes_blind", {"count": blind}))
    done = reading.value * (every - blind)
    return Seen(fields, tuple(remarks), {"value": (done / every, (done + 100 * blind) / every)})


async def _throttled(look: Look) -> Seen:
    """The pod whose CPU limit holds it back in the largest share of its periods; pods that wait for GPUs, and
    pods that were evicted."""
    _, answer = await answered(look, THROTTLED, "prometheus_service.throttled")
    shares: dict[str, float] = {}
    for one in answer.series:
        if one.value == one.value:
            shares[_pod(one)] = max(one.value, shares.get(_pod(one), 0.0))
    covered = await look.covered(_PERIODS, say("prometheus_service.throttled"), look.window)
    worst = sorted(shares, key=lambda pod: -shares[pod])[:3]
    names = listed(f"{pod} {shares[pod]:.3g} %" for pod in worst)
    remarks: list[Remark] = [*covered, ("prometheus_service.cpu_worst", {"names": names})]
    fields: dict[str, float] = {"value": shares[worst[0]], "pods": len(shares)}
    try:
        fields["pending_for_gpu"] = (await look.read("gpu_pods_pending")).value
    except NoData as outcome:
        remarks.append((outcome.key, outcome.fields))
    if "kube_pod_status_reason" in await look.names():
        evicted = (await look.query(EVICTED)).value
        if evicted is not None:
            fields["evicted"] = evicted
    else:
        wanted = {"signal": say("prometheus_service.evicted"), "wanted": "kube_pod_status_reason"}
        remarks.append(("prometheus.no_metric", wanted))
    return Seen(fields, tuple(remarks))


def _pod(series: Series) -> str:
    labels = series.labels
    namespace = labels.get("exported_namespace") or labels.get("namespace", "")
    return f"{namespace}/{labels.get('exported_pod') or labels.get('pod', '')}"


CHECKS = (
    check(
        "node_cpu_busy",
        _busy,
        asks=("node_cpu_busy",),
        queries=(NODES, TELLING),
        fields={"value": "%", "least": "%", "most": "%", "nodes": "count"},
    ),
    check(
        "cpu_throttled",
        _throttled,
        asks=("gpu_pods_pending",),
        queries=(*texts(THROTTLED), EVICTED),
        calls=(NAMES,),
        fields={"value": "%", "pods": "count", "pending_for_gpu": "count", "evicted": "count"},
    ),
)

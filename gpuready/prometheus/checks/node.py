"""Nodes and what runs on them: how busy the CPUs are, and who is held back."""

from __future__ import annotations

from gpuready.prometheus.answer import Series
from gpuready.prometheus.check import Seen, check
from gpuready.prometheus.look import Look
from gpuready.prometheus.raw import NAMES, Raw, answered, listed, texts
from gpuready.text.say import say

# With honor_labels off, namespace and pod are those of the exporter.
_POD = "exported_namespace, exported_pod, namespace, pod"
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


async def _busy(look: Look) -> Seen:
    """The mean of all nodes; a mean may hide a node that is full, so the ends are told."""
    reading = await look.read("node_cpu_busy")
    nodes = await look.things("node_cpu_busy")
    low, high = min(nodes, key=lambda node: nodes[node]), max(nodes, key=lambda node: nodes[node])
    words = {"low": low, "least": f"{nodes[low]:.3g}", "high": high, "most": f"{nodes[high]:.3g}"}
    fields = {"value": reading.value, "least": nodes[low], "most": nodes[high], "nodes": len(nodes)}
    return Seen(fields, (*reading.remarks, ("prometheus_service.cpu_nodes", words)))


async def _throttled(look: Look) -> Seen:
    """The pod whose CPU limit holds it back in the largest share of its periods."""
    _, answer = await answered(look, THROTTLED, "prometheus_service.throttled")
    shares: dict[str, float] = {}
    for one in answer.series:
        if one.value == one.value:
            shares[_pod(one)] = max(one.value, shares.get(_pod(one), 0.0))
    covered = await look.covered(_PERIODS, say("prometheus_service.throttled"), look.window)
    worst = sorted(shares, key=lambda pod: -shares[pod])[:3]
    names = listed(f"{pod} {shares[pod]:.3g} %" for pod in worst)
    return Seen(
        {"value": shares[worst[0]], "pods": len(shares)},
        (*covered, ("prometheus_service.cpu_worst", {"names": names})),
    )


def _pod(series: Series) -> str:
    labels = series.labels
    namespace = labels.get("exported_namespace") or labels.get("namespace", "")
    return f"{namespace}/{labels.get('exported_pod') or labels.get('pod', '')}"


CHECKS = (
    check(
        "node_cpu_busy",
        _busy,
        asks=("node_cpu_busy",),
        fields={"value": "%", "least": "%", "most": "%", "nodes": "count"},
    ),
    check(
        "cpu_throttled",
        _throttled,
        queries=texts(THROTTLED),
        calls=(NAMES,),
        fields={"value": "%", "pods": "count"},
    ),
)

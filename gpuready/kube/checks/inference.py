"""Inference engines: whether they are deployed, stand on more than one foot, and answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.engine_kinds import answers_probe
from gpuready.kube.read.naming import labels_of, listed, namespace_of
from gpuready.kube.read.pods import is_ready, node_of
from gpuready.kube.read.quantity import pieces
from gpuready.kube.read.selectors import matches
from gpuready.kube.read.workloads import READS, Workload, engines, running
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_BUDGETS = "poddisruptionbudgets.policy"
_WANTED = 2  # replicas, and nodes below them, from which on nothing is named any more


async def _engines(look: Look) -> Seen:
    """What is deployed, with the versions that the images tell."""
    found = await engines(look)
    up = running(found)
    kinds = Counter(" ".join(filter(None, each.engine)) for each in up)
    remarks = _parked(found)
    if up:
        named = listed(f"{kind} ({count})" if count > 1 else kind for kind, count in kinds.items())
        remarks.insert(0, ("kube_inference.found", {"names": named}))
    elif not found:
        remarks.insert(0, ("kube_inference.nothing", {}))
    return Seen({"engines": len(up), "kinds": len({each.engine.name for each in up})}, tuple(remarks))


async def _replicas(look: Look) -> Seen:
    """The engines that stand worst: by ready replicas, by the nodes that hold them, by their budgets."""
    found = await engines(look)
    up = running(found)
    if not up:
        raise NoData("kube_inference.none_runs")
    budgets: dict[str, list[Obj]] = defaultdict(list)
    for each in await look.list(_BUDGETS):
        budgets[namespace_of(each)].append(each)
    replicas = [each.ready for each in up]
    nodes = [len({node_of(pod) for pod in each.serving if is_ready(pod)}) for each in up]
    bare = [each.title for each in up if not _has_budget(each, budgets)]
    remarks = [
        *_below("kube_inference.few_replicas", up, replicas),
        *_below("kube_inference.few_nodes", up, nodes),
        *([("kube_inference.no_budget", {"names": listed(bare)})] if bare else []),
        *_parked(found),
    ]
    fields = {
        "engines": len(up),
        "least_replicas": min(replicas),
        "least_nodes": min(nodes),
        "without_budget": len(bare),
    }
    return Seen(fields, tuple(remarks))


async def _workloads(look: Look) -> Seen:
    """Whether all replicas are ready; an engine without a readiness probe is ready without an answer."""
    found = await engines(look)
    up = running(found)
    if not up:
        return Seen({"workloads": 0}, tuple(_parked(found) or [("kube_inference.nothing", {})]))
    short = [each for each in up if each.ready < each.desired]
    unproven = [each.title for each in up if each.spec and not answers_probe(each.spec)]
    remarks = _parked(found)
    if unproven:
        remarks.insert(0, ("kube_inference.no_probe", {"names": listed(unproven)}))
    if short:
        named = listed(f"{each.title} {each.ready}/{each.desired}" for each in short)
        remarks.insert(0, ("kube_inference.unavailable", {"names": named}))
    fields = {"workloads": len(up), "without_probe": len(unproven)}
    if short or not unproven:
        fields["unavailable"] = len(short)
    return Seen(fields, tuple(remarks))


def _has_budget(workload: Workload, budgets: Mapping[str, Sequence[Obj]]) -> bool:
    carried = [labels_of(pod) for pod in workload.serving[:1]] or [dict(workload.labels)]
    return any(
        matches((budget.get("spec") or {}).get("selector"), labels)
        for budget in budgets.get(workload.namespace, ())
        if _keeps_any(budget)
        for labels in carried
    )


def _keeps_any(budget: Obj) -> bool:
    """Whether the budget keeps at least one pod from being drained: many that let all go are written to let
    upgrades through."""
    spec, told = budget.get("spec") or {}, budget.get("status") or {}
    if told.get("expectedPods"):
        return pieces(told.get("desiredHealthy", 0)) > 0
    return str(spec.get("minAvailable")) not in ("0", "0%") and str(spec.get("maxUnavailable")) != "100%"


def _below(key: str, up: Sequence[Workload], counts: Sequence[int]) -> list[Remark]:
    few = [f"{each.title} ({count})" for each, count in zip(up, counts, strict=True) if count < _WANTED]
    return [(key, {"names": listed(few)})] if few else []


def _parked(found: Iterable[Workload]) -> list[Remark]:
    idle = [each.title for each in found if each.is_parked]
    return [("kube_inference.parked", {"names": listed(idle)})] if idle else []


CHECKS: tuple[Probe, ...] = (
    check(
        "inference.engines",
        _engines,
        reads=READS,
        fields={"engines": "count", "kinds": "count"},
    ),
    check(
        "inference.replicas",
        _replicas,
        reads=(*READS, _BUDGETS),
        fields={
            "engines": "count",
            "least_replicas": "count",
            "least_nodes": "count",
            "without_budget": "count",
        },
    ),
    check(
        "inference.workloads",
        _workloads,
        reads=READS,
        fields={"workloads": "count", "unavailable": "count", "without_probe": "count"},
    ),
)

"""Monitoring in the cluster: the Prometheus Operator and what it loads, Grafana, GPU exporters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read import gpus
from gpuready.kube.read.conditions import is_true
from gpuready.kube.read.engine_kinds import image_parts
from gpuready.kube.read.namespaces import labels_by_name
from gpuready.kube.read.naming import annotations_of, full_name, labels_of, listed, name_of, namespace_of
from gpuready.kube.read.pods import is_ready, node_of
from gpuready.kube.read.prometheus_operator import (
    AGENTS,
    POD_MONITORS,
    PROMETHEUSES,
    RULES,
    SERVICE_MONITORS,
    is_taken,
    labelled,
)
from gpuready.kube.read.rollout import images, ready, tally
from gpuready.kube.read.selectors import matches
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_WORKLOADS = ("deployments.apps", "statefulsets.apps")
_OPERATOR = re.compile(r"(?:^|/)prometheus-operator$")
_GRAFANA = re.compile(r"(?:^|/)grafana(?:-oss|-enterprise)?$")
_EXPORTER = re.compile(r"(?:^|/)(?:dcgm-exporter|nvidia_gpu_exporter|device-metrics-exporter)$")
_EXPORTER_LABELS = ("nvidia-dcgm-exporter", "dcgm-exporter", "nvidia-gpu-exporter", "metrics-exporter-amd")
_NAME_LABELS = ("app.kubernetes.io/name", "app")


async def _stack(look: Look) -> Seen:
    """Whether operator and Grafana run, and whether monitors and rules reach a Prometheus."""
    workloads = [each for resource in _WORKLOADS for each in await look.list(resource)]
    operators = [each for each in workloads if _runs(each, _OPERATOR)]
    grafanas = [each for each in workloads if _runs(each, _GRAFANA)]
    remarks = [*_standing("Prometheus Operator", operators), *_standing("Grafana", grafanas)]
    fields: dict[str, bool | int] = {
        "operator_ready": any(ready(each) for each in operators),
        "grafana_ready": any(ready(each) for each in grafanas),
    }
    prometheuses = await look.list(PROMETHEUSES)
    agents = await look.list(AGENTS)
    if not prometheuses and not agents:
        return Seen({**fields, "rules_loaded": 0}, (*remarks, ("kube_monitoring.no_prometheus", {})))
    running = [each for each in prometheuses if is_true(each, "Available")]
    down = [full_name(each) for each in (*prometheuses, *agents) if not is_true(each, "Available")]
    if down:
        remarks.append(("kube_monitoring.prometheus_down", {"names": listed(down)}))
    namespaces = labels_by_name(await look.list("namespaces"))
    rules = [
        each
        for each in await look.list(RULES)
        if _has_rules(each) and is_taken(each, "rule", running, namespaces)
    ]
    fields |= {"prometheuses": len(prometheuses) + len(agents), "rules_loaded": len(rules)}
    if not rules:
        remarks.append(("kube_monitoring.no_rules", {}))
    monitors = await _unmatched(look, (*prometheuses, *agents), namespaces)
    if monitors is None:
        remarks.append(("kube_monitoring.no_monitor", {}))
    else:
        fields["unmatched_monitors"] = len(monitors)
        if monitors:
            remarks.append(("kube_monitoring.unmatched", {"names": listed(monitors)}))
    return Seen(fields, tuple(remarks))


def _has_rules(obj: Obj) -> bool:
    groups = (obj.get("spec") or {}).get("groups") or ()
    return any(each.get("rules") for each in groups)


async def _unmatched(
    look: Look, prometheuses: Sequence[Obj], namespaces: Mapping[str, Mapping[str, Any]]
) -> list[str] | None:
    """The monitors that no Prometheus takes or that find nothing, and which of both; None without any."""
    wrong = []
    seen = False
    for resource, kind, sought in (
        (SERVICE_MONITORS, "serviceMonitor", "services"),
        (POD_MONITORS, "podMonitor", "pods"),
    ):
        monitors = await look.list(resource)
        if not monitors:
            continue
        seen = True
        things = labelled(await look.list(sought))
        for each in monitors:
            if not is_taken(each, kind, prometheuses, namespaces):
                wrong.append(f"{full_name(each)} (no Prometheus)")
            elif not things.has(each):
                wrong.append(f"{full_name(each)} (no {sought})")
    return wrong if seen else None


async def _exporter(look: Look) -> Seen:
    """The GPU nodes without a ready exporter on them, and whether a monitor speaks of it."""
    devices = gpus.devices(await look.list(gpus.SLICES))
    nodes = {name_of(each) for each in await look.list("nodes") if gpus.is_gpu_node(each, devices)}
    if not nodes:
        raise NoData("kube_monitoring.no_gpu_node")
    exporters = [each for each in await look.list("pods") if _is_exporter(each)]
    covered = {node_of(each) for each in exporters if is_ready(each)}
    missing = nodes - covered
    remarks: list[Remark] = []
    if not exporters:
        remarks.append(("kube_monitoring.no_exporter", {}))
    elif missing:
        remarks.append(("kube_monitoring.nodes_missing", {"names": listed(missing)}))
    fields = {"nodes_missing": len(missing), "gpu_nodes": len(nodes)}
    if exporters and not await _is_scraped(look, exporters):
        remarks.append(("kube_monitoring.not_scraped", {}))
        if not missing:  # it exports, and nothing shows that anybody collects
            fields.pop("nodes_missing")
    return Seen(fields, tuple(remarks))


async def _is_scraped(look: Look, exporters: Sequence[Obj]) -> bool:
    """Whether a monitor that a Prometheus takes finds the exporters.  Where the operator runs none, another
    collector may read the monitors, or the annotations that ask for a scrape."""
    prometheuses = (*await look.list(PROMETHEUSES), *await look.list(AGENTS))
    if not prometheuses and any(map(_asks_for_scrape, exporters)):
        return True
    found = labelled(exporters)
    services = [
        each
        for each in await look.list("services")
        if (selector := (each.get("spec") or {}).get("selector"))
        and any(
            matches({"matchLabels": selector}, labels)
            for labels in found.by_namespace.get(namespace_of(each), ())
        )
    ]
    if not prometheuses and any(map(_asks_for_scrape, services)):
        return True
    namespaces = labels_by_name(await look.list("namespaces"))
    for resource, kind, things in (
        (SERVICE_MONITORS, "serviceMonitor", labelled(services)),
        (POD_MONITORS, "podMonitor", found),
    ):
        for each in filter(things.has, await look.list(resource)):
            if not prometheuses or is_taken(each, kind, prometheuses, namespaces):
                return True
    return False


def _asks_for_scrape(obj: Obj) -> bool:
    notes = annotations_of(obj)
    return notes.get("prometheus.io/scrape") == "true"


def _is_exporter(pod: Obj) -> bool:
    labels = labels_of(pod)
    return any(labels.get(key) in _EXPORTER_LABELS for key in _NAME_LABELS) or any(
        _EXPORTER.search(image_parts(str(each.get("image") or ""))[0])
        for each in (pod.get("spec") or {}).get("containers") or ()
    )


def _runs(workload: Obj, image: re.Pattern[str]) -> bool:
    return any(image.search(image_parts(each)[0]) for each in images(workload))


def _standing(what: str, found: Sequence[Obj]) -> list[Remark]:
    """A remark where it is absent or where none of it is ready."""
    if not found:
        return [("kube_monitoring.absent", {"what": what})]
    if any(ready(each) for each in found):
        return []
    return [("kube_monitoring.down", {"what": what, "names": listed(map(tally, found))})]


CHECKS: tuple[Probe, ...] = (
    check(
        "monitoring.stack",
        _stack,
        reads=(
            *_WORKLOADS,
            PROMETHEUSES,
            AGENTS,
            "namespaces",
            RULES,
            SERVICE_MONITORS,
            "services",
            POD_MONITORS,
            "pods",
        ),
        fields={
            "operator_ready": "",
            "unmatched_monitors": "count",
            "rules_loaded": "count",
            "grafana_ready": "",
            "prometheuses": "count",
        },
    ),
    check(
        "monitoring.dcgm_exporter",
        _exporter,
        reads=(
            gpus.SLICES,
            "nodes",
            "pods",
            PROMETHEUSES,
            AGENTS,
            "namespaces",
            "services",
            SERVICE_MONITORS,
            POD_MONITORS,
        ),
        fields={"nodes_missing": "count", "gpu_nodes": "count"},
    ),
)

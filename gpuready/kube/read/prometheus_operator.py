"""What the Prometheus Operator's objects choose: which monitors and rules a Prometheus takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import labels_of, namespace_of
from gpuready.kube.read.selectors import matches

PROMETHEUSES = "prometheuses.monitoring.coreos.com"
AGENTS = "prometheusagents.monitoring.coreos.com"
SERVICE_MONITORS = "servicemonitors.monitoring.coreos.com"
POD_MONITORS = "podmonitors.monitoring.coreos.com"
RULES = "prometheusrules.monitoring.coreos.com"


def is_taken(
    obj: Obj, kind: str, prometheuses: Iterable[Obj], namespaces: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether a Prometheus takes the object of this kind (``serviceMonitor``, ``podMonitor``, ``rule``).

    A selector that is not given picks nothing; a namespace selector that is not given picks the
    Prometheus' own namespace.
    """
    labels, namespace = labels_of(obj), namespace_of(obj)
    for each in prometheuses:
        spec = each.get("spec") or {}
        if not matches(spec.get(f"{kind}Selector"), labels):
            continue
        where = spec.get(f"{kind}NamespaceSelector")
        if where is None:
            if namespace == namespace_of(each):
                return True
        elif matches(where, namespaces.get(namespace, {})):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Labelled:
    """What monitors look for (services, pods), by namespace."""

    by_namespace: Mapping[str, tuple[Mapping[str, Any], ...]]

    def has(self, monitor: Obj) -> bool:
        """Whether a monitor finds one, in its own namespace or where its namespaceSelector says."""
        spec = monitor.get("spec") or {}
        where = spec.get("namespaceSelector") or {}
        if where.get("any"):
            names: Iterable[str] = self.by_namespace
        else:
            names = where.get("matchNames") or (namespace_of(monitor),)
        selector = spec.get("selector") or {}
        return any(matches(selector, labels) for name in names for labels in self.by_namespace.get(name, ()))


def labelled(objects: Iterable[Obj]) -> Labelled:
    """The labels of the objects by namespace, each set once: pods of one workload carry the same."""
    found: dict[str, dict[tuple[tuple[str, Any], ...], Mapping[str, Any]]] = {}
    for each in objects:
        labels = labels_of(each)
        found.setdefault(namespace_of(each), {}).setdefault(tuple(sorted(labels.items())), labels)
    return Labelled({namespace: tuple(sets.values()) for namespace, sets in found.items()})

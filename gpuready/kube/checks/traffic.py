"""Whether traffic to models can be split between versions, for A/B tests and canaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read import splits
from gpuready.kube.read.naming import listed, name_of, namespace_of
from gpuready.kube.read.selectors import matches
from gpuready.kube.read.workloads import READS, Key, Workload, engines
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_ALL = (*dict.fromkeys((*READS, *splits.READS, "services")),)


async def _split(look: Look) -> Seen:
    """The splits whose backends stand where engines do; a split of other traffic proves nothing here.

    A split of 0 and 100 is ready and counts: the next version can get its share at once.
    """
    found_engines = await engines(look)
    homes = {each.namespace for each in found_engines}
    if not homes:
        raise NoData("kube_traffic.no_engine")
    theirs, foreign = _places(found_engines, await look.list("services"))
    found = splits.splits({resource: await look.list(resource) for resource in splits.READS})
    ours = [each for each in found if each.namespaces & homes]
    # In a namespace that engines share with others, what a split leads to may be either's: a router before
    # the engines, or a web page.
    doubtful = [
        each for each in ours if each.backends and not each.backends & theirs and each.backends <= foreign
    ]
    resting = [each for each in ours if not each.is_open]
    others = [each for each in found if each not in ours]
    remarks: list[Remark] = []
    if opened := [str(each) for each in ours if each.is_open]:
        remarks.append(("kube_traffic.splits", {"names": listed(opened)}))
    if resting:
        remarks.append(("kube_traffic.resting", {"names": listed(map(str, resting))}))
    if not ours:
        remarks.append(("kube_traffic.nothing", {"homes": listed(homes)}))
    if others:
        remarks.append(("kube_traffic.elsewhere", {"names": listed(each.name for each in others)}))
    fields = {"splits": len(ours), "open": len(ours) - len(resting)}
    if not doubtful:
        return Seen(fields, tuple(remarks))
    remarks.append(("kube_traffic.not_engines", {"names": listed(each.name for each in doubtful)}))
    return Seen(fields, tuple(remarks), {"splits": (float(len(ours) - len(doubtful)), float(len(ours)))})


def _places(found: Iterable[Workload], services: Iterable[Obj]) -> tuple[set[Key], set[Key]]:
    """The Services and workloads of engines, and the Services of other pods."""
    found = tuple(found)
    theirs = {(each.namespace, each.kind, each.name) for each in found}
    labels: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in found:
        labels[each.namespace].append(each.labels)
    others: set[Key] = set()
    for service in services:
        if selector := (service.get("spec") or {}).get("selector"):
            key = (namespace_of(service), "Service", name_of(service))
            is_theirs = any(matches({"matchLabels": selector}, one) for one in labels[key[0]])
            (theirs if is_theirs else others).add(key)
    return theirs, others


CHECKS: tuple[Probe, ...] = (
    check("traffic.split", _split, reads=_ALL, fields={"splits": "count", "open": "count"}),
)

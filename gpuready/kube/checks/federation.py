"""Clusters under one hub: Karmada, Open Cluster Management, Rancher Fleet."""

from __future__ import annotations

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, because, is_true, spoken
from gpuready.kube.read.naming import full_name, labels_of, listed
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_KARMADA = "clusters.cluster.karmada.io"
_OCM = "managedclusters.cluster.open-cluster-management.io"
_FLEET = "clusters.fleet.cattle.io"
_RETIRED = "kubefedclusters.core.kubefed.io"
_SILENT = 900.0  # seconds without a word from a Fleet agent
_REGIONS = ("topology.kubernetes.io/region", "region", "cloud.open-cluster-management.io/region")


async def _clusters(look: Look) -> Seen:
    """The members of whatever hub this cluster is, and those that are not ready."""
    members: list[tuple[str, Obj, str]] = []
    for product, resource in (("Karmada", _KARMADA), ("OCM", _OCM), ("Fleet", _FLEET)):
        members += [(product, each, _trouble(product, each, look)) for each in await look.list(resource)]
    hubs = [resource for resource in (_KARMADA, _OCM, _FLEET) if await look.has(resource)]
    if not hubs:
        key = "retired" if await look.has(_RETIRED) else "no_hub"
        raise NoData(f"kube_federation.{key}")
    down = [f"{full_name(each)} ({why})" for _, each, why in members if why]
    regions = {region for _, each, _ in members if (region := _region(each))}
    remarks: list[Remark] = []
    if members:
        names = listed({product for product, _, _ in members})
        remarks.append(("kube_federation.members", {"products": names, "members": len(members)}))
    else:
        remarks.append(("kube_federation.no_members", {}))
    if down:
        remarks.append(("kube_federation.not_ready", {"names": listed(down)}))
    if len(regions) == 1:
        remarks.append(("kube_federation.one_region", {"region": next(iter(regions))}))
    fields = {"members": len(members), "not_ready": len(down), "regions": len(regions)}
    if len(members) > 1 and len(regions) == 1 and all(_region(each) for _, each, _ in members):
        fields.pop("members")  # not one of them is in another region
    return Seen(fields, tuple(remarks))


def _trouble(product: str, member: Obj, look: Look) -> str:
    """Why the member is not ready; empty when it is."""
    if product == "OCM":
        for kind in ("ManagedClusterJoined", "ManagedClusterConditionAvailable"):
            if not is_true(member, kind):
                return because(member, kind, look.now) or f"{kind}?"
        return ""
    if product == "Fleet":
        seen = age(((member.get("status") or {}).get("agent") or {}).get("lastSeen"), look.now)
        if seen is None or seen > _SILENT:
            return "agent not seen" if seen is None else f"agent not seen for {spoken(seen)}"
    return "" if is_true(member, "Ready") else because(member, "Ready", look.now) or "Ready?"


def _region(member: Obj) -> str:
    spec, labels = member.get("spec") or {}, labels_of(member)
    return str(spec.get("region") or next((labels[key] for key in _REGIONS if labels.get(key)), ""))


CHECKS: tuple[Probe, ...] = (
    check(
        "federation.clusters",
        _clusters,
        reads=(_KARMADA, _OCM, _FLEET, _RETIRED),
        fields={"members": "count", "not_ready": "count", "regions": "count"},
    ),
)

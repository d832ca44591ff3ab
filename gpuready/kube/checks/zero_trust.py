"""Zero trust: default deny between tenants, strict mutual TLS, nothing for the anonymous."""

from __future__ import annotations

from gpuready.kube.check import check
from gpuready.kube.look import Look
from gpuready.kube.read import policies
from gpuready.kube.read.cni import enforces, plugins
from gpuready.kube.read.meshes import READS, mesh
from gpuready.kube.read.namespaces import workloads
from gpuready.kube.read.naming import listed
from gpuready.kube.read.rbac import ANONYMOUS, BINDINGS, CLUSTER_BINDINGS, Grant, all_grants
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

# What Kubernetes and kubeadm themselves give to the anonymous: the version, and where the cluster is found.
_HARMLESS = frozenset(
    {("ClusterRole", "system:public-info-viewer"), ("Role", "kubeadm:bootstrap-signer-clusterinfo")}
)


async def _posture(look: Look) -> Seen:
    """Tenants' namespaces that anybody may reach, whether mutual TLS is demanded, and anonymous rights."""
    tenants = workloads(await look.list("pods"))
    if not tenants:
        raise NoData("kube_zero_trust.no_tenants")
    fields: dict[str, int | bool] = {"tenants": len(tenants)}
    remarks: list[Remark] = []
    found = await policies.read(look)
    sets = await look.list("daemonsets.apps")
    does = enforces(sets, plugins(sets, await look.list("nodes")))
    open_ = [each for each in tenants if each not in found.closed]
    if does is False:
        fields["tenant_namespaces_open"] = len(tenants)
        remarks.append(("kube_zero_trust.not_enforced", {}))
    elif does is None and not open_:
        remarks.append(("kube_zero_trust.enforcement_untold", {}))
    elif open_ and found.unweighed:
        remarks.append(("kube_zero_trust.unweighed", {"names": listed(found.unweighed)}))
    else:
        fields["tenant_namespaces_open"] = len(open_)
    if open_:
        remarks.append(("kube_zero_trust.open", {"names": listed(open_)}))

    meshed = await mesh(look)
    bare = [each for each in tenants if each in meshed.bare]
    if not meshed.products:
        fields["mtls_strict"] = False
        remarks.append(("kube_mesh.none", {}))
    else:
        fields["mtls_strict"] = bool(meshed.strict) and not (meshed.exceptions or bare or meshed.outside)
        if meshed.exceptions:
            remarks.append(("kube_mesh.exceptions", {"names": listed(meshed.exceptions)}))
        if bare:
            remarks.append(("kube_mesh.bare", {"names": listed(bare)}))
        if meshed.outside:
            remarks.append(("kube_mesh.outside", {"names": listed(meshed.outside)}))

    grants = await all_grants(look)
    if grants:  # Kubernetes makes some itself: none at all means that they were not shown
        loose = [each for each in grants if each.subject.name in ANONYMOUS and not _is_harmless(each)]
        fields["anonymous_bindings"] = len({each.binding for each in loose})
        if loose:
            names = listed(f"{each.binding} ({each.role[1]})" for each in loose)
            remarks.append(("kube_zero_trust.anonymous", {"names": names}))
    return Seen(fields, tuple(remarks))


def _is_harmless(grant: Grant) -> bool:
    return grant.role in _HARMLESS


CHECKS: tuple[Probe, ...] = (
    check(
        "zero_trust.posture",
        _posture,
        reads=tuple(
            dict.fromkeys(
                (
                    "namespaces",
                    *policies.RESOURCES,
                    "daemonsets.apps",
                    "nodes",
                    *READS,
                    CLUSTER_BINDINGS,
                    BINDINGS,
                )
            )
        ),
        fields={
            "tenant_namespaces_open": "count",
            "mtls_strict": "",
            "anonymous_bindings": "count",
            "tenants": "count",
        },
    ),
)

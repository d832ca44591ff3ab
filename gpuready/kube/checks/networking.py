"""The pod network, what rules its traffic, and the doors into the cluster."""

from __future__ import annotations

import re

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.cni import enforces, plugins
from gpuready.kube.read.conditions import condition, is_true
from gpuready.kube.read.front_doors import RETIRED, carrying_out, is_door, is_istio_door
from gpuready.kube.read.gpus import is_gpu_node
from gpuready.kube.read.namespaces import workloads
from gpuready.kube.read.naming import listed, name_of
from gpuready.kube.read.policies import RESOURCES, read
from gpuready.kube.read.quantity import pieces
from gpuready.kube.read.rollout import desired, is_complete, ready, tally
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_INGRESS = "ingressclasses.networking.k8s.io"
_GATEWAY = "gatewayclasses.gateway.networking.k8s.io"
_RDMA = re.compile(
    r"^(?:rdma|openshift\.io|nvidia\.com|intel\.com|mellanox\.com|vpc\.amazonaws\.com|networking\.gke\.io)"
)
_FAST = re.compile(r"rdma|sriov|hostdev|infiniband|roce|mlnx|/efa$|\bhca|ib\d")


async def _cni(look: Look) -> Seen:
    """The CNI plugins, the nodes that they do not serve, and what carries RDMA beside them."""
    nodes = await look.list("nodes")
    if not nodes:
        raise NoData("kube_networking.no_nodes")
    found = plugins(await look.list("daemonsets.apps"), nodes)
    sets = [each.daemon_set for each in found if each.daemon_set is not None]
    short = sum(max(desired(each) - ready(each), 0) for each in sets)
    cut_off = [name_of(node) for node in nodes if _is_cut_off(node)]
    fast = {name_of(node): names for node in nodes if (names := _fast_resources(node))}
    fields = {
        "plugins": len(found),
        "nodes_not_ready": max(short, len(cut_off)),
        "rdma_nodes": len(fast),
    }
    remarks: list[Remark] = []
    if found:
        remarks.append(("kube_networking.plugins", {"names": listed(each.name for each in found)}))
    else:
        remarks.append(("kube_networking.no_plugin", {}))
    if down := [tally(each) for each in sets if not is_complete(each)]:
        remarks.append(("kube_networking.plugin_down", {"names": listed(down)}))
    if cut_off:
        remarks.append(("kube_networking.cut_off", {"names": listed(cut_off)}))
    if fast:
        kinds = listed(name for names in fast.values() for name in names)
        remarks.append(("kube_networking.rdma", {"count": len(fast), "names": kinds}))
    elif any(map(is_gpu_node, nodes)):
        remarks.append(("kube_networking.no_rdma", {}))
    if not found:
        # Nothing was seen running: the nodes may still be served by what this check does not know.  A kubelet
        # calls its node Ready only once a plugin is set up on it.
        fields.pop("nodes_not_ready")
        if any(is_true(node, "Ready") for node in nodes):
            fields.pop("plugins")
    return Seen(fields, tuple(remarks))


async def _policies(look: Look) -> Seen:
    """Workload namespaces that no network policy reaches."""
    names = await _workload_namespaces(look)
    found = await read(look)
    without = [name for name in names if name not in found.reached]
    fields = {"policies": found.count, "namespaces": len(names), "namespaces_without": len(without)}
    remarks: list[Remark] = []
    if without:
        remarks.append(("kube_networking.without_policy", {"names": listed(without)}))
        if found.unweighed:
            # They may reach these namespaces, so that neither verdict would be true.
            fields.pop("namespaces_without")
            remarks.append(("kube_networking.unweighed", {"names": listed(found.unweighed)}))
    return Seen(fields, tuple(remarks))


async def _isolation(look: Look) -> Seen:
    """Workload namespaces that do not deny by default, and whether anything enforces what is denied."""
    names = await _workload_namespaces(look)
    found = await read(look)
    daemon_sets = await look.list("daemonsets.apps")
    cnis = plugins(daemon_sets, await look.list("nodes"))
    does = enforces(daemon_sets, cnis)
    without = [name for name in names if name not in found.closed]
    fields: dict[str, int | bool] = {
        "namespaces": len(names),
        "namespaces_without_default_deny": len(without),
    }
    remarks: list[Remark] = []
    if without:
        remarks.append(("kube_networking.no_default_deny", {"names": listed(without)}))
        if found.unweighed:
            fields.pop("namespaces_without_default_deny")
            remarks.append(("kube_networking.unweighed", {"names": listed(found.unweighed)}))
    called = listed(each.name for each in cnis)
    if does is None:
        remarks.append(("kube_networking.enforcement_untold", {"names": called}))
    else:
        fields["cni_enforces"] = does
        key = "enforced" if does else "not_enforced"
        remarks.append((f"kube_networking.{key}", {"names": called}))
    return Seen(fields, tuple(remarks))


async def _ingress(look: Look) -> Seen:
    """The classes of Ingress and Gateway, and those controllers behind them that are not ready."""
    ingress, gateways = await look.list(_INGRESS), await look.list(_GATEWAY)
    running = (*await look.list("deployments.apps"), *await look.list("daemonsets.apps"))
    doors = [each for each in running if is_door(each)]
    old_istio = any(map(is_istio_door, doors))
    classes = len(ingress) + len(gateways)
    if not classes and not old_istio:
        return Seen({"classes": 0}, (("kube_networking.no_class", {}),))

    not_ready: set[str] = set()
    unseen: set[str] = set()
    behind: dict[str, Obj] = {tally(each): each for each in doors}
    for each in gateways:
        if not is_true(each, "Accepted"):
            not_ready.add(f"GatewayClass {name_of(each)}")
    for each in (*ingress, *gateways):
        controller = _controller(each)
        found = carrying_out(controller, running)
        if found:
            behind |= {tally(one): one for one in found}
        elif found is None and is_true(each, "Accepted"):
            continue  # its controller has answered, and may run where nobody sees it
        elif found is None or is_true(each, "Accepted"):
            # One that usually runs in the cluster may be gone since it accepted the class.
            unseen.add(f"{name_of(each)} ({controller or '?'})")
        else:
            not_ready.add(f"{name_of(each)} ({controller})")
    not_ready |= {named for named, each in behind.items() if not is_complete(each)}
    fields = {"classes": classes or 1, "controllers": len(behind), "controllers_not_ready": len(not_ready)}
    remarks: list[Remark] = []
    if not_ready:
        remarks.append(("kube_networking.controller_down", {"names": listed(not_ready)}))
    if unseen:
        remarks.append(("kube_networking.controller_unseen", {"names": listed(unseen)}))
        if not not_ready:
            fields.pop("controllers_not_ready")
    if any(_controller(each) == RETIRED for each in ingress):
        remarks.append(("kube_networking.retired", {}))
    if single := [named for named, each in behind.items() if desired(each) == 1]:
        remarks.append(("kube_networking.single", {"names": listed(single)}))
    return Seen(fields, tuple(remarks))


async def _workload_namespaces(look: Look) -> tuple[str, ...]:
    names = workloads(await look.list("pods"))
    if not names:
        raise NoData("kube_networking.no_workload")
    return names


def _controller(each: Obj) -> str:
    spec = each.get("spec") or {}
    return str(spec.get("controllerName") or spec.get("controller") or "")


def _is_cut_off(node: Obj) -> bool:
    """Whether the node says that its network is not there."""
    told = condition(node, "Ready") or {}
    is_mute = told.get("status") != "True" and "cni" in str(told.get("message") or "").lower()
    return is_mute or is_true(node, "NetworkUnavailable")


def _fast_resources(node: Obj) -> list[str]:
    """The resources by which pods get an RDMA or SR-IOV device of the node."""
    offered = (node.get("status") or {}).get("allocatable") or {}
    return [
        name for name, many in offered.items() if _RDMA.match(name) and _FAST.search(name) and pieces(many)
    ]


CHECKS: tuple[Probe, ...] = (
    check(
        "cni.plugin",
        _cni,
        reads=["nodes", "daemonsets.apps"],
        fields={"plugins": "count", "nodes_not_ready": "count", "rdma_nodes": "count"},
    ),
    check(
        "network.policies",
        _policies,
        reads=["pods", *RESOURCES],
        fields={"namespaces_without": "count", "namespaces": "count", "policies": "count"},
    ),
    check(
        "network.isolation",
        _isolation,
        reads=["pods", "daemonsets.apps", "nodes", *RESOURCES],
        fields={"namespaces_without_default_deny": "count", "cni_enforces": "", "namespaces": "count"},
    ),
    check(
        "ingress.controller",
        _ingress,
        reads=[_INGRESS, _GATEWAY, "deployments.apps", "daemonsets.apps"],
        fields={"classes": "count", "controllers_not_ready": "count", "controllers": "count"},
    ),
)

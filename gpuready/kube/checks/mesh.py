"""The service mesh: whether it stands, whether it encrypts everything, whether it breaks circuits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.meshes import READS, Mesh, mesh
from gpuready.kube.read.naming import annotations_of, full_name, listed, name_of, namespace_of
from gpuready.kube.read.rollout import is_complete, tally
from gpuready.kube.read.workloads import READS as ENGINES
from gpuready.kube.read.workloads import engines, running
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_RULES = "destinationrules.networking.istio.io"
_TRAFFIC = "backendtrafficpolicies.gateway.envoyproxy.io"
_ROUTES = ("httproutes.gateway.networking.k8s.io", "grpcroutes.gateway.networking.k8s.io")
_ACCRUAL = "balancer.linkerd.io/failure-accrual"


async def _control_plane(look: Look) -> Seen:
    """Whether the control plane is ready, and how many pods are in the mesh."""
    found = await mesh(look)
    if not found.products:
        return Seen({"ready": False, "meshed_pods": 0}, (("kube_mesh.none", {}),))
    fields: dict[str, int | bool] = {
        "meshed_pods": sum(found.meshed.values()),
        "pods_outside": len(found.outside),
    }
    remarks: list[Remark] = [("kube_mesh.products", {"names": listed(found.products)})]
    if found.control_plane:
        down = [tally(each) for each in found.control_plane if not is_complete(each)]
        fields["ready"] = not down
        if down:
            remarks.append(("kube_mesh.down", {"names": listed(down)}))
    else:
        remarks.append(("kube_mesh.elsewhere", {}))
    if found.outside:
        remarks.append(("kube_mesh.outside", {"names": listed(found.outside)}))
    return Seen(fields, tuple(remarks))


async def _mtls(look: Look) -> Seen:
    """Whether every meshed namespace demands mutual TLS, and what is exempt or not in the mesh at all."""
    found = await mesh(look)
    if not found.products:
        return Seen({"strict": False}, (("kube_mesh.none", {}),))
    fields, remarks = strictness(found)
    fields["exceptions"] = len(found.exceptions) + len(found.bare) + len(found.outside)
    if found.exceptions:
        remarks.append(("kube_mesh.exceptions", {"names": listed(found.exceptions)}))
    if found.bare:
        remarks.append(("kube_mesh.bare", {"names": listed(found.bare)}))
    if found.outside:
        remarks.append(("kube_mesh.outside", {"names": listed(found.outside)}))
    return Seen(fields, tuple(remarks))


def strictness(found: Mesh) -> tuple[dict[str, int | bool], list[Remark]]:
    """``strict`` where any pod is in the mesh, and what to say about it."""
    if found.strict is None:
        return {}, [("kube_mesh.nobody", {"names": listed(found.products)})]
    if found.strict:
        return {"strict": True}, [("kube_mesh.strict", {"names": listed(found.products)})]
    return {"strict": False}, [("kube_mesh.not_strict", {})]


async def _resilience(look: Look) -> Seen:
    """Services of engines in front of which nothing takes a failing replica out."""
    pods: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in running(await engines(look)):
        pods[each.namespace].append(each.labels)
    services = [each for each in await look.list("services") if _selects(each, pods[namespace_of(each)])]
    if not services:
        raise NoData("kube_mesh.no_services")
    rules, policies = await look.list(_RULES), await look.list(_TRAFFIC)
    routes = [each for resource in _ROUTES for each in await look.list(resource)]
    hosts, wild = _hosts(rules)
    behind = _behind(policies, routes)
    accrual = any(_ACCRUAL in annotations_of(each) for each in services)
    if not (rules or policies or accrual) and not await _any_way(look):
        raise NoData("kube_mesh.no_way")
    without = [
        each
        for each in services
        if not (
            _ACCRUAL in annotations_of(each)
            or (full := _full(name_of(each), namespace_of(each))) in hosts
            or any(full.endswith(ending) for ending in wild)
            or (namespace_of(each), name_of(each)) in behind
        )
    ]
    remarks: list[Remark] = []
    if without:
        remarks.append(("kube_mesh.no_breaker", {"names": listed(map(full_name, without))}))
    return Seen({"services_without": len(without), "services": len(services)}, tuple(remarks))


async def _any_way(look: Look) -> bool:
    return await look.has(_RULES) or await look.has(_TRAFFIC)


def _selects(service: Obj, pods: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the service spreads calls over pods with such labels; a headless one leaves that to callers."""
    spec = service.get("spec") or {}
    selector = spec.get("selector") or {}
    return (
        bool(selector)
        and spec.get("clusterIP") != "None"
        and any(all(labels.get(key) == value for key, value in selector.items()) for labels in pods)
    )


def _breaks(rule: Obj) -> bool:
    """Whether the DestinationRule takes failing replicas out or bounds what waits for them."""
    traffic = (rule.get("spec") or {}).get("trafficPolicy") or {}
    parts = (traffic, *(traffic.get("portLevelSettings") or ()))
    return any(each.get("outlierDetection") or each.get("connectionPool") for each in parts)


def _hosts(rules: Iterable[Obj]) -> tuple[set[str], set[str]]:
    """The hosts whose circuits rules break, in full, and the endings of those written with a wildcard.  A
    short host means a service of the rule's own namespace."""
    full, wild = set(), set()
    for rule in filter(_breaks, rules):
        host = str((rule.get("spec") or {}).get("host") or "")
        if host.startswith("*"):
            wild.add(host[1:])
            continue
        name, _, rest = host.partition(".")
        full.add(_full(name, rest.partition(".")[0] or namespace_of(rule)))
    return full, wild


def _full(name: str, namespace: str) -> str:
    return f"{name}.{namespace}.svc.cluster.local"


def _behind(policies: Iterable[Obj], routes: Iterable[Obj]) -> set[tuple[str, str]]:
    """The services behind routes for which Envoy Gateway breaks circuits; a policy on a Gateway holds for all
    of its routes."""
    targets: set[tuple[str, str, str]] = set()
    for policy in policies:
        spec = policy.get("spec") or {}
        if spec.get("circuitBreaker") or (spec.get("healthCheck") or {}).get("passive"):
            for each in (*(spec.get("targetRefs") or ()), *filter(None, (spec.get("targetRef"),))):
                targets.add((namespace_of(policy), str(each.get("kind")), str(each.get("name"))))
    found: set[tuple[str, str]] = set()
    for route in routes:
        spec, home = route.get("spec") or {}, namespace_of(route)
        kind = str(route.get("kind") or "HTTPRoute")
        parents = {
            (str(each.get("namespace") or home), "Gateway", str(each.get("name")))
            for each in spec.get("parentRefs") or ()
        }
        if targets & {*parents, (home, kind, name_of(route))}:
            found.update(_backends(spec, home))
    return found


def _backends(spec: Mapping[str, Any], home: str) -> Iterator[tuple[str, str]]:
    for rule in spec.get("rules") or ():
        for each in rule.get("backendRefs") or ():
            yield str(each.get("namespace") or home), str(each.get("name"))


CHECKS: tuple[Probe, ...] = (
    check(
        "mesh.control_plane",
        _control_plane,
        reads=READS,
        fields={"ready": "", "meshed_pods": "count", "pods_outside": "count"},
    ),
    check(
        "mesh.mtls",
        _mtls,
        reads=READS,
        fields={"strict": "", "exceptions": "count"},
    ),
    check(
        "mesh.resilience",
        _resilience,
        reads=("services", _RULES, _TRAFFIC, *_ROUTES, *ENGINES),
        fields={"services_without": "count", "services": "count"},
    ),
)

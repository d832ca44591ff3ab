"""API gateways: whether they are programmed, and whether a ready pod stands behind each route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import because, is_true
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of, namespace_of
from gpuready.kube.read.pods import is_ready
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_GROUP = "gateway.networking.k8s.io"
_GATEWAYS = f"gateways.{_GROUP}"
_ROUTES = (f"httproutes.{_GROUP}", f"grpcroutes.{_GROUP}")
_POOLS = ("inferencepools.inference.networking.k8s.io", "inferencepools.inference.networking.x-k8s.io")
_INGRESSES = "ingresses.networking.k8s.io"
_CLASSES = "ingressclasses.networking.k8s.io"
_SLICES = "endpointslices.discovery.k8s.io"
_OLD_ISTIO = "gateways.networking.istio.io"
_OF_SERVICE = "kubernetes.io/service-name"
_RETIRED = "k8s.io/ingress-nginx"

Place = tuple[str, str, str]
"""Namespace, kind and name of what a route leads to."""


@dataclass(frozen=True, slots=True)
class _Behind:
    """What stands behind routes: services and pools with a ready pod, and services that lead elsewhere."""

    ready: frozenset[Place]
    elsewhere: frozenset[Place]

    def serves(self, place: Place) -> bool:
        return place in self.ready or place in self.elsewhere


async def _programmed(look: Look) -> Seen:
    """Gateways that are not programmed, and routes that lead to no ready pod."""
    gateways = await look.list(_GATEWAYS)
    ingresses = await look.list(_INGRESSES)
    routes = [each for resource in _ROUTES for each in await look.list(resource)]
    if not gateways and not ingresses:
        if await look.list(_OLD_ISTIO):
            raise NoData("kube_gateway.tells_nothing")
        raise NoData("kube_gateway.none")
    behind = await _behind(look)
    down = [
        f"{full_name(each)} ({because(each, 'Programmed', look.now) or 'no status'})"
        for each in gateways
        if not is_true(each, "Programmed")
    ]
    refused = [f"{full_name(each)} ({why})" for each in routes if (why := _refused(each))]
    places = [
        *((full_name(each), place) for each in routes for place in sorted(set(_of_route(each)))),
        *((full_name(each), place) for each in ingresses for place in sorted(set(_of_ingress(each)))),
    ]
    empty = [f"{name} -> {place[2]}" for name, place in places if not behind.serves(place)]
    remarks: list[Remark] = []
    for key, names in (("not_programmed", down), ("refused", refused), ("empty", empty)):
        if names:
            remarks.append((f"kube_gateway.{key}", {"names": listed(names)}))
    if any(_controller(each) == _RETIRED for each in await look.list(_CLASSES)):
        remarks.append(("kube_gateway.retired", {}))
    unaddressed = [full_name(each) for each in ingresses if not _is_addressed(each)]
    if unaddressed:
        remarks.append(("kube_gateway.unaddressed", {"names": listed(unaddressed)}))
    broken = {name.split(" ")[0] for name in (*refused, *empty)}
    fields = {
        "not_programmed": len(down),
        "routes_without_endpoints": len(broken),
        "gateways": len(gateways),
        "routes": len(routes) + len(ingresses),
    }
    if not broken and not places:
        # No route, or none to a Service or InferencePool: nothing was found behind the gateway, well or not.
        fields.pop("routes_without_endpoints")
        remarks.append(("kube_gateway.no_routes", {}))
    if not gateways and unaddressed:
        fields["not_programmed"] = len(unaddressed)
        # Not every controller writes its address into the Ingress.
        return Seen(fields, tuple(remarks), {"not_programmed": (0.0, float(len(unaddressed)))})
    return Seen(fields, tuple(remarks))


async def _behind(look: Look) -> _Behind:
    ready: set[Place] = set()
    for each in await look.list(_SLICES):
        if any(
            (one.get("conditions") or {}).get("ready") is not False for one in each.get("endpoints") or ()
        ):
            ready.add((namespace_of(each), "Service", str(labels_of(each).get(_OF_SERVICE))))
    pools = [each for resource in _POOLS for each in await look.list(resource)]
    if pools:
        pods: dict[str, list[Obj]] = defaultdict(list)
        for pod in await look.list("pods"):
            if is_ready(pod):
                pods[namespace_of(pod)].append(pod)
        for each in pools:
            if any(_picks(each, pod) for pod in pods[namespace_of(each)]):
                ready.add((namespace_of(each), "InferencePool", name_of(each)))
    elsewhere = {
        (namespace_of(each), "Service", name_of(each))
        for each in await look.list("services")
        if (each.get("spec") or {}).get("type") == "ExternalName"
    }
    return _Behind(frozenset(ready), frozenset(elsewhere))


def _picks(pool: Obj, pod: Obj) -> bool:
    selector = (pool.get("spec") or {}).get("selector") or {}
    wanted = selector.get("matchLabels", selector)  # the older version has the labels themselves there
    return bool(wanted) and all(labels_of(pod).get(key) == value for key, value in wanted.items())


def _refused(route: Obj) -> str:
    """Why a gateway does not take the route, or cannot resolve what it leads to; empty when it does."""
    parents = (route.get("status") or {}).get("parents") or ()
    if not parents:
        return "no gateway has taken it"
    for parent in parents:
        for each in parent.get("conditions") or ():
            if each.get("type") in ("Accepted", "ResolvedRefs") and each.get("status") != "True":
                return str(each.get("reason") or each["type"])
    return ""


def _of_route(route: Obj) -> Iterator[Place]:
    for rule in (route.get("spec") or {}).get("rules") or ():
        for each in rule.get("backendRefs") or ():
            if each.get("weight") != 0 and (kind := str(each.get("kind") or "Service")) in (
                "Service",
                "InferencePool",
            ):
                yield str(each.get("namespace") or namespace_of(route)), kind, str(each.get("name"))


def _of_ingress(ingress: Obj) -> Iterator[Place]:
    spec = ingress.get("spec") or {}
    paths: Iterable[Mapping[str, Any]] = (
        path for rule in spec.get("rules") or () for path in (rule.get("http") or {}).get("paths") or ()
    )
    backends = [*(path.get("backend") or {} for path in paths), spec.get("defaultBackend") or {}]
    for each in backends:
        if name := (each.get("service") or {}).get("name"):
            yield namespace_of(ingress), "Service", str(name)


def _is_addressed(ingress: Obj) -> bool:
    return bool(((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress"))


def _controller(ingress_class: Obj) -> str:
    return str((ingress_class.get("spec") or {}).get("controller") or "")


CHECKS: tuple[Probe, ...] = (
    check(
        "gateway.programmed",
        _programmed,
        reads=(_GATEWAYS, *_ROUTES, *_POOLS, _INGRESSES, _CLASSES, _SLICES, _OLD_ISTIO, "services", "pods"),
        fields={
            "not_programmed": "count",
            "routes_without_endpoints": "count",
            "gateways": "count",
            "routes": "count",
        },
    ),
)

"""How traffic is split between backends: by weights of routes, and by progressive delivery.

A backend's weight is 1 in the Gateway API and 0 in Istio where none is given and there are several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import full_name, name_of, namespace_of
from gpuready.kube.read.workloads import Key

HTTP_ROUTES = "httproutes.gateway.networking.k8s.io"
GRPC_ROUTES = "grpcroutes.gateway.networking.k8s.io"
AI_ROUTES = "aigatewayroutes.aigateway.envoyproxy.io"
VIRTUAL_SERVICES = "virtualservices.networking.istio.io"
INFERENCE_SERVICES = "inferenceservices.serving.kserve.io"
ROLLOUTS = "rollouts.argoproj.io"
CANARIES = "canaries.flagger.app"
READS = (
    HTTP_ROUTES,
    GRPC_ROUTES,
    AI_ROUTES,
    VIRTUAL_SERVICES,
    INFERENCE_SERVICES,
    ROLLOUTS,
    CANARIES,
)


@dataclass(frozen=True, slots=True)
class Split:
    """One place where traffic goes to several backends.

    `weights` by backend; `namespaces` those in which the backends stand; `backends` the Services and
    workloads among them.
    """

    name: str
    weights: Mapping[str, int]
    namespaces: frozenset[str]
    backends: frozenset[Key] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether at least two backends get traffic now."""
        return sum(weight > 0 for weight in self.weights.values()) > 1

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(f'{name} {weight}' for name, weight in self.weights.items())})"


def of_gateway(kind: str, route: Obj) -> Iterator[Split]:
    """The rules of a route of the Gateway API (or an AIGatewayRoute) with several backends."""
    for rule in (route.get("spec") or {}).get("rules") or ():
        backends = [each for each in rule.get("backendRefs") or () if isinstance(each, Mapping)]
        own = namespace_of(route)
        weights: dict[str, int] = {}
        for each in backends:
            _add(weights, str(each.get("name")), each.get("weight", 1))
        if len(weights) > 1:
            where = frozenset(str(each.get("namespace") or own) for each in backends)
            services = frozenset(
                (str(each.get("namespace") or own), "Service", str(each.get("name")))
                for each in backends
                if each.get("kind", "Service") == "Service"
            )
            yield Split(f"{kind} {full_name(route)}", weights, where, services)


def of_virtual_service(service: Obj) -> Iterator[Split]:
    """The HTTP routes of an Istio VirtualService with several destinations (hosts, or subsets of one)."""
    own = namespace_of(service)
    for http in (service.get("spec") or {}).get("http") or ():
        weights: dict[str, int] = {}
        where, services = set(), set()
        for each in http.get("route") or ():
            aim = each.get("destination") or {}
            host, subset = str(aim.get("host") or ""), aim.get("subset")
            _add(weights, f"{host}/{subset}" if subset else host, each.get("weight", 0))
            parts = host.split(".")
            home = parts[1] if len(parts) > 1 else own
            where.add(home)
            services.add((home, "Service", parts[0]))
        if len(weights) > 1:
            name = f"VirtualService {full_name(service)}"
            yield Split(name, weights, frozenset(where), frozenset(services))


def of_inference_service(service: Obj) -> Iterator[Split]:
    """A KServe InferenceService whose newest revision gets a share of the traffic."""
    predictor = (service.get("spec") or {}).get("predictor") or {}
    share = predictor.get("canaryTrafficPercent")
    if isinstance(share, int) and 0 <= share <= 100:
        weights = {"canary": share, "stable": 100 - share}
        yield Split(f"InferenceService {full_name(service)}", weights, frozenset({namespace_of(service)}))


def of_rollout(rollout: Obj) -> Iterator[Split]:
    """An Argo Rollout with a canary strategy: its weights now, or 0 and 100 between two releases."""
    canary = ((rollout.get("spec") or {}).get("strategy") or {}).get("canary")
    if canary is None:
        return
    told = ((rollout.get("status") or {}).get("canary") or {}).get("weights") or {}
    share = (told.get("canary") or {}).get("weight")
    share = share if isinstance(share, int) else 0
    weights = {"canary": share, "stable": 100 - share}
    own = namespace_of(rollout)
    aim = (rollout.get("spec") or {}).get("workloadRef") or {"kind": "Rollout", "name": name_of(rollout)}
    backends = frozenset({(own, str(aim.get("kind")), str(aim.get("name")))})
    yield Split(f"Rollout {full_name(rollout)}", weights, frozenset({own}), backends)


def of_canary(canary: Obj) -> Iterator[Split]:
    """A Flagger Canary: the weight that it has reached."""
    share = (canary.get("status") or {}).get("canaryWeight")
    share = share if isinstance(share, int) else 0
    weights = {"canary": share, "primary": 100 - share}
    own = namespace_of(canary)
    aim = (canary.get("spec") or {}).get("targetRef") or {}
    # Flagger makes a copy that serves, and scales its target to zero between releases.
    backends = frozenset({(own, str(aim.get("kind")), f"{aim.get('name')}{end}") for end in ("", "-primary")})
    yield Split(f"Canary {full_name(canary)}", weights, frozenset({own}), backends)


def splits(objects: Mapping[str, Iterable[Obj]]) -> list[Split]:
    """All splits of these objects, given by resource (see `READS`)."""
    kinds = {HTTP_ROUTES: "HTTPRoute", GRPC_ROUTES: "GRPCRoute", AI_ROUTES: "AIGatewayRoute"}
    found = [
        split
        for resource, kind in kinds.items()
        for route in objects.get(resource, ())
        for split in of_gateway(kind, route)
    ]
    for resource, read in (
        (VIRTUAL_SERVICES, of_virtual_service),
        (INFERENCE_SERVICES, of_inference_service),
        (ROLLOUTS, of_rollout),
        (CANARIES, of_canary),
    ):
        found += [split for each in objects.get(resource, ()) for split in read(each)]
    return found


def _add(weights: dict[str, int], name: str, weight: Any) -> None:
    weights[name] = weights.get(name, 0) + (weight if isinstance(weight, int) else 0)

"""Ingress and gateway controllers: which workload carries which class out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import labels_of
from gpuready.kube.read.rollout import images

RETIRED = "k8s.io/ingress-nginx"
"""The controller of the community's ingress-nginx, which was retired in March 2026."""

# What a class names as its controller, and the images of what carries it out.
_CONTROLLERS = tuple(
    (re.compile(controller), re.compile(image))
    for controller, image in (
        (r"k8s\.io/ingress-nginx", r"ingress-nginx[/-]controller|nginx-ingress-controller"),
        (r"nginx\.org/", r"nginx(?:-plus)?-ingress|nginx/nginx-ingress"),
        (r"gateway\.nginx\.org/", r"nginx-gateway"),
        (r"traefik\.io/", r"traefik"),
        (r"haproxy\.org/", r"haproxy.*ingress"),
        (r"haproxy-ingress", r"haproxy-ingress"),
        (r"konghq\.com/", r"kong"),
        (r"projectcontour\.io/", r"contour"),
        (r"istio\.io/", r"/pilot[:@-]|/pilot$|istiod"),
        (r"cilium", r"cilium/operator|cilium-operator|operator-generic"),
        (r"gateway\.envoyproxy\.io/", r"envoyproxy/gateway|envoy-gateway"),
        (r"kgateway\.dev/|agentgateway", r"kgateway|agentgateway"),
        (r"k8s\.aws/", r"aws-load-balancer-controller"),
        (r"apisix", r"apisix-ingress-controller"),
        (r"openshift\.io/ingress-to-route", r"haproxy-router|openshift-ingress|ose-haproxy"),
    )
)
_GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"


def carrying_out(controller: str, workloads: Iterable[Obj]) -> list[Obj] | None:
    """The workloads that carry a class's controller out; None for a controller that is not known here."""
    image = next((image for named, image in _CONTROLLERS if named.search(controller)), None)
    if image is None:
        return None
    return [each for each in workloads if any(image.search(one) for one in images(each))]


def is_door(workload: Obj) -> bool:
    """Whether traffic comes in through it: a Gateway's own proxies, or Istio's ingress gateway."""
    labels = labels_of(workload)
    return _GATEWAY_NAME in labels or is_istio_door(workload)


def is_istio_door(workload: Obj) -> bool:
    """Whether it is Istio's ingress gateway as it was before the Gateway API."""
    return labels_of(workload).get("istio") == "ingressgateway"

"""Service meshes: which is there, which pods are in it, and where it demands mutual TLS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gpuready.kube.look import Look, Obj
from gpuready.kube.read.namespaces import is_system
from gpuready.kube.read.naming import annotations_of, full_name, labels_of, name_of, namespace_of
from gpuready.kube.read.pods import phase

POLICIES = "peerauthentications.security.istio.io"
READS = ("deployments.apps", "pods", "namespaces", "configmaps", POLICIES)
"""What `mesh` lists."""

_LINKERD = "linkerd.io/control-plane-component"
_LINKERD_POLICY = "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY"
_LINKERD_STRICT = frozenset({"all-authenticated", "cluster-authenticated", "deny"})
_ROOT = re.compile(r"^\s*rootNamespace:\s*[\"']?([\w-]+)", re.M)
_PAST_PROXY = ("traffic.sidecar.istio.io/excludeInboundPorts", "config.linkerd.io/skip-inbound-ports")
_OPEN_MODES = frozenset({"PERMISSIVE", "DISABLE"})


@dataclass(frozen=True, slots=True)
class Mesh:
    """What a cluster shows of its mesh.

    `products` are ``Istio`` and ``Linkerd``, as far as they are there; `control_plane` their deployments;
    `meshed` the pods in the mesh by namespace, `outside` the names of those that are not though their
    namespace wants it or has others in it, `bare` the workload namespaces without any; `strict` tells
    whether each meshed namespace demands mutual TLS (None: none is meshed); `exceptions` names what does not.
    """

    products: tuple[str, ...] = ()
    control_plane: tuple[Obj, ...] = ()
    meshed: Mapping[str, int] = field(default_factory=dict)
    outside: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    strict: bool | None = None
    exceptions: tuple[str, ...] = ()


async def mesh(look: Look) -> Mesh:
    """The mesh of the cluster; see `READS`."""
    deployments = await look.list("deployments.apps")
    istio = [each for each in deployments if labels_of(each).get("app") == "istiod"]
    linkerd = [each for each in deployments if labels_of(each).get(_LINKERD)]
    wanted = {name_of(each) for each in await look.list("namespaces") if _wants(each)}
    meshed: dict[str, int] = {}
    out: list[Obj] = []
    exceptions = []
    around: list[str] = []
    kinds = set()
    work = set()
    for pod in await look.list("pods"):
        if phase(pod) != "Running":
            continue
        namespace, proxy = namespace_of(pod), proxy_of(pod)
        if not is_system(namespace):
            work.add(namespace)
        if proxy:
            kinds.add(proxy)
            if not _is_gateway(pod) and not is_system(namespace):
                meshed[namespace] = meshed.get(namespace, 0) + 1
                if proxy == "Linkerd" and (policy := _inbound(pod)) not in _LINKERD_STRICT:
                    exceptions.append(f"{full_name(pod)} ({policy or '?'})")
                if ports := _around_the_proxy(pod):
                    around.append(f"{full_name(pod)} (port {ports})")
        elif not is_system(namespace):
            out.append(pod)
    outside = [full_name(pod) for pod in out if namespace_of(pod) in wanted or namespace_of(pod) in meshed]
    strict = not exceptions
    exceptions += around
    if "Istio" in kinds or istio:
        policies = await look.list(POLICIES)
        root = _root_namespace(istio, await look.list("configmaps"))
        open_, loose = _istio(policies, root, set(meshed))
        exceptions += loose
        strict = strict and not open_
        exceptions += [f"{namespace} (PERMISSIVE)" for namespace in open_]
    products = [name for name, there in (("Istio", istio), ("Linkerd", linkerd)) if there or name in kinds]
    return Mesh(
        tuple(products),
        (*istio, *linkerd),
        meshed,
        tuple(outside),
        tuple(sorted(work - set(meshed))),
        strict if meshed else None,
        tuple(sorted(exceptions)),
    )


def proxy_of(pod: Obj) -> str:
    """``Istio`` or ``Linkerd`` for a pod in the mesh, by its sidecar or by the ambient mode; else empty."""
    spec, meta = pod.get("spec") or {}, pod.get("metadata") or {}
    names = {
        str(each.get("name")) for key in ("containers", "initContainers") for each in spec.get(key) or ()
    }
    if "linkerd-proxy" in names:
        return "Linkerd"
    ambient = (meta.get("annotations") or {}).get("ambient.istio.io/redirection") == "enabled"
    return "Istio" if "istio-proxy" in names or ambient else ""


def _is_gateway(pod: Obj) -> bool:
    """Whether the proxy is all that the pod runs: a gateway, and nobody's workload."""
    containers = (pod.get("spec") or {}).get("containers") or ()
    return [each.get("name") for each in containers] == ["istio-proxy"] and not (
        (pod.get("spec") or {}).get("initContainers")
    )


def _wants(namespace: Obj) -> bool:
    labels, notes = labels_of(namespace), annotations_of(namespace)
    return (
        labels.get("istio-injection") == "enabled"
        or bool(labels.get("istio.io/rev"))
        or labels.get("istio.io/dataplane-mode") == "ambient"
        or notes.get("linkerd.io/inject") in ("enabled", "ingress")
    )


def _inbound(pod: Obj) -> str:
    """What the pod's Linkerd proxy does with what comes in from nobody it knows."""
    spec = pod.get("spec") or {}
    for key in ("containers", "initContainers"):
        for each in spec.get(key) or ():
            if each.get("name") == "linkerd-proxy":
                told = {str(one.get("name")): str(one.get("value") or "") for one in each.get("env") or ()}
                return told.get(_LINKERD_POLICY, "")
    return ""


def _around_the_proxy(pod: Obj) -> str:
    """The ports on which traffic comes in past the pod's proxy."""
    notes = annotations_of(pod)
    return next((str(notes[key]) for key in _PAST_PROXY if notes.get(key)), "")


def _root_namespace(istiod: Iterable[Obj], configs: Iterable[Obj]) -> str:
    homes = {namespace_of(each) for each in istiod} or {"istio-system"}
    texts = (
        str((each.get("data") or {}).get("mesh") or "")
        for each in configs
        if namespace_of(each) in homes and name_of(each).startswith("istio")
    )
    told = (found[1] for text in texts if (found := _ROOT.search(text)))
    return next(told, min(homes))


def _istio(policies: Iterable[Obj], root: str, meshed: set[str]) -> tuple[list[str], list[str]]:
    """The meshed namespaces that accept plain text by default, and the policies that open single workloads
    or ports."""
    of_namespace: dict[str, str] = {}
    loose = []
    for each in sorted(policies, key=_made, reverse=True):  # of several for one namespace the oldest counts
        spec: Mapping[str, Any] = each.get("spec") or {}
        mode = str((spec.get("mtls") or {}).get("mode") or "UNSET")
        if not (spec.get("selector") or {}).get("matchLabels"):
            if mode != "UNSET":
                of_namespace[namespace_of(each)] = mode
        elif mode in _OPEN_MODES:
            loose.append(f"{full_name(each)} ({mode})")
        ports = spec.get("portLevelMtls") or {}
        open_ports = [port for port, one in ports.items() if (one or {}).get("mode") in _OPEN_MODES]
        loose += [f"{full_name(each)} (port {port})" for port in open_ports]
    default = of_namespace.get(root, "PERMISSIVE")
    return [one for one in sorted(meshed) if of_namespace.get(one, default) != "STRICT"], loose


def _made(obj: Obj) -> str:
    return str((obj.get("metadata") or {}).get("creationTimestamp") or "")

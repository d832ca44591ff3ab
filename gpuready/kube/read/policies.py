"""Which namespaces network policies reach, and which of them they close by default.

Read are NetworkPolicy, those of Cilium and Calico, and the cluster-wide ones of the network-policy-api.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gpuready.kube.look import Look, Obj
from gpuready.kube.read.namespaces import labels_by_name
from gpuready.kube.read.naming import full_name, namespace_of
from gpuready.kube.read.selectors import matches

_ANYWHERE = ("0.0.0.0/0", "::/0")
_EVERYBODY = frozenset({"all", "cluster"})
_NAME = "kubernetes.io/metadata.name"
_CILIUM_NAMESPACE = "io.kubernetes.pod.namespace"
_CILIUM_LABELS = "io.cilium.k8s.namespace.labels."
_CILIUM_SOURCES = ("k8s:", "any:")  # where a label comes from, before its key
_TERM = re.compile(
    r"(?P<all>all\(\)|global\(\))"
    r"|(?P<no>!?)\s*has\((?P<has>[\w./-]+)\)"
    r"|(?P<key>[\w./-]+)\s*(?P<op>==|!=|not\s+in|in)\s*(?P<values>\{[^{}]*\}|'[^']*'|\"[^\"]*\")"
)


@dataclass
class Policies:
    """`reached` namespaces have a policy for some or all pods; `closed` ones deny by default what comes in
    to all their pods; `unweighed` policies reach further than these rules can tell."""

    reached: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    unweighed: set[str] = field(default_factory=set)
    count: int = 0


Spec = Mapping[str, Any]
Labels = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How rules of one kind are read: whether they close all pods in their scope, whether they open them to
    everybody, and whether the scope of cluster-wide ones holds a namespace (None: cannot be told here)."""

    closes: Callable[[Spec], bool]
    opens: Callable[[Spec], bool]
    scope: Callable[[Spec, Labels], bool | None] = lambda _spec, _labels: None


async def read(look: Look) -> Policies:
    """All policies of the cluster, weighed for each of its namespaces."""
    labels = labels_by_name(await look.list("namespaces"))
    found, opened = Policies(), set[str]()
    for resource, dialect in _NAMESPACED.items():
        _weigh_namespaced(await look.list(resource), dialect, found, opened)
    for resource, dialect in _WIDE.items():
        _weigh_wide(await look.list(resource), dialect, labels, found, opened)
    found.closed -= opened
    return found


def _weigh_namespaced(policies: Iterable[Obj], dialect: _Dialect, found: Policies, opened: set[str]) -> None:
    for policy in policies:
        found.count += 1
        for spec in _specs(policy):
            _note(spec, namespace_of(policy), dialect, found, opened)


def _weigh_wide(
    policies: Iterable[Obj],
    dialect: _Dialect,
    labels: Mapping[str, Labels],
    found: Policies,
    opened: set[str],
) -> None:
    for policy in policies:
        found.count += 1
        for spec in _specs(policy):
            for namespace, own in labels.items():
                covers = dialect.scope(spec, own)
                if covers is None:
                    found.unweighed.add(full_name(policy))
                    break
                if covers:
                    _note(spec, namespace, dialect, found, opened)


def _note(spec: Spec, namespace: str, dialect: _Dialect, found: Policies, opened: set[str]) -> None:
    found.reached.add(namespace)
    if dialect.closes(spec):
        found.closed.add(namespace)
    if dialect.opens(spec):
        opened.add(namespace)


def _specs(policy: Obj) -> list[Mapping[str, Any]]:
    """A policy's rules; Cilium allows several in one object."""
    one, several = policy.get("spec"), policy.get("specs") or ()
    return [each for each in (one, *several) if isinstance(each, Mapping)]


def _is_empty(selector: Mapping[str, Any] | None) -> bool:
    """Whether a LabelSelector picks everything."""
    return not (selector or {}).get("matchLabels") and not (selector or {}).get("matchExpressions")


def _closes(spec: Spec) -> bool:
    return _is_empty(spec.get("podSelector")) and "Ingress" in (spec.get("policyTypes") or ("Ingress",))


def _opens(spec: Spec) -> bool:
    """Whether it lets all in to all pods, on every port."""
    return _is_empty(spec.get("podSelector")) and any(
        not rule.get("ports") and (not rule.get("from") or any(map(_is_everybody, rule["from"])))
        for rule in spec.get("ingress") or ()
    )


def _is_everybody(peer: Mapping[str, Any]) -> bool:
    block = peer.get("ipBlock") or {}
    if block:
        return block.get("cidr") in _ANYWHERE and not block.get("except")
    everywhere = "namespaceSelector" in peer and _is_empty(peer["namespaceSelector"])
    return everywhere and _is_empty(peer.get("podSelector"))


def _cilium_closes(spec: Spec) -> bool:
    """Cilium turns to deny as soon as a rule has an ingress section, even one that allows nobody."""
    switch = (spec.get("enableDefaultDeny") or {}).get("ingress")
    return _is_whole(spec) and switch is not False and bool(spec.get("ingress") or spec.get("ingressDeny"))


def _cilium_opens(spec: Spec) -> bool:
    return _is_whole(spec) and any(
        not rule.get("toPorts")
        and (
            _EVERYBODY & set(rule.get("fromEntities") or ())
            or any(cidr in _ANYWHERE for cidr in rule.get("fromCIDR") or ())
        )
        for rule in spec.get("ingress") or ()
    )


def _cilium_opens_wide(spec: Spec) -> bool:
    """The same, where an empty endpoint selector means every pod and not those of one namespace."""
    return _cilium_opens(spec) or (
        _is_whole(spec)
        and any(
            not rule.get("toPorts") and any(map(_is_empty, rule.get("fromEndpoints") or ()))
            for rule in spec.get("ingress") or ()
        )
    )


def _is_whole(spec: Spec) -> bool:
    """Whether a Cilium rule picks all pods of the namespaces in its scope (one without is for nodes)."""
    selector = spec.get("endpointSelector")
    return selector is not None and all(
        key.startswith((_CILIUM_NAMESPACE, _CILIUM_LABELS)) for key in _keys(_plain(selector))
    )


def _cilium_scope(spec: Spec, labels: Labels) -> bool | None:
    selector = spec.get("endpointSelector")
    if selector is None:
        return False
    if not _is_whole(spec):
        return None
    seen = {_CILIUM_LABELS + key: value for key, value in labels.items()}
    return matches(_plain(selector), {**seen, _CILIUM_NAMESPACE: labels[_NAME]})


def _plain(selector: Mapping[str, Any]) -> Mapping[str, Any]:
    """The selector with keys as Kubernetes writes them."""
    return {
        "matchLabels": {_bare(key): value for key, value in (selector.get("matchLabels") or {}).items()},
        "matchExpressions": [
            {**each, "key": _bare(str(each.get("key") or ""))}
            for each in selector.get("matchExpressions") or ()
        ],
    }


def _bare(key: str) -> str:
    return next((key.removeprefix(each) for each in _CILIUM_SOURCES if key.startswith(each)), key)


def _keys(selector: Mapping[str, Any]) -> list[str]:
    return [*selector["matchLabels"], *(each["key"] for each in selector["matchExpressions"])]


def _calico_closes(spec: Spec) -> bool:
    """Calico denies what no rule allows, once a policy of that direction picks a pod."""
    kinds = spec.get("types") or ("Ingress",) * bool(spec.get("ingress") or not spec.get("egress"))
    return _picks_all(spec.get("selector")) and "Ingress" in kinds


def _calico_opens(spec: Spec) -> bool:
    return _picks_all(spec.get("selector")) and any(
        rule.get("action") == "Allow" and not (rule.keys() - {"action", "metadata"})
        for rule in spec.get("ingress") or ()
    )


def _picks_all(selector: object) -> bool:
    return str(selector or "").strip() in ("", "all()")


def _calico_scope(spec: Spec, labels: Labels) -> bool | None:
    if not _picks_all(spec.get("selector")):
        # It may pick by the namespace's name, as ``projectcalico.org/namespace``.
        named = {"projectcalico.org/namespace": labels[_NAME]}
        reach = _calico_matches(str(spec["selector"]), named)
        if "projectcalico.org/namespace" not in str(spec["selector"]) or reach is None:
            return None
        if not reach:
            return False
    own = {**labels, "projectcalico.org/name": labels[_NAME]}
    return _calico_matches(str(spec.get("namespaceSelector") or ""), own)


def _calico_matches(selector: str, labels: Labels) -> bool | None:
    """Whether a selector of Calico's picks the labels; None for one with parts not weighed here (``||``,
    brackets, prefixes)."""
    if not selector.strip():
        return True
    if "||" in selector:
        return None
    for part in selector.split("&&"):
        term = _TERM.fullmatch(part.strip())
        if term is None:
            return None
        if not _holds(term, labels):
            return False
    return True


def _holds(term: re.Match[str], labels: Labels) -> bool:
    if term["all"]:
        return True
    if term["has"]:
        return (term["has"] in labels) is not bool(term["no"])
    values = re.findall(r"'([^']*)'|\"([^\"]*)\"", term["values"])
    is_among = labels.get(term["key"]) in {one or other for one, other in values}
    return is_among is (term["op"] in ("==", "in"))


def _admin_scope(spec: Spec, labels: Labels) -> bool | None:
    subject = spec.get("subject") or {}
    if "namespaces" in subject:
        return matches(subject["namespaces"], labels)
    pods = subject.get("pods") or {}
    if not matches(pods.get("namespaceSelector"), labels):
        return False
    return True if _is_empty(pods.get("podSelector")) else None


def _admin_closes(spec: Spec) -> bool:
    """Whether it denies what comes from any namespace."""
    return any(
        rule.get("action") == "Deny"
        and not rule.get("ports")
        and not rule.get("protocols")
        and any("namespaces" in peer and _is_empty(peer["namespaces"]) for peer in rule.get("from") or ())
        for rule in spec.get("ingress") or ()
    )


_KUBERNETES = _Dialect(_closes, _opens)
_CILIUM = _Dialect(_cilium_closes, _cilium_opens)
_CILIUM_WIDE = _Dialect(_cilium_closes, _cilium_opens_wide, _cilium_scope)
_CALICO = _Dialect(_calico_closes, _calico_opens, _calico_scope)
_ADMIN = _Dialect(_admin_closes, lambda _spec: False, _admin_scope)

# Calico serves its objects under either group, as it was installed.
_NAMESPACED: Mapping[str, _Dialect] = {
    "networkpolicies.networking.k8s.io": _KUBERNETES,
    "ciliumnetworkpolicies.cilium.io": _CILIUM,
    "networkpolicies.crd.projectcalico.org": _CALICO,
    "networkpolicies.projectcalico.org": _CALICO,
}
_WIDE: Mapping[str, _Dialect] = {
    "ciliumclusterwidenetworkpolicies.cilium.io": _CILIUM_WIDE,
    "globalnetworkpolicies.crd.projectcalico.org": _CALICO,
    "globalnetworkpolicies.projectcalico.org": _CALICO,
    "clusternetworkpolicies.policy.networking.k8s.io": _ADMIN,
    "adminnetworkpolicies.policy.networking.k8s.io": _ADMIN,
    "baselineadminnetworkpolicies.policy.networking.k8s.io": _ADMIN,
}
RESOURCES: tuple[str, ...] = ("namespaces", *_NAMESPACED, *_WIDE)
"""What `read` lists."""

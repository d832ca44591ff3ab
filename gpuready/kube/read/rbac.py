"""Roles and bindings: who holds which rights, and which of them are too wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gpuready.kube.look import Look, Obj
from gpuready.kube.read.naming import full_name, labels_of, name_of, namespace_of

CLUSTER_ROLES = "clusterroles.rbac.authorization.k8s.io"
ROLES = "roles.rbac.authorization.k8s.io"
CLUSTER_BINDINGS = "clusterrolebindings.rbac.authorization.k8s.io"
BINDINGS = "rolebindings.rbac.authorization.k8s.io"

EVERYBODY = frozenset({"system:authenticated", "system:unauthenticated", "system:anonymous"})
ANONYMOUS = frozenset({"system:unauthenticated", "system:anonymous"})
_ACCOUNTS = "system:serviceaccounts"
_DEFAULTS = ("kubernetes.io/bootstrapping", "rbac-defaults")
_WRITING = frozenset({"*", "create", "update", "patch", "delete", "deletecollection"})
_OF_ONESELF = frozenset(
    {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews", "selfsubjectreviews/status"}
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a binding gives rights to: ``User``, ``Group`` or ``ServiceAccount``."""

    kind: str
    name: str
    namespace: str = ""

    @property
    def title(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {where}{self.name}"

    @property
    def is_open(self) -> bool:
        """Whether it stands for people or pods that nobody named: everybody, all pods, any pod's default."""
        return self.is_default_account or (self.kind != "ServiceAccount" and self.name in EVERYBODY)

    @property
    def is_default_account(self) -> bool:
        """Whether pods have the right that were given no account: by it, or by a group of all accounts."""
        if self.kind == "ServiceAccount":
            return self.name == "default"
        return self.name == _ACCOUNTS or self.name.startswith(f"{_ACCOUNTS}:")


@dataclass(frozen=True, slots=True)
class Grant:
    """One subject of one binding.  `namespace` is where it holds; empty for the whole cluster."""

    binding: str
    subject: Subject
    role: tuple[str, str]  # kind and name
    namespace: str
    is_default: bool


def grants(bindings: Iterable[Obj]) -> Iterator[Grant]:
    """Every subject of the bindings, those that Kubernetes made itself marked so."""
    for each in bindings:
        role = each.get("roleRef") or {}
        for raw in each.get("subjects") or ():
            kind, name = str(raw.get("kind")), str(raw.get("name"))
            home = str(raw.get("namespace") or "") if kind == "ServiceAccount" else ""
            if kind == "User" and name.startswith("system:serviceaccount:"):
                kind, (home, name) = "ServiceAccount", (*name.split(":"), "", "")[2:4]
            yield Grant(
                full_name(each),
                Subject(kind, name, home),
                (str(role.get("kind")), str(role.get("name"))),
                namespace_of(each),
                is_default(each),
            )


async def all_grants(look: Look) -> list[Grant]:
    """Every grant of the cluster; it reads `CLUSTER_BINDINGS` and `BINDINGS`."""
    return [*grants(await look.list(CLUSTER_BINDINGS)), *grants(await look.list(BINDINGS))]


def is_default(obj: Obj) -> bool:
    """Whether Kubernetes itself made the role or the binding."""
    return labels_of(obj).get(_DEFAULTS[0]) == _DEFAULTS[1] or name_of(obj).startswith("system:")


def rules_by_role(roles: Iterable[Obj]) -> dict[tuple[str, str, str], tuple[Mapping[str, Any], ...]]:
    """The rules of each role by (kind, namespace, name)."""
    return {
        ("Role" if namespace_of(each) else "ClusterRole", namespace_of(each), name_of(each)): tuple(
            each.get("rules") or ()
        )
        for each in roles
    }


def has_wildcards(rules: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a rule allows everything that can be done to everything of a group."""
    return any("*" in (each.get("verbs") or ()) and "*" in (each.get("resources") or ()) for each in rules)


def is_almighty(rules: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the rules come to cluster-admin."""
    return any(
        "*" in (each.get("verbs") or ())
        and "*" in (each.get("resources") or ())
        and "*" in (each.get("apiGroups") or ())
        for each in rules
    )


def reads_secrets(rules: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a rule shows every Secret in its scope."""
    return any(
        {"*", "secrets"} & set(each.get("resources") or ())
        and {"*", ""} & set(each.get("apiGroups") or ())
        and {"*", "get", "list", "watch"} & set(each.get("verbs") or ())
        and not each.get("resourceNames")
        for each in rules
    )


def writes(rules: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a rule allows to change anything; asking about oneself changes nothing."""
    return any(
        _WRITING & set(each.get("verbs") or ()) and set(each.get("resources") or ()) - _OF_ONESELF
        for each in rules
    )

"""What the account may do, asked before it is tried, and the role that would let it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpuready.kube.discovery import resource_at, split
from gpuready.kube.request import Answer, Question, request
from gpuready.probes.probe import Exchange, Outcome

if TYPE_CHECKING:
    from gpuready.kube.access import Connection

KEEP = 10.0
"""Seconds for which the account's rights are remembered."""
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
NAMESPACE = "default"
PATHS = ("/livez", "/livez/*", "/metrics", "/readyz", "/readyz/*", "/version")
ROLE = "gpuready-reader"

_NEVER = frozenset({"secrets"})  # no check needs one, and who may list them may read them


@dataclass(frozen=True, slots=True)
class Rights:
    """The rules that hold for the account in one namespace, cluster-wide ones among them.

    `whole` is false when the server says that there may be more than it told.
    """

    rules: tuple[Mapping[str, Any], ...]
    whole: bool
    exchange: Exchange

    def allow(self, verb: str, group: str, plural: str) -> bool:
        return any(
            _in(verb, rule.get("verbs"))
            and _in(group, rule.get("apiGroups"))
            and _in(plural, rule.get("resources"))
            and not rule.get("resourceNames")
            for rule in self.rules
        )


async def may(
    connection: Connection, verb: str, group: str, plural: str
) -> tuple[bool | None, Exchange | None]:
    """Whether the account may do that over the whole cluster, and how that was asked; None when only trying
    tells.

    The rules of one namespace hold those of the whole cluster too: what is not among them is surely not
    allowed everywhere, while what is among them may be allowed in that namespace only.
    """
    rights = await connection.once.get("rights", KEEP, lambda: _rights(connection))
    if rights is None:
        return None, None
    if rights.allow(verb, group, plural):
        return None, rights.exchange
    if rights.whole:
        return False, rights.exchange
    key = ("may", verb, group, plural)
    return await connection.once.get(key, KEEP, lambda: _access(connection, verb, group, plural))


async def _rights(connection: Connection) -> Rights | None:
    """The rules, or None when the server does not tell them: then trying must."""
    try:
        answer = await _post(connection, RULES, "SelfSubjectRulesReview", {"namespace": NAMESPACE})
        if answer.status not in (200, 201):
            return None
        status = answer.json().get("status") or {}
        rules = tuple(each for each in status.get("resourceRules") or () if isinstance(each, dict))
    except Outcome as outcome:
        if outcome.key in ("kube.not_kubernetes", "kube.broken_json"):
            return None
        raise
    whole = status.get("incomplete") is False and not status.get("evaluationError")
    told = f"{len(rules)} rules{'' if whole else ', incomplete'}"
    return Rights(rules, whole, answer.shows(told))


async def _access(
    connection: Connection, verb: str, group: str, plural: str
) -> tuple[bool | None, Exchange | None]:
    resource, _, sub = plural.partition("/")
    wanted = {"verb": verb, "group": group, "resource": resource, "subresource": sub}
    spec = {"resourceAttributes": {name: value for name, value in wanted.items() if value}}
    answer = await _post(connection, ACCESS, "SelfSubjectAccessReview", spec)
    if answer.status not in (200, 201):
        return None, None
    status = answer.json().get("status") or {}
    allowed = status.get("allowed")
    shown = answer.shows(f"{verb} {plural}.{group}: allowed {allowed}")
    if status.get("evaluationError") and not allowed:
        return None, shown
    return (allowed if isinstance(allowed, bool) else None), shown


async def _post(connection: Connection, path: str, kind: str, spec: Mapping[str, Any]) -> Answer:
    """Ask for a review: it is answered and never stored."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
    return await request(connection, Question(path, method="POST", body=body))


def _in(what: str, among: object) -> bool:
    return isinstance(among, list) and ("*" in among or what in among)


def rbac_yaml(reads: Iterable[str]) -> str:
    """A read-only ClusterRole for these declared reads (resources, subresources and paths), as YAML.

    Secrets are left out whatever is declared.
    """
    groups: dict[str, set[str]] = {}
    whole: set[tuple[str, str]] = set()
    paths = set(PATHS)
    for each in reads:
        if each.startswith("/"):
            about = resource_at(each)
            if about is None:
                paths.add(each.partition("?")[0])
            elif about[1].partition("/")[0] not in _NEVER:
                whole.add(about)
            continue
        resource, slash, sub = each.partition("/")
        plural, group = split(resource)
        if plural in _NEVER:
            continue
        if slash:
            whole.add((group, f"{plural}/{sub}"))
        else:
            groups.setdefault(group, set()).add(plural)
    lines = [
        "# To be bound to the account that gpuready uses, for instance with",
        f"# kubectl create clusterrolebinding {ROLE} --clusterrole={ROLE} --serviceaccount=NAMESPACE:NAME",
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: ClusterRole",
        "metadata:",
        f"  name: {ROLE}",
        "  labels:",
        "    app.kubernetes.io/name: gpuready",
        "rules:",
    ]
    for group in sorted(groups):
        lines += _rule("apiGroups", [group], "resources", sorted(groups[group]), ["get", "list", "watch"])
    for group, plural in sorted(each for each in whole if each[1] not in groups.get(each[0], ())):
        lines += _rule("apiGroups", [group], "resources", [plural], ["get"])
    lines += ["  - nonResourceURLs:", *(f'      - "{each}"' for each in sorted(paths)), '    verbs: ["get"]']
    return "\n".join(lines) + "\n"


def _rule(first: str, some: list[str], second: str, more: list[str], verbs: list[str]) -> list[str]:
    quoted = ", ".join(f'"{each}"' for each in verbs)
    names = [f'      - "{each}"' for each in more]
    return [f'  - {first}: ["{some[0]}"]', f"    {second}:", *names, f"    verbs: [{quoted}]"]

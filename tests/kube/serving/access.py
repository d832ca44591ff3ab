"""Who asks, and whether RBAC lets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.kube.serving.answers import Refusal, unauthorized

Rule = Mapping[str, Any]

EVERYTHING: tuple[Rule, ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)
# What a kube-apiserver grants by itself: system:public-info-viewer, system:discovery and system:basic-user.
_PUBLIC = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
ANYBODY: tuple[Rule, ...] = ({"verbs": ["get"], "nonResourceURLs": _PUBLIC},)
AUTHENTICATED: tuple[Rule, ...] = (
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]},
    *ANYBODY,
    {
        "verbs": ["get"],
        "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", *_PUBLIC, "/openapi", "/openapi/*"],
    },
)


@dataclass(frozen=True, slots=True)
class User:
    name: str
    groups: tuple[str, ...] = ()

    @property
    def anonymous(self) -> bool:
        return self.name == "system:anonymous"


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a request wants to do, as the authorizer sees it: a resource, or a bare path."""

    verb: str
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def whole(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Access:
    """Tokens, and each user's rules; a user without rules of their own may do everything."""

    def __init__(self) -> None:
        self._tokens: dict[str, User] = {}
        self._rules: dict[str, dict[str, tuple[Rule, ...]]] = {}
        self._bare: set[str] = set()

    def token(self, token: str, user: User) -> None:
        self._tokens[token] = user

    def expire(self, token: str) -> None:
        self._tokens.pop(token, None)

    def allow(self, user: str, rules: Sequence[Rule], namespace: str, defaults: bool) -> None:
        held = self._rules.setdefault(user, {})
        held.setdefault("", ())
        held[namespace] = tuple(rules)
        if defaults:
            self._bare.discard(user)
        else:
            self._bare.add(user)

    def allow_everything(self, user: str) -> None:
        self._rules.pop(user, None)
        self._bare.discard(user)

    def who(self, authorization: str | None) -> User:
        """The user of an Authorization header; 401 for a token that nobody has."""
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        user = self._tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise unauthorized()
        return user

    def rules(self, user: User, namespace: str) -> tuple[Rule, ...]:
        """The rules that hold for the user in a namespace ("" is the cluster), everybody's included."""
        if user.anonymous:
            return ANYBODY
        held = self._rules.get(user.name)
        base = () if user.name in self._bare else AUTHENTICATED
        if held is None:
            return (*base, *EVERYTHING)
        return (*base, *held.get("", ()), *(held.get(namespace, ()) if namespace else ()))

    def may(self, user: User, wanted: Attributes) -> bool:
        rules = self.rules(user, wanted.namespace)
        return any(_allows(rule, wanted) for rule in rules)

    def check(self, user: User, wanted: Attributes) -> None:
        if not self.may(user, wanted):
            raise forbidden(user, wanted)


def _allows(rule: Rule, wanted: Attributes) -> bool:
    if not _among(wanted.verb, rule.get("verbs", ())):
        return False
    if not wanted.resource:
        return any(_covers(url, wanted.path) for url in rule.get("nonResourceURLs", ()))
    names = rule.get("resourceNames") or ()
    resources = rule.get("resources", ())
    wide = f"*/{wanted.subresource}" if wanted.subresource else "*"
    return (
        _among(wanted.group, rule.get("apiGroups", ()))
        and ("*" in resources or wanted.whole in resources or wide in resources)
        and (not names or wanted.name in names)
    )


def _among(value: str, allowed: Sequence[str]) -> bool:
    return "*" in allowed or value in allowed


def _covers(url: str, path: str) -> bool:
    return url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))


def forbidden(user: User, wanted: Attributes) -> Refusal:
    """403 in the words of a kube-apiserver."""
    if not wanted.resource:
        message = f'forbidden: User "{user.name}" cannot {wanted.verb} path "{wanted.path}"'
        return Refusal(403, "Forbidden", message, {})
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    what = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    head = f'{what} "{wanted.name}"' if wanted.name else what
    message = (
        f'{head} is forbidden: User "{user.name}" cannot {wanted.verb} resource "{wanted.whole}" '
        f'in API group "{wanted.group}" {where}'
    )
    said = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    return Refusal(403, "Forbidden", message, {key: value for key, value in said.items() if value})


def review_rules(access: Access, user: User, namespace: str) -> dict[str, Any]:
    """The status of a SelfSubjectRulesReview."""
    rules = access.rules(user, namespace)
    resource = [
        {
            key: list(rule[key])
            for key in ("verbs", "apiGroups", "resources", "resourceNames")
            if rule.get(key)
        }
        for rule in rules
        if rule.get("resources")
    ]
    paths = [
        {"verbs": list(rule["verbs"]), "nonResourceURLs": list(rule["nonResourceURLs"])}
        for rule in rules
        if rule.get("nonResourceURLs")
    ]
    return {"resourceRules": resource, "nonResourceRules": paths, "incomplete": False}


def review_access(access: Access, user: User, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The status of a SelfSubjectAccessReview."""
    if (attributes := spec.get("resourceAttributes")) is not None:
        named = {
            key: str(attributes.get(key, "")) for key in ("verb", "group", "resource", "namespace", "name")
        }
        wanted = Attributes(subresource=str(attributes.get("subresource", "")), **named)
    else:
        bare = spec.get("nonResourceAttributes") or {}
        wanted = Attributes(verb=str(bare.get("verb", "")), path=str(bare.get("path", "")))
    if not access.may(user, wanted):
        return {"allowed": False}
    subject = f'"{user.name}"' if not user.groups else f'"{user.groups[0]}"'
    return {
        "allowed": True,
        "reason": f"RBAC: allowed by ClusterRoleBinding {subject} of ClusterRole {subject} to User {subject}",
    }

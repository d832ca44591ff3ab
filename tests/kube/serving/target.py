"""What a request's path and query mean: which resource, which object, which verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.kube.serving.access import Attributes
from tests.kube.serving.selectors import named

_OF_NAMESPACE = ("status", "finalize")
_VERBS = {
    "GET": "get",
    "HEAD": "get",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A path below a group and version; `rest` is what follows a proxy subresource."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""

    def attributes(self, method: str, query: Mapping[str, str]) -> Attributes:
        """What the authorizer is asked."""
        verb, name = _VERBS.get(method, method.lower()), self.name
        if not self.name:
            if verb == "get":
                verb = "watch" if watching(query) else "list"
                name = named(query.get("fieldSelector", ""))
            elif verb == "delete":
                verb = "deletecollection"
        elif verb == "get" and watching(query) and not self.subresource:
            verb = "watch"
        return Attributes(
            verb=verb,
            group=self.group,
            resource=self.plural,
            subresource=self.subresource,
            namespace=self.name if self.plural == "namespaces" else self.namespace,
            name=name,
        )


def watching(query: Mapping[str, str]) -> bool:
    return query.get("watch", "").lower() in ("1", "true")


def parse(path: str) -> Target | None:
    """The resource that a path names; None for discovery, health and other bare paths."""
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    of_namespace = len(rest) == 3 and rest[2] in _OF_NAMESPACE
    if rest[0] == "namespaces" and len(rest) >= 3 and not of_namespace:
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *more = [*rest, "", ""] if len(rest) < 3 else rest
    return Target(
        group, version, plural, namespace, name, subresource, "/".join(part for part in more if part)
    )

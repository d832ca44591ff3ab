"""Discovery: /api, /apis and below, in the old form and in the aggregated one."""

from __future__ import annotations

from typing import Any

from tests.kube.serving.answers import no_such_path, unavailable
from tests.kube.serving.kinds import Kind, Kinds, api_version

Document = dict[str, Any]
_AS = "as=APIGroupDiscoveryList"


def aggregated_version(accept: str) -> str | None:
    """The version of the aggregated form that an Accept header prefers; None for the old form."""
    for part in accept.replace(" ", "").split(","):
        if _AS in part and "g=apidiscovery.k8s.io" in part:
            for version in ("v2beta1", "v2"):
                if f"v={version}" in part.split(";"):
                    return version
    return None


def aggregated_type(version: str) -> str:
    return f"application/json;g=apidiscovery.k8s.io;v={version};{_AS}"


def core_versions(address: str) -> Document:
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}


def group_list(kinds: Kinds) -> Document:
    groups = [_group(name, versions) for name, versions in kinds.groups().items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(kinds: Kinds, name: str) -> Document:
    versions = kinds.groups().get(name)
    if not name or versions is None:
        raise no_such_path()
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def _group(name: str, versions: tuple[str, ...]) -> Document:
    named = [{"groupVersion": api_version(name, version), "version": version} for version in versions]
    return {"name": name, "versions": named, "preferredVersion": named[0]}


def resource_list(kinds: Kinds, name: str, version: str) -> Document:
    """The resources of a group's version and their subresources."""
    if name in kinds.stale:
        raise unavailable("service unavailable")
    here = [kind for kind in kinds if kind.group == name and version in kind.versions]
    if not here:
        raise no_such_path()
    resources: list[Document] = []
    for kind in here:
        resources.append(_resource(kind))
        for sub in kind.subresources:
            entry = {
                "name": f"{kind.plural}/{sub}",
                "singularName": "",
                "namespaced": kind.namespaced,
                "kind": kind.kind,
                "verbs": _verbs(sub),
            }
            resources.append(entry)
    return {
        "kind": "APIResourceList",
        **({"apiVersion": "v1"} if name else {}),
        "groupVersion": api_version(name, version),
        "resources": resources,
    }


def _resource(kind: Kind) -> Document:
    return {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
        **({"shortNames": list(kind.short)} if kind.short else {}),
    }


def _verbs(subresource: str) -> list[str]:
    if subresource in ("status", "scale", "approval"):
        return ["get", "patch", "update"]
    if subresource == "log":
        return ["get"]
    if subresource in ("proxy",):
        return ["create", "delete", "get", "patch", "update"]
    return ["create"]


def aggregated(kinds: Kinds, form: str, core: bool) -> Document:
    """The APIGroupDiscoveryList of /api (core) or /apis."""
    items = [
        _aggregated_group(kinds, name, versions)
        for name, versions in kinds.groups().items()
        if (not name) == core
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{form}",
        "metadata": {},
        "items": items,
    }


def _aggregated_group(kinds: Kinds, name: str, versions: tuple[str, ...]) -> Document:
    stale = name in kinds.stale
    return {
        "metadata": {**({"name": name} if name else {}), "creationTimestamp": None},
        "versions": [
            {
                "version": version,
                "freshness": "Stale" if stale else "Current",
                **({} if stale else {"resources": _aggregated_resources(kinds, name, version)}),
            }
            for version in versions
        ],
    }


def _aggregated_resources(kinds: Kinds, name: str, version: str) -> list[Document]:
    found = []
    for kind in kinds:
        if kind.group != name or version not in kind.versions:
            continue
        response = {"group": kind.group, "version": version, "kind": kind.kind}
        subresources = [
            {"subresource": sub, "responseKind": response, "verbs": _verbs(sub)} for sub in kind.subresources
        ]
        found.append(
            {
                "resource": kind.plural,
                "responseKind": response,
                "scope": "Namespaced" if kind.namespaced else "Cluster",
                "singularResource": kind.singular,
                "verbs": list(kind.verbs),
                **({"shortNames": list(kind.short)} if kind.short else {}),
                **({"subresources": subresources} if subresources else {}),
            }
        )
    return found

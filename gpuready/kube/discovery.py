"""Which resources the server serves, and at which version it prefers them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from gpuready.kube.request import JSON, Answer, Question, request
from gpuready.probes.probe import Broken, Exchange, NoData

if TYPE_CHECKING:
    from gpuready.kube.access import Connection

KEEP = 10.0
"""Seconds for which what is served is remembered: a CRD may be installed at any time."""

_AGGREGATED = ",".join(
    f"{JSON};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
)
_OBJECT = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v[^/]+(?:/namespaces/[^/]+(?=/[^/]+/))?/(?P<plural>[^/]+)/[^/]+"
    r"(?:/(?P<sub>[^/]+)(?:/.*)?)?"
)


@dataclass(frozen=True, slots=True)
class Served:
    """One resource as it is served; `group` is empty for the core group."""

    group: str
    version: str
    plural: str
    kind: str = ""
    namespaced: bool = True
    verbs: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        return f"{base(self.group, self.version)}/{self.plural}"

    @property
    def name(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


def split(resource: str) -> tuple[str, str]:
    """``deployments.apps`` as its plural and its group; the core group is empty."""
    plural, _, group = resource.partition(".")
    return plural, group


def resource_at(path: str) -> tuple[str, str] | None:
    """The group and plural (with its subresource) that the path of one object is about; None for a path that
    is no object's, like ``/readyz``."""
    found = _OBJECT.fullmatch(path.partition("?")[0])
    if found is None:
        return None
    sub = f"/{found['sub']}" if found["sub"] else ""
    return found["group"] or "", f"{found['plural']}{sub}"


def base(group: str, version: str) -> str:
    """The path of a group's version."""
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups with their versions, the preferred first.

    `served` holds the resources, by (group, plural), at the first version that has them; of an older server,
    which does not tell all at once, only those of groups that were asked for.  `down` are the groups of
    which a part could not be told because the API service behind it does not answer.
    """

    versions: Mapping[str, tuple[str, ...]]
    served: Mapping[tuple[str, str], Served] | None
    down: frozenset[str] = frozenset()
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False)


async def find(connection: Connection, resource: str) -> tuple[Served | None, tuple[Exchange, ...]]:
    """The resource as it is served, None when it is not, and how that was asked.

    `NoData` when its group's API service does not answer: whether it is served is not known then.  One such
    group keeps nothing from being known of the others.
    """
    plural, group = split(resource)
    groups = await connection.once.get("groups", KEEP, lambda: _groups(connection))
    exchanges = groups.exchanges[:1] if not group else groups.exchanges[-1:]
    if groups.served is not None:
        found = groups.served.get((group, plural))
        if found is None and group in groups.down:
            raise _down(group, resource).showing(*exchanges)
        return found, exchanges
    for version in groups.versions.get(group, ()):
        table, exchange = await connection.once.get(
            ("group", group, version), KEEP, partial(_group, connection, group, version)
        )
        exchanges += (exchange,)
        if table is None:
            raise _down(group, resource).showing(*exchanges)
        if plural in table:
            return table[plural], exchanges
    return None, exchanges


def _down(group: str, resource: str) -> NoData:
    return NoData("kube.group_down", group=group, resource=resource)


async def _groups(connection: Connection) -> Groups:
    core = await _told(connection, Question("/api", accept=f"{_AGGREGATED},{JSON}"))
    named = await _told(connection, Question("/apis", accept=f"{_AGGREGATED},{JSON}"))
    exchanges: list[Exchange] = []
    versions: dict[str, tuple[str, ...]] = {}
    served: dict[tuple[str, str], Served] | None = {}
    down: set[str] = set()
    for answer, data in (core, named):
        if data.get("kind") == "APIGroupDiscoveryList":
            _take(data, versions, served if served is not None else {}, down)
        elif data.get("kind") in ("APIVersions", "APIGroupList"):
            served = None
            versions |= _plain(data)
        else:
            raise NoData("kube.no_discovery", asked=str(answer.question)).showing(answer.shows())
        exchanges.append(answer.shows(f"{len(versions)} groups"))
    if not versions.get(""):
        # A cluster without its core would look like one in which there is nothing to find fault with.
        raise Broken("kube.not_kubernetes", asked="GET /api").showing(*exchanges)
    return Groups(versions, served, frozenset(down), tuple(exchanges))


async def _told(connection: Connection, question: Question) -> tuple[Answer, dict[str, Any]]:
    answer = await request(connection, question)
    if answer.status == 403:
        raise NoData("kube.forbidden_path", path=question.path).showing(answer.shows())
    if answer.status != 200:
        raise NoData("kube.no_discovery", asked=str(question)).showing(answer.shows())
    return answer, answer.json()


def _take(
    data: Mapping[str, Any],
    versions: dict[str, tuple[str, ...]],
    served: dict[tuple[str, str], Served],
    down: set[str],
) -> None:
    """Add what an aggregated discovery tells."""
    for item in data.get("items") or []:
        group = str((item.get("metadata") or {}).get("name") or "")
        told = item.get("versions") or []
        versions[group] = tuple(str(each.get("version")) for each in told)
        for each in told:
            if each.get("freshness") == "Stale":
                down.add(group)
            for one in each.get("resources") or []:
                found = Served(
                    group,
                    str(each.get("version")),
                    str(one.get("resource")),
                    str((one.get("responseKind") or {}).get("kind") or ""),
                    one.get("scope") != "Cluster",
                    frozenset(one.get("verbs") or ()),
                )
                served.setdefault((group, found.plural), found)


def _plain(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The groups of an older server, the preferred version of each first."""
    if data["kind"] == "APIVersions":
        return {"": tuple(str(each) for each in data.get("versions") or ["v1"])}
    found = {}
    for item in data.get("groups") or []:
        preferred = (item.get("preferredVersion") or {}).get("version")
        known = [str(each.get("version")) for each in item.get("versions") or []]
        ordered = sorted(known, key=lambda each: each != preferred)
        found[str(item.get("name"))] = tuple(ordered)
    return found


async def _group(
    connection: Connection, group: str, version: str
) -> tuple[dict[str, Served] | None, Exchange]:
    """The resources of one version of a group by plural; None when its API service does not answer."""
    answer = await request(connection, Question(base(group, version)))
    if answer.status == 404:
        return {}, answer.shows()
    if answer.status != 200:
        return None, answer.shows()
    found = {}
    for one in answer.json().get("resources") or []:
        plural = str(one.get("name"))
        if "/" not in plural:
            verbs = frozenset(one.get("verbs") or ())
            kind, namespaced = str(one.get("kind") or ""), bool(one.get("namespaced"))
            found[plural] = Served(group, version, plural, kind, namespaced, verbs)
    return found, answer.shows(f"{len(found)} resources")

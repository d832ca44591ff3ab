"""GitOps: what is kept in step with its repository, in which environments, and how fast changes get there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import ceil, inf

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import when
from gpuready.kube.read.gitops import (
    APPLICATIONS,
    FLUX_SOURCES,
    HELM_RELEASES,
    KUSTOMIZATIONS,
    Deployment,
    application_state,
    deployments,
    flux_state,
    rollback,
    with_source,
)
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_READS = (APPLICATIONS, KUSTOMIZATIONS, HELM_RELEASES)
_ALIASES = {
    "dev": ("dev", "develop", "development"),
    "test": ("test", "testing", "qa"),
    "staging": ("staging", "stage", "stg", "preprod", "preproduction", "uat"),
    "prod": ("prod", "production", "prd", "live"),
}
_LABELS = ("environment", "env", "app.kubernetes.io/environment", "stage", "tier")
_PART = re.compile(r"[^a-z0-9]+")


async def _sync(look: Look) -> Seen:
    """The objects of Argo CD and Flux that are out of step or not healthy."""
    states = [application_state(each) for each in await look.list(APPLICATIONS)]
    sources = {
        (kind, *full_name(each).split("/", 1)): flux_state(each)
        for kind, resource in FLUX_SOURCES.items()
        for each in await look.list(resource)
    }
    for resource in (KUSTOMIZATIONS, HELM_RELEASES):
        states += [with_source(flux_state(each), each, sources) for each in await look.list(resource)]
    if not states:
        return Seen({"objects": 0}, (("kube_gitops.nothing", {}),))
    out = [f"{each.name} ({each.out_of_sync})" for each in states if each.out_of_sync]
    ill = [f"{each.name} ({each.unhealthy})" for each in states if each.unhealthy]
    remarks: list[Remark] = []
    for key, names in (("out_of_sync", out), ("unhealthy", ill)):
        if names:
            remarks.append((f"kube_gitops.{key}", {"names": listed(names)}))
    fields = {"objects": len(states), "out_of_sync": len(out), "unhealthy": len(ill)}
    return Seen(fields, tuple(remarks))


async def _environments(look: Look) -> Seen:
    """Each wanted environment by a namespace, a GitOps object or a configured cluster that is called so."""
    wanted = [str(each) for each in _several(look.ask.params["names"])]
    found: dict[str, str] = {}
    namespaces = await look.list("namespaces")
    for title, words in _called(look, namespaces, [(each, await look.list(each)) for each in _READS]):
        called = [name for name in wanted if words & set(_ALIASES.get(name, (name.lower(),)))]
        if len(called) == 1:  # what is called by several separates none of them
            found.setdefault(called[0], title)
    missing = [name for name in wanted if name not in found]
    remarks: list[Remark] = []
    if found:
        named = listed(f"{name}: {title}" for name, title in found.items())
        remarks.append(("kube_gitops.environments", {"names": named}))
    if missing:
        remarks.append(("kube_gitops.missing", {"names": listed(missing)}))
    return Seen({"missing": len(missing), "found": len(found)}, tuple(remarks))


async def _lead_time(look: Look) -> Seen:
    """The 95th percentile of the last syncs.  The commit's own time is not in the cluster, so this is the
    least that the way from commit to production took."""
    newest = sorted(deployments(await look.list(APPLICATIONS)), key=lambda each: each.ended)
    last = newest[-_count(look) :]
    if not last:
        raise NoData("kube_gitops.no_history")
    ranked = sorted(each.seconds / 60 for each in last)
    p95 = ranked[ceil(0.95 * len(ranked)) - 1]
    remarks = (("kube_gitops.no_commit_time", {"count": len(last)}),)
    return Seen({"p95": p95, "deployments": len(last)}, remarks, {"p95": (p95, inf)})


async def _rollback(look: Look) -> Seen:
    """The newest rollback that an Application remembers, from its start to Healthy."""
    backs = [
        (back, application)
        for application in await look.list(APPLICATIONS)
        if (back := rollback(application)) is not None
    ]
    if not backs:
        raise NoData("kube_gitops.no_rollback")
    back, application = max(backs, key=lambda pair: pair[0].ended)
    whole = _until_healthy(back, application)
    minutes = (back.seconds if whole is None else whole) / 60
    remarks: list[Remark] = [
        ("kube_gitops.rollback", {"name": back.application, "at": f"{back.started:%Y-%m-%d %H:%M} UTC"})
    ]
    if whole is not None:
        return Seen({"duration": minutes}, tuple(remarks))
    remarks.append(("kube_gitops.not_followed", {}))
    return Seen({"duration": minutes}, tuple(remarks), {"duration": (minutes, inf)})


def _until_healthy(back: Deployment, application: Obj) -> float | None:
    """Seconds from the rollback's start until the Application was Healthy again; None where that is not
    told: something was deployed after it, or its health has not changed since the sync ended."""
    latest = list(deployments([application]))[-1]
    health = (application.get("status") or {}).get("health") or {}
    since = when(health.get("lastTransitionTime"))
    if latest != back or health.get("status") != "Healthy" or since is None or since < back.started:
        return None
    return max((since - back.started).total_seconds(), back.seconds)


def _called(
    look: Look, namespaces: Iterable[Obj], objects: Iterable[tuple[str, tuple[Obj, ...]]]
) -> Iterator[tuple[str, set[str]]]:
    """What may be an environment, and the words by which it is called."""
    for each in namespaces:
        if (each.get("status") or {}).get("phase") == "Terminating":
            continue
        yield f"Namespace {name_of(each)}", _words(name_of(each), *_labelled(each))
    for resource, several in objects:
        kind = {APPLICATIONS: "Application", KUSTOMIZATIONS: "Kustomization"}.get(resource, "HelmRelease")
        for each in several:
            aim = (each.get("spec") or {}).get("destination") or {}
            where = (str(aim.get("namespace") or ""), str(aim.get("name") or ""))
            yield f"{kind} {full_name(each)}", _words(name_of(each), *where, *_labelled(each))
    for target in look.ask.site:
        if target.kind == "kubernetes":
            yield f"cluster {target.name}", _words(target.name)


def _labelled(obj: Obj) -> list[str]:
    labels = labels_of(obj)
    return [str(labels[key]) for key in _LABELS if labels.get(key)]


def _words(*names: str) -> set[str]:
    return {part for name in names for part in _PART.split(name.lower()) if part}


def _several(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else [value]


def _count(look: Look) -> int:
    count = look.ask.params["count"]
    return max(count, 1) if isinstance(count, int) else 20


CHECKS: tuple[Probe, ...] = (
    check(
        "gitops.sync",
        _sync,
        reads=(*_READS, *FLUX_SOURCES.values()),
        fields={"objects": "count", "out_of_sync": "count", "unhealthy": "count"},
    ),
    check(
        "gitops.environments",
        _environments,
        reads=("namespaces", *_READS),
        fields={"missing": "count", "found": "count"},
        params={"names": ["dev", "staging", "prod"]},
    ),
    check(
        "gitops.lead_time",
        _lead_time,
        reads=(APPLICATIONS,),
        fields={"p95": "min", "deployments": "count"},
        params={"count": 20},
    ),
    check(
        "gitops.rollback",
        _rollback,
        reads=(APPLICATIONS,),
        fields={"duration": "min"},
    ),
)

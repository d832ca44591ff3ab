"""What Argo CD and Flux say of what they keep in step with a repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import condition, is_true, status, when
from gpuready.kube.read.naming import full_name, namespace_of

APPLICATIONS = "applications.argoproj.io"
KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io"
HELM_RELEASES = "helmreleases.helm.toolkit.fluxcd.io"
FLUX_SOURCES = {
    "GitRepository": "gitrepositories.source.toolkit.fluxcd.io",
    "OCIRepository": "ocirepositories.source.toolkit.fluxcd.io",
    "Bucket": "buckets.source.toolkit.fluxcd.io",
    "HelmRepository": "helmrepositories.source.toolkit.fluxcd.io",
}
"""The kinds of Flux's sources, and their resources."""


@dataclass(frozen=True, slots=True)
class State:
    """One object's state: why it is out of step with its source, and why it is not healthy; both empty when
    all is well."""

    name: str
    out_of_sync: str
    unhealthy: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """One sync of an Argo CD Application: of which revision, from when to when."""

    application: str
    revision: str
    started: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        return max((self.ended - self.started).total_seconds(), 0.0)


def application_state(application: Obj) -> State:
    """An Argo CD Application: in step only when Synced, well only when Healthy."""
    told = application.get("status") or {}
    sync = str((told.get("sync") or {}).get("status") or "Unknown")
    health = str((told.get("health") or {}).get("status") or "Unknown")
    return State(
        full_name(application),
        "" if sync == "Synced" else sync,
        "" if health == "Healthy" else health,
    )


def flux_state(obj: Obj) -> State:
    """A Kustomization or HelmRelease of Flux: in step when it runs and has applied what it attempted last,
    well when Ready.

    A HelmRelease tells in no revision whether it is in step: its conditions alone do.
    """
    told, meta = obj.get("status") or {}, obj.get("metadata") or {}
    out = ""
    attempted, applied = told.get("lastAttemptedRevision"), told.get("lastAppliedRevision")
    if (obj.get("spec") or {}).get("suspend"):
        out = "suspended"
    elif (seen := told.get("observedGeneration")) is not None and seen != meta.get("generation", seen):
        out = "generation not observed"
    elif applied is not None and attempted is not None and attempted != applied:
        out = "last revision not applied"
    elif status(obj, "Ready") == "False":
        out = str((condition(obj, "Ready") or {}).get("reason") or "not Ready")
    unhealthy = "" if is_true(obj, "Ready") else str((condition(obj, "Ready") or {}).get("reason") or "?")
    return State(full_name(obj), out, unhealthy)


def with_source(state: State, obj: Obj, sources: Mapping[tuple[str, ...], State]) -> State:
    """The state of an object of Flux, out of step too where its source can no longer be fetched or is
    suspended: it goes on with the last revision and calls itself Ready."""
    spec = obj.get("spec") or {}
    chart = (spec.get("chart") or {}).get("spec") or {}
    ref = spec.get("sourceRef") or spec.get("chartRef") or chart.get("sourceRef") or {}
    key = (str(ref.get("kind")), str(ref.get("namespace") or namespace_of(obj)), str(ref.get("name")))
    found = sources.get(key)
    why = (found.out_of_sync or found.unhealthy) if found else ""
    return replace(state, out_of_sync=f"{key[0]}: {why}") if why and not state.out_of_sync else state


def deployments(applications: Iterable[Obj]) -> Iterator[Deployment]:
    """Every sync that the Applications remember with its beginning, each Application's oldest first."""
    for application in applications:
        for entry in (application.get("status") or {}).get("history") or ():
            started, ended = when(entry.get("deployStartedAt")), when(entry.get("deployedAt"))
            if started is not None and ended is not None:
                yield Deployment(full_name(application), revision(entry), started, ended)


def rollback(application: Obj) -> Deployment | None:
    """The newest sync that went back to a revision that had been left before; None where there is none."""
    found = None
    left: set[str] = set()
    before = ""
    for each in deployments([application]):
        if each.revision in left and each.revision != before:
            found = each
        if before and before != each.revision:
            left.add(before)
        before = each.revision
    return found


def revision(entry: Mapping[str, Any]) -> str:
    """The revision, or those of several sources, of a history entry."""
    return str(entry.get("revision") or " ".join(map(str, entry.get("revisions") or ())))

"""Argo CD and Flux: in step, healthy, by environment, fast."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.gitops import CHECKS
from gpuready.kube.read.gitops import FLUX_SOURCES
from tests.kube.memory import NOW, Memory, judged
from tests.kube.objects import merge

SYNC, ENVIRONMENTS, LEAD_TIME, ROLLBACK = CHECKS
APPLICATIONS = "applications.argoproj.io"
KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io"


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def application(
    name: str = "chat", sync: str = "Synced", health: str = "Healthy", **parts: Any
) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"destination": {"namespace": parts.get("destination", "ai")}},
        "status": {
            "sync": {"status": sync},
            "health": {"status": health, **({"lastTransitionTime": at} if (at := parts.get("at")) else {})},
            "history": parts.get("history", []),
        },
    }


def kustomization(ready: str = "True", *, suspend: bool = False, applied: str = "main@1") -> dict[str, Any]:
    return {
        "metadata": {"name": "apps", "namespace": "flux-system", "generation": 2},
        "spec": {"suspend": suspend},
        "status": {
            "observedGeneration": 2,
            "lastAppliedRevision": applied,
            "lastAttemptedRevision": "main@1",
            "conditions": [{"type": "Ready", "status": ready, "reason": "BuildFailed"}],
        },
    }


def sync(revision: str, minutes: float, took: float = 1) -> dict[str, Any]:
    return {"revision": revision, "deployStartedAt": ago(minutes), "deployedAt": ago(minutes - took)}


@pytest.mark.parametrize("objects", [{APPLICATIONS: [application()]}, {KUSTOMIZATIONS: [kustomization()]}])
async def test_what_is_synced_and_healthy_passes(objects: Any) -> None:
    assert (await judged(SYNC, Memory(objects))).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ({APPLICATIONS: [application(sync="OutOfSync")]}, "argocd/chat (OutOfSync)"),
        ({APPLICATIONS: [application(health="Degraded")]}, "argocd/chat (Degraded)"),
        ({APPLICATIONS: [{"metadata": {"name": "new"}}]}, "new (Unknown)"),
        ({KUSTOMIZATIONS: [kustomization("False")]}, "flux-system/apps (BuildFailed)"),
        ({KUSTOMIZATIONS: [kustomization(suspend=True)]}, "flux-system/apps (suspended)"),
        ({KUSTOMIZATIONS: [kustomization(applied="main@0")]}, "last revision not applied"),
        ({}, "No Argo CD Application"),
    ],
)
async def test_what_is_not_fails_and_is_named(objects: Any, said: str) -> None:
    found = await judged(SYNC, Memory(objects))
    assert found.verdict is Verdict.FAIL
    assert said in found.said


async def test_a_source_of_flux_that_cannot_be_fetched_leaves_its_objects_behind() -> None:
    applied = merge(kustomization(), {"spec": {"sourceRef": {"kind": "GitRepository", "name": "apps"}}})
    for ready, suspend, verdict in (
        ("True", False, Verdict.PASS),
        ("False", False, Verdict.FAIL),
        ("True", True, Verdict.FAIL),
    ):
        source = {
            "metadata": {"name": "apps", "namespace": "flux-system"},
            "spec": {"suspend": suspend},
            "status": {"conditions": [{"type": "Ready", "status": ready, "reason": "GitOperationFailed"}]},
        }
        other = merge(source, {"metadata": {"name": "unused"}, "spec": {"suspend": True}})
        objects = {KUSTOMIZATIONS: [applied], FLUX_SOURCES["GitRepository"]: [source, other]}
        found = await judged(SYNC, Memory(objects))
        assert found.verdict is verdict
        assert ("GitRepository: " in found.said) is (verdict is Verdict.FAIL)


@pytest.mark.parametrize("probe", CHECKS)
async def test_no_right_to_read_is_unknown(probe: Any) -> None:
    sight = Memory({APPLICATIONS: [application()]}, forbidden={APPLICATIONS})
    assert (await judged(probe, sight)).verdict is Verdict.UNKNOWN


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}}


async def test_environments_are_found_by_name_label_or_application() -> None:
    objects = {
        "namespaces": [namespace("chat-development"), namespace("x", env="stg"), namespace("products")],
        APPLICATIONS: [application("web", destination="web-production")],
    }
    found = await judged(ENVIRONMENTS, Memory(objects))
    assert found.verdict is Verdict.PASS
    assert "prod: Application argocd/web" in found.said


async def test_one_namespace_for_all_of_them_separates_nothing() -> None:
    leaving = namespace("prod") | {"status": {"phase": "Terminating"}}
    mixed = [namespace("dev-staging-prod"), namespace("dev"), namespace("staging"), leaving]
    found = await judged(ENVIRONMENTS, Memory({"namespaces": mixed}))
    assert (found.verdict, found["missing"]) == (Verdict.FAIL, 1)


async def test_a_missing_environment_fails_and_is_named() -> None:
    found = await judged(ENVIRONMENTS, Memory({"namespaces": [namespace("dev"), namespace("products")]}))
    assert (found.verdict, found["missing"]) == (Verdict.FAIL, 2)
    assert "prod, staging" in found.said


async def test_syncs_alone_never_pass_the_way_from_commit_to_production() -> None:
    fast = application(history=[sync("a", 300), sync("b", 200)])
    found = await judged(LEAD_TIME, Memory({APPLICATIONS: [fast]}))
    assert found.verdict is Verdict.UNKNOWN
    assert found["p95"] == pytest.approx(1)
    slow = application(history=[sync("a", 300, 45), sync("b", 200, 50)])
    found = await judged(LEAD_TIME, Memory({APPLICATIONS: [slow]}))
    assert (found.verdict, found["deployments"]) == (Verdict.FAIL, 2)
    assert (await judged(LEAD_TIME, Memory({APPLICATIONS: [slow]}), count=1))["deployments"] == 1
    assert (await judged(LEAD_TIME, Memory({APPLICATIONS: [application()]}))).verdict is Verdict.UNKNOWN


BACK = [sync("a", 300), sync("b", 200), sync("a", 100, 2)]


async def test_a_rollback_counts_until_the_application_is_healthy() -> None:
    found = await judged(ROLLBACK, Memory({APPLICATIONS: [application(history=BACK, at=ago(97))]}))
    assert found.verdict is Verdict.PASS
    assert found["duration"] == pytest.approx(3)
    slow = await judged(ROLLBACK, Memory({APPLICATIONS: [application(history=BACK, at=ago(90))]}))
    assert slow.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "given",
    [
        application(history=BACK),
        application(history=BACK, at=ago(250)),
        application(health="Progressing", history=BACK, at=ago(97)),
        application(history=[*BACK, sync("c", 50)], at=ago(97)),
        application(history=[sync("a", 300), sync("a", 200), sync("b", 100)]),
        application(),
    ],
)
async def test_a_rollback_of_which_the_end_is_not_told_or_none_is_unknown(given: Any) -> None:
    assert (await judged(ROLLBACK, Memory({APPLICATIONS: [given]}))).verdict is Verdict.UNKNOWN

"""Engines: deployed, on several feet, answering; judged by the shipped figures."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.inference import CHECKS
from tests.kube.memory import Memory, judged
from tests.kube.objects import merge

ENGINES, REPLICAS, WORKLOADS = CHECKS
LABELS = {"app": "chat"}


def engine(
    name: str = "chat", *, replicas: int = 2, available: int = 2, probed: bool = True
) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "main", "image": "vllm/vllm-openai:v0.11.2"}
    if probed:
        container["readinessProbe"] = {"httpGet": {"path": "/health", "port": 8000}}
    return {
        "metadata": {"name": name, "namespace": "ai"},
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}},
        },
        "status": {"availableReplicas": available},
    }


def pod(number: int, node: str, *, ready: bool = True) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"chat-{number}",
            "namespace": "ai",
            "labels": {**LABELS, "pod-template-hash": "abc12"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "chat-abc12", "controller": True}],
        },
        "spec": {"nodeName": node, "containers": [{"image": "vllm/vllm-openai:v0.11.2"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def budget(**labels: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "b", "namespace": "ai"},
        "spec": {"selector": {"matchLabels": labels}, "minAvailable": 1},
    }


def cluster(*deployments: Any, pods: tuple[Any, ...] = (), budgets: tuple[Any, ...] = ()) -> Memory:
    return Memory(
        {
            "deployments.apps": deployments,
            "pods": pods,
            "poddisruptionbudgets.policy": budgets,
        }
    )


async def test_an_engine_is_found_with_its_version() -> None:
    found = await judged(ENGINES, cluster(engine(), engine("other"), engine("off", replicas=0)))
    assert found.verdict is Verdict.PASS
    assert found["engines"] == 2
    assert "vLLM 0.11.2 (2)" in found.said
    assert "ai/off" in found.said


async def test_a_cluster_without_engine_fails_and_says_what_was_looked_for() -> None:
    found = await judged(ENGINES, cluster())
    assert found.verdict is Verdict.FAIL
    assert "vLLM" in found.said


async def test_no_right_to_list_pods_is_unknown() -> None:
    for each in CHECKS:
        found = await judged(each, Memory({"deployments.apps": [engine()]}, forbidden={"pods"}))
        assert found.verdict is Verdict.UNKNOWN


async def test_two_replicas_on_two_nodes_with_a_budget_pass() -> None:
    found = await judged(
        REPLICAS, cluster(engine(), pods=(pod(1, "n1"), pod(2, "n2")), budgets=(budget(app="chat"),))
    )
    assert found.verdict is Verdict.PASS
    assert (found["least_replicas"], found["least_nodes"]) == (2, 2)
    assert not found.said


async def test_replicas_on_one_node_or_without_a_budget_fail_and_are_named() -> None:
    found = await judged(
        REPLICAS, cluster(engine(), pods=(pod(1, "n1"), pod(2, "n1")), budgets=(budget(app="other"),))
    )
    assert found.verdict is Verdict.FAIL
    assert (found["least_nodes"], found["without_budget"]) == (1, 1)
    assert "ai/chat (1)" in found.said
    assert "PodDisruptionBudget" in found.said


@pytest.mark.parametrize(
    "lax",
    [
        {"spec": {"minAvailable": 0}},
        {"spec": {"minAvailable": None, "maxUnavailable": "100%"}},
        {
            "spec": {"minAvailable": None, "maxUnavailable": 5},
            "status": {"expectedPods": 2, "desiredHealthy": 0},
        },
    ],
)
async def test_a_budget_that_lets_all_pods_go_is_none(lax: dict[str, Any]) -> None:
    budgets = (merge(budget(app="chat"), lax),)
    found = await judged(REPLICAS, cluster(engine(), pods=(pod(1, "n1"), pod(2, "n2")), budgets=budgets))
    assert found.verdict is Verdict.FAIL
    assert found["without_budget"] == 1


async def test_replicas_without_an_engine_are_unknown() -> None:
    assert (await judged(REPLICAS, cluster())).verdict is Verdict.UNKNOWN
    assert (await judged(REPLICAS, cluster(engine(replicas=0)))).verdict is Verdict.UNKNOWN


async def test_available_engines_that_answer_their_probe_pass() -> None:
    assert (await judged(WORKLOADS, cluster(engine()))).verdict is Verdict.PASS


async def test_a_missing_replica_fails_and_is_named() -> None:
    found = await judged(WORKLOADS, cluster(engine(available=1, probed=False)))
    assert found.verdict is Verdict.FAIL
    assert "ai/chat 1/2" in found.said


async def test_ready_without_a_probe_proves_nothing() -> None:
    found = await judged(WORKLOADS, cluster(engine(probed=False), engine("other")))
    assert found.verdict is Verdict.UNKNOWN
    assert "unavailable" not in found.fields
    assert "ai/chat" in found.said


async def test_only_an_answer_of_the_engine_itself_counts() -> None:
    http = {"httpGet": {"path": "/ready", "port": 8443}}
    sidecar = {"name": "oauth-proxy", "image": "quay.io/oauth-proxy:1", "readinessProbe": http}
    port = {"tcpSocket": {"port": 8000}}
    beside, knocked = engine(probed=False), engine()
    beside["spec"]["template"]["spec"]["containers"].append(sidecar)
    knocked["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = port
    for each in (beside, knocked):
        assert (await judged(WORKLOADS, cluster(each))).verdict is Verdict.UNKNOWN
    beside["spec"]["template"]["spec"]["containers"][1]["name"] = "queue-proxy"
    assert (await judged(WORKLOADS, cluster(beside))).verdict is Verdict.PASS, "Knative's asks the engine"


async def test_no_engine_at_all_is_a_fail() -> None:
    assert (await judged(WORKLOADS, cluster())).verdict is Verdict.FAIL

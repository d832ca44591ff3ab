"""What adds and removes nodes: the Cluster Autoscaler by Deployment or ConfigMap, Karpenter by NodePools."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.autoscaling_nodes import CHECKS
from gpuready.kube.read.node_groups import STATUS
from tests.kube.memory import Memory, judged

(NODES,) = CHECKS
CLUSTER_AUTOSCALER = "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.0"
KARPENTER = "public.ecr.aws/karpenter/controller:1.8.0@sha256:aa"
YAML = """\
time: 2026-11-24 11:59:55.090873082 +0000 UTC
autoscalerStatus: {state}
clusterWide:
  health:
    status: {health}
nodeGroups:
- name: gpu-a
  health:
    status: Healthy
  scaleUp:
    status: {scale_up}
- name: cpu
  health:
    status: Healthy
  scaleUp:
    status: NoActivity
"""
TEXT = """\
Cluster-autoscaler status at 2026-11-24 11:59:55.09 +0000 UTC:
Cluster-wide:
  Health:      {health} (ready=3 unready=0 notStarted=0 registered=3)
  ScaleUp:     NoActivity (ready=3 registered=3)

NodeGroups:
  Name:        gpu-a
  Health:      Healthy (ready=1 unready=0)
  ScaleUp:     Backoff (ready=1 cloudProviderTarget=3)
"""


def told(status: str) -> dict[str, str]:
    return {STATUS: json.dumps({"kind": "ConfigMap", "data": {"status": status}})}


def yaml(state: str = "Running", health: str = "Healthy", scale_up: str = "NoActivity") -> str:
    return YAML.format(state=state, health=health, scale_up=scale_up)


def deployment(image: str, ready: int = 1) -> dict[str, Any]:
    return {
        "metadata": {"name": "x", "namespace": "kube-system"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"image": image}]}}},
        "status": {"readyReplicas": ready},
    }


def pool(status: str, kind: str = "Ready", generation: int = 1) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True"}] if kind != "Ready" else []
    wrong = {"type": kind, "status": status, "reason": "NodeClassNotReady", "observedGeneration": 1}
    metadata = {"name": "gpu", "generation": generation}
    return {"metadata": metadata, "status": {"conditions": [*conditions, wrong]}}


@pytest.mark.parametrize(
    "cluster",
    [
        Memory({"deployments.apps": [deployment(CLUSTER_AUTOSCALER)]}, texts=told(yaml())),
        Memory({"deployments.apps": [deployment(KARPENTER)], "nodepools.karpenter.sh": [pool("True")]}),
        Memory({"nodepools.karpenter.sh": [pool("True")]}),
        Memory(texts=told(yaml())),
        Memory(texts=told(yaml(scale_up="Backoff"))),
    ],
)
async def test_one_healthy_autoscaler_passes(cluster: Memory) -> None:
    assert (await judged(NODES, cluster)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (Memory({"deployments.apps": [deployment("x/cluster-autoscaler:v1", 0)]}), "kube-system/x 0/1"),
        (Memory({"nodepools.karpenter.sh": [pool("False")]}), "gpu (NodeClassNotReady)"),
        (Memory({"nodepools.karpenter.sh": [pool("True", generation=2)]}), "gpu (NodeClassNotReady)"),
        (Memory({"deployments.apps": [deployment(KARPENTER)], "nodepools.karpenter.sh": []}), "no NodePool"),
        (Memory({"nodepools.karpenter.sh": [pool("False", "NodeRegistrationHealthy")]}), "NodePool gpu"),
        (Memory(texts=told(yaml(health="Unhealthy"))), "Unhealthy"),
        (Memory(texts=told(yaml(state="Initializing"))), "Initializing"),
        (Memory(texts=told(yaml().replace("11:59:55", "08:00:00"))), "silent"),
        (Memory(texts=told(TEXT.format(health="Healthy"))), "Backoff"),
        (Memory(texts=told(TEXT.format(health="Unhealthy"))), "Unhealthy"),
    ],
)
async def test_an_autoscaler_in_trouble_fails_and_says_why(cluster: Memory, said: str) -> None:
    found = await judged(NODES, cluster)
    assert found.verdict is Verdict.FAIL
    assert said in found.said


async def test_a_cluster_without_any_fails_and_says_what_was_looked_for() -> None:
    other = deployment("registry.k8s.io/cpa/cluster-proportional-autoscaler:v1.9.0")
    found = await judged(NODES, Memory({"deployments.apps": [other]}))
    assert found.verdict is Verdict.FAIL
    assert "NodePools" in found.said


async def test_without_the_right_to_see_a_managed_one_its_absence_is_not_known() -> None:
    found = await judged(NODES, Memory(forbidden={STATUS}))
    assert found.verdict is Verdict.UNKNOWN
    assert "cluster-autoscaler-status" in found.said


async def test_a_cluster_autoscaler_that_writes_no_status_is_unknown() -> None:
    found = await judged(NODES, Memory({"deployments.apps": [deployment(CLUSTER_AUTOSCALER)]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "own namespace" in found.said


async def test_no_right_to_list_deployments_is_unknown() -> None:
    assert (await judged(NODES, Memory(forbidden={"deployments.apps"}))).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("garbage", ["autoscalerStatus: [", "autoscalerStatus: Running\n- x", "hello", ""])
async def test_a_status_that_cannot_be_read_is_unknown(garbage: str) -> None:
    assert (await judged(NODES, Memory(texts=told(garbage)))).verdict is Verdict.UNKNOWN

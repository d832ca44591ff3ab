"""Small readings on which many checks rest: conditions, namespaces, taints, resources."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.kube.read.conditions import is_true, status
from gpuready.kube.read.gpus import is_gpu_resource, is_partition
from gpuready.kube.read.namespaces import is_system
from gpuready.kube.read.priorities import is_own
from gpuready.kube.read.taints import holding_off
from tests.kube.objects import custom, merge, node, pod


@pytest.mark.parametrize(("seen", "said"), [(2, "Unknown"), (3, "True"), (0, "True"), (None, "True")])
def test_a_condition_of_an_older_spec_says_nothing_of_the_present_one(seen: int | None, said: str) -> None:
    told = {"type": "Ready", "status": "True", **({} if seen is None else {"observedGeneration": seen})}
    one = merge(custom("x/v1", "X", "x", status={"conditions": [told]}), {"metadata": {"generation": 3}})
    assert status(one, "Ready") == said


def test_the_conditions_of_a_pod_stand_whatever_its_generation() -> None:
    resized = merge(pod("a", node="n1"), {"metadata": {"generation": 3}})
    for each in resized["status"]["conditions"]:
        each["observedGeneration"] = 1
    assert is_true(resized, "Ready")


@pytest.mark.parametrize(
    ("name", "is_systems"),
    [
        ("kube-system", True),
        ("istio-system", True),
        ("gke-managed-system", True),
        ("fleet-default", True),
        ("fleet-chat", False),
        ("gke-prod", False),
        ("aks-inference", False),
        ("istio-demo-app", False),
        ("linkerd-chat", False),
    ],
)
def test_a_prefix_that_anybody_may_take_makes_no_system(name: str, is_systems: bool) -> None:
    assert is_system(name) is is_systems


@pytest.mark.parametrize(
    ("key", "lasts"),
    [
        ("nvidia.com/gpu", True),
        ("kubernetes.azure.com/scalesetpriority", True),
        ("node.cilium.io/agent-not-ready", False),
        ("ebs.csi.aws.com/agent-not-ready", False),
        ("karpenter.sh/unregistered", False),
        ("node.kubernetes.io/unschedulable", False),
    ],
)
def test_a_taint_that_passes_keeps_no_node_for_gpu_work(key: str, lasts: bool) -> None:
    taint: dict[str, Any] = {"key": key, "effect": "NoExecute"}
    assert bool(holding_off(node("n1", taints=[taint]))) is lasts


def test_partitions_of_amd_are_gpus_and_no_mig_instances() -> None:
    for name in ("amd.com/gpu", "amd.com/cpx_nps4", "amd.com/spx_nps1"):
        assert is_gpu_resource(name)
        assert not is_partition(name)
    assert not is_gpu_resource("amd.com/gpu-memory")


def test_a_class_that_an_add_on_brings_is_nobodys_own() -> None:
    for name, own in (("longhorn-critical", False), ("system-node-critical", False), ("chat-high", True)):
        assert is_own(custom("scheduling.k8s.io/v1", "PriorityClass", name)) is own

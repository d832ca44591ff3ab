"""ResourceQuotas: present, with GPUs, and fitting."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import quota
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom, merge, pod

(NAMESPACES,) = quota.CHECKS
PRESENT, FITTING = "13.2.4.1.s1", "13.2.4.1.a3"
PODS = [pod("a", "chat", node="n1", gpus=4), pod("b", "kube-system", node="n1")]


def bounded(namespace: str, hard: int, used: int, key: str = "requests.nvidia.com/gpu") -> dict[str, Any]:
    return custom(
        "v1",
        "ResourceQuota",
        "gpus",
        namespace,
        spec={"hard": {key: str(hard)}},
        status={"hard": {key: str(hard)}, "used": {key: str(used)}},
    )


async def test_each_workload_namespace_has_a_quota() -> None:
    found = await judged(
        NAMESPACES, Memory({"pods": PODS, "resourcequotas": [bounded("chat", 8, 4)]}), PRESENT
    )
    assert found.verdict is Verdict.PASS
    assert found["namespaces"] == 1, "namespaces of the system need none"


async def test_one_namespace_without_a_quota_fails_the_line_and_is_named() -> None:
    pods = [*PODS, pod("c", "embed", node="n1", gpus=1)]
    found = await judged(
        NAMESPACES, Memory({"pods": pods, "resourcequotas": [bounded("chat", 8, 4)]}), PRESENT
    )
    assert found.verdict is Verdict.FAIL
    assert "embed" in found.said


async def test_quotas_that_fit_pass_and_those_used_up_or_idle_do_not() -> None:
    for used, verdict in ((4, Verdict.PASS), (8, Verdict.FAIL), (1, Verdict.FAIL)):
        cluster = Memory({"pods": PODS, "resourcequotas": [bounded("chat", 8, used)]})
        found = await judged(NAMESPACES, cluster, FITTING)
        assert found.verdict is verdict
        if verdict is Verdict.FAIL:
            assert f"chat (requests.nvidia.com/gpu {used}/8)" in found.said


async def test_a_quota_without_gpus_bounds_none() -> None:
    cluster = Memory({"pods": PODS, "resourcequotas": [bounded("chat", 64, 8, "requests.cpu")]})
    found = await judged(NAMESPACES, cluster, FITTING)
    assert found.verdict is Verdict.FAIL
    assert found["without_gpu_quota"] == 1


async def test_a_quota_must_bound_the_gpus_that_the_pods_ask_for() -> None:
    by_claim = merge(
        pod("a", "chat", node="n1"), {"spec": {"resourceClaims": [{"resourceClaimName": "gpu"}]}}
    )
    asking = {
        "requests.nvidia.com/gpu": PODS[0],
        "requests.nvidia.com/mig-1g.10gb": pod(
            "a", "chat", node="n1", gpus=1, resource="nvidia.com/mig-1g.10gb"
        ),
        "requests.amd.com/cpx_nps4": pod("a", "chat", node="n1", gpus=1, resource="amd.com/cpx_nps4"),
        "gpu.nvidia.com.deviceclass.resource.k8s.io/devices": by_claim,
    }
    for key in asking:
        for other, one in asking.items():
            cluster = Memory({"pods": [one], "resourcequotas": [bounded("chat", 8, 4, key)]})
            found = await judged(NAMESPACES, cluster, FITTING)
            assert found.verdict is (Verdict.PASS if key == other else Verdict.FAIL)
            assert found["without_gpu_quota"] == (key != other)


async def test_a_quota_without_a_limit_is_none() -> None:
    empty = custom("v1", "ResourceQuota", "none", "chat", spec={"hard": {}})
    found = await judged(NAMESPACES, Memory({"pods": PODS, "resourcequotas": [empty]}), PRESENT)
    assert found.verdict is Verdict.FAIL


async def test_without_workloads_or_rights_nothing_is_known() -> None:
    for cluster in (
        Memory({"pods": PODS[1:]}),
        Memory({"pods": PODS}, forbidden={"resourcequotas"}),
        Memory({"pods": PODS}, forbidden={"pods"}),
    ):
        assert (await judged(NAMESPACES, cluster, PRESENT)).verdict is Verdict.UNKNOWN


async def test_a_quota_for_some_pods_only_bounds_no_namespace() -> None:
    scoped = bounded("chat", 8, 4)
    scoped["spec"]["scopeSelector"] = {
        "matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists"}]
    }
    found = await judged(NAMESPACES, Memory({"pods": PODS, "resourcequotas": [scoped]}), FITTING)
    assert found.verdict is Verdict.FAIL
    assert "scope" in found.said

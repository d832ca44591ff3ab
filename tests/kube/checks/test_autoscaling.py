"""HPA, KEDA and VPA: what they can read, what they recommend, where they work against each other."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.autoscaling import CHECKS
from tests.kube.memory import Memory, judged

HPA, VPA, RECOMMENDATIONS = CHECKS
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}
QUEUE = {"type": "Pods", "pods": {"metric": {"name": "vllm:num_requests_waiting"}}}


def hpa(
    name: str = "chat",
    *metrics: dict[str, Any],
    active: str = "True",
    reason: str = "ValidMetricFound",
    current: tuple[dict[str, Any], ...] = (),
    namespace: str = "ai",
) -> dict[str, Any]:
    conditions = [
        {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
        {"type": "ScalingActive", "status": active, "reason": reason},
    ]
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": name}, "metrics": list(metrics or (CPU,))},
        "status": {"conditions": conditions if active else [], "currentMetrics": list(current)},
    }


def vpa(name: str = "chat", mode: str = "Auto", *, told: bool = True, **policy: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "targetRef": {"kind": "Deployment", "name": name},
        "updatePolicy": {"updateMode": mode},
    }
    if policy:
        spec["resourcePolicy"] = {"containerPolicies": [{"containerName": "*", **policy}]}
    recommended = {"containerRecommendations": [{"containerName": "main", "target": {"cpu": "1"}}]}
    return {
        "metadata": {"name": name, "namespace": "ai"},
        "spec": spec,
        "status": {"recommendation": recommended} if told else {},
    }


def cluster(hpas: Any = (), vpas: Any = None, **more: Any) -> Memory:
    objects: dict[str, Any] = {"horizontalpodautoscalers.autoscaling": hpas, **more}
    if vpas is not None:
        objects["verticalpodautoscalers.autoscaling.k8s.io"] = vpas
    return Memory(objects)


async def test_an_hpa_that_reads_its_metrics_passes() -> None:
    found = await judged(HPA, cluster([hpa("chat", QUEUE)]))
    assert found.verdict is Verdict.PASS
    assert found["on_custom_metrics"] == 1


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (hpa(active="False", reason="FailedGetPodsMetric"), "ai/chat (FailedGetPodsMetric)"),
        (hpa("chat", CPU, QUEUE, current=({"type": "Resource"}, {"type": ""})), "1 of 2 metrics"),
    ],
)
async def test_a_metric_that_cannot_be_read_fails_and_is_named(broken: Any, said: str) -> None:
    found = await judged(HPA, cluster([broken, hpa("other")]))
    assert found.verdict is Verdict.FAIL
    assert found["unreadable_metrics"] == 1
    assert said in found.said


async def test_an_hpa_at_zero_replicas_is_no_trouble_but_alone_proves_nothing() -> None:
    idle = hpa(active="False", reason="ScalingDisabled")
    assert (await judged(HPA, cluster([idle, hpa("other")]))).verdict is Verdict.PASS
    found = await judged(HPA, cluster([idle]))
    assert found.verdict is Verdict.UNKNOWN
    assert "scaled to zero" in found.said


async def test_an_hpa_of_which_nothing_is_told_is_unknown() -> None:
    assert (await judged(HPA, cluster([hpa(active="")]))).verdict is Verdict.UNKNOWN


async def test_no_autoscaler_of_a_workload_fails() -> None:
    assert (await judged(HPA, cluster())).verdict is Verdict.FAIL
    found = await judged(HPA, cluster([hpa("istiod", namespace="istio-system")]))
    assert found.verdict is Verdict.FAIL


async def test_a_keda_pair_counts_once_and_its_fallback_is_trouble() -> None:
    def scaled(fallback: str) -> dict[str, Any]:
        return {
            "metadata": {"name": "chat", "namespace": "ai"},
            "spec": {"scaleTargetRef": {"name": "chat"}},
            "status": {
                "hpaName": "keda-hpa-chat",
                "conditions": [
                    {"type": "Ready", "status": "True"},
                    {"type": "Fallback", "status": fallback},
                ],
            },
        }

    pair = [hpa("keda-hpa-chat")]
    found = await judged(HPA, cluster(pair, **{"scaledobjects.keda.sh": [scaled("False")]}))
    assert (found.verdict, found["autoscalers"]) == (Verdict.PASS, 1)
    found = await judged(HPA, cluster(pair, **{"scaledobjects.keda.sh": [scaled("True")]}))
    assert found.verdict is Verdict.FAIL


async def test_a_metrics_api_that_is_down_is_named() -> None:
    api = {
        "metadata": {"name": "v1beta1.custom.metrics.k8s.io"},
        "spec": {"group": "custom.metrics.k8s.io"},
        "status": {"conditions": [{"type": "Available", "status": "False"}]},
    }
    found = await judged(HPA, cluster([hpa()], **{"apiservices.apiregistration.k8s.io": [api]}))
    assert "v1beta1.custom.metrics.k8s.io" in found.said


@pytest.mark.parametrize("probe", CHECKS)
async def test_no_right_to_list_hpas_is_unknown(probe: Any) -> None:
    denied = {"horizontalpodautoscalers.autoscaling"}
    objects = {"verticalpodautoscalers.autoscaling.k8s.io": [vpa()]}
    assert (await judged(probe, Memory(objects, forbidden=denied))).verdict is Verdict.UNKNOWN


async def test_a_vpa_with_a_recommendation_passes() -> None:
    assert (await judged(VPA, cluster([hpa("chat", QUEUE)], [vpa()]))).verdict is Verdict.PASS


async def test_a_vpa_without_a_recommendation_fails() -> None:
    found = await judged(VPA, cluster([], [vpa(told=False)]))
    assert found.verdict is Verdict.FAIL
    assert "ai/chat" in found.said


async def test_vpas_that_only_recommend_adjust_nothing() -> None:
    found = await judged(VPA, cluster([], [vpa(mode="Off")]))
    assert found.verdict is Verdict.UNKNOWN
    assert "adjust nothing" in found.said


async def test_a_paused_scaled_object_fails_and_one_without_a_word_is_unknown() -> None:
    for notes, verdict in (({"autoscaling.keda.sh/paused": "true"}, Verdict.FAIL), ({}, Verdict.UNKNOWN)):
        scaled = {
            "metadata": {"name": "chat", "namespace": "ai", "annotations": notes},
            "spec": {"scaleTargetRef": {"name": "chat"}},
        }
        assert (await judged(HPA, cluster([], **{"scaledobjects.keda.sh": [scaled]}))).verdict is verdict


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (vpa(), 1),
        (vpa(mode="Initial"), 1),
        (vpa(mode="Off"), None),  # adjusts nothing, so that no conflict proves nothing
        (vpa(controlledResources=["memory"]), 0),
        (vpa("elsewhere"), 0),
    ],
)
async def test_a_vpa_and_an_hpa_on_the_same_resource_are_a_conflict(one: Any, count: int) -> None:
    found = await judged(VPA, cluster([hpa()], [one]))
    assert found.fields.get("conflicts_with_hpa") == count
    assert (found.verdict is Verdict.FAIL) == bool(count)


async def test_no_vpa_fails_where_it_is_demanded() -> None:
    found = await judged(VPA, cluster())
    assert found.verdict is Verdict.FAIL
    assert "not installed" in found.said


async def test_recommendations_pass_only_where_something_is_adjusted() -> None:
    assert (await judged(RECOMMENDATIONS, cluster([], [vpa()]))).verdict is Verdict.PASS
    assert (await judged(RECOMMENDATIONS, cluster([hpa()], [vpa()]))).verdict is Verdict.FAIL
    assert (await judged(RECOMMENDATIONS, cluster([], [vpa(mode="Off")]))).verdict is Verdict.UNKNOWN
    assert (await judged(RECOMMENDATIONS, cluster())).verdict is Verdict.UNKNOWN

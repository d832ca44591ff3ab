"""What the engines' autoscalers did in the last hour, and how fast their replicas came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.autoscaling_events import CHECKS
from tests.kube.memory import NOW, Memory, judged

EVENTS, DURATION = CHECKS
UP, DOWN = "13.2.3.1.a1", "13.2.3.1.a2"


def ago(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat().replace("+00:00", "Z")


def engine(name: str = "chat") -> dict[str, Any]:
    template = {"spec": {"containers": [{"image": "vllm/vllm-openai:v0.11.2"}]}}
    return {
        "metadata": {"name": name, "namespace": "ai"},
        "spec": {"replicas": 2, "template": template},
        "status": {"availableReplicas": 2},
    }


def hpa(active: str = "True", reason: str = "ValidMetricFound") -> dict[str, Any]:
    return {
        "metadata": {"name": "chat", "namespace": "ai"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "chat"}},
        "status": {
            "lastScaleTime": ago(hours=5),
            "conditions": [{"type": "ScalingActive", "status": active, "reason": reason}],
        },
    }


def event(message: str, *, minutes: float, hpa: str = "chat") -> dict[str, Any]:
    return {
        "metadata": {"name": f"{hpa}.{minutes}", "namespace": "ai"},
        "involvedObject": {"kind": "HorizontalPodAutoscaler", "namespace": "ai", "name": hpa},
        "reason": "SuccessfulRescale",
        "message": message,
        "lastTimestamp": ago(minutes=minutes),
    }


ABOVE = "New size: 2; reason: cpu resource utilization (percentage of request) above target"
BELOW = "New size: 1; reason: All metrics below target"


def pod(made: float, ready: float | None, restarts: int = 0) -> dict[str, Any]:
    """Created and Ready so many minutes ago."""
    transition = {"lastTransitionTime": ago(minutes=ready)} if ready is not None else {}
    return {
        "metadata": {
            "name": f"chat-{made}",
            "namespace": "ai",
            "creationTimestamp": ago(minutes=made),
            "labels": {"pod-template-hash": "abc12"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "chat-abc12", "controller": True}],
        },
        "spec": {"containers": [{"image": "vllm/vllm-openai:v0.11.2"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if transition else "False", **transition}],
            "containerStatuses": [{"name": "main", "state": {"running": {}}, "restartCount": restarts}],
        },
    }


def cluster(*events: Any, hpas: Any = None, pods: Any = (), engines: Any = None) -> Memory:
    return Memory(
        {
            "deployments.apps": [engine()] if engines is None else engines,
            "horizontalpodautoscalers.autoscaling": [hpa()] if hpas is None else hpas,
            "events": events,
            "pods": pods,
        }
    )


async def test_a_scale_up_and_a_scale_down_pass_their_lines() -> None:
    both = cluster(event(ABOVE, minutes=30), event(BELOW, minutes=10))
    for line in (UP, DOWN):
        found = await judged(EVENTS, both, line)
        assert found.verdict is Verdict.PASS
        assert (found["scale_ups"], found["scale_downs"]) == (1, 1)


async def test_a_rescale_to_the_bounds_of_an_hpa_is_none_by_load() -> None:
    made = event("New size: 2; reason: Current number of replicas below Spec.MinReplicas", minutes=9)
    lowered = event("New size: 1; reason: Current number of replicas above Spec.MaxReplicas", minutes=5)
    for line in (UP, DOWN):
        found = await judged(EVENTS, cluster(made, lowered), line)
        assert found.verdict is Verdict.UNKNOWN, "every HPA makes such an event when it is created"
        assert "chat up 2 (min/maxReplicas)" in found.said


async def test_a_scaled_object_that_is_paused_or_says_nothing_scales_nothing() -> None:
    for conditions in ([], [{"type": "Ready", "status": "True"}, {"type": "Paused", "status": "True"}]):
        scaled = {
            "metadata": {"name": "chat", "namespace": "ai"},
            "spec": {"scaleTargetRef": {"name": "chat"}},
            "status": {"conditions": conditions},
        }
        keda = cluster(hpas=[])
        keda.objects = {**keda.objects, "scaledobjects.keda.sh": [scaled]}
        found = await judged(EVENTS, keda, UP)
        assert found["scaling_active"] is False


async def test_the_direction_comes_from_the_sizes_where_the_reason_does_not_tell() -> None:
    found = await judged(
        EVENTS,
        cluster(event("New size: 1; reason: x", minutes=9), event("New size: 3; reason: x", minutes=5)),
    )
    assert found["scale_ups"] == 1
    assert "scale_downs" not in found.fields


async def test_a_quiet_hour_is_unknown_and_tells_when_it_last_scaled() -> None:
    for line in (UP, DOWN):
        found = await judged(EVENTS, cluster(), line)
        assert found.verdict is Verdict.UNKNOWN
        assert "2026-11-24 07:00 UTC" in found.said


async def test_other_hpas_events_prove_nothing() -> None:
    found = await judged(EVENTS, cluster(event(ABOVE, minutes=5, hpa="web")), UP)
    assert found.verdict is Verdict.UNKNOWN


async def test_an_inactive_autoscaler_fails_and_is_named() -> None:
    broken = cluster(event(ABOVE, minutes=5), hpas=[hpa("False", "FailedGetResourceMetric")])
    found = await judged(EVENTS, broken, UP)
    assert found.verdict is Verdict.FAIL
    assert "ai/chat (FailedGetResourceMetric)" in found.said


async def test_an_engine_that_nothing_scales_fails() -> None:
    found = await judged(EVENTS, cluster(hpas=[]), UP)
    assert found.verdict is Verdict.FAIL
    assert "ai/chat" in found.said


async def test_no_engine_or_one_that_knative_scales_is_unknown() -> None:
    knative = engine()
    knative["spec"]["template"]["metadata"] = {"labels": {"serving.knative.dev/revision": "chat-1"}}
    for engines in ([], [knative]):
        for probe in CHECKS:
            found = await judged(probe, cluster(hpas=[], engines=engines))
            assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("denied", ["events", "horizontalpodautoscalers.autoscaling"])
async def test_no_right_to_read_is_unknown(denied: str) -> None:
    for probe in CHECKS:
        sight = cluster()
        sight.forbidden = {denied}
        assert (await judged(probe, sight)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("pods", "verdict", "slowest"),
    [
        ([pod(29.5, 27)], Verdict.PASS, 3),
        ([pod(29.5, 27), pod(29.5, 22)], Verdict.FAIL, 8),
        ([pod(29.5, None)], Verdict.FAIL, 30),  # it has waited longer than allowed already
        ([pod(29.5, 5, restarts=1)], Verdict.UNKNOWN, 25),  # it may have been Ready before
        ([pod(29.5, 27, restarts=1)], Verdict.PASS, 3),  # it surely was in time
    ],
)
async def test_the_slowest_new_replica_decides(pods: Any, verdict: Verdict, slowest: float) -> None:
    found = await judged(DURATION, cluster(event(ABOVE, minutes=30), pods=pods))
    assert found.verdict is verdict
    assert found["slowest"] == pytest.approx(slowest)


async def test_a_new_replica_that_still_has_time_is_unknown() -> None:
    found = await judged(DURATION, cluster(event(ABOVE, minutes=2), pods=[pod(1.9, None)]))
    assert found.verdict is Verdict.UNKNOWN
    assert "ai/chat-1.9" in found.said


async def test_no_scale_up_or_no_pod_of_it_is_unknown() -> None:
    assert (await judged(DURATION, cluster(pods=[pod(29.5, 27)]))).verdict is Verdict.UNKNOWN
    old = cluster(event(ABOVE, minutes=30), pods=[pod(300, 290)])
    assert (await judged(DURATION, old)).verdict is Verdict.UNKNOWN
    assert (await judged(DURATION, cluster(hpas=[]))).verdict is Verdict.UNKNOWN

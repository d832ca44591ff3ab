"""Splits of the traffic to engines, by every means that counts."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.traffic import CHECKS
from tests.kube.memory import Memory, judged
from tests.kube.objects import merge

(SPLIT,) = CHECKS
ENGINE = {
    "metadata": {"name": "chat", "namespace": "ai"},
    "spec": {"template": {"spec": {"containers": [{"image": "vllm/vllm-openai:v0.11.2"}]}}},
}


def obj(spec: dict[str, Any], *, namespace: str = "ai", **parts: Any) -> dict[str, Any]:
    return {"metadata": {"name": "m", "namespace": namespace}, "spec": spec, **parts}


def route(*weights: int | None, namespace: str = "ai", to: str = "") -> dict[str, Any]:
    refs = [
        {
            "name": f"v{at}",
            **({} if weight is None else {"weight": weight}),
            **({"namespace": to} if to else {}),
        }
        for at, weight in enumerate(weights)
    ]
    return obj({"rules": [{"backendRefs": refs}]}, namespace=namespace)


def virtual(*weights: int, host: str = "chat") -> dict[str, Any]:
    routes = [
        {"destination": {"host": host, "subset": f"v{at}"}, "weight": weight}
        for at, weight in enumerate(weights)
    ]
    return obj({"http": [{"route": routes}]}, namespace="mesh")


HTTP = "httproutes.gateway.networking.k8s.io"
ISTIO = "virtualservices.networking.istio.io"
CANARY = {"canary": {"weights": {"canary": {"weight": 20}}}}


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ({HTTP: [route(90, 10)]}, "v0 90, v1 10"),
        ({HTTP: [route(None, None, namespace="gw", to="ai")]}, "v0 1, v1 1"),
        ({"aigatewayroutes.aigateway.envoyproxy.io": [route(1, 1)]}, "AIGatewayRoute ai/m"),
        ({ISTIO: [virtual(80, 20, host="chat.ai.svc.cluster.local")]}, "VirtualService mesh/m"),
        (
            {"inferenceservices.serving.kserve.io": [obj({"predictor": {"canaryTrafficPercent": 10}})]},
            "canary 10, stable 90",
        ),
        ({"rollouts.argoproj.io": [obj({"strategy": {"canary": {}}}, status=CANARY)]}, "canary 20"),
        ({"canaries.flagger.app": [obj({}, status={"canaryWeight": 0})]}, "all traffic on one side"),
        ({HTTP: [route(100, 0)]}, "all traffic on one side"),
    ],
)
async def test_a_split_of_the_engines_traffic_passes(objects: Any, said: str) -> None:
    found = await judged(SPLIT, Memory({"deployments.apps": [ENGINE], **objects}))
    assert found.verdict is Verdict.PASS
    assert said in found.said


@pytest.mark.parametrize(
    "objects",
    [
        {},
        {HTTP: [route(100)]},
        {HTTP: [route(50, 50, namespace="web")]},
        {ISTIO: [virtual(50, 50)]},
        {"rollouts.argoproj.io": [obj({"strategy": {"blueGreen": {}}})]},
    ],
)
async def test_no_split_or_one_of_other_traffic_fails(objects: Any) -> None:
    found = await judged(SPLIT, Memory({"deployments.apps": [ENGINE], **objects}))
    assert found.verdict is Verdict.FAIL
    assert "looked for HTTPRoute" in found.said


async def test_a_split_between_services_of_other_pods_proves_nothing_of_models() -> None:
    engine = merge(ENGINE, {"spec": {"template": {"metadata": {"labels": {"app": "chat"}}}}})
    for app, verdict in (("chat", Verdict.PASS), ("web", Verdict.UNKNOWN)):
        services = [
            {"metadata": {"name": name, "namespace": "ai"}, "spec": {"selector": {"app": app}}}
            for name in ("v0", "v1")
        ]
        objects = {"deployments.apps": [engine], "services": services, HTTP: [route(90, 10)]}
        found = await judged(SPLIT, Memory(objects))
        assert found.verdict is verdict
        assert ("no engines" in found.said) is (app == "web")


async def test_no_engine_or_no_right_is_unknown() -> None:
    assert (await judged(SPLIT, Memory({HTTP: [route(1, 1)]}))).verdict is Verdict.UNKNOWN
    sight = Memory({"deployments.apps": [ENGINE], HTTP: []}, forbidden={HTTP})
    assert (await judged(SPLIT, sight)).verdict is Verdict.UNKNOWN

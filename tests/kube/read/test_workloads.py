"""Which workloads are inference engines, and how many replicas of them stand."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.kube.read.engine_kinds import answers_probe, engine_of, image_parts
from gpuready.kube.read.selectors import matches
from gpuready.kube.read.workloads import READS, Workload, engines, owner_of, running
from tests.kube.memory import Memory


def container(image: str, *words: str, gpus: int = 0, ports: tuple[int, ...] = ()) -> dict[str, Any]:
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    return {
        "name": "main",
        "image": image,
        "args": list(words),
        "resources": {"limits": limits},
        "ports": [{"containerPort": each} for each in ports],
    }


def named(labels: dict[str, str], *containers: dict[str, Any]) -> str:
    found = engine_of(labels, {"containers": list(containers)})
    return "" if found is None else f"{found.name} {found.version}".strip()


@pytest.mark.parametrize(
    ("image", "words", "expected"),
    [
        ("vllm/vllm-openai:v0.11.2", (), "vLLM 0.11.2"),
        ("registry:5000/mirror/vllm/vllm-openai:latest", (), "vLLM"),
        ("quay.io/ascend/vllm-ascend:v0.11.0rc1", (), "vLLM 0.11.0rc1"),
        ("ghcr.io/llm-d/llm-d-cuda:v0.3.1", (), "vLLM 0.3.1"),
        ("nvcr.io/nvidia/tritonserver:24.08-trtllm-python-py3", (), "Triton 24.08"),
        ("nvcr.io/nvidia/tensorrt-llm/release:1.1.0", ("trtllm-serve", "m"), "TensorRT-LLM 1.1.0"),
        ("ghcr.io/huggingface/text-generation-inference:3.3.4", (), "TGI 3.3.4"),
        ("lmsysorg/sglang:v0.5.5-cu129", (), "SGLang 0.5.5"),
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4", (), "NIM 1.8.4"),
        ("kserve/huggingfaceserver:v0.15.2-gpu", (), "KServe huggingfaceserver 0.15.2"),
        ("example.org/own:1.2.3", ("sh", "-c", "exec vllm   serve /models/x"), "vLLM 1.2.3"),
        ("example.org/own", ("python3", "-m", "vllm.entrypoints.openai.api_server"), "vLLM"),
        ("nvcr.io/nvidia/ai-dynamo/vllm-runtime:0.6.1", ("python3", "-m", "dynamo.vllm"), "vLLM 0.6.1"),
        # beside the engines: these serve no model
        ("lmcache/lmstack-router:v0.1.7", ("--port", "8000"), ""),
        ("ghcr.io/llm-d/llm-d-inference-scheduler:v0.3.2", (), ""),
        ("ghcr.io/llm-d/llm-d-routing-sidecar:v0.3.0", (), ""),
        ("nvcr.io/nvidia/ai-dynamo/vllm-runtime:0.6.1", ("python3", "-m", "dynamo.frontend"), ""),
        ("vllm/vllm-openai:v0.11.2", ("vllm", "bench", "serve"), ""),
        ("vllm/vllm-openai:v0.11.2", ("sleep", "infinity"), ""),
        ("nvcr.io/nvidia/k8s/dcgm-exporter:4.2.0", (), ""),
        ("nginx:1.27", (), ""),
        ("", (), ""),
    ],
)
def test_an_engine_is_told_by_its_image_or_command(image: str, words: tuple[str, ...], expected: str) -> None:
    assert named({}, container(image, *words)) == expected


def test_a_sidecar_does_not_hide_the_engine() -> None:
    mesh, engine = container("istio/proxyv2:1.24.0"), container("vllm/vllm-openai:v0.9.0")
    assert named({}, mesh, engine) == "vLLM 0.9.0"


def test_labels_and_ports_count_only_beside_a_gpu_or_a_port() -> None:
    own = "example.org/own:2.0"
    assert named({"app": "vllm"}, container(own, gpus=1)) == "vLLM 2.0"
    assert named({"app": "vllm"}, container(own)) == ""
    assert named({"app": "vllm"}, container("example.org/vllm-router:2.0", gpus=1)) == ""
    assert named({}, container(own, gpus=1, ports=(8000, 8001, 8002))) == "Triton 2.0"
    assert named({}, container(own, ports=(8000, 8001, 8002))) == ""


def test_the_operators_labels_tell_what_a_pod_is_for() -> None:
    own = container("example.org/own:2.0")
    assert named({"serving.kserve.io/inferenceservice": "m", "component": "predictor"}, own) == "KServe 2.0"
    assert named({"serving.kserve.io/inferenceservice": "m", "component": "transformer"}, own) == ""
    assert named({"llm-d.ai/inferenceServing": "true"}, own) == "llm-d 2.0"
    assert named({"nvidia.com/dynamo-component-type": "frontend"}, container("x/vllm:1")) == ""


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("vllm/vllm-openai:v0.6.3", ("vllm/vllm-openai", "0.6.3")),
        ("h:5000/a/b@sha256:" + "a" * 64, ("h:5000/a/b", "")),
        ("h:5000/a/b:1.2@sha256:" + "a" * 64, ("h:5000/a/b", "1.2")),
        ("a", ("a", "")),
    ],
)
def test_an_image_has_a_name_and_a_version(image: str, parts: tuple[str, str]) -> None:
    assert image_parts(image) == parts


def test_only_a_readiness_probe_makes_ready_an_answer() -> None:
    bare = container("x")
    assert not answers_probe({"containers": [bare]})
    assert answers_probe({"containers": [{**bare, "readinessProbe": {"httpGet": {"path": "/health"}}}]})


def pod(name: str, owner: tuple[str, str] | None, *, image: str = "", **labels: str) -> dict[str, Any]:
    owners = [{"kind": owner[0], "name": owner[1], "controller": True}] if owner else []
    return {
        "metadata": {"name": name, "namespace": "ai", "labels": labels, "ownerReferences": owners},
        "spec": {"containers": [container(image or "vllm/vllm-openai:v0.9.0")], "nodeName": "n1"},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def test_a_pod_belongs_to_what_a_person_deployed() -> None:
    hashed = {"pod-template-hash": "abc12"}
    assert owner_of(pod("p", ("ReplicaSet", "chat-abc12"), **hashed)) == ("Deployment", "chat")
    rollout = {"rollouts-pod-template-hash": "abc12"}
    assert owner_of(pod("p", ("ReplicaSet", "chat-abc12"), **rollout)) == ("Rollout", "chat")
    assert owner_of(pod("p", ("ReplicaSet", "chat"))) == ("ReplicaSet", "chat")
    group = {"leaderworkerset.sigs.k8s.io/name": "big"}
    assert owner_of(pod("p", ("StatefulSet", "big-0"), **group)) == ("LeaderWorkerSet", "big")
    assert owner_of(pod("p", None)) == ("Pod", "p")


def deployment(name: str, *, replicas: int, available: int, image: str, **labels: str) -> dict[str, Any]:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container(image)]}}
    return {
        "metadata": {"name": name, "namespace": "ai"},
        "spec": {"replicas": replicas, "template": template},
        "status": {"availableReplicas": available},
    }


async def found(objects: dict[str, list[Any]]) -> dict[str, Workload]:
    return {f"{each.kind} {each.title}": each for each in await engines(Memory(objects, reads=READS))}


async def test_deployments_are_engines_by_their_template_even_without_a_pod() -> None:
    engine = "vllm/vllm-openai:v0.9.0"
    workloads = await found(
        {
            "deployments.apps": [
                deployment("chat", replicas=2, available=1, image=engine),
                deployment("idle", replicas=0, available=0, image=engine),
                deployment("web", replicas=2, available=2, image="nginx:1.27"),
            ],
            "pods": [pod("chat-1", ("ReplicaSet", "chat-abc12"), **{"pod-template-hash": "abc12"})],
        }
    )
    assert list(workloads) == ["Deployment ai/chat", "Deployment ai/idle"]
    chat = workloads["Deployment ai/chat"]
    assert (chat.desired, chat.ready, len(chat.pods)) == (2, 1, 1)
    assert [each.name for each in running(workloads.values())] == ["chat"]


async def test_a_group_of_pods_is_one_replica() -> None:
    group = {"leaderworkerset.sigs.k8s.io/name": "big"}
    leader = {**group, "leaderworkerset.sigs.k8s.io/worker-index": "0"}
    worker = {**group, "leaderworkerset.sigs.k8s.io/worker-index": "1"}
    template = {"spec": {"containers": [container("vllm/vllm-openai:v0.9.0")]}}
    workloads = await found(
        {
            "leaderworkersets.leaderworkerset.x-k8s.io": [
                {
                    "metadata": {"name": "big", "namespace": "ai"},
                    "spec": {"replicas": 1, "leaderWorkerTemplate": {"size": 2, "workerTemplate": template}},
                    "status": {"readyReplicas": 1},
                }
            ],
            "statefulsets.apps": [
                {
                    "metadata": {"name": "big", "namespace": "ai", "labels": group},
                    "spec": {"template": template},
                }
            ],
            "pods": [
                pod("big-0", ("StatefulSet", "big"), **leader),
                pod("big-0-1", ("StatefulSet", "big-0"), **worker),
            ],
        }
    )
    assert list(workloads) == ["LeaderWorkerSet ai/big"]
    big = workloads["LeaderWorkerSet ai/big"]
    assert (big.desired, big.ready, len(big.pods), len(big.serving)) == (1, 1, 2, 1)


async def test_an_operators_object_counts_where_it_has_made_nothing() -> None:
    made = deployment("m-predictor", replicas=1, available=1, image="x/own:1")
    made["spec"]["template"]["metadata"]["labels"] = {"serving.kserve.io/inferenceservice": "m"}
    nim = deployment("n", replicas=1, available=0, image="mirror/own:1")
    nim["metadata"]["ownerReferences"] = [{"kind": "NIMService", "name": "n", "controller": True}]
    workloads = await found(
        {
            "deployments.apps": [made, nim],
            "inferenceservices.serving.kserve.io": [
                {"metadata": {"name": "m", "namespace": "ai"}},
                {
                    "metadata": {"name": "lost", "namespace": "ai"},
                    "status": {"conditions": [{"type": "Ready", "status": "False"}]},
                },
                {
                    "metadata": {
                        "name": "off",
                        "namespace": "ai",
                        "annotations": {"serving.kserve.io/stop": "true"},
                    }
                },
            ],
            "nimservices.apps.nvidia.com": [{"metadata": {"name": "n", "namespace": "ai"}}],
        }
    )
    assert list(workloads) == [
        "Deployment ai/m-predictor",
        "Deployment ai/n",
        "InferenceService ai/lost",
    ]
    assert workloads["Deployment ai/n"].engine.name == "NIM"
    assert workloads["InferenceService ai/lost"].ready == 0


async def test_ray_serves_with_the_workers_of_the_active_cluster() -> None:
    kinds = {"ray.io/node-type": "worker"}
    workloads = await found(
        {
            "rayservices.ray.io": [
                {
                    "metadata": {"name": "llm", "namespace": "ai"},
                    "status": {
                        "serviceStatus": "Running",
                        "activeServiceStatus": {"rayClusterName": "llm-raycluster-x"},
                    },
                }
            ],
            "pods": [
                pod("h", ("RayCluster", "llm-raycluster-x"), image="rayproject/ray-llm:2.50.0"),
                pod("w", ("RayCluster", "llm-raycluster-x"), image="rayproject/ray-llm:2.50.0", **kinds),
            ],
        }
    )
    assert list(workloads) == ["RayService ai/llm"]
    assert (workloads["RayService ai/llm"].ready, len(workloads["RayService ai/llm"].pods)) == (1, 1)


async def test_jobs_and_ended_pods_serve_nobody_and_unknown_owners_do() -> None:
    over = pod("over", None)
    over["status"]["phase"] = "Succeeded"
    workloads = await found(
        {"pods": [pod("j", ("Job", "batch")), over, pod("c-0", ("PodClique", "c")), pod("bare", None)]}
    )
    assert list(workloads) == ["Pod ai/bare", "PodClique ai/c"]


def test_selectors_match_as_kubernetes_does() -> None:
    labels = {"app": "a"}
    assert matches({}, labels)
    assert not matches(None, labels)
    assert matches({"matchLabels": {"app": "a"}}, labels)
    assert not matches({"matchLabels": {"app": "b"}}, labels)
    for expression, expected in (
        ({"key": "app", "operator": "In", "values": ["a", "b"]}, True),
        ({"key": "x", "operator": "NotIn", "values": ["a"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["a"]}, False),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "app", "operator": "DoesNotExist"}, False),
        ({"key": "app", "operator": "Like"}, False),
    ):
        assert matches({"matchExpressions": [expression]}, labels) is expected

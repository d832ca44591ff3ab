"""gpu.cuda_nodes: which nodes are asked, and what their pods' words count for."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gpuready.kube.jobs.gpu_cuda_nodes import PROBE, fleet
from gpuready.probes.probe import NoData, NotApplicable
from gpuready.text.say import say
from tests.kube import objects
from tests.kube.apiserver import Api, Object
from tests.kube.jobs.asking import ask, left, measured, outcome
from tests.kube.jobs.kubelet import Kubelet

IMAGE = {"cuda_image": "registry.example/cuda:12"}
GOOD = json.dumps({"ok": True, "device": "NVIDIA H100"}) + "\n"


def _play(by_node: dict[str, str]) -> dict[str, Callable[[Object], tuple[str, int]]]:
    def play(pod: Object) -> tuple[str, int]:
        terms = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        node = terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0]
        return by_node.get(node, GOOD), 0

    return {"gpu-": play}


def _told(found: object) -> str:
    return "\n".join(say(key, **fields) for key, fields in found.remarks)  # type: ignore[attr-defined]


async def test_every_node_with_a_free_gpu_is_tested(cluster: Api, pods: Kubelet) -> None:
    pods.played = _play({})
    found = await measured(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert found.fields == {
        "nodes_tested": 3,
        "nodes_failed": 0,
        "nodes_busy": 0,
        "nodes_silent": 0,
        "image": "registry.example/cuda:12",
    }
    assert not found.within and left(cluster) == []
    for pod in pods.created:
        resources = pod["spec"]["containers"][0]["resources"]
        assert resources["limits"]["nvidia.com/gpu"] == resources["requests"]["nvidia.com/gpu"] == "1"


async def test_a_node_where_cuda_fails_is_named(cluster: Api, pods: Kubelet) -> None:
    pods.played = _play({"gpu-2": json.dumps({"error": "cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"})})
    found = await measured(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert (found.fields["nodes_tested"], found.fields["nodes_failed"]) == (3, 1)
    assert "gpu-2: cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" in _told(found)


async def test_a_busy_node_is_no_fault(cluster: Api, pods: Kubelet) -> None:
    cluster.put(objects.pod("engine", "prod", node="gpu-1", gpus=8))
    pods.played = _play({})
    found = await measured(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert (found.fields["nodes_tested"], found.fields["nodes_busy"]) == (2, 1)
    assert not found.within and "gpu-1" in _told(found)


async def test_no_free_gpu_anywhere_is_not_applicable(cluster: Api, pods: Kubelet) -> None:
    cluster.put_all(
        objects.pod(f"engine-{name}", "prod", node=name, gpus=8) for name in ("gpu-1", "gpu-2", "gpu-3")
    )
    raised = await outcome(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert isinstance(raised, NotApplicable) and "No free GPU" in str(raised)
    assert cluster.requested("POST", "/(pods|jobs)$") == []


async def test_a_gpu_taken_meanwhile_is_busy_too(cluster: Api, pods: Kubelet) -> None:
    pods.played = _play({})
    pods.stuck = {"gpu-3": "0/4 nodes are available: 1 Insufficient nvidia.com/gpu."}
    found = await measured(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert (found.fields["nodes_tested"], found.fields["nodes_busy"]) == (2, 1)
    assert not found.within


@pytest.mark.parametrize(
    ("status", "failed", "silent"),
    [
        ({"phase": "Failed", "reason": "UnexpectedAdmissionError",
          "message": "Allocate failed due to device plugin: none healthy"}, 1, 0),
        ({"phase": "Failed", "reason": "OutOfnvidia.com/gpu", "message": "Node didn't have enough"}, 0, 0),
        ({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}, 0, 1),
        ({"phase": "Pending", "containerStatuses": [{"name": "main", "state": {"waiting": {
            "reason": "RunContainerError", "message": "nvidia-container-cli: driver error"}}}]}, 1, 0),
        ({"phase": "Pending", "containerStatuses": [{"name": "main", "state": {"waiting": {
            "reason": "CreateContainerConfigError", "message": "runAsNonRoot"}}}]}, 0, 1),
    ],
)  # fmt: skip
async def test_what_the_node_says_in_place_of_the_pod(
    cluster: Api, pods: Kubelet, status: Object, failed: int, silent: int
) -> None:
    pods.played = _play({})

    def play(pod: Object) -> None:
        if pod["metadata"]["name"].endswith("gpu-1"):
            cluster.patch(pod, {"spec": {"nodeName": "gpu-1"}, "status": status})
        else:
            pods.pod(pod)

    cluster.on_create("Pod", play)
    found = await measured(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert (found.fields["nodes_failed"], found.fields["nodes_silent"]) == (failed, silent)
    assert found.within == ({"nodes_failed": (0.0, 1.0)} if silent else {})


async def test_a_node_that_is_not_ready_could_have_failed(cluster: Api, pods: Kubelet) -> None:
    cluster.put(objects.node("gpu-4", ready=False))
    cluster.put(objects.node("gpu-5", unschedulable=True))
    pods.played = _play({})
    found = await measured(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert found.fields["nodes_tested"] == 3 and found.within == {"nodes_failed": (0.0, 1.0)}
    assert "gpu-4" in _told(found) and "gpu-5" in _told(found)


async def test_more_nodes_than_asked_for_are_told(cluster: Api, pods: Kubelet) -> None:
    pods.played = _play({})
    found = await measured(ask(cluster, PROBE, most=2, options=IMAGE), PROBE)
    assert found.fields["nodes_tested"] == 2 and found.within == {"nodes_failed": (0.0, 1.0)}


async def test_a_kernel_that_the_driver_refuses_is_not_the_gpus_fault(cluster: Api, pods: Kubelet) -> None:
    line = json.dumps({"untold": "cuModuleLoadData: CUDA_ERROR_INVALID_PTX"})
    pods.played = _play(dict.fromkeys(("gpu-1", "gpu-2", "gpu-3"), line))
    raised = await outcome(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert raised.key == "kube_jobs.cuda_untold"


@pytest.mark.parametrize("runtime", ["", "nvidia"])
async def test_a_pod_without_libcuda(cluster: Api, pods: Kubelet, runtime: str) -> None:
    line = json.dumps({"no_libcuda": "libcuda.so.1: cannot open shared object file"})
    pods.played = _play(dict.fromkeys(("gpu-1", "gpu-2", "gpu-3"), line))
    asked = ask(cluster, PROBE, options=IMAGE | ({"runtime_class": runtime} if runtime else {}))
    if runtime:
        assert (await measured(asked, PROBE)).fields["nodes_failed"] == 3
        assert pods.created[0]["spec"]["runtimeClassName"] == "nvidia"
    else:
        assert (await outcome(asked, PROBE)).key == "kube_jobs.no_libcuda"


async def test_the_image_is_that_of_the_running_engines(cluster: Api, pods: Kubelet) -> None:
    cluster.put(objects.pod("engine", "prod", node="gpu-1", gpus=1))
    pods.played = _play({})
    found = await measured(ask(cluster, PROBE), PROBE)
    assert found.fields["image"] == objects.IMAGE and objects.IMAGE in _told(found)


async def test_without_an_image_nothing_is_started(cluster: Api, pods: Kubelet) -> None:
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert isinstance(raised, NoData) and "cuda_image=" in str(raised)
    assert cluster.requested("POST", "/(pods|jobs)$") == []


async def test_a_cluster_without_nvidia_gpus(cluster: Api) -> None:
    cluster.put(objects.node("cpu", 0))
    assert isinstance(await outcome(ask(cluster, PROBE, options=IMAGE), PROBE), NotApplicable)


def test_mig_instances_and_what_is_left_of_them() -> None:
    mig = "nvidia.com/mig-1g.10gb"
    nodes = [objects.node("a", 7, resource=mig)]
    pods = [objects.pod(f"p{index}", node="a", gpus=1) for index in range(2)]
    found = fleet(nodes, pods)
    assert [each.resource for each in found.free] == [mig]

"""The GPU Operator's version, and the device plugin on every GPU node."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import gpu_operator
from tests.kube.checks.test_nodes import bare, device, resource_slice
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom, deployment, node, pod, pod_spec

VERSION, PLUGIN = gpu_operator.CHECKS
POLICIES, CLUSTERS = "clusterpolicies.nvidia.com", "gpuclusters.nvidia.com"
PACKAGES = "clusterserviceversions.operators.coreos.com"
SLICES = "resourceslices.resource.k8s.io"
DIGEST = "nvcr.io/nvidia/gpu-operator@sha256:" + "0" * 64


def operator(image: str, version: str = "", **state: Any) -> Memory:
    labels = {"app.kubernetes.io/component": "gpu-operator"}
    if version:
        labels["app.kubernetes.io/version"] = version
    spec = pod_spec(image=image, container="gpu-operator")
    one = deployment("gpu-operator", "gpu-operator", labels=labels, spec=spec, **state)
    return Memory({"deployments.apps": [one, deployment("chat", "prod")]})


def plugin(host: str, name: str = "nvidia-device-plugin-daemonset", **state: Any) -> dict[str, Any]:
    container = state.pop("container", "nvidia-device-plugin")
    image = state.pop("image", "nvcr.io/nvidia/k8s-device-plugin:v0.18.0")
    owner = {"kind": "DaemonSet", "name": name, "controller": True, "uid": "1", "apiVersion": "apps/v1"}
    spec = pod_spec(image=image, container=container)
    return pod(f"{name}-{host}", "gpu-operator", node=host, owner=owner, spec=spec, **state)


def policy(state: str = "ready", name: str = "cluster-policy") -> dict[str, Any]:
    return custom("nvidia.com/v1", "ClusterPolicy", name, spec={}, status={"state": state})


def served(**change: Any) -> Memory:
    return Memory(
        {
            "nodes": [node("g1"), node("g2"), node("cpu", 0)],
            "pods": [plugin("g1"), plugin("g2")],
            POLICIES: [policy()],
        }
        | change
    )


async def test_versions_are_compared_as_numbers_of_both_ages() -> None:
    for image, version in (("v1.11.1", "1.11.1"), ("v26.7.0", "26.7.0"), ("v25.10.0-ubi9", "25.10.0")):
        found = await judged(VERSION, operator(f"nvcr.io/nvidia/gpu-operator:{image}"))
        assert found.verdict is Verdict.PASS
        assert found["version"] == version
    assert (await judged(VERSION, operator("nvcr.io/nvidia/gpu-operator:v1.9.1"))).verdict is Verdict.FAIL


async def test_amds_operator_is_none_of_nvidias_and_one_that_does_not_run_is_not_deployed() -> None:
    amd = await judged(VERSION, operator("docker.io/rocm/gpu-operator:v1.12.0"))
    assert amd.verdict is Verdict.FAIL
    assert amd["installed"] is False
    off = await judged(VERSION, operator("nvcr.io/nvidia/gpu-operator:v26.7.0", replicas=0))
    assert off.verdict is Verdict.UNKNOWN
    assert "gpu-operator 0/0" in off.said


async def test_the_image_that_runs_outweighs_the_label() -> None:
    found = await judged(VERSION, operator("mirror.local/gpu-operator:v25.3.0", "v26.7.0"))
    assert found["version"] == "25.3.0"
    assert "20 months ago" in found.said


async def test_an_image_by_digest_is_told_by_label_or_package_or_not_at_all() -> None:
    assert (await judged(VERSION, operator(DIGEST, "v26.3.0")))["version"] == "26.3.0"
    olm = operator(DIGEST)
    package = custom(
        "operators.coreos.com/v1alpha1",
        "ClusterServiceVersion",
        "gpu-operator-certified.v25.3.1",
        "nvidia-gpu-operator",
        spec={"version": "25.3.1"},
    )
    olm.objects = {**olm.objects, PACKAGES: [package]}
    assert (await judged(VERSION, olm))["version"] == "25.3.1"
    found = await judged(VERSION, operator(DIGEST))
    assert found.verdict is Verdict.UNKNOWN
    assert "digest" in found.said


async def test_no_operator_fails_and_says_what_was_looked_for() -> None:
    found = await judged(VERSION, Memory({"deployments.apps": [deployment("chat", "prod")]}))
    assert found.verdict is Verdict.FAIL
    assert found["installed"] is False
    assert "No GPU Operator" in found.said
    assert (await judged(VERSION, Memory(forbidden={"deployments.apps"}))).verdict is Verdict.UNKNOWN


async def test_an_operator_that_is_down_is_named() -> None:
    found = await judged(VERSION, operator("nvcr.io/nvidia/gpu-operator:v26.7.0", ready=0))
    assert found["running"] is False
    assert "gpu-operator/gpu-operator 0/1" in found.said


async def test_a_plugin_on_every_gpu_node_passes() -> None:
    assert (await judged(PLUGIN, served())).verdict is Verdict.PASS


async def test_feature_discovery_and_mps_from_the_same_image_are_no_plugin() -> None:
    others = [
        plugin("g2", "gpu-feature-discovery", container="gpu-feature-discovery"),
        plugin("g2", "nvidia-device-plugin-mps-control-daemon", container="mps-control-daemon-ctr"),
    ]
    nodes = [node("g1"), node("g2", allocatable=0)]
    found = await judged(PLUGIN, served(pods=[plugin("g1"), *others], nodes=nodes))
    assert found.verdict is Verdict.FAIL
    assert found["plugin_missing"] == 1
    assert "DRA driver: g2" in found.said


async def test_a_plugin_that_is_not_ready_serves_nobody() -> None:
    found = await judged(PLUGIN, served(pods=[plugin("g1"), plugin("g2", ready=False)]))
    assert found["plugin_missing"] == 1


async def test_unhealthy_devices_are_counted_by_node() -> None:
    found = await judged(PLUGIN, served(nodes=[node("g1", allocatable=7), node("g2", allocatable=6)]))
    assert found.verdict is Verdict.FAIL
    assert found["unhealthy_devices"] == 3
    assert "g1 (1), g2 (2)" in found.said


async def test_the_policy_must_be_ready_and_a_duplicate_is_ignored() -> None:
    found = await judged(PLUGIN, served(**{POLICIES: [policy("notReady")]}))
    assert found.verdict is Verdict.FAIL
    assert "cluster-policy (notReady)" in found.said
    twice = served(**{POLICIES: [policy(), policy("ignored", "second")]})
    assert (await judged(PLUGIN, twice)).verdict is Verdict.PASS
    none = await judged(PLUGIN, served(**{POLICIES: []}))
    assert none["policy_ready"] is False


async def test_without_the_operator_the_policy_is_unknown_and_the_rest_is_judged() -> None:
    own = served()
    own.objects = {key: value for key, value in own.objects.items() if key != POLICIES}
    found = await judged(PLUGIN, own)
    assert found.verdict is Verdict.UNKNOWN
    assert found["plugin_missing"] == 0


async def test_a_plugin_that_is_part_of_the_node_is_no_proof_of_either() -> None:
    found = await judged(PLUGIN, served(pods=[]))
    assert found.verdict is Verdict.UNKNOWN
    assert "plugin_missing" not in found.fields
    empty = await judged(PLUGIN, served(pods=[], nodes=[node("g1", allocatable=0)]))
    assert empty["plugin_missing"] == 1
    one = await judged(PLUGIN, served(pods=[plugin("g1")]))
    assert one.verdict is Verdict.UNKNOWN, "g2 may be of a node image that brings its own"
    gone = await judged(PLUGIN, served(pods=[plugin("g1")], nodes=[node("g1"), node("g2", ready=False)]))
    assert gone.verdict is Verdict.FAIL, "what a dead node offers is an old word"


async def test_the_dra_stack_counts() -> None:
    cluster = custom("nvidia.com/v1alpha1", "GPUCluster", "gpu-cluster", status={"state": "ready"})
    driver = plugin("g1", "nvidia-dra-driver-gpu-kubelet-plugin", container="gpus",
                    image="nvcr.io/nvidia/k8s-dra-driver-gpu:v25.12.0")  # fmt: skip
    taint = {"key": "gpu.nvidia.com/xid", "effect": "NoSchedule"}
    for devices, bad in (([device("gpu-0")], 0), ([device("gpu-0", taints=[taint])], 1)):
        dra = Memory({"nodes": [bare("g1")], "pods": [driver], CLUSTERS: [cluster],
                      SLICES: [resource_slice("g1", *devices)]})  # fmt: skip
        found = await judged(PLUGIN, dra)
        assert found.verdict is (Verdict.FAIL if bad else Verdict.PASS)
        assert found["unhealthy_devices"] == bad


async def test_the_plugins_of_clouds_and_of_amd_count() -> None:
    gke = plugin(
        "g1", "nvidia-gpu-device-plugin-small-cos", container="nvidia-gpu-device-plugin", image="x@sha256:1"
    )
    amd = plugin(
        "g2",
        "default-device-plugin",
        container="device-plugin-container",
        image="rocm/k8s-device-plugin:1.31",
    )
    assert (await judged(PLUGIN, served(pods=[gke, amd]))).verdict is Verdict.PASS
    label = plugin(
        "g2", "x-node-labeller", container="node-labeller", image="rocm/k8s-device-plugin:labeller-1.31"
    )
    nodes = [node("g1"), node("g2", allocatable=0)]
    assert (await judged(PLUGIN, served(pods=[gke, label], nodes=nodes)))["plugin_missing"] == 1


async def test_no_gpu_node_is_unknown() -> None:
    assert (await judged(PLUGIN, served(nodes=[node("cpu", 0)]))).verdict is Verdict.UNKNOWN
    denied = served()
    denied.forbidden = {"pods"}
    assert (await judged(PLUGIN, denied)).verdict is Verdict.UNKNOWN

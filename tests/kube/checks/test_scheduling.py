"""Affinity, taints, priorities, latency, fragmentation, Spot nodes."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import scheduling, scheduling_measures
from tests.kube.memory import Memory, judged
from tests.kube.objects import (
    condition,
    custom,
    daemonset,
    deployment,
    event,
    merge,
    node,
    pod,
    pod_spec,
)

AFFINITY, TAINTS, PRIORITIES, CLASSES = scheduling.CHECKS
LATENCY, FRAGMENTS, SPOT = scheduling_measures.CHECKS
TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def engine(replicas: int = 2, **spec: Any) -> dict[str, Any]:
    template = pod_spec(gpus=1, image="vllm/vllm-openai:v0.11.0") | spec
    return deployment("chat", "prod", replicas=replicas, spec=template)


def spread() -> list[dict[str, Any]]:
    return [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}]


async def test_replicas_that_nothing_spreads_fail_and_are_named() -> None:
    nodes = [node("n1"), node("n2")]
    found = await judged(AFFINITY, Memory({"deployments.apps": [engine()], "nodes": nodes}))
    assert found.verdict is Verdict.FAIL
    assert "prod/chat" in found.said
    one = engine(topologySpreadConstraints=spread())
    assert (
        await judged(AFFINITY, Memory({"deployments.apps": [one], "nodes": nodes}))
    ).verdict is Verdict.PASS
    apart = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}
    two = engine(affinity=apart)
    assert (
        await judged(AFFINITY, Memory({"deployments.apps": [two], "nodes": nodes}))
    ).verdict is Verdict.PASS
    alone = await judged(AFFINITY, Memory({"deployments.apps": [engine(replicas=1)], "nodes": nodes}))
    assert alone.verdict is Verdict.UNKNOWN, "it needs no rule, and none is set"
    assert "before the second replica" in alone.said


async def test_nodes_that_do_not_tell_their_model_may_have_another() -> None:
    bare = {"nvidia.com/gpu.product": None}
    loose = {"deployments.apps": [engine(topologySpreadConstraints=spread())]}
    found = await judged(AFFINITY, Memory({**loose, "nodes": [node("n1"), node("n2", labels=bare)]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "model" in found.said
    cloud = [node(name, labels={**bare, "cloud.google.com/gke-accelerator": name}) for name in ("l4", "h100")]
    assert (await judged(AFFINITY, Memory({**loose, "nodes": cloud}))).verdict is Verdict.FAIL
    image = "ghcr.io/huggingface/text-embeddings-inference:cpu-1.8"
    embedding = pod_spec(image=image) | {"topologySpreadConstraints": spread()}
    cpu = deployment("embed", "prod", replicas=2, spec=embedding)
    found = await judged(AFFINITY, Memory({"deployments.apps": [cpu], "nodes": cloud}))
    assert found.verdict is Verdict.PASS, "it runs on no GPU at all"


async def test_with_two_gpu_models_an_engine_must_say_which() -> None:
    nodes = [node("n1"), node("n2", product="NVIDIA-L4")]
    loose = engine(topologySpreadConstraints=spread())
    found = await judged(AFFINITY, Memory({"deployments.apps": [loose], "nodes": nodes}))
    assert found.verdict is Verdict.FAIL
    assert found["without_gpu_affinity"] == 1
    assert "NVIDIA-L4" in found.said
    bound = engine(topologySpreadConstraints=spread(), nodeSelector={"nvidia.com/gpu.product": "NVIDIA-L4"})
    found = await judged(AFFINITY, Memory({"deployments.apps": [bound], "nodes": nodes}))
    assert found.verdict is Verdict.PASS


async def test_no_engine_or_no_right_leaves_affinity_unknown() -> None:
    assert (await judged(AFFINITY, Memory({"nodes": [node("n1")]}))).verdict is Verdict.UNKNOWN
    cluster = Memory({"deployments.apps": [engine()]}, forbidden={"nodes"})
    assert (await judged(AFFINITY, cluster)).verdict is Verdict.UNKNOWN


async def test_tainted_gpu_nodes_with_nothing_else_on_them_pass() -> None:
    nodes = [node("gpu-1", taints=[TAINT]), node("cpu-1", gpus=0)]
    exporter = daemonset("exporter", "monitoring")
    exporter["metadata"]["uid"] = "1"
    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "exporter", "uid": "1", "controller": True}
    pods = [
        pod("chat", "prod", node="gpu-1", gpus=4),
        pod("exporter-x", "monitoring", node="gpu-1", owner=owner),
        pod("web", "prod", node="cpu-1"),
    ]
    found = await judged(TAINTS, Memory({"nodes": nodes, "pods": pods}))
    assert found.verdict is Verdict.PASS
    pods.append(pod("web-2", "prod", node="gpu-1"))
    found = await judged(TAINTS, Memory({"nodes": nodes, "pods": pods}))
    assert found.verdict is Verdict.FAIL
    assert "prod/web-2 (gpu-1)" in found.said
    nodes[0] = node("gpu-1", taints=[])
    found = await judged(TAINTS, Memory({"nodes": nodes, "pods": []}))
    assert found["untainted_gpu_nodes"] == 1
    assert "gpu-1" in found.said


async def test_taints_make_no_sense_where_every_node_has_gpus_and_prove_nothing_where_none_has() -> None:
    assert (await judged(TAINTS, Memory({"nodes": [node("n1")]}))).verdict is Verdict.NA
    assert (await judged(TAINTS, Memory({"nodes": [node("n1", gpus=0)]}))).verdict is Verdict.UNKNOWN
    assert (await judged(TAINTS, Memory(forbidden={"nodes"}))).verdict is Verdict.UNKNOWN


def priority(name: str, value: int, policy: str = "PreemptLowerPriority") -> dict[str, Any]:
    made = custom("scheduling.k8s.io/v1", "PriorityClass", name)
    return made | {"value": value, "preemptionPolicy": policy, "globalDefault": False}


SYSTEM = priority("system-cluster-critical", 2000000000)


async def test_engines_need_a_class_of_the_clusters_own() -> None:
    classes = "priorityclasses.scheduling.k8s.io"
    with_class = engine(priorityClassName="serving")
    cluster = Memory({classes: [SYSTEM, priority("serving", 100000)], "deployments.apps": [with_class]})
    found = await judged(PRIORITIES, cluster)
    assert found.verdict is Verdict.PASS
    assert "serving 100000" in found.said
    found = await judged(PRIORITIES, Memory({classes: [SYSTEM], "deployments.apps": [engine()]}))
    assert found.verdict is Verdict.FAIL
    assert "prod/chat" in found.said
    found = await judged(PRIORITIES, Memory({classes: [SYSTEM, priority("serving", 100000)]}))
    assert found.verdict is Verdict.UNKNOWN, "no engine uses a class where there is no engine"
    assert (await judged(PRIORITIES, Memory(forbidden={classes}))).verdict is Verdict.UNKNOWN


async def test_two_classes_of_which_the_higher_preempts() -> None:
    classes = "priorityclasses.scheduling.k8s.io"
    both = [SYSTEM, priority("serving", 100000), priority("batch", 1000, "Never")]
    found = await judged(CLASSES, Memory({classes: both, "events": [event("e", reason="Preempted")]}))
    assert found.verdict is Verdict.PASS
    assert found["preempted"] == 1
    tame = [priority("serving", 100000, "Never"), priority("batch", 1000, "Never")]
    found = await judged(CLASSES, Memory({classes: tame}))
    assert found.verdict is Verdict.FAIL
    assert "Nothing lets a higher priority" in found.said
    assert (await judged(CLASSES, Memory({classes: [SYSTEM]}))).verdict is Verdict.FAIL
    assert (await judged(CLASSES, Memory(forbidden={classes}))).verdict is Verdict.UNKNOWN


async def test_volcano_and_kueue_preempt_in_their_own_ways() -> None:
    classes = "priorityclasses.scheduling.k8s.io"
    tame = [priority("serving", 100000, "Never"), priority("batch", 1000, "Never")]
    config = custom("v1", "ConfigMap", "volcano-scheduler-configmap", "volcano-system")
    queue = custom("scheduling.volcano.sh/v1beta1", "Queue", "default")
    for actions, verdict in (("allocate, preempt", Verdict.PASS), ("allocate, backfill", Verdict.FAIL)):
        config["data"] = {"volcano-scheduler.conf": f'actions: "enqueue, {actions}"\ntiers:\n'}
        objects = {classes: tame, "configmaps": [config], "queues.scheduling.volcano.sh": [queue]}
        assert (await judged(CLASSES, Memory(objects))).verdict is verdict
    kueue = custom(
        "kueue.x-k8s.io/v1beta2", "ClusterQueue", "gpus", spec={"preemption": {"reclaimWithinCohort": "Any"}}
    )
    found = await judged(CLASSES, Memory({classes: tame, "clusterqueues.kueue.x-k8s.io": [kueue]}))
    assert found.verdict is Verdict.PASS
    assert "Kueue" in found.said


def placed(name: str, created: str, at: str) -> dict[str, Any]:
    made = pod(name, "prod", node="n1")
    made["metadata"]["creationTimestamp"] = created
    made["status"]["conditions"] = [{**condition("PodScheduled"), "lastTransitionTime": at}]
    return made


async def test_latency_is_told_from_creation_to_placement() -> None:
    fast = placed("a", "2026-11-24T11:00:00Z", "2026-11-24T11:00:02Z")
    slow = placed("b", "2026-11-24T11:00:00Z", "2026-11-24T11:00:42Z")
    old = placed("c", "2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z")
    found = await judged(LATENCY, Memory({"pods": [fast, old]}))
    assert found.verdict is Verdict.PASS
    assert (found["p99"], found["pods"]) == (2.0, 1)
    found = await judged(LATENCY, Memory({"pods": [fast, slow]}))
    assert found.verdict is Verdict.FAIL
    assert "prod/b (42 s)" in found.said
    near = placed("d", "2026-11-24T11:00:00Z", "2026-11-24T11:00:10Z")
    found = await judged(LATENCY, Memory({"pods": [near]}))
    assert found.verdict is Verdict.UNKNOWN, "whole seconds cannot tell 9.4 s from 10.4 s"
    waiting = pod("e", "prod", gpus=1)
    waiting["metadata"]["creationTimestamp"] = "2026-11-24T11:50:00Z"
    assert (await judged(LATENCY, Memory({"pods": [fast, waiting]}))).verdict is Verdict.FAIL
    assert (await judged(LATENCY, Memory({"pods": [old]}))).verdict is Verdict.UNKNOWN
    assert (await judged(LATENCY, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN


async def test_free_gpus_where_the_commonest_request_does_not_fit_are_stranded() -> None:
    nodes = [node(f"n{n}") for n in range(4)]
    whole = [pod(f"p{n}", "prod", node=f"n{n}", gpus=4) for n in range(4)]
    found = await judged(FRAGMENTS, Memory({"nodes": nodes, "pods": whole}))
    assert found.verdict is Verdict.PASS
    assert (found["stranded"], found["commonest"], found["gpus"]) == (0.0, 4, 32)
    odd = [pod(f"q{n}", "prod", node=f"n{n}", gpus=1) for n in range(2)]
    found = await judged(FRAGMENTS, Memory({"nodes": nodes, "pods": [*whole, *odd]}))
    assert found.verdict is Verdict.FAIL
    assert found["stranded_gpus"] == 6
    assert "n0 3, n1 3" in found.said
    over = [merge(each, {"status": {"phase": "Succeeded"}}) for each in odd]
    assert (
        await judged(FRAGMENTS, Memory({"nodes": nodes, "pods": [*whole, *over]}))
    ).verdict is Verdict.PASS


async def test_cordoned_nodes_are_left_aside_and_no_request_proves_nothing() -> None:
    nodes = [node("n1"), node("n2", unschedulable=True)]
    found = await judged(FRAGMENTS, Memory({"nodes": nodes, "pods": [pod("p", node="n1", gpus=8)]}))
    assert found["gpus"] == 8
    assert "n2" in found.said
    assert (await judged(FRAGMENTS, Memory({"nodes": nodes}))).verdict is Verdict.UNKNOWN
    assert (await judged(FRAGMENTS, Memory({"nodes": [node("n1", gpus=0)]}))).verdict is Verdict.UNKNOWN
    assert (await judged(FRAGMENTS, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN


def sliced(name: str, many: int) -> dict[str, Any]:
    devices = [{"name": f"gpu-{n}", "attributes": {"type": {"string": "gpu"}}} for n in range(many)]
    spec = {
        "driver": "gpu.nvidia.com",
        "nodeName": name,
        "pool": {"name": name, "generation": 1},
        "devices": devices,
    }
    return custom("resource.k8s.io/v1", "ResourceSlice", f"{name}-gpus", spec=spec)


def claim(name: str, host: str, first: int, many: int) -> dict[str, Any]:
    held = [
        {"driver": "gpu.nvidia.com", "pool": host, "device": f"gpu-{n}", "request": "gpus"}
        for n in range(first, first + many)
    ]
    status = {"allocation": {"devices": {"results": held}}}
    return custom("resource.k8s.io/v1", "ResourceClaim", name, "prod", status=status)


async def test_gpus_of_a_dra_driver_fragment_in_the_same_way() -> None:
    nodes = [node("n1", gpus=0), node("n2", gpus=0)]
    slices = [sliced("n1", 8), sliced("n2", 8)]
    claims = [claim("a", "n1", 0, 4), claim("b", "n2", 0, 4), claim("c", "n2", 4, 1)]
    cluster = {
        "nodes": nodes,
        "resourceslices.resource.k8s.io": slices,
        "resourceclaims.resource.k8s.io": claims,
    }
    found = await judged(FRAGMENTS, Memory(cluster))
    assert found.verdict is Verdict.FAIL
    assert (found["stranded_gpus"], found["gpus"]) == (3, 16)


async def test_engines_on_spot_nodes_alone_fail() -> None:
    spot = node("s1", labels={"karpenter.sh/capacity-type": "spot"})
    nodes = [spot, node("n1")]
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "chat-5d8f",
        "uid": "1",
        "controller": True,
    }
    hashed = {"pod-template-hash": "5d8f"}
    here = pod("chat-1", "prod", node="s1", gpus=1, owner=owner, labels=hashed)
    there = pod("chat-2", "prod", node="n1", gpus=1, owner=owner, labels=hashed)
    cluster = {"nodes": nodes, "deployments.apps": [engine()]}
    found = await judged(SPOT, Memory({**cluster, "pods": [here, there]}), "13.2.4.3.s2")
    assert found.verdict is Verdict.PASS
    assert (found["spot_nodes"], found["spot_share"], found["workloads_on_spot"]) == (1, 50.0, 1)
    found = await judged(SPOT, Memory({**cluster, "pods": [here]}), "13.2.4.3.s2")
    assert found.verdict is Verdict.FAIL
    assert "prod/chat" in found.said
    found = await judged(SPOT, Memory({"nodes": nodes}), "13.2.4.3.s2")
    assert found.verdict is Verdict.UNKNOWN, "no engine: nothing stands anywhere"
    for labels, verdict in (
        ({}, Verdict.UNKNOWN),  # nothing tells how it was bought
        ({"eks.amazonaws.com/capacityType": "ON_DEMAND"}, Verdict.PASS),
    ):
        bought = merge(node("n1", labels=labels), {"spec": {"providerID": "aws:///eu-1a/i-0123"}})
        found = await judged(SPOT, Memory({**cluster, "nodes": [bought], "pods": [there]}), "13.2.4.3.s2")
        assert found.verdict is verdict


async def test_on_own_hardware_there_is_no_spot() -> None:
    bare = merge(node("n1"), {"spec": {"providerID": None}})
    assert (await judged(SPOT, Memory({"nodes": [bare]}), "13.2.4.3.s2")).verdict is Verdict.NA
    assert (await judged(SPOT, Memory(forbidden={"nodes"}), "13.2.4.3.s2")).verdict is Verdict.UNKNOWN

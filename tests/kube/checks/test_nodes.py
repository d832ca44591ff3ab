"""Nodes: readiness, GPU labels and taints, sharing, what they offer."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import nodes
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom, merge, node, pod

READY, LABELS, SHARING, OFFERED = nodes.CHECKS
SLICES = "resourceslices.resource.k8s.io"
UNTOLD = {"nvidia.com/gpu.product": None, "nvidia.com/gpu.count": None}


def of(*each: dict[str, Any], **more: Any) -> Memory:
    return Memory({"nodes": list(each)} | more)


def resource_slice(
    host: str, *devices: dict[str, Any], driver: str = "gpu.nvidia.com", **pool: Any
) -> dict[str, Any]:
    spec = {
        "driver": driver,
        "nodeName": host,
        "pool": {"name": host, "generation": 1, "resourceSliceCount": 1} | pool,
        "devices": list(devices),
    }
    return custom("resource.k8s.io/v1", "ResourceSlice", f"{host}-{driver}", spec=spec)


def device(name: str, kind: str = "gpu", **more: Any) -> dict[str, Any]:
    return {"name": name, "attributes": {"type": {"string": kind}}, **more}


def bare(name: str) -> dict[str, Any]:
    """A GPU node whose GPUs are handed out by DRA: no extended resource, as NFD labels it."""
    labels = {"feature.node.kubernetes.io/pci-10de.present": "true"}
    return node(name, 0, labels=labels)


async def test_ready_nodes_pass_and_a_cordoned_one_is_named() -> None:
    found = await judged(READY, of(node("n1"), node("n2", unschedulable=True)))
    assert found.verdict is Verdict.PASS
    assert "n2" in found.said


async def test_nodes_that_are_not_are_named_with_reason_and_age() -> None:
    sick = [node("n1"), node("n2", ready=False), node("n3", pressure=["DiskPressure"])]
    found = await judged(READY, of(*sick))
    assert found.verdict is Verdict.FAIL
    assert (found["not_ready"], found["under_pressure"]) == (1, 1)
    assert "n2 (KubeletNotReady, 313 d)" in found.said
    assert "n3 (DiskPressure: KubeletHasDiskPressure" in found.said


async def test_a_node_that_went_silent_is_not_ready() -> None:
    silent = node("n1")
    for told in silent["status"]["conditions"]:
        told |= {"status": "Unknown", "reason": "NodeStatusUnknown"}
    found = await judged(READY, of(silent))
    assert found.verdict is Verdict.FAIL
    assert "NodeStatusUnknown" in found.said


async def test_only_eight_names_are_told() -> None:
    found = await judged(READY, of(*(node(f"n{n:02}", ready=False) for n in range(12))))
    assert "n07" in found.said and "n08" not in found.said
    assert "+ 4 more" in found.said


async def test_no_node_and_no_right_are_unknown() -> None:
    for check in nodes.CHECKS:
        assert (await judged(check, Memory())).verdict is Verdict.UNKNOWN
        assert (await judged(check, Memory(forbidden={"nodes"}))).verdict is Verdict.UNKNOWN


async def test_labelled_and_tainted_gpu_nodes_pass() -> None:
    found = await judged(LABELS, of(node("g1"), node("g2"), node("cpu", 0)))
    assert found.verdict is Verdict.PASS
    assert found["gpu_nodes"] == 2


async def test_gpu_nodes_without_label_or_taint_are_named() -> None:
    found = await judged(LABELS, of(node("g1", labels=UNTOLD), node("g2", taints=[])))
    assert found.verdict is Verdict.FAIL
    assert (found["unlabelled"], found["untainted"]) == (1, 1)
    assert "product label: g1" in found.said
    assert "taint: g2" in found.said


async def test_a_taint_of_the_moment_or_a_soft_one_keeps_nobody_off() -> None:
    passing = [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    soft = [{"key": "nvidia.com/gpu", "effect": "PreferNoSchedule"}]
    found = await judged(LABELS, of(node("g1", taints=passing), node("g2", taints=soft)))
    assert found["untainted"] == 2


async def test_a_waiting_pod_without_the_toleration_is_named() -> None:
    waits = pod("train", "lab", gpus=1)
    waits["spec"]["tolerations"] = [{"key": "nvidia.com/gpu", "operator": "Equal", "value": "other"}]
    able = pod("chat", "prod", gpus=1)
    found = await judged(LABELS, of(node("g1"), pods=[waits, able]))
    assert found.verdict is Verdict.PASS
    assert found["pods_without_toleration"] == 1
    assert "lab/train" in found.said


async def test_no_gpu_node_fails_where_the_line_asks_for_one() -> None:
    for check in (LABELS, OFFERED):
        found = await judged(check, of(node("cpu", 0)))
        assert found.verdict is Verdict.FAIL
        assert dict(found.fields) == {"gpu_nodes": 0}
    assert (await judged(SHARING, of(node("cpu", 0)))).verdict is Verdict.UNKNOWN


async def test_cards_for_virtual_machines_are_no_containers_business() -> None:
    found = await judged(OFFERED, of(node("vm", labels={"nvidia.com/gpu.workload.config": "vm-passthrough"})))
    assert found["gpu_nodes"] == 0


async def test_settled_mig_passes_and_its_profiles_are_told() -> None:
    mig = {"nvidia.com/mig.config": "all-1g.10gb", "nvidia.com/mig.config.state": "success"}
    one = node("g1", 56, labels=mig, resource="nvidia.com/mig-1g.10gb")
    found = await judged(SHARING, of(one, node("g2")))
    assert found.verdict is Verdict.PASS
    assert found["mig_nodes"] == 1
    assert "nvidia.com/mig-1g.10gb" in found.said


async def test_mig_that_waits_or_failed_is_named() -> None:
    def under(name: str, state: str | None) -> dict[str, Any]:
        labels = {"nvidia.com/mig.config": "all-1g.10gb", "nvidia.com/mig.config.state": state}
        return node(name, labels=labels)

    found = await judged(SHARING, of(under("g1", "failed"), under("g2", "pending"), under("g3", None)))
    assert found.verdict is Verdict.FAIL
    assert found["mig_unsettled"] == 3
    assert "g1 (all-1g.10gb: failed)" in found.said
    invalid = node("g1", product="NVIDIA-A100-MIG-INVALID")
    assert (await judged(SHARING, of(invalid)))["mig_unsettled"] == 1


async def test_a_card_without_mig_is_not_asked_for_it() -> None:
    labels = {"nvidia.com/mig.config": "all-disabled", "nvidia.com/mig.capable": "false"}
    found = await judged(SHARING, of(node("t4", labels=labels)))
    assert found.verdict is Verdict.PASS


async def test_time_slicing_is_told() -> None:
    labels = {"nvidia.com/gpu.sharing-strategy": "time-slicing", "nvidia.com/gpu.replicas": "4"}
    found = await judged(SHARING, of(node("g1", 8, labels={**labels, "nvidia.com/gpu.count": "2"})))
    assert found.verdict is Verdict.PASS
    assert "g1 (time-slicing x4)" in found.said


async def test_a_gpu_node_that_offers_nothing_fails() -> None:
    for check, field in ((SHARING, "nodes_without_devices"), (OFFERED, "nodes_without_gpu")):
        found = await judged(check, of(node("g1", allocatable=0), node("g2")))
        assert found.verdict is Verdict.FAIL
        assert found[field] == 1
        assert "g1" in found.said


async def test_what_the_labels_count_must_be_on_offer() -> None:
    assert (await judged(OFFERED, of(node("g1"), node("g2")))).verdict is Verdict.PASS
    found = await judged(
        OFFERED, of(node("g1", allocatable=7), node("g2", 7, labels={"nvidia.com/gpu.count": "8"}))
    )
    assert found.verdict is Verdict.FAIL
    assert found["nodes_short"] == 2
    assert "g1 (7/8), g2 (7/8)" in found.said


async def test_shared_cards_are_counted_as_often_as_they_are_shared() -> None:
    labels = {"nvidia.com/gpu.count": "2", "nvidia.com/gpu.replicas": "4"}
    assert (await judged(OFFERED, of(node("g1", 8, labels=labels)))).verdict is Verdict.PASS
    renamed = node("g1", 8, labels=labels, resource="nvidia.com/gpu.shared")
    assert (await judged(OFFERED, of(renamed))).verdict is Verdict.PASS
    assert (await judged(OFFERED, of(node("g1", 4, labels=labels))))["nodes_short"] == 1


async def test_mig_instances_are_held_against_their_own_label() -> None:
    labels = {
        "nvidia.com/mig-1g.10gb.count": "14",
        "nvidia.com/gpu.count": "8",
        "nvidia.com/mig.strategy": "mixed",
    }
    some = node("g1", 14, labels=labels, resource="nvidia.com/mig-1g.10gb")
    some["status"]["capacity"]["nvidia.com/gpu"] = some["status"]["allocatable"]["nvidia.com/gpu"] = "6"
    assert (await judged(OFFERED, of(some))).verdict is Verdict.PASS
    fewer = node("g1", 13, labels=labels, resource="nvidia.com/mig-1g.10gb")
    assert (await judged(OFFERED, of(fewer)))["nodes_short"] == 1


async def test_without_labels_capacity_judges_and_a_remark_says_so() -> None:
    found = await judged(OFFERED, of(node("g1", labels=UNTOLD)))
    assert found.verdict is Verdict.PASS
    assert "No count label on g1" in found.said


async def test_gpus_handed_out_by_dra_count() -> None:
    slices = [resource_slice("g1", device("gpu-0"), device("gpu-1"))]
    found = await judged(OFFERED, of(bare("g1"), **{SLICES: slices}))
    assert found.verdict is Verdict.PASS
    assert found["gpus_allocatable"] == 2
    assert "DRA" in found.said
    assert (await judged(SHARING, of(bare("g1"), **{SLICES: slices})))["dra_nodes"] == 1


async def test_a_tainted_dra_device_is_missing() -> None:
    taint = {"key": "gpu.nvidia.com/xid", "effect": "NoExecute"}
    slices = [resource_slice("g1", device("gpu-0"), device("gpu-1", taints=[taint]))]
    found = await judged(OFFERED, of(bare("g1"), **{SLICES: slices}))
    assert found.verdict is Verdict.FAIL
    assert "g1 (1/2)" in found.said


async def test_only_the_newest_generation_of_a_pool_counts_and_other_drivers_do_not() -> None:
    old = resource_slice("g1", device("gpu-0"), device("gpu-1"))
    new = resource_slice("g1", device("gpu-0"), generation=2)
    net = resource_slice("g1", device("channel-0", "channel"), driver="compute-domain.nvidia.com")
    found = await judged(OFFERED, of(bare("g1"), **{SLICES: [old, new, net]}))
    assert found["gpus_allocatable"] == 1


async def test_a_node_of_an_old_server_without_dra_is_read_as_before() -> None:
    old = of(node("g1"))
    old.missing = {SLICES}
    assert (await judged(OFFERED, old)).verdict is Verdict.PASS


async def test_amd_gpus_count() -> None:
    labels = {"amd.com/gpu.product-name": "AMD_Instinct_MI300X", "feature.node.kubernetes.io/amd-gpu": "true"}
    plain = node("a1", 0, labels=labels, taints=[{"key": "amd.com/gpu", "effect": "NoSchedule"}])
    eight = {"amd.com/gpu": "8"}
    amd = merge(plain, {"status": {"capacity": eight, "allocatable": eight}})
    for check in (LABELS, SHARING, OFFERED):
        assert (await judged(check, of(amd))).verdict is Verdict.PASS

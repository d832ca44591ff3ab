"""GPUs of nodes and pods, quantities, times, taints: the small rules under the checks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.kube.read.conditions import age, because, is_true, newest, spoken, status, when
from gpuready.kube.read.gpus import claim_names, claimed, devices, is_gpu_resource, requested
from gpuready.kube.read.namespaces import is_system, workloads
from gpuready.kube.read.naming import listed
from gpuready.kube.read.quantity import pieces, quantity
from gpuready.kube.read.taints import tolerates
from tests.kube.objects import condition, custom, pod

GPU = "nvidia.com/gpu"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("100m", 0.1),
        ("1536Mi", 1536 * 2**20),
        ("1.5Gi", 1.5 * 2**30),
        ("2e3", 2000),
        ("12E", 12e18),
        (".5", 0.5),
        ("-1", -1),
        (4, 4),
    ],
)
def test_quantities(text: object, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "8 GPUs", "1KiB", "x", "--1", "1e9999", None, True, [], "9" * 99])
def test_what_is_no_quantity_is_refused_and_counts_as_no_piece(text: object) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        quantity(text)
    assert pieces(text) == 0


@given(st.one_of(st.text(max_size=80), st.floats(), st.integers(), st.none()))
def test_pieces_are_never_negative_and_never_break(text: object) -> None:
    assert pieces(text) >= 0


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (GPU, True),
        ("nvidia.com/gpu.shared", True),
        ("nvidia.com/mig-1g.10gb", True),
        ("nvidia.com/mig-1g.10gb.me", True),
        ("nvidia.com/mig-3g.40gb.shared", True),
        ("amd.com/gpu", True),
        ("gpu.intel.com/xe", True),
        ("nvidia.com/gpumem", False),
        ("nvidia.com/gpucores", False),
        ("nvidia.com/hostdev", False),
        ("example.com/gpu", False),
        ("cpu", False),
    ],
)
def test_which_resources_count_gpus(name: str, is_one: bool) -> None:
    assert is_gpu_resource(name) is is_one


def asking(gpus: int, **more: Any) -> dict[str, Any]:
    return {"name": "c", "resources": {"limits": {GPU: str(gpus), "cpu": "1"}}, **more}


@pytest.mark.parametrize(
    ("first", "main", "total"),
    [
        ([], [asking(2), asking(1)], 3),
        ([asking(4)], [asking(2)], 4),
        ([asking(1)], [asking(2)], 2),
        ([asking(1, restartPolicy="Always")], [asking(2)], 3),
        ([asking(1, restartPolicy="Always"), asking(4)], [asking(2)], 5),
        ([asking(4), asking(1, restartPolicy="Always")], [asking(2)], 4),
    ],
)
def test_what_the_scheduler_reserves(first: list[Any], main: list[Any], total: int) -> None:
    assert requested({"spec": {"initContainers": first, "containers": main}}) == {GPU: total}


def test_a_pod_without_gpus_asks_for_none() -> None:
    assert requested(pod("web")) == {}
    assert requested({}) == {}


def slice_of(version: str, kind: str) -> dict[str, Any]:
    attributes = {"type": {"string": kind}}
    device = {"name": "d0", "attributes": attributes}
    if version == "v1beta1":
        device = {"name": "d0", "basic": {"attributes": attributes}}
    spec = {
        "driver": "gpu.nvidia.com",
        "nodeName": "n1",
        "pool": {"name": "n1", "generation": 1},
        "devices": [device],
    }
    return custom(f"resource.k8s.io/{version}", "ResourceSlice", "s", spec=spec)


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1beta2"])
def test_devices_are_read_at_every_version(version: str) -> None:
    assert devices([slice_of(version, "gpu")])["n1"].gpus == {"gpu.nvidia.com/n1/d0"}
    assert devices([slice_of(version, "mig")])["n1"].partitions == {"gpu.nvidia.com/n1/d0"}
    assert not devices([slice_of(version, "vfio")]).get("n1"), "the same card for a virtual machine"


def test_claims_name_what_they_hold() -> None:
    held = {"driver": "gpu.nvidia.com", "pool": "n1", "device": "d0"}
    watch = {"driver": "gpu.nvidia.com", "pool": "n1", "device": "d1", "adminAccess": True}
    net = {"driver": "dra.net", "pool": "n1", "device": "eth0"}
    status = {"allocation": {"devices": {"results": [held, watch, net]}}}
    claims = [custom("resource.k8s.io/v1", "ResourceClaim", "c", "prod", status=status), {"status": None}]
    assert claimed(claims) == {"gpu.nvidia.com/n1/d0"}
    user = {
        "spec": {"resourceClaims": [{"name": "a", "resourceClaimName": "own"}, {"name": "b"}]},
        "status": {"resourceClaimStatuses": [{"name": "b", "resourceClaimName": "made-x7"}]},
    }
    assert claim_names(user) == ("own", "made-x7")


def test_times_and_ages() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert age("2026-11-24T11:59:00Z", now) == 60
    assert age("2026-11-24T11:59:00.500000Z", now) == 59.5
    assert when("yesterday") is when(None) is None
    assert newest(["", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]) == when("2026-02-01T00:00:00Z")
    assert newest([]) is None
    assert [spoken(each) for each in (5, 720, 7200, 90_000, 900_000)] == [
        "5 s",
        "12 min",
        "2 h",
        "25 h",
        "10 d",
    ]


def test_conditions() -> None:
    now = datetime(2026, 1, 15, 8, 12, tzinfo=UTC)
    one = {"status": {"conditions": [condition("Ready", "Unknown", "NodeStatusUnknown")]}}
    assert status(one, "Ready") == "Unknown"
    assert not is_true(one, "Ready")
    assert because(one, "Ready", now) == "NodeStatusUnknown, 12 min"
    for nothing in ({}, {"status": None}, {"status": {"conditions": None}}):
        assert status(nothing, "Ready") == because(nothing, "Ready", now) == ""


def test_names_are_sorted_and_bounded() -> None:
    assert listed([]) == "-"
    assert listed(["b", "a", "a"]) == "a, b"
    assert listed(map(str, range(12)), 3) == "0, 1, 10, + 9 more"


@pytest.mark.parametrize(
    ("toleration", "does"),
    [
        ({"operator": "Exists"}, True),
        ({"key": GPU, "operator": "Exists"}, True),
        ({"key": GPU, "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": GPU, "value": "present"}, True),
        ({"key": GPU, "value": "other"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_tolerations(toleration: dict[str, Any], does: bool) -> None:
    taint = {"key": GPU, "value": "present", "effect": "NoSchedule"}
    assert tolerates({"spec": {"tolerations": [toleration]}}, [taint]) is does
    assert tolerates({}, []) is True
    assert tolerates({}, [taint]) is False


def test_workload_namespaces_are_those_with_pods_that_are_no_systems() -> None:
    pods = [
        pod("a", "prod", node="n1"),
        pod("b", "lab"),
        pod("c", "old", node="n1", phase="Succeeded"),
        pod("d", "kube-system", node="n1"),
        pod("e", "cert-manager", node="n1"),
    ]
    assert workloads(pods) == ("lab", "prod")
    assert is_system("istio-system") and not is_system("default")

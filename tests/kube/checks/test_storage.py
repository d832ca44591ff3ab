"""Shared storage, claims, classes and provisioners."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import storage
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom, daemonset, deployment, pod, pod_spec

SYSTEM, CLAIMS, CLASSES, MOUNTS = storage.CHECKS
CEPH, LONGHORN = "cephclusters.ceph.rook.io", "volumes.longhorn.io"
DRIVERS, CSI_NODES = "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io"
STORAGE_CLASSES, LEASES = "storageclasses.storage.k8s.io", "leases.coordination.k8s.io"
RBD = "rook-ceph.rbd.csi.ceph.com"
CEPHFS = "rook-ceph.cephfs.csi.ceph.com"


def ceph(health: str | None = "HEALTH_OK") -> dict[str, Any]:
    status: dict[str, Any] = {"phase": "Ready"}
    if health:
        status["ceph"] = {"health": health, "lastChecked": "2026-11-24T11:59:00Z"}
    return custom("ceph.rook.io/v1", "CephCluster", "rook-ceph", "rook-ceph", status=status)


def driver(name: str) -> dict[str, Any]:
    return custom("storage.k8s.io/v1", "CSIDriver", name, spec={"attachRequired": True})


def csi_node(host: str, *drivers: str) -> dict[str, Any]:
    told = [{"name": name, "nodeID": host, "topologyKeys": None} for name in drivers]
    return custom("storage.k8s.io/v1", "CSINode", host, spec={"drivers": told})


def volume(name: str, source: dict[str, Any], *modes: str) -> dict[str, Any]:
    return custom("v1", "PersistentVolume", name, spec={"accessModes": list(modes), **source})


def storage_class(
    name: str, provisioner: str = CEPHFS, default: bool = False, mode: str = "Immediate"
) -> dict[str, Any]:
    one = custom("storage.k8s.io/v1", "StorageClass", name)
    if default:
        one["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return one | {"provisioner": provisioner, "volumeBindingMode": mode}


def lease(name: str, renewed: str = "2026-11-24T11:59:50.000000Z") -> dict[str, Any]:
    spec = {"holderIdentity": "csi-0", "leaseDurationSeconds": 15, "renewTime": renewed}
    return custom("coordination.k8s.io/v1", "Lease", name, "rook-ceph", spec=spec)


def claim(name: str, mode: str = "ReadWriteMany", phase: str = "Bound", **spec: Any) -> dict[str, Any]:
    given = {"accessModes": [mode], "storageClassName": "cephfs"} | spec
    return custom("v1", "PersistentVolumeClaim", name, "prod", spec=given, status={"phase": phase})


def user(name: str, host: str, of: str = "models", where: str = "prod", **state: Any) -> dict[str, Any]:
    spec = pod_spec() | {"volumes": [{"name": "m", "persistentVolumeClaim": {"claimName": of}}]}
    return pod(name, where, node=host, spec=spec, **state)


def rook(**change: Any) -> Memory:
    objects = {
        CEPH: [ceph()],
        DRIVERS: [driver(CEPHFS), driver(RBD)],
        CSI_NODES: [csi_node("n1", CEPHFS, RBD), csi_node("n2", CEPHFS, RBD)],
    }
    return Memory(objects | change)


async def test_a_healthy_ceph_passes() -> None:
    found = await judged(SYSTEM, rook())
    assert found.verdict is Verdict.PASS
    assert found["systems"] == 1
    assert "found: Ceph" in found.said


async def test_a_ceph_that_warns_fails_and_one_that_says_nothing_is_unknown() -> None:
    found = await judged(SYSTEM, rook(**{CEPH: [ceph("HEALTH_WARN")]}))
    assert found.verdict is Verdict.FAIL
    assert "rook-ceph/rook-ceph (HEALTH_WARN)" in found.said
    assert (await judged(SYSTEM, rook(**{CEPH: [ceph(None)]}))).verdict is Verdict.UNKNOWN


async def test_an_old_word_of_ceph_is_none() -> None:
    old = ceph()
    old["status"]["ceph"]["lastChecked"] = "2026-11-24T09:00:00Z"
    found = await judged(SYSTEM, rook(**{CEPH: [old]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "rook-ceph-operator" in found.said


async def test_a_driver_that_is_on_no_node_is_not_healthy() -> None:
    found = await judged(SYSTEM, Memory({DRIVERS: [driver("nfs.csi.k8s.io")]}))
    assert found.verdict is Verdict.FAIL
    assert "nfs.csi.k8s.io (0 nodes)" in found.said


async def test_a_degraded_longhorn_volume_is_named() -> None:
    sick = custom(
        "longhorn.io/v1beta2", "Volume", "pvc-1", "longhorn-system", status={"robustness": "degraded"}
    )
    longhorn = "driver.longhorn.io"
    cluster = Memory({DRIVERS: [driver(longhorn)], CSI_NODES: [csi_node("n1", longhorn)], LONGHORN: [sick]})
    found = await judged(SYSTEM, cluster)
    assert found.verdict is Verdict.FAIL
    assert "pvc-1 (degraded)" in found.said


async def test_a_driver_of_any_name_counts_once_it_shares_a_volume() -> None:
    shared = volume("pv-1", {"csi": {"driver": "csi.example.com", "volumeHandle": "1"}}, "ReadWriteMany")
    objects = {DRIVERS: [driver("csi.example.com")], CSI_NODES: [csi_node("n1", "csi.example.com")]}
    assert (await judged(SYSTEM, Memory(objects | {"persistentvolumes": [shared]}))).verdict is Verdict.PASS
    found = await judged(SYSTEM, Memory(objects))
    assert found.verdict is Verdict.UNKNOWN, "it may or may not share"
    assert "csi.example.com" in found.said


async def test_no_storage_at_all_fails_and_no_right_is_unknown() -> None:
    found = await judged(SYSTEM, Memory())
    assert found.verdict is Verdict.FAIL
    assert "No shared storage" in found.said
    for denied in (CSI_NODES, "persistentvolumes", DRIVERS):
        cluster = rook()
        cluster.forbidden = {denied}
        assert (await judged(SYSTEM, cluster)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("version", "gone"), [("1.25.3", 0), ("1.26.0", 1), ("1.34.2", 2)])
async def test_plugins_are_removed_from_the_version_on_that_lacks_them(version: str, gone: int) -> None:
    old = [
        volume("g", {"glusterfs": {"endpoints": "g", "path": "v"}}, "ReadWriteMany"),
        volume("c", {"cephfs": {"monitors": ["m"]}}, "ReadWriteMany"),
    ]
    cluster = rook(persistentvolumes=old)
    cluster.git_version = version
    found = await judged(SYSTEM, cluster)
    assert found["removed_plugins"] == gone
    assert found.verdict is (Verdict.FAIL if gone else Verdict.PASS)
    assert ("PersistentVolume g (glusterfs)" in found.said) is bool(gone)


async def test_a_glusterfs_class_is_flagged() -> None:
    found = await judged(SYSTEM, rook(**{STORAGE_CLASSES: [storage_class("g", "kubernetes.io/glusterfs")]}))
    assert "StorageClass g (glusterfs)" in found.said


async def test_bound_shared_claims_pass() -> None:
    bound = [claim("models"), claim("scratch", "ReadWriteOnce", "Pending")]
    found = await judged(CLAIMS, Memory({"persistentvolumeclaims": bound}))
    assert found.verdict is Verdict.PASS
    assert "prod/models" in found.said


async def test_a_shared_claim_that_waits_is_named_with_why() -> None:
    lazy = storage_class("cephfs", mode="WaitForFirstConsumer")
    claims = [claim("models"), claim("new", phase="Pending"), claim("gone", phase="Lost")]
    found = await judged(CLAIMS, Memory({"persistentvolumeclaims": claims, STORAGE_CLASSES: [lazy]}))
    assert found.verdict is Verdict.FAIL
    assert found["rwx_unbound"] == 2
    assert "prod/gone (Lost), prod/new (Pending)" in found.said
    assert "WaitForFirstConsumer" in found.said


async def test_a_claim_on_a_nodes_own_path_or_a_raw_device_shares_no_files() -> None:
    block = claim("disk", volumeMode="Block")
    for probe in (CLAIMS, MOUNTS):
        found = await judged(probe, Memory({"persistentvolumeclaims": [block], "pods": []}))
        assert found.verdict is not Verdict.PASS
    local = claim("models", volumeName="pv-1")
    paths = volume("pv-1", {"hostPath": {"path": "/mnt/models"}}, "ReadWriteMany")
    found = await judged(CLAIMS, Memory({"persistentvolumeclaims": [local], "persistentvolumes": [paths]}))
    assert found.verdict is Verdict.UNKNOWN, "unless a shared file system is mounted there"
    both = {"persistentvolumeclaims": [local, claim("cephfs")], "persistentvolumes": [paths]}
    assert (await judged(CLAIMS, Memory(both))).verdict is Verdict.PASS


async def test_no_shared_claim_fails_and_no_right_is_unknown() -> None:
    assert (await judged(CLAIMS, Memory())).verdict is Verdict.FAIL
    denied = Memory(forbidden={"persistentvolumeclaims"})
    assert (await judged(CLAIMS, denied)).verdict is Verdict.UNKNOWN


def classes(*each: dict[str, Any], **more: Any) -> Memory:
    return rook(**({STORAGE_CLASSES: list(each), LEASES: [lease("rook-ceph-cephfs-csi-ceph-com")]} | more))


async def test_one_default_class_with_a_provisioner_at_work_passes() -> None:
    found = await judged(CLASSES, classes(storage_class("cephfs", default=True)))
    assert found.verdict is Verdict.PASS
    assert "Default StorageClass: cephfs" in found.said


async def test_no_default_and_two_defaults_fail() -> None:
    none = await judged(CLASSES, classes(storage_class("a"), storage_class("b")))
    assert none.verdict is Verdict.FAIL
    two = await judged(CLASSES, classes(storage_class("a", default=True), storage_class("b", default=True)))
    assert two.verdict is Verdict.FAIL
    assert "a, b" in two.said
    empty = await judged(CLASSES, Memory())
    assert empty.verdict is Verdict.FAIL


async def test_a_lease_that_nobody_renews_is_a_provisioner_that_is_down() -> None:
    stale = [lease("rook-ceph-cephfs-csi-ceph-com", "2026-11-24T09:00:00.000000Z")]
    found = await judged(CLASSES, classes(storage_class("cephfs", default=True), **{LEASES: stale}))
    assert found.verdict is Verdict.FAIL
    assert CEPHFS in found.said


async def test_a_provisioner_without_a_lease_is_known_by_its_workload() -> None:
    nfs = storage_class("nfs", "cluster.local/nfs-provisioner", default=True)
    for ready, verdict in ((1, Verdict.PASS), (0, Verdict.FAIL)):
        spec = pod_spec(
            image="registry.k8s.io/sig-storage/nfs-subdir-external-provisioner:v4.0.2",
            env={"PROVISIONER_NAME": "cluster.local/nfs-provisioner"},
        )
        runs = deployment("nfs", "storage", spec=spec, ready=ready)
        assert (await judged(CLASSES, classes(nfs, **{"deployments.apps": [runs]}))).verdict is verdict
    local = storage_class("local-path", "rancher.io/local-path", default=True, mode="WaitForFirstConsumer")
    runs = deployment("local", "kube-system", spec=pod_spec(image="rancher/local-path-provisioner:v0.0.32"))
    assert (await judged(CLASSES, classes(local, **{"deployments.apps": [runs]}))).verdict is Verdict.PASS
    assert (await judged(CLASSES, classes(local))).verdict is Verdict.FAIL


async def test_a_provisioner_out_of_sight_is_unknown_and_its_node_pods_prove_nothing() -> None:
    cloud = "pd.csi.storage.gke.io"
    path = f"--kubelet-registration-path=/var/lib/kubelet/plugins/{cloud}/csi.sock"
    pods = daemonset(
        "pdcsi-node", "kube-system", spec=pod_spec(image="csi-node-driver-registrar:v2", command=[path])
    )
    found = await judged(
        CLASSES,
        classes(
            storage_class("standard", "kubernetes.io/gce-pd", default=True),
            **{DRIVERS: [driver(cloud)], CSI_NODES: [csi_node("n1", cloud)], "daemonsets.apps": [pods]},
        ),
    )
    assert found.verdict is Verdict.UNKNOWN
    assert "kubernetes.io/gce-pd" in found.said


async def test_a_provisioner_that_nothing_knows_is_down() -> None:
    found = await judged(CLASSES, classes(storage_class("old", "example.com/gone", default=True)))
    assert found.verdict is Verdict.FAIL


async def test_static_classes_alone_provision_nothing() -> None:
    static = storage_class("local", "kubernetes.io/no-provisioner", default=True)
    found = await judged(CLASSES, classes(static))
    assert found.verdict is Verdict.UNKNOWN
    assert "WaitForFirstConsumer" in found.said


async def test_pods_on_two_nodes_that_share_a_claim_pass() -> None:
    pods = [
        user("a", "n1"),
        user("b", "n2"),
        user("c", "n2", phase="Succeeded"),
        user("d", "n2", where="lab"),
    ]
    found = await judged(MOUNTS, Memory({"persistentvolumeclaims": [claim("models")], "pods": pods}))
    assert found.verdict is Verdict.PASS
    assert (found["running_pods"], found["nodes"]) == (2, 2)


async def test_two_pods_on_one_node_are_remarked() -> None:
    pods = [user("a", "n1"), user("b", "n1")]
    found = await judged(MOUNTS, Memory({"persistentvolumeclaims": [claim("models")], "pods": pods}))
    assert "All of them run on n1" in found.said


async def test_a_claim_that_nobody_shares_fails_and_none_at_all_is_unknown() -> None:
    one = [user("a", "n1")]
    claims = [claim("models")]
    assert (
        await judged(MOUNTS, Memory({"persistentvolumeclaims": claims, "pods": one}))
    ).verdict is Verdict.FAIL
    found = await judged(MOUNTS, Memory({"persistentvolumeclaims": claims}))
    assert found.verdict is Verdict.FAIL
    assert "prod/models" in found.said
    waiting = [claim("models", phase="Pending")]
    for cluster in (Memory({"pods": one}), Memory({"persistentvolumeclaims": waiting, "pods": one})):
        assert (await judged(MOUNTS, cluster)).verdict is Verdict.UNKNOWN
    assert (await judged(MOUNTS, Memory(forbidden={"persistentvolumeclaims"}))).verdict is Verdict.UNKNOWN

"""Classes of data, and encrypted volumes."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import data
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom, merge, namespace, pod

LABELS, ENCRYPTION = data.CHECKS
POD = pod("engine", "chat", node="n1", gpus=1)
SECRET = {"data-classification": "confidential"}


def claim(name: str, labels: Any = None, storage: str = "fast") -> dict[str, Any]:
    spec = {"storageClassName": storage, "accessModes": ["ReadWriteMany"]}
    return custom("v1", "PersistentVolumeClaim", name, "chat", spec=spec, labels=labels)


async def test_a_namespace_lends_its_class_to_its_claims() -> None:
    objects = {
        "namespaces": [namespace("chat", SECRET)],
        "pods": [POD],
        "persistentvolumeclaims": [claim("weights")],
    }
    found = await judged(LABELS, Memory(objects))
    assert found.verdict is Verdict.PASS
    assert "confidential 2" in found.said


async def test_what_has_no_class_is_named() -> None:
    claims = [claim("weights", SECRET), claim("scratch")]
    objects = {"namespaces": [namespace("chat")], "pods": [POD], "persistentvolumeclaims": claims}
    found = await judged(LABELS, Memory(objects))
    assert found.verdict is Verdict.FAIL
    assert found["unlabelled"] == 2
    assert "chat/scratch" in found.said
    other = await judged(
        LABELS, Memory({**objects, "namespaces": [namespace("chat", {"sec": "c2"})]}), label="sec"
    )
    assert other.verdict is Verdict.PASS, "the label that the policy names"


async def test_nothing_to_label_and_no_right_prove_nothing() -> None:
    assert (
        await judged(LABELS, Memory({"namespaces": [namespace("kube-system")]}))
    ).verdict is Verdict.UNKNOWN
    for forbidden in ("namespaces", "pods", "persistentvolumeclaims"):
        cluster = Memory({"namespaces": [namespace("chat", SECRET)], "pods": [POD]}, forbidden={forbidden})
        assert (await judged(LABELS, cluster)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("provisioner", "parameters", "verdict"),
    [
        ("ebs.csi.aws.com", {"encrypted": "true"}, Verdict.PASS),
        ("ebs.csi.aws.com", {"encrypted": "false"}, Verdict.FAIL),
        ("ebs.csi.aws.com", {"type": "gp3"}, Verdict.UNKNOWN),
        ("rook-ceph.rbd.csi.ceph.com", {"encrypted": "true"}, Verdict.PASS),
        ("pd.csi.storage.gke.io", {}, Verdict.PASS),
        ("rancher.io/local-path", {}, Verdict.UNKNOWN),
    ],
)
async def test_what_a_storage_class_says_of_encryption(
    provisioner: str, parameters: dict[str, str], verdict: Verdict
) -> None:
    made = custom("storage.k8s.io/v1", "StorageClass", "fast") | {
        "provisioner": provisioner,
        "parameters": parameters,
    }
    unused = custom("storage.k8s.io/v1", "StorageClass", "old") | {
        "provisioner": "x",
        "parameters": {"encrypted": "false"},
    }
    objects = {"storageclasses.storage.k8s.io": [made, unused], "persistentvolumeclaims": [claim("weights")]}
    found = await judged(ENCRYPTION, Memory(objects))
    assert found.verdict is verdict
    assert f"fast ({provisioner})" in found.said


async def test_a_volume_made_by_hand_is_told_by_no_class() -> None:
    made = custom("storage.k8s.io/v1", "StorageClass", "fast") | {"provisioner": "pd.csi.storage.gke.io"}
    by_hand = merge(claim("weights", storage=""), {"spec": {"volumeName": "nfs-1"}})
    objects = {"storageclasses.storage.k8s.io": [made], "persistentvolumeclaims": [claim("db"), by_hand]}
    found = await judged(ENCRYPTION, Memory(objects))
    assert found.verdict is Verdict.UNKNOWN
    assert "PersistentVolumeClaim chat/weights" in found.said


async def test_without_classes_or_rights_encryption_is_unknown() -> None:
    assert (await judged(ENCRYPTION, Memory())).verdict is Verdict.UNKNOWN
    assert (await judged(ENCRYPTION, Memory(forbidden={"persistentvolumeclaims"}))).verdict is Verdict.UNKNOWN

"""storage.shared with pods that write and read one folder for real."""

from __future__ import annotations

import json

import pytest

from gpuready.kube.jobs import storage_shared
from gpuready.kube.jobs.storage_shared import PROBE, limit_for, mismatches
from gpuready.probes.probe import Broken, NoData, NotApplicable
from gpuready.text.say import say
from tests.kube import objects
from tests.kube.apiserver import Api, Object
from tests.kube.jobs.asking import ask, left, measured, outcome
from tests.kube.jobs.kubelet import Kubelet

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


def storage_class(name: str, *, default: bool = True, policy: str = "Delete") -> Object:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": objects.meta(name, annotations=DEFAULT if default else {}),
        "provisioner": "cephfs.csi.ceph.com",
        "reclaimPolicy": policy,
    }


@pytest.fixture
def shared(cluster: Api, pods: Kubelet, monkeypatch: pytest.MonkeyPatch) -> Kubelet:
    cluster.put(storage_class("cephfs"))
    monkeypatch.setattr(storage_shared, "WAIT", 2)
    return pods


@pytest.mark.parametrize("many", [2, 3])
async def test_pods_on_different_nodes_see_what_the_others_wrote(
    cluster: Api, shared: Kubelet, many: int
) -> None:
    found = await measured(ask(cluster, PROBE, pods=many, size="2M"), PROBE)
    assert found.fields == {
        "nodes": many,
        "pods": many,
        "mismatches": 0,
        "size": 2 * 2**20,
        "storage_class": "cephfs",
    }
    assert left(cluster) == []
    claim = next(each.answered for each in found.evidence if "persistentvolumeclaims" in each.asked
                 and each.asked.startswith("POST"))  # fmt: skip
    assert "ReadWriteMany" in claim and "storageClassName: cephfs" in claim


async def test_volumes_that_are_not_one(cluster: Api, shared: Kubelet) -> None:
    shared.own_volumes = True
    found = await measured(ask(cluster, PROBE, size="1M"), PROBE)
    assert (found.fields["mismatches"], found.fields["nodes"]) == (2, 2)
    assert any(key == "kube_jobs.unseen" for key, _ in found.remarks)


async def test_a_pod_that_reads_something_else(cluster: Api, shared: Kubelet) -> None:
    def play(pod: Object) -> tuple[str, int]:
        me = pod["metadata"]["labels"]["gpuready/role"][-1]
        seen = {"1": "b" * 64} if me == "2" else {"2": "a" * 64}
        return json.dumps({"own": "a" * 64, "seen": seen}) + "\n", 0

    shared.played = {"pod-": play}
    found = await measured(ask(cluster, PROBE), PROBE)
    assert found.fields["mismatches"] == 1


async def test_a_volume_that_cannot_be_written(cluster: Api, shared: Kubelet) -> None:
    cluster.on_create("PersistentVolumeClaim", lambda claim: _read_only(shared, claim))
    raised = await outcome(ask(cluster, PROBE, size="1M"), PROBE)
    assert raised.key == "kube_jobs.not_written" and "Permission denied" in str(raised)
    assert left(cluster) == []


def _event(obj: Object, reason: str, message: str) -> Object:
    name = obj["metadata"]["name"]
    return objects.event(f"{name}.1", kind=obj["kind"], of=name, reason=reason, message=message)


def _read_only(pods: Kubelet, claim: Object) -> None:
    folder = pods.folder / "claims" / claim["metadata"]["name"]
    folder.mkdir(parents=True)
    folder.chmod(0o755)


async def test_another_node_that_cannot_attach_it_is_an_answer(cluster: Api, shared: Kubelet) -> None:
    def play(pod: Object) -> None:
        if pod["metadata"]["labels"]["gpuready/role"] == "pod-1":
            shared.pod(pod)
            return
        waiting = [{"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}}]
        cluster.patch(pod, {"spec": {"nodeName": "gpu-2"}, "status": {"containerStatuses": waiting}})
        told = 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) other'
        cluster.put(_event(pod, "FailedAttachVolume", told))

    cluster.on_create("Pod", play)
    shared.played = {"pod-1": lambda _: (json.dumps({"own": "a" * 64, "seen": {}}) + "\n", 0)}
    found = await measured(ask(cluster, PROBE, limit=18), PROBE)
    assert found.fields["nodes"] == 1 and "mismatches" not in found.fields
    assert "Multi-Attach" in "\n".join(say(key, **fields) for key, fields in found.remarks)
    assert left(cluster) == []


async def test_a_class_that_makes_no_shared_volume(cluster: Api, shared: Kubelet) -> None:
    shared.stuck = dict.fromkeys(("gpu-1", "gpu-2"), "pod has unbound immediate PersistentVolumeClaims")

    def refuse(claim: Object) -> None:
        told = "failed to provision volume: ReadWriteMany is not supported"
        cluster.put(_event(claim, "ProvisioningFailed", told))

    cluster.on_create("PersistentVolumeClaim", refuse)
    raised = await outcome(ask(cluster, PROBE, limit=17), PROBE)
    assert raised.key == "kube_jobs.no_volume" and "ReadWriteMany is not supported" in str(raised)


@pytest.mark.parametrize(
    ("classes", "options", "key"),
    [
        ([], {}, "kube_jobs.no_default_class"),
        ([storage_class("a", default=False)], {}, "kube_jobs.no_default_class"),
        ([storage_class("a")], {"storage_class": "b"}, "kube_jobs.no_class"),
        ([storage_class("a", policy="Retain")], {}, "kube_jobs.class_keeps"),
    ],
)
async def test_classes_that_will_not_do(
    cluster: Api, classes: list[Object], options: dict[str, str], key: str
) -> None:
    cluster.put_all([objects.node("a"), objects.node("b"), *classes])
    raised = await outcome(ask(cluster, PROBE, options=options), PROBE)
    assert isinstance(raised, NoData) and raised.key == key
    assert cluster.requested("POST", "/jobs$") == []


async def test_one_node_is_no_answer(cluster: Api) -> None:
    cluster.put_all([objects.node("only"), storage_class("a")])
    assert isinstance(await outcome(ask(cluster, PROBE), PROBE), NotApplicable)


async def test_a_result_of_another_form(cluster: Api, shared: Kubelet) -> None:
    shared.played = {"pod-": lambda _: ('{"own":"short","seen":{}}\n', 0)}
    assert isinstance(await outcome(ask(cluster, PROBE), PROBE), Broken)


def test_what_was_never_seen_counts_as_a_mismatch() -> None:
    assert mismatches({"1": {"own": "a", "seen": {"2": "b"}}, "2": {"own": "b", "seen": {}}}) == 1


def test_the_limit_grows_with_the_size() -> None:
    assert limit_for({"size": "4G", "pods": 2}) > limit_for({"size": "256M", "pods": 2}) > 255


async def test_a_size_that_is_none(cluster: Api) -> None:
    asked = ask(cluster, PROBE, size="much", limit=30)
    assert (await outcome(asked, PROBE)).key == "kube_jobs.bad_size"
    assert len(PROBE.steps(asked)) == 1

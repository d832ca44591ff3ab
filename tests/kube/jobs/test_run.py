"""What every active check does around its pods: rights, refusals, waiting, cancelling, leftovers."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from gpuready.kube.jobs.network_pods import PROBE
from gpuready.kube.jobs.rights import ALL
from gpuready.probes.leftover import mark
from gpuready.probes.probe import NoData
from gpuready.text.say import say
from tests.kube import objects
from tests.kube.apiserver import Api, Object
from tests.kube.jobs.asking import KINDS, ask, left, measured, outcome
from tests.kube.jobs.kubelet import Kubelet

READER: list[Object] = [{"verbs": ["get", "list", "watch"], "apiGroups": ["*"], "resources": ["*"]}]


def _until(done: Callable[[], object], what: str, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"waited {seconds:g} s, and it is still not so that {what}"
        time.sleep(0.02)


async def test_without_rights_nothing_is_created_and_all_that_is_missing_is_told(cluster: Api) -> None:
    cluster.put_all([objects.node("a"), objects.node("b")])
    cluster.allow(READER)
    raised = await outcome(ask(cluster, PROBE, options={"namespace": "default"}), PROBE)
    assert isinstance(raised, NoData)
    for right in ("create jobs.batch", "delete jobs.batch", "create pods", "create services"):
        assert right in str(raised)
    assert "--rbac --active" in str(raised)
    assert cluster.requested("POST", "/(pods|jobs|services)$") == []


async def test_the_role_that_is_printed_is_enough(cluster: Api, pods: Kubelet) -> None:
    rules: list[Object] = [
        {"verbs": [right.verb], "apiGroups": [right.group], "resources": [right.plural]} for right in ALL
    ]
    cluster.put(objects.namespace("checks"))
    cluster.allow(rules, namespace="checks")
    nodes: list[Object] = [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["nodes"]}]
    cluster.allow(nodes, namespace=None)
    found = await measured(ask(cluster, PROBE, node_pairs=1, options={"namespace": "checks"}), PROBE)
    assert found.fields["pod_to_pod_failed"] == 0
    assert left(cluster) == []


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ('pods "x" is forbidden: exceeded quota: gpu, requested: pods=1, used: pods=10', "kube_jobs.quota"),
        ('pods "x" is forbidden: violates PodSecurity "restricted:latest": seccomp', "kube_jobs.refused"),
        ('pods "x" is forbidden: User "u" cannot create resource "pods"', "kube_jobs.forbidden"),
    ],
)
async def test_what_admission_refuses_is_told_in_its_words(
    cluster: Api, pods: Kubelet, message: str, key: str
) -> None:
    import json

    body = json.dumps(
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": 403}
    )
    cluster.fault("POST", "/pods$", status=403, body=body)
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert isinstance(raised, NoData) and raised.key == key and message[:30] in str(raised)
    assert left(cluster) == []


async def test_a_namespace_that_is_not_there(cluster: Api) -> None:
    cluster.put_all([objects.node("a"), objects.node("b")])
    raised = await outcome(ask(cluster, PROBE, options={"namespace": "nowhere"}), PROBE)
    assert raised.key == "kube_jobs.no_namespace"


@pytest.mark.parametrize("options", [{"namespace": "../x"}, {"image": "busybox; rm"}, {"namespace": "A"}])
async def test_options_that_kubernetes_would_not_take(cluster: Api, options: dict[str, str]) -> None:
    asked = ask(cluster, PROBE, options=options)
    assert (await outcome(asked, PROBE)).key == "kube_jobs.bad_option"
    assert len(PROBE.steps(asked)) == 1
    assert cluster.requested("POST", "/(pods|jobs)$") == []


async def test_pods_that_are_never_scheduled(cluster: Api, pods: Kubelet) -> None:
    pods.stuck = dict.fromkeys(("gpu-1", "gpu-2", "gpu-3"), "0/4 nodes are available: 4 Insufficient cpu.")
    raised = await outcome(ask(cluster, PROBE, limit=17), PROBE)
    assert raised.key == "kube_jobs.unschedulable" and "Insufficient cpu" in str(raised)
    assert left(cluster) == []


async def test_an_image_that_no_node_can_pull_is_told_at_once(cluster: Api, pods: Kubelet) -> None:
    pods.missing = {"busybox"}
    began = time.monotonic()
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert raised.key == "kube_jobs.no_image" and "busybox" in str(raised) and "image=" in str(raised)
    assert time.monotonic() - began < 10
    assert left(cluster) == []


async def test_a_pod_that_somebody_else_removes(cluster: Api, pods: Kubelet) -> None:
    cluster.on_create("Pod", lambda pod: cluster.remove(pod))
    raised = await outcome(ask(cluster, PROBE, node_pairs=1), PROBE)
    assert raised.key == "kube_jobs.gone"


async def test_all_objects_belong_to_one_owner_with_a_deadline(cluster: Api, pods: Kubelet) -> None:
    asked = ask(cluster, PROBE, node_pairs=1)
    running = asyncio.ensure_future(PROBE.measure(asked))
    await asyncio.to_thread(_until, lambda: pods.running, "a pod runs")
    (job,) = cluster.list("batch/v1", "Job")
    assert job["spec"]["parallelism"] == 0 and job["spec"]["ttlSecondsAfterFinished"] > 0
    assert 0 < job["spec"]["activeDeadlineSeconds"] <= asked.limit
    for kind in KINDS[1:]:
        for each in cluster.list(*kind):
            if each["metadata"]["name"].startswith("gpuready"):
                assert [owner["uid"] for owner in each["metadata"]["ownerReferences"]] == [
                    job["metadata"]["uid"]
                ]
    for pod in cluster.list("v1", "Pod"):
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        assert spec["activeDeadlineSeconds"] <= asked.limit and spec["restartPolicy"] == "Never"
        assert container["resources"]["limits"].keys() >= {"cpu", "memory"}
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert spec["tolerations"] == [
            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
        ]
    await running


async def test_cancelling_removes_within_a_second(cluster: Api, pods: Kubelet) -> None:
    running = asyncio.ensure_future(PROBE.measure(ask(cluster, PROBE)))
    await asyncio.to_thread(_until, lambda: pods.running, "a pod runs")
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - began < 1.0
    assert left(cluster) == []


async def test_cancelling_while_the_owner_is_being_created(cluster: Api, pods: Kubelet) -> None:
    cluster.fault("POST", "/jobs$", slow=0.4)
    running = asyncio.ensure_future(PROBE.measure(ask(cluster, PROBE)))
    await asyncio.to_thread(_until, lambda: cluster.requested("POST", "/jobs$"), "the owner is asked for")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert left(cluster) == []


async def test_what_cannot_be_removed_is_told_with_how_to(cluster: Api, pods: Kubelet) -> None:
    cluster.fault("DELETE", "/jobs/", status=500)
    found = await measured(ask(cluster, PROBE, node_pairs=1), PROBE)
    told = [say(key, **fields) for key, fields in found.remarks]
    assert any("kubectl -n default delete job gpuready-" in each for each in told)


def test_killed_in_the_middle_the_owner_takes_all_along(cluster: Api, pods: Kubelet) -> None:
    cluster.fault("GET", "/pods/.*/log", hangs=True)
    code = (
        "import asyncio, sys\n"
        "from gpuready.kube.jobs.network_pods import PROBE\n"
        "from gpuready.probes.probe import Ask, Target\n"
        "asyncio.run(PROBE.measure(Ask(Target('kubernetes', 't', sys.argv[1]), PROBE.params, 60)))"
    )
    popen = subprocess.Popen([sys.executable, "-c", code, str(cluster.kubeconfig)])
    try:
        _until(lambda: cluster.requested("GET", "/log"), "the logs are read", 60)
    finally:
        popen.send_signal(signal.SIGKILL)
        popen.wait(10)
    there = left(cluster)
    assert any(each.startswith("Service") for each in there)
    (job,) = cluster.list("batch/v1", "Job")
    cluster.remove(job)  # as the cluster does once its ttl is over
    assert left(cluster) == []


async def test_leftovers_of_a_killed_run_are_removed_by_the_next(cluster: Api, pods: Kubelet) -> None:
    dead = await asyncio.to_thread(_mark_of_an_ended_process)
    for name, whose in (
        ("gpuready-dead", dead),
        ("gpuready-mine", mark()),
        ("gpuready-far", "elsewhere-1-2-3"),
    ):
        labels = {
            "app.kubernetes.io/managed-by": "gpuready",
            "gpuready/role": "lease",
            "gpuready/owner": whose,
        }
        cluster.put(
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {**objects.meta(name, "default", labels), "creationTimestamp": _now()},
                "spec": {"activeDeadlineSeconds": 60},
            }
        )
    found = await measured(ask(cluster, PROBE, node_pairs=1), PROBE)
    told = "\n".join(say(key, **fields) for key, fields in found.remarks)
    assert "gpuready-dead" in told and "gpuready-mine" not in told and "gpuready-far" not in told
    assert sorted(left(cluster)) == ["Job gpuready-far", "Job gpuready-mine"]


def _mark_of_an_ended_process() -> str:
    code = "from gpuready.probes.leftover import mark; print(mark())"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


async def test_a_run_of_another_machine_is_a_leftover_once_its_time_is_long_over(
    cluster: Api, pods: Kubelet
) -> None:
    labels = {
        "app.kubernetes.io/managed-by": "gpuready",
        "gpuready/role": "lease",
        "gpuready/owner": "x-1-2-3",
    }
    meta = {**objects.meta("gpuready-old", "default", labels), "creationTimestamp": objects.LONG_AGO}
    cluster.put(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": {"activeDeadlineSeconds": 60}}
    )
    await measured(ask(cluster, PROBE, node_pairs=1), PROBE)
    assert left(cluster) == []


def test_the_tests_run_pods_as_root() -> None:
    assert os.geteuid() == 0, "the pods' roots are made with unshare and chroot: run the tests as root"

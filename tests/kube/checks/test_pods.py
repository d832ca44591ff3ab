"""Pods that do not start: pending, images, logs, contention."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import pods_pending, pods_start
from gpuready.probes.probe import NoData
from tests.kube.memory import Judged, Memory, judged
from tests.kube.objects import condition, custom, event, merge, pod

PENDING, CONTENTION = pods_pending.CHECKS
IMAGES, LOGS = pods_start.CHECKS


def running(name: str = "engine-0", gpus: int = 8) -> dict[str, object]:
    return pod(name, "chat", node="gpu-1", gpus=gpus)


def evicted(name: str, at: str) -> dict[str, Any]:
    ended = pod(name, "chat", phase="Failed")
    ended["status"] |= {"reason": "Evicted", "message": "The node was low on resource: memory."}
    told = condition("DisruptionTarget", True, "TerminationByKubelet")
    ended["status"]["conditions"] = [{**told, "lastTransitionTime": at}]
    return ended


async def pending(*pods: dict[str, object], **more: list[dict[str, object]]) -> Judged:
    sets = more.get("sets", [])
    return await judged(
        PENDING, Memory({"pods": pods, "replicasets.apps": sets, "events": more.get("events", [])})
    )


async def test_pods_that_run_are_not_blocked() -> None:
    found = await pending(running())
    assert found.verdict is Verdict.PASS
    assert found["blocked"] == 0


async def test_a_pod_that_finds_no_gpu_is_named_with_what_the_scheduler_says() -> None:
    found = await pending(running(), pod("waits", "chat", gpus=4))
    assert found.verdict is Verdict.FAIL
    assert found["no_gpu"] == 1
    assert "chat/waits (0/1 nodes are available: 1 Insufficient nvidia.com/gpu" in found.said


async def test_each_reason_of_the_scheduler_gets_its_own_advice() -> None:
    said = {
        "taint": "0/3 nodes are available: 3 node(s) had untolerated taint {nvidia.com/gpu: present}.",
        "volume": "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        "labels": "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
        "CPU, memory": "0/3 nodes are available: 3 Insufficient cpu.",
        "reason it gives": "0/3 nodes are available: 3 node(s) were unschedulable.",
    }
    for words, message in said.items():
        found = await pending(pod("waits", message=message))
        assert found.verdict is Verdict.FAIL
        assert words in found.said


async def test_a_pod_that_was_refused_a_moment_ago_is_given_its_minute() -> None:
    young = pod("young", gpus=1)
    young["status"]["conditions"][0]["lastTransitionTime"] = "2026-11-24T11:59:30Z"
    assert (await pending(young)).verdict is Verdict.PASS


async def test_pods_that_a_quota_refuses_exist_only_as_a_failure_of_their_owner() -> None:
    failure = condition("ReplicaFailure", True, "FailedCreate", "exceeded quota: team, requested: x, used: y")
    broken = custom("apps/v1", "ReplicaSet", "chat-5d8", "chat", status={"conditions": [failure]})
    late: dict[str, Any] = {"kind": "Job", "reason": "FailedCreate", "last": "2026-11-24T11:55:00Z"}
    events = [
        event("job.1", "batch", of="evaluate", message='exceeded quota: gpus, limited: "8"', **late),
        event("job.2", "batch", of="old", message="exceeded quota: gpus", kind="Job", reason="FailedCreate"),
    ]
    found = await pending(running(), sets=[broken], events=events)
    assert found.verdict is Verdict.FAIL
    assert found["quota"] == 2
    assert "batch/evaluate" in found.said and "chat/chat-5d8" in found.said
    assert "batch/old" not in found.said, "an event of last winter proves nothing about today"


async def test_a_container_killed_at_its_memory_limit_and_one_without_its_secret() -> None:
    killed = pod("loads", "chat", node="gpu-1", gpus=1, waiting="CrashLoopBackOff", restarts=3)
    killed["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    unset = pod(
        "unset",
        "chat",
        node="gpu-1",
        waiting="CreateContainerConfigError",
        message='secret "token" not found',
    )
    found = await pending(killed, unset)
    assert (found["blocked"], found["out_of_memory"]) == (2, 1)
    assert "OOMKilled, 3 restarts" in found.said
    assert 'secret "token" not found' in found.said


async def test_a_pod_in_a_job_queue_is_told_and_not_counted() -> None:
    gated = pod("queued", "batch", gpus=8)
    gated["status"]["conditions"] = [condition("PodScheduled", False, "SchedulingGated", "gated")]
    found = await pending(running(), gated)
    assert found.verdict is Verdict.PASS
    assert found["gated"] == 1
    assert "batch/queued" in found.said


async def test_a_pod_that_no_scheduler_looks_at() -> None:
    lost = merge(pod("lost", gpus=1), {"spec": {"schedulerName": "volcano"}})
    lost["status"]["conditions"] = []
    lost["metadata"]["creationTimestamp"] = "2026-11-24T11:00:00Z"
    found = await pending(lost)
    assert found.verdict is Verdict.FAIL
    assert "default/lost (volcano, 60 min)" in found.said or "default/lost (volcano, 1 h)" in found.said


async def test_no_pod_at_all_and_no_right_to_list_them_prove_nothing() -> None:
    for probe in (PENDING, CONTENTION, IMAGES, LOGS):
        assert (await judged(probe, Memory())).verdict is Verdict.UNKNOWN
        assert (await judged(probe, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN


async def test_images_that_cannot_be_pulled_or_lack_a_library() -> None:
    assert (await judged(IMAGES, Memory({"pods": [running()]}))).verdict is Verdict.PASS
    gone = pod("gone", "chat", node="gpu-1", waiting="ImagePullBackOff", message="manifest unknown")
    wrong = pod(
        "wrong", "chat", node="gpu-1", waiting="CrashLoopBackOff", restarts=1, terminated="", message=""
    )
    wrong["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"] = (
        "error while loading shared libraries: libcuda.so.1: cannot open shared object file"
    )
    found = await judged(IMAGES, Memory({"pods": [running(), gone, wrong]}))
    assert found.verdict is Verdict.FAIL
    assert (found["pull_errors"], found["image_lacks"]) == (2, 1)
    assert "chat/gone (registry.example/inference/server:1.4.2: manifest unknown)" in found.said
    assert "libcuda.so.1" in found.said


async def test_the_first_error_of_the_run_that_failed_is_told_with_its_advice() -> None:
    crashed = pod("engine-1", "chat", node="gpu-1", gpus=8, waiting="CrashLoopBackOff", restarts=2)
    lines = [
        "INFO starting",
        "torch.OutOfMemoryError: CUDA out of memory. token=hf_abcdefghijkl",
        "ERROR end",
    ]
    logs = {"chat/engine-1/main/previous": "\n".join(lines), "chat/engine-1/main": "INFO starting"}
    found = await judged(LOGS, Memory({"pods": [running(), crashed]}, pod_logs=logs))
    assert found.verdict is Verdict.FAIL
    assert (found["pods_failing"], found["pods_read"]) == (1, 1)
    assert "chat/engine-1" in found.said
    assert "Line 2: GPU memory ran out" in found.said
    assert "hf_abcdefghijkl" not in found.said, "a secret from a log reached the screen"


async def test_a_failing_pod_with_a_log_that_tells_nothing_is_no_pass() -> None:
    crashed = pod("engine-1", "chat", node="gpu-1", waiting="CrashLoopBackOff", restarts=2)
    found = await judged(LOGS, Memory({"pods": [crashed]}, pod_logs={"chat/engine-1/main": "INFO hello"}))
    assert found.verdict is Verdict.UNKNOWN
    assert found["unexplained"] == 1
    assert "chat/engine-1" in found.said


async def test_where_nothing_fails_the_gpu_pods_that_started_last_are_read() -> None:
    logs = {"chat/engine-0/main": "INFO up\nERROR retrying a metric push"}
    found = await judged(LOGS, Memory({"pods": [running()]}, pod_logs=logs))
    assert found.verdict is Verdict.PASS, "a stray error of an engine that serves is no cause"
    assert found["pods_read"] == 1
    logs = {"chat/engine-0/main": "NCCL WARN Call to connect returned Connection refused"}
    found = await judged(LOGS, Memory({"pods": [running()]}, pod_logs=logs))
    assert found.verdict is Verdict.FAIL
    assert "NCCL failed" in found.said


async def test_more_failing_pods_than_are_read_leave_it_open() -> None:
    crashed = [pod(f"p{n}", node="n", waiting="CrashLoopBackOff", restarts=1) for n in range(3)]
    found = await judged(LOGS, Memory({"pods": crashed}), pods=2)
    assert found.verdict is Verdict.UNKNOWN
    assert "2 of 3 failing pods" in found.said


async def test_no_right_to_read_logs_is_unknown() -> None:
    assert (
        await judged(LOGS, Memory({"pods": [running()]}, forbidden={"pods/log"}))
    ).verdict is Verdict.UNKNOWN


async def test_contention_counts_what_waits_for_gpus_and_what_was_evicted_lately() -> None:
    found = await judged(CONTENTION, Memory({"pods": [running()]}))
    assert found.verdict is Verdict.PASS
    gone, old = evicted("gone", "2026-11-24T11:00:00Z"), evicted("old", "2026-11-20T11:00:00Z")
    events = [event("e1", "chat", of="batch-3", reason="Preempted", message="Preempted by pod x")]
    cluster = Memory({"pods": [running(), pod("waits", "chat", gpus=8), gone, old], "events": events})
    found = await judged(CONTENTION, cluster)
    assert found.verdict is Verdict.FAIL
    assert (found["pending_for_gpu"], found["evicted"], found["preempted"]) == (1, 1, 1)
    assert "chat/waits (nvidia.com/gpu" in found.said
    assert "chat/gone (The node was low on resource: memory.)" in found.said
    assert "chat/old" not in found.said


async def test_without_gpu_pods_none_is_starved_and_nothing_is_proved() -> None:
    done = pod("done", "chat", node="gpu-1", gpus=8, phase="Succeeded")
    found = await judged(CONTENTION, Memory({"pods": [running(gpus=0), done]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "No pod asks for a GPU" in found.said


class OneNodeGone(Memory):
    """A cluster in which one kubelet does not answer."""

    async def logs(
        self, namespace: str, pod: str, container: str = "", *, lines: int = 200, previous: bool = False
    ) -> str:
        if pod == "p0":
            raise NoData("kube_pods.no_pods")
        return await super().logs(namespace, pod, container, lines=lines, previous=previous)


async def test_a_log_that_cannot_be_read_does_not_hide_the_others_and_clears_nothing() -> None:
    pods = [pod(f"p{n}", node=f"n{n}", waiting="CrashLoopBackOff", restarts=1) for n in range(2)]
    logs = {"default/p1/main/previous": "RuntimeError: NCCL error: unhandled system error"}
    found = await judged(LOGS, OneNodeGone({"pods": pods}, pod_logs=logs))
    assert found.verdict is Verdict.FAIL
    assert "NCCL failed" in found.said
    assert "1 pods could not be read" in found.said
    healthy = [pod(f"p{n}", node=f"n{n}", gpus=1) for n in range(2)]
    assert (await judged(LOGS, OneNodeGone({"pods": healthy}))).verdict is Verdict.UNKNOWN

"""The control plane: its nodes, /readyz, etcd, crash loops."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import control_plane
from tests.kube.memory import Memory, judged
from tests.kube.objects import condition, merge, node, pod

NODES, HEALTH = control_plane.CHECKS
READYZ = "/readyz?verbose"
GOOD = "[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]informer-sync ok\nreadyz check passed\n"
BAD = "[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\nreadyz check failed\n"
DENIED = (
    '{"kind":"Status","status":"Failure","message":"forbidden: User \\"x\\" cannot get path \\"/readyz\\"",'
)


def three(**last: Any) -> list[dict[str, Any]]:
    own: dict[str, Any] = {"gpus": 0, "control_plane": True}
    return [
        node("cp-1", zone="a", **own),
        node("cp-2", zone="b", **own),
        node("cp-3", zone="c", **(own | last)),
    ]


def etcd(name: str, **state: Any) -> dict[str, Any]:
    labels = {"component": "etcd", "tier": "control-plane"}
    return pod(f"etcd-{name}", "kube-system", node=name, labels=labels, **state)


def cluster(**change: Any) -> Memory:
    pods = [etcd("cp-1"), etcd("cp-2"), etcd("cp-3"), pod("coredns-1", "kube-system", node="cp-1")]
    return Memory({"nodes": [*three(), node("gpu-1")], "pods": pods} | change, texts={READYZ: GOOD})


async def test_three_ready_nodes_pass_and_workers_do_not_count() -> None:
    found = await judged(NODES, cluster())
    assert found.verdict is Verdict.PASS
    assert (found["ready_nodes"], found["labelled_nodes"], found["zones"]) == (3, 3, 3)


async def test_a_node_that_is_down_is_named_with_reason() -> None:
    found = await judged(NODES, cluster(nodes=three(ready=False)))
    assert found.verdict is Verdict.FAIL
    assert "cp-3 (KubeletNotReady, 313 d)" in found.said


async def test_the_old_label_counts_and_an_even_number_in_one_zone_is_remarked() -> None:
    old = {"node-role.kubernetes.io/master": ""}
    found = await judged(NODES, Memory({"nodes": [node(f"m{n}", 0, labels=old) for n in range(2)]}))
    assert found.verdict is Verdict.FAIL
    assert "even number" in found.said
    assert "zone-a" in found.said


async def test_a_managed_control_plane_is_unknown_and_not_failed() -> None:
    assert (await judged(NODES, Memory({"nodes": [node("gpu-1")]}))).verdict is Verdict.UNKNOWN
    assert (await judged(NODES, Memory())).verdict is Verdict.UNKNOWN
    assert (await judged(NODES, Memory(forbidden={"nodes"}))).verdict is Verdict.UNKNOWN


async def test_a_healthy_control_plane_passes() -> None:
    found = await judged(HEALTH, cluster())
    assert found.verdict is Verdict.PASS
    assert found["etcd_members"] == 3


async def test_readyz_names_the_failed_check_and_tells_of_etcd() -> None:
    sick = cluster()
    sick.texts = {READYZ: BAD}
    found = await judged(HEALTH, sick)
    assert found.verdict is Verdict.FAIL
    assert found["readyz_ok"] is False
    assert found["etcd_unhealthy"] == 1
    assert "failed checks: etcd" in found.said


async def test_readyz_that_says_nothing_is_no_verdict() -> None:
    for answer in (DENIED, "<html>sign in</html>", ""):
        mute = cluster()
        mute.texts = {READYZ: answer}
        found = await judged(HEALTH, mute)
        assert found.verdict is Verdict.UNKNOWN, answer
        assert "nonResourceURL" in found.said
    plain = cluster()
    plain.texts = {READYZ: "ok"}
    assert (await judged(HEALTH, plain)).verdict is Verdict.PASS


async def test_an_etcd_member_that_is_not_ready_is_named() -> None:
    pods = [etcd("cp-1"), etcd("cp-2"), etcd("cp-3", ready=False)]
    found = await judged(HEALTH, cluster(pods=pods))
    assert found.verdict is Verdict.FAIL
    assert "etcd-cp-3" in found.said


async def test_a_member_that_is_gone_is_missed_where_the_others_are() -> None:
    found = await judged(HEALTH, cluster(pods=[etcd("cp-1"), etcd("cp-2")]))
    assert found.verdict is Verdict.FAIL
    assert "cp-3: -" in found.said


async def test_etcd_out_of_sight_is_unknown() -> None:
    found = await judged(HEALTH, cluster(pods=[pod("coredns-1", "kube-system", node="cp-1")]))
    assert found.verdict is Verdict.UNKNOWN
    assert "etcdctl endpoint health" in found.said


async def test_etcd_within_k3s_is_told_by_its_nodes() -> None:
    def server(name: str, votes: bool) -> dict[str, Any]:
        one = node(name, 0, control_plane=True, labels={"node-role.kubernetes.io/etcd": "true"})
        told = [*one["status"]["conditions"], condition("EtcdIsVoter", votes, "MemberNotLearner")]
        return merge(one, {"status": {"conditions": told}})

    pods = [pod("coredns-1", "kube-system", node="s1")]
    good = [server(f"s{n}", True) for n in range(3)]
    assert (await judged(HEALTH, cluster(nodes=good, pods=pods))).verdict is Verdict.PASS
    found = await judged(HEALTH, cluster(nodes=[*good[:2], server("s2", False)], pods=pods))
    assert found.verdict is Verdict.FAIL
    assert "s2" in found.said


async def test_crash_loops_are_found_between_two_crashes_too() -> None:
    members = [etcd("cp-1"), etcd("cp-2"), etcd("cp-3")]
    waits = pod("coredns-1", "kube-system", node="cp-1", waiting="CrashLoopBackOff", restarts=9)
    found = await judged(HEALTH, cluster(pods=[*members, waits]))
    assert found.verdict is Verdict.FAIL
    assert "kube-system/coredns-1/main (restarts: 9" in found.said
    runs = pod("coredns-2", "kube-system", node="cp-1", restarts=9)
    old = await judged(HEALTH, cluster(pods=[*members, runs]))
    assert old.verdict is Verdict.PASS, "it crashed in January"
    runs["status"]["containerStatuses"][0]["lastState"]["terminated"]["finishedAt"] = "2026-11-24T11:58:00Z"
    assert (await judged(HEALTH, cluster(pods=[*members, runs]))).verdict is Verdict.FAIL


async def test_crash_loops_elsewhere_are_not_the_control_planes() -> None:
    members = [etcd("cp-1"), etcd("cp-2"), etcd("cp-3")]
    waits = pod("chat-1", "prod", node="gpu-1", waiting="CrashLoopBackOff", restarts=9)
    assert (await judged(HEALTH, cluster(pods=[*members, waits]))).verdict is Verdict.PASS


async def test_a_member_that_pod_and_node_both_tell_is_counted_once() -> None:
    nodes = [
        merge(each, {"metadata": {"labels": {"node-role.kubernetes.io/etcd": "true"}}}) for each in three()
    ]
    for each in nodes:
        each["status"]["conditions"].append(condition("EtcdIsVoter"))
    found = await judged(HEALTH, cluster(nodes=nodes))
    assert (found["etcd_members"], found["etcd_unhealthy"]) == (3, 0)
    nodes[0]["status"]["conditions"][-1]["status"] = "False"
    found = await judged(HEALTH, cluster(nodes=nodes))
    assert (found.verdict, found["etcd_unhealthy"]) == (Verdict.FAIL, 1)

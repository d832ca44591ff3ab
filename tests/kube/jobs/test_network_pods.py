"""network.pods with real servers, clients, names and forwarders."""

from __future__ import annotations

import random

import pytest
import yaml

from gpuready.kube.jobs.network_pods import PROBE, pairs_of
from gpuready.probes.probe import Broken, Measurement, NoData, NotApplicable
from gpuready.text.say import say
from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.jobs.asking import ask, left, measured, outcome
from tests.kube.jobs.kubelet import Kubelet

FAILED = ("pod_to_pod_failed", "service_failed", "dns_failed")


def _failed(found: Measurement) -> list[object]:
    return [found.fields[each] for each in FAILED]


def _told(found: Measurement) -> str:
    return "\n".join(say(key, **fields) for key, fields in found.remarks)


async def test_all_pairs_reach_each_other(cluster: Api, pods: Kubelet) -> None:
    found = await measured(ask(cluster, PROBE), PROBE)
    assert found.fields == {
        "pod_to_pod_failed": 0,
        "service_failed": 0,
        "dns_failed": 0,
        "pairs": 3,
        "nodes": 3,
        "nodes_closed": 1,
    }
    assert not found.within and not found.remarks
    assert left(cluster) == []
    asked = "\n".join(each.asked for each in found.evidence)
    assert "POST /api/v1/namespaces/default/pods" in asked and "DELETE /apis/batch/v1" in asked
    answered = "\n".join(each.answered for each in found.evidence)
    assert '"dns_service":true' in answered and "wget" in answered  # the manifest as it was sent


async def test_a_service_that_nobody_forwards(cluster: Api, pods: Kubelet) -> None:
    pods.proxies = False
    found = await measured(ask(cluster, PROBE, node_pairs=1), PROBE)
    assert _failed(found) == [0, 1, 0]
    assert "-> gpu" in _told(found) and "Service" in _told(found)
    assert left(cluster) == []


async def test_a_pod_that_cannot_be_reached_is_named_with_its_pair(cluster: Api, pods: Kubelet) -> None:
    pods.cut_off = {"gpu-2"}
    found = await measured(ask(cluster, PROBE), PROBE)
    assert _failed(found) == [1, 1, 0]
    assert "gpu-1 -> gpu-2 failed: TCP, Service" in _told(found)


@pytest.mark.parametrize("way", [pytest.param("silent", marks=pytest.mark.slow), "wrong"])
async def test_names_that_are_not_answered_or_wrong(cluster: Api, pods: Kubelet, way: str) -> None:
    if way == "silent":
        pods.dns.silent = True
    else:
        pods.dns.wrong.add("kubernetes")
    found = await measured(ask(cluster, PROBE, node_pairs=1), PROBE)
    assert _failed(found) == [0, 0, 1]


async def test_a_pair_that_told_nothing_is_neither_passed_nor_failed(cluster: Api, pods: Kubelet) -> None:
    pods.stuck = {"gpu-3": "0/4 nodes are available: 1 Too many pods."}
    found = await measured(ask(cluster, PROBE, limit=21), PROBE)
    assert _failed(found) == [0, 0, 0] and found.fields["pairs"] == 1
    assert found.within == dict.fromkeys(FAILED, (0.0, 2.0))
    assert "Too many pods" in _told(found)
    assert left(cluster) == []


async def test_a_client_that_says_something_else(cluster: Api, pods: Kubelet) -> None:
    pods.played = {"client": lambda _: ("hello\n{}\n", 0)}
    assert isinstance(await outcome(ask(cluster, PROBE), PROBE), Broken)
    assert left(cluster) == []


async def test_an_image_without_the_tools(cluster: Api, pods: Kubelet) -> None:
    pods.played = {"client": lambda _: ('{"missing":"nslookup"}\n', 0)}
    raised = await outcome(ask(cluster, PROBE, node_pairs=1), PROBE)
    assert isinstance(raised, NoData) and "no nslookup" in str(raised)


async def test_a_cluster_of_one_node_has_nothing_between_nodes(cluster: Api) -> None:
    cluster.put(objects.node("only"))
    assert isinstance(await outcome(ask(cluster, PROBE), PROBE), NotApplicable)


async def test_nodes_that_cannot_take_a_pod_are_no_pass(cluster: Api) -> None:
    cluster.put_all(
        [objects.node("a"), objects.node("b", ready=False), objects.node("c", unschedulable=True)]
    )
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert isinstance(raised, NoData) and "Only 1 of 3 nodes" in str(raised)
    assert cluster.requested("POST", "/pods") == []


def test_pairs_are_different_nodes_and_each_is_met() -> None:
    nodes = [objects.node(f"n{index}") for index in range(9)]
    for many in (1, 3, 8, 16):
        found = pairs_of(nodes, many, random.Random(1))
        assert len(found) == len({str(each) for each in found}) == many
        assert all(each.client.node != each.server.node for each in found)
    ring = pairs_of(nodes[:3], 3, random.Random(1))
    assert {each.client.node for each in ring} == {each.server.node for each in ring} == {"n0", "n1", "n2"}
    assert len(pairs_of(nodes[:2], 3, random.Random(1))) == 2  # there are no more


def test_nodes_kept_for_something_else_are_left_alone() -> None:
    taint = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}
    nodes = [objects.node("cpu", 0), objects.node("db", 0, taints=[taint]), objects.node("gpu")]
    met = {str(each) for each in pairs_of(nodes, 2, random.Random(1))}
    assert met == {"gpu -> cpu", "cpu -> gpu"}


def test_the_plan_shows_the_whole_manifests(cluster: Api) -> None:
    lines = PROBE.steps(
        ask(cluster, PROBE, node_pairs=2, options={"namespace": "checks", "image": "reg/bb:1"})
    )
    text = "\n".join(lines)
    documents = [each for each in yaml.safe_load_all(_yaml(lines)) if each]
    assert [each["kind"] for each in documents] == ["Job"] + ["Pod", "Service", "Pod"] * 2
    assert {each["metadata"]["namespace"] for each in documents} == {"checks"}
    pods = [each for each in documents if each["kind"] == "Pod"]
    assert {each["spec"]["containers"][0]["image"] for each in pods} == {"reg/bb:1"}
    assert "DELETE /apis/batch/v1/namespaces/checks/jobs/gpuready-RUN" in text
    assert cluster.requests == []


def _yaml(lines: object) -> str:
    """The lines of a plan that are manifests."""
    found, inside = [], False
    for line in lines:  # type: ignore[attr-defined]
        if line == "---":
            inside = True
        elif line.startswith(("GET ", "POST ", "DELETE ")):
            inside = False
        if inside:
            found.append(line)
    return "\n".join(found)


async def test_what_is_shown_is_what_is_sent(cluster: Api, pods: Kubelet) -> None:
    asked = ask(cluster, PROBE, node_pairs=1)
    shown = [each for each in yaml.safe_load_all(_yaml(PROBE.steps(asked))) if each]
    await measured(asked, PROBE)
    sent = next(each for each in pods.created if "server-1" in each["metadata"]["name"])
    planned = next(each for each in shown if each["kind"] == "Pod")
    assert sent["spec"]["containers"][0]["command"] == planned["spec"]["containers"][0]["command"]
    for key in ("securityContext", "volumes", "activeDeadlineSeconds", "automountServiceAccountToken"):
        assert sent["spec"][key] == planned["spec"][key], key
    assert sent["metadata"]["labels"].keys() == planned["metadata"]["labels"].keys()

"""network.isolation with real calls, some of which are dropped on the way."""

from __future__ import annotations

import pytest

from gpuready.kube.jobs import network_isolation
from gpuready.kube.jobs.network_isolation import PROBE, verdicts
from gpuready.probes.probe import Broken, NoData
from tests.kube import objects
from tests.kube.apiserver import Api, Object
from tests.kube.jobs.asking import ask, left, measured, outcome
from tests.kube.jobs.kubelet import Kubelet


@pytest.fixture(autouse=True)
def twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_isolation, "TIMES", 2)


def network_policy(name: str, namespace: str, selector: Object) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": objects.meta(name, namespace),
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"]},
    }


async def test_a_policy_that_is_enforced(cluster: Api, pods: Kubelet) -> None:
    pods.blocked = {"denied"}
    found = await measured(ask(cluster, PROBE), PROBE)
    assert found.fields == {"denied_blocked": True, "allowed_passes": True, "nodes": 2}
    assert left(cluster) == []
    order = [each.asked for each in found.evidence if each.asked.startswith("POST")]
    names = [each.rpartition("/")[2] for each in order if "reviews" not in each]
    assert names == ["jobs", "pods", "pods", "networkpolicies", "pods", "pods"]


async def test_a_policy_that_nobody_enforces(cluster: Api, pods: Kubelet) -> None:
    found = await measured(ask(cluster, PROBE, seconds=5), PROBE)
    assert (found.fields["denied_blocked"], found.fields["allowed_passes"]) == (False, True)


async def test_pods_that_cannot_call_each_other_anyway_prove_nothing(cluster: Api, pods: Kubelet) -> None:
    pods.played = {"before": lambda _: ('{"came":0,"lost":9,"last":"lost","same":9}\n', 0)}
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert isinstance(raised, NoData) and raised.key == "kube_jobs.not_even_before"
    assert cluster.requested("POST", "/networkpolicies") == [] and left(cluster) == []


async def test_a_server_that_died_meanwhile_proves_nothing(cluster: Api, pods: Kubelet) -> None:
    def end(pod: Object) -> tuple[str, int]:
        server = next(
            each for each in cluster.list("v1", "Pod") if each["metadata"]["name"].endswith("server")
        )
        evicted = {
            "phase": "Failed",
            "reason": "Evicted",
            "message": "low on memory",
            "containerStatuses": None,
        }
        cluster.patch(server, {"status": evicted})
        return '{"came":0,"lost":9,"last":"lost","same":9}\n', 0

    pods.played = {
        "allowed": end,
        "denied": lambda _: ('{"came":0,"lost":9,"last":"lost","same":9}\n', 0),
    }
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert raised.key == "kube_jobs.taken_down" and "low on memory" in str(raised)


async def test_policies_that_pick_our_pods_too(cluster: Api) -> None:
    cluster.put(objects.node("a"))
    cluster.put(network_policy("everybody", "default", {}))
    cluster.put(network_policy("elsewhere", "other", {}))
    cluster.put(network_policy("some", "default", {"matchLabels": {"app": "x"}}))
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert raised.key == "kube_jobs.other_policies"
    assert "everybody" in str(raised) and "elsewhere" not in str(raised) and "some" not in str(raised)
    assert cluster.requested("POST", "/jobs$") == []


async def test_no_node_for_a_pod(cluster: Api) -> None:
    cluster.put(objects.node("a", ready=False))
    assert (await outcome(ask(cluster, PROBE), PROBE)).key == "kube_jobs.no_node"


async def test_a_caller_that_says_something_else(cluster: Api, pods: Kubelet) -> None:
    pods.played = {"before": lambda _: ('{"last":"perhaps"}\n', 0)}
    assert isinstance(await outcome(ask(cluster, PROBE), PROBE), Broken)


@pytest.mark.parametrize(
    ("allowed", "denied", "fields"),
    [
        ("came", "lost", {"allowed_passes": True, "denied_blocked": True}),
        ("came", "came", {"allowed_passes": True, "denied_blocked": False}),
        ("lost", "lost", {"allowed_passes": False}),  # a dead network blocks everything
        ("", "lost", {}),
        ("came", "", {"allowed_passes": True}),
    ],
)
def test_what_the_calls_say(allowed: str, denied: str, fields: dict[str, bool]) -> None:
    assert verdicts({"allowed": allowed, "denied": denied}) == fields

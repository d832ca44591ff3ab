"""The adapter for a real kube-apiserver, played on the served one: both know the same calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.real import RealApi


@pytest.fixture
def served() -> Iterator[Api]:
    with Api() as api:
        yield api


def test_the_same_calls_make_the_same_objects(served: Api) -> None:
    with RealApi(served.kubeconfig) as real:
        real.install(objects.crd("test.gpuready", "Policy", "policies", namespaced=False))
        policy = objects.custom("test.gpuready/v1", "Policy", "one", spec={}, status={"state": "ready"})
        everything = [objects.node("n1"), objects.pod("p", "x", node="n1", gpus=2), policy]
        everything += [objects.deployment("d", "x"), objects.daemonset("s", "x"), objects.event("e", "x")]
        real.put_all(everything)
        for obj in everything:
            stored = served.get(obj)
            assert stored is not None, obj["kind"]
            assert stored.get("status") == obj.get("status"), obj["kind"]
            assert objects.merge(stored, {"spec": obj.get("spec")}) == stored, obj["kind"]  # plus defaults
        real.put(objects.merge(policy, {"status": {"state": "notReady"}}))
        real.patch(policy, {"spec": {"a": 1}, "status": {"reason": "driver"}})
        assert real.get(policy) == served.get(policy)
        assert real.list("test.gpuready/v1", "Policy")[0]["status"] == {
            "state": "notReady",
            "reason": "driver",
        }
        real.remove(everything[1])
        assert served.list("v1", "Pod") == []
    assert served.list("v1", "Node") == []  # what was put is gone at the end, its namespace and CRD too
    assert "x" not in [space["metadata"]["name"] for space in served.list("v1", "Namespace")]
    assert served.list("apiextensions.k8s.io/v1", "CustomResourceDefinition") == []


def test_what_only_the_served_api_plays_skips_the_test(served: Api) -> None:
    with RealApi(served.kubeconfig) as real, pytest.raises(pytest.skip.Exception, match="fault"):
        real.fault("GET", "/", status=500)

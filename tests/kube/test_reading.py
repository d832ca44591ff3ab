"""A cluster read whole, paged, shared, and every way in which that can fail."""

from __future__ import annotations

import asyncio
import gc
import json
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube import discovery
from gpuready.kube.calls import calls
from gpuready.kube.check import check
from gpuready.kube.look import Look
from gpuready.probes.probe import Ask, Measurement, NoData
from gpuready.probes.seen import Seen
from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.asking import look, outcome, target


async def test_a_list_is_read_over_all_pages(cluster: Api) -> None:
    cluster.put_all(objects.node(f"n{n}") for n in range(1200))
    async with look(cluster, "nodes") as seen:
        nodes = await seen.list("nodes")
    assert {each["metadata"]["name"] for each in nodes} >= {f"n{n}" for n in range(1200)}
    assert all("managedFields" not in each["metadata"] for each in nodes)
    shown = seen.evidence()[-1]
    assert shown.asked == "GET /api/v1/nodes?limit=500 (+ 2 x continue)"
    assert shown.answered.startswith(f"200, {len(nodes)} objects in 3 pages, resourceVersion ")
    assert seen.source == "Kubernetes API v1.34.2"


async def test_many_looks_at_once_read_once(cluster: Api) -> None:
    cluster.put(objects.node("n1"))

    async def one() -> int:
        async with look(cluster, "nodes", "pods") as seen:
            return len(await seen.list("nodes")) + len(await seen.list("pods"))

    counts = await asyncio.gather(*(one() for _ in range(80)))
    assert set(counts) == {1}
    for path in (r"/api/v1/nodes", r"/api/v1/pods", r"/version$", r"/apis$", r"selfsubjectrulesreviews"):
        assert len(cluster.requested("*", path) or cluster.requested(".*", path)) == 1, path


async def test_many_judges_at_once_leave_threads_for_the_reading(cluster: Api) -> None:
    """The event loop's executor has a handful of threads, fewer than checks run at the same time."""
    cluster.put(objects.node("n1"))

    async def judge(look: Look) -> Seen:
        return Seen({"nodes": len(await look.list("nodes"))})

    probe = check("test.many", judge, reads=["nodes"], fields={"nodes": "count"})
    with ThreadPoolExecutor(2) as few:
        asyncio.get_running_loop().set_default_executor(few)
        async with asyncio.timeout(20):
            found = await asyncio.gather(*(probe.measure(Ask(target(cluster), {}, 15.0)) for _ in range(8)))
    assert [each.fields["nodes"] for each in found if isinstance(each, Measurement)] == [1] * 8


async def test_who_looks_again_sees_what_was_repaired(cluster: Api) -> None:
    async with look(cluster, "nodes") as seen:
        assert await seen.list("nodes") == ()
    cluster.put(objects.node("n1"))
    async with look(cluster, "nodes") as seen:
        assert len(await seen.list("nodes")) == 1


async def test_one_that_gives_up_leaves_the_others_their_list(cluster: Api) -> None:
    cluster.put(objects.node("n1"))
    cluster.fault("GET", r"^/api/v1/nodes", slow=0.6)
    late, fine = await asyncio.gather(
        outcome(cluster, "nodes", limit=0.4), _names(cluster, "nodes", 20.0), return_exceptions=True
    )
    assert isinstance(late, NoData) and late.key == "kube.late"
    assert fine == ["n1"]


async def _names(cluster: Api, resource: str, limit: float) -> list[str]:
    async with look(cluster, resource, limit=limit) as seen:
        return [each["metadata"]["name"] for each in await seen.list(resource)]


async def test_a_crd_is_read_at_the_version_that_the_server_prefers(cluster: Api) -> None:
    cluster.install(objects.crd("cert-manager.io", "Certificate", "certificates", ["v1", "v1alpha2"]))
    cluster.put(
        {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "c"}, "spec": {}}
    )
    async with look(cluster, "certificates.cert-manager.io", "clusterpolicies.nvidia.com") as seen:
        assert await seen.has("certificates.cert-manager.io")
        assert len(await seen.list("certificates.cert-manager.io")) == 1
        assert not await seen.has("clusterpolicies.nvidia.com")
        assert await seen.list("clusterpolicies.nvidia.com") == ()
    assert any("/apis/cert-manager.io/v1/certificates" in each.asked for each in seen.evidence())


async def test_an_older_server_is_asked_group_by_group(cluster: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.put(objects.deployment("d"))
    # A server from before aggregated discovery answers as this one does to who does not ask for it.
    monkeypatch.setattr(discovery, "_AGGREGATED", "application/json")
    async with look(cluster, "deployments.apps", "nodes", "clusterpolicies.nvidia.com") as seen:
        assert len(await seen.list("deployments.apps")) == 1
        assert await seen.list("nodes") == ()
        assert not await seen.has("clusterpolicies.nvidia.com")
    assert cluster.requested("GET", r"^/apis/apps/v1$")


async def test_a_dead_api_service_blinds_nobody_else(cluster: Api) -> None:
    cluster.put(objects.node("n1"))
    cluster.install(objects.crd("broken.example", "Thing", "things", ["v1"]))
    cluster.stale("broken.example")
    async with look(cluster, "nodes", "others.broken.example") as seen:
        assert len(await seen.list("nodes")) == 1
        with pytest.raises(NoData) as raised:
            await seen.has("others.broken.example")
    assert raised.value.key == "kube.group_down"
    assert "broken.example" in str(raised.value)


async def test_what_may_not_be_listed_is_unknown_with_the_rule_to_grant(cluster: Api) -> None:
    cluster.allow([])
    found = await outcome(cluster, "deployments.apps")
    assert found.verdict is Verdict.UNKNOWN
    assert 'apiGroups ["apps"], resources ["deployments"], verbs ["get", "list"]' in str(found)
    assert "gpuready targets kubernetes --rbac" in str(found)
    assert not cluster.requested("GET", "/deployments")  # said before it was tried


async def test_a_right_in_one_namespace_is_no_right_to_all(cluster: Api) -> None:
    cluster.allow([])
    cluster.allow([{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}], namespace="default")
    found = await outcome(cluster, "pods")
    assert found.key == "kube.forbidden"
    assert 'cannot list resource "pods"' in found.evidence[0].answered


async def test_401_ends_in_no_data(cluster: Api) -> None:
    cluster.fault("*", ".*", status=401)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.unauthorized", Verdict.UNKNOWN)


async def test_a_list_that_expires_is_begun_again(cluster: Api) -> None:
    cluster.put_all(objects.node(f"n{n}") for n in range(600))
    fault = cluster.fault("GET", "/nodes.*continue=", status=410, times=1)
    async with look(cluster, "nodes") as seen:
        assert len(await seen.list("nodes")) == 600
    assert fault.hits == 1


async def test_a_list_that_expires_twice_is_asked_for_whole(cluster: Api) -> None:
    cluster.put_all(objects.node(f"n{n}") for n in range(600))
    cluster.fault("GET", "/nodes.*continue=", status=410)
    async with look(cluster, "nodes") as seen:
        assert len(await seen.list("nodes")) == 600
    last = cluster.requested("GET", "/nodes")[-1]
    assert last.query["resourceVersion"] == "0" and "limit" not in last.query


async def test_a_busy_server_is_waited_for(cluster: Api) -> None:
    cluster.put(objects.node("n1"))
    fault = cluster.fault("GET", "^/api/v1/nodes", status=429, retry_after=1, times=1)
    began = monotonic()
    async with look(cluster, "nodes") as seen:
        assert len(await seen.list("nodes")) == 1
    assert fault.hits == 1 and monotonic() - began >= 1.0


async def test_a_server_that_stays_busy_is_unknown_at_once_when_it_asks_for_too_long(cluster: Api) -> None:
    cluster.fault("GET", "^/api/v1/nodes", status=429, retry_after=600)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.fields["seconds"]) == ("kube.busy", "600")


@pytest.mark.parametrize("status", [500, 503])
async def test_a_servers_error_is_tried_once_more(cluster: Api, status: int) -> None:
    cluster.put(objects.node("n1"))
    fault = cluster.fault("GET", "^/api/v1/nodes", status=status, times=1)
    async with look(cluster, "nodes") as seen:
        assert len(await seen.list("nodes")) == 1
    assert fault.hits == 1
    cluster.fault("GET", "^/api/v1/nodes", status=status)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.refused", Verdict.UNKNOWN)


async def test_a_reset_connection_is_tried_once_more(cluster: Api) -> None:
    cluster.put(objects.node("n1"))
    cluster.fault("GET", "^/api/v1/nodes", reset=True, times=1)
    async with look(cluster, "nodes") as seen:
        assert len(await seen.list("nodes")) == 1


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"truncated": True}, "kube.cut_off"),
        ({"html": True}, "kube.not_kubernetes"),
        ({"body": '{"kind": "NodeList", "items": ['}, "kube.broken_json"),
        ({"body": '{"kind": "Node", "metadata": {}}'}, "kube.no_list"),
        ({"body": "[]"}, "kube.not_kubernetes"),
    ],
)
async def test_an_answer_that_is_none_is_an_error_and_no_empty_list(
    cluster: Api, fault: dict[str, object], key: str
) -> None:
    cluster.fault("GET", "^/api/v1/nodes", **fault)  # type: ignore[arg-type]
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == (key, Verdict.ERROR)
    assert found.evidence


async def test_a_server_that_never_answers_is_unknown_within_the_limit(cluster: Api) -> None:
    cluster.fault("GET", "^/api/v1/nodes", hangs=True)
    began = monotonic()
    found = await outcome(cluster, "nodes", limit=1.0)
    assert (found.key, found.verdict) == ("kube.late", Verdict.UNKNOWN)
    assert monotonic() - began < 1.0


async def test_a_server_without_a_core_is_an_error_and_no_empty_cluster(cluster: Api) -> None:
    nothing = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": []}
    cluster.fault("GET", "^/apis?$", body=json.dumps(nothing))
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.not_kubernetes", Verdict.ERROR)


async def test_a_discovery_that_fails_is_no_empty_cluster(cluster: Api) -> None:
    cluster.fault("GET", "^/apis?$", status=503)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.no_discovery", Verdict.UNKNOWN)


@pytest.mark.parametrize("status", [404, 409, 422])
async def test_a_list_that_is_refused_is_no_empty_list(cluster: Api, status: int) -> None:
    cluster.fault("GET", "^/api/v1/nodes", status=status)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.refused", Verdict.UNKNOWN)


async def test_an_api_that_is_none_but_answers_404_is_an_error(cluster: Api) -> None:
    cluster.fault("GET", "^/api/v1/nodes", status=404, html=True)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.not_kubernetes", Verdict.ERROR)


async def test_secrets_come_without_their_content(cluster: Api) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"p": "aHVudGVyMg=="}}
    cluster.put(secret)
    # A server that gives them whole, though names were asked for, is not believed.
    found = await outcome(cluster, "secrets")
    assert (found.key, found.verdict) == ("kube.no_metadata", Verdict.UNKNOWN)
    assert "aHVudGVyMg" not in f"{found} {found.evidence}"
    asked = cluster.requested("GET", "/secrets")[0]
    named = {"kind": "PartialObjectMetadataList", "metadata": {}, "items": [{"metadata": {"name": "s"}}]}
    cluster.fault("GET", "/secrets", body=json.dumps(named))
    async with look(cluster, "secrets") as seen:
        assert await seen.list("secrets") == ({"metadata": {"name": "s"}},)
    assert asked.query == {"limit": "500"}


async def test_what_was_not_declared_is_a_mistake_of_the_check(cluster: Api) -> None:
    async with look(cluster, "nodes", "/readyz?verbose") as seen:
        with pytest.raises(AssertionError, match="pods"):
            await seen.list("pods")
        with pytest.raises(AssertionError, match="metrics"):
            await seen.text("/metrics")
        with pytest.raises(AssertionError, match="pods/log"):
            await seen.logs("default", "p")


async def test_a_text_is_told_whatever_its_status(cluster: Api) -> None:
    cluster.text("/readyz", "[-]etcd failed: reason withheld\nreadyz check failed", 500)
    async with look(cluster, "/readyz?verbose") as seen:
        assert "[-]etcd failed" in await seen.text("/readyz?verbose")
    assert seen.evidence()[-1].answered.startswith("500, ")


async def test_a_path_that_may_not_be_read_names_the_rule(cluster: Api) -> None:
    cluster.allow([])
    async with look(cluster, "/metrics") as seen:
        with pytest.raises(NoData) as raised:
            await seen.text("/metrics")
    assert 'nonResourceURLs ["/metrics"]' in str(raised.value)


async def test_logs_are_the_end_of_what_there_is(cluster: Api) -> None:
    cluster.put(objects.pod("p", "default"))
    cluster.set_logs("default", "p", "first\n" + "x" * 100_000 + "\nCUDA out of memory\n")
    async with look(cluster, "pods/log") as seen:
        text = await seen.logs("default", "p", "main")
        assert text.endswith("CUDA out of memory\n") and len(text) <= 65536
        assert await seen.logs("default", "p", "main", previous=True) == ""
        assert await seen.logs("default", "gone", "main") == ""


async def test_a_check_measures_with_source_and_evidence(cluster: Api) -> None:
    cluster.put(objects.node("n1"))

    async def judge(seen: Look) -> Seen:
        return Seen({"nodes": len(await seen.list("nodes"))})

    probe = check("test.nodes", judge, reads=["nodes"], fields={"nodes": "count"})
    found = await probe.measure(Ask(target(cluster)))
    assert isinstance(found, Measurement)
    assert (found.fields, found.source) == ({"nodes": 1}, "Kubernetes API v1.34.2")
    asked = [each.asked for each in found.evidence]
    assert [line for line in probe.steps(Ask(target(cluster))) if line in asked] == asked


def test_the_calls_are_told_before() -> None:
    told = calls(["nodes", "certificates.cert-manager.io", "/readyz?verbose", "pods/log"])
    assert "GET /api/v1/nodes?limit=500" in told
    assert "GET /apis (find certificates.cert-manager.io)" in told
    assert "GET /apis/cert-manager.io/VERSION/certificates?limit=500" in told
    assert "GET /readyz?verbose" in told


async def test_nothing_is_left_open(cluster: Api, recwarn: pytest.WarningsRecorder) -> None:
    async with look(cluster, "nodes") as seen:
        await seen.list("nodes")
    gc.collect()
    assert not [each for each in recwarn if issubclass(each.category, ResourceWarning)]

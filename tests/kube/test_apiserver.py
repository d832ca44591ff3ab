"""The served API against the official client: discovery, objects, lists."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.official import client, connected

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


@pytest.fixture
async def kube(cluster: Api) -> AsyncIterator[Any]:
    """The official client with the cluster's kubeconfig."""
    async with connected(cluster.kubeconfig) as api:
        yield api


async def raw(
    kube: Any, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, str, dict[str, str]]:
    """(status, text, headers) of a request with the client's own session and token."""
    configuration = kube.configuration
    token = await configuration.get_api_key_with_prefix("BearerToken")
    sent = {"Authorization": token, **{key.replace("_", "-"): value for key, value in headers.items()}}
    session = kube.rest_client.pool_manager or kube.rest_client._create_pool_manager()
    kube.rest_client.pool_manager = session
    data = None if body is None else json.dumps(body)
    async with session.request(method, configuration.host + path, headers=sent, data=data) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def document(kube: Any, path: str, **headers: str) -> Any:
    status, text, _ = await raw(kube, "GET", path, **headers)
    assert status == 200, text
    return json.loads(text)


def refusal(error: pytest.ExceptionInfo[Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(error.value.body)
    assert found["kind"] == "Status"
    assert found["code"] == error.value.status
    return found


# discovery


async def test_version_and_groups(cluster: Api, kube: Any) -> None:
    if not cluster.real:
        cluster.version("v1.33.4")
        assert (await client.VersionApi(kube).get_code()).git_version == "v1.33.4"
    groups = {group.name: group for group in (await client.ApisApi(kube).get_api_versions()).groups}
    assert {"apps", "batch", "autoscaling", "policy", "networking.k8s.io", "storage.k8s.io"} <= set(groups)
    assert groups["autoscaling"].preferred_version.group_version == "autoscaling/v2"
    core = {one.name: one for one in (await client.CoreV1Api(kube).get_api_resources()).resources}
    assert core["pods"].namespaced and not core["nodes"].namespaced
    assert "pods/log" in core and "watch" in core["pods"].verbs and "po" in core["pods"].short_names


async def test_absent_groups_are_404_until_a_crd_is_installed(cluster: Api, kube: Any) -> None:
    custom = client.CustomObjectsApi(kube)
    with pytest.raises(client.ApiException) as error:
        await custom.list_cluster_custom_object("test.gpuready", "v1", "policies")
    assert error.value.status == 404
    cluster.install(objects.crd("test.gpuready", "Policy", "policies", ["v1alpha1", "v1"], namespaced=False))
    policy = objects.custom("test.gpuready/v1", "Policy", "one", spec={"a": 1}, status={"state": "ready"})
    cluster.put(policy)
    for version in ("v1", "v1alpha1"):
        listed = await custom.list_cluster_custom_object("test.gpuready", version, "policies")
        assert listed["kind"] == "PolicyList"
        assert [item["apiVersion"] for item in listed["items"]] == [f"test.gpuready/{version}"]
        assert listed["items"][0]["status"] == {"state": "ready"}
    group = await document(kube, "/apis/test.gpuready")
    assert group["preferredVersion"]["version"] == "v1"


async def test_aggregated_discovery(cluster: Api, kube: Any) -> None:
    cluster.install(objects.crd("test.gpuready", "Policy", "policies", ["v1beta1"]))
    _, text, headers = await raw(kube, "GET", "/apis", Accept=_AGGREGATED)
    assert "as=APIGroupDiscoveryList" in headers["Content-Type"]
    found = {item["metadata"]["name"]: item for item in json.loads(text)["items"]}
    policies = found["test.gpuready"]["versions"][0]
    assert policies["version"] == "v1beta1" and policies["freshness"] == "Current"
    resource = policies["resources"][0]
    assert (resource["resource"], resource["scope"]) == ("policies", "Namespaced")
    assert [sub["subresource"] for sub in resource["subresources"]] == ["status"]
    core = json.loads((await raw(kube, "GET", "/api", Accept=_AGGREGATED))[1])
    assert "pods" in {one["resource"] for one in core["items"][0]["versions"][0]["resources"]}


async def test_a_group_whose_server_is_down(cluster: Api, kube: Any) -> None:
    cluster.install_kind("metrics.k8s.io", "NodeMetrics", "nodes", ["v1beta1"], namespaced=False)
    cluster.stale("metrics.k8s.io")
    names = [group.name for group in (await client.ApisApi(kube).get_api_versions()).groups]
    assert "metrics.k8s.io" in names
    assert (await raw(kube, "GET", "/apis/metrics.k8s.io/v1beta1"))[0] == 503
    found = json.loads((await raw(kube, "GET", "/apis", Accept=_AGGREGATED))[1])["items"]
    stale = next(item for item in found if item["metadata"]["name"] == "metrics.k8s.io")
    assert stale["versions"][0]["freshness"] == "Stale"


async def test_an_older_server(cluster: Api, kube: Any) -> None:
    cluster.uninstall("resource.k8s.io")
    cluster.serve("policy", "PodDisruptionBudget", "v1", "v1beta1")
    names = {group.name: group for group in (await client.ApisApi(kube).get_api_versions()).groups}
    assert "resource.k8s.io" not in names
    assert len(names["policy"].versions) == 2
    assert (await raw(kube, "GET", "/apis/resource.k8s.io/v1/resourceslices"))[0] == 404


# objects


async def test_objects_by_the_client(cluster: Api, kube: Any) -> None:
    core = client.CoreV1Api(kube)
    apps = client.AppsV1Api(kube)
    cluster.put(objects.namespace("gpuready-test"))
    engine = objects.deployment("engine", "gpuready-test")
    made = await apps.create_namespaced_deployment("gpuready-test", engine)
    assert made.metadata.uid and made.metadata.resource_version and made.metadata.creation_timestamp
    assert not (made.status and made.status.ready_replicas)  # a status that came by POST is not kept
    with pytest.raises(client.ApiException) as error:
        await apps.create_namespaced_deployment("gpuready-test", engine)
    assert refusal(error)["message"] == 'deployments.apps "engine" already exists'
    change = {"spec": {"replicas": 3}}
    changed = await apps.patch_namespaced_deployment("engine", "gpuready-test", change)
    assert changed.spec.replicas == 3 and changed.metadata.generation == 2
    old = kube.sanitize_for_serialization(made)
    with pytest.raises(client.ApiException) as error:
        await apps.replace_namespaced_deployment("engine", "gpuready-test", old)
    assert refusal(error)["reason"] == "Conflict"
    await apps.patch_namespaced_deployment_status("engine", "gpuready-test", {"status": {"replicas": 3}})
    read = await apps.read_namespaced_deployment("engine", "gpuready-test")
    assert read.status.replicas == 3
    await apps.delete_namespaced_deployment("engine", "gpuready-test")
    with pytest.raises(client.ApiException) as error:
        await apps.read_namespaced_deployment("engine", "gpuready-test")
    assert refusal(error)["message"] == 'deployments.apps "engine" not found'
    with pytest.raises(client.ApiException) as error:
        await core.create_namespaced_pod("nowhere", objects.pod("x", "nowhere"))
    assert refusal(error)["message"] == 'namespaces "nowhere" not found'


async def test_what_is_not_valid_is_422(cluster: Api, kube: Any) -> None:
    batch = client.BatchV1Api(kube)
    template = {"spec": {"containers": [{"name": "main", "image": "busybox"}], "restartPolicy": "Always"}}
    job = objects.custom("batch/v1", "Job", "bad", spec={"template": template})
    with pytest.raises(client.ApiException) as error:
        await batch.create_namespaced_job("default", job)
    assert refusal(error)["reason"] == "Invalid"
    assert "spec.template.spec.restartPolicy" in refusal(error)["message"]
    assert cluster.get(job) is None


async def test_a_job_its_pod_and_the_end_of_both(cluster: Api, kube: Any) -> None:
    """A test plays the kubelet; deleting the Job in the background takes its pod along."""
    core = client.CoreV1Api(kube)
    batch = client.BatchV1Api(kube)

    def run(job: dict[str, Any]) -> None:
        owner = objects.owner(job)
        cluster.put(objects.pod("smoke-abc", node="gpu-1", phase="Succeeded", owner=owner))
        cluster.set_logs("default", "smoke-abc", "".join(f"line {n}\n" for n in range(10)))
        cluster.patch(job, {"status": {"succeeded": 1}})

    cluster.on_create("Job", run)
    template = {"spec": {"containers": [{"name": "main", "image": "cuda"}], "restartPolicy": "Never"}}
    spec = {"template": template, "ttlSecondsAfterFinished": 60}
    made = await batch.create_namespaced_job("default", objects.custom("batch/v1", "Job", "smoke", spec=spec))
    assert made.spec.ttl_seconds_after_finished == 60
    assert made.spec.template.metadata.labels["batch.kubernetes.io/job-name"] == "smoke"
    while not (await batch.read_namespaced_job("smoke", "default")).status.succeeded:
        pass
    log = await core.read_namespaced_pod_log("smoke-abc", "default", tail_lines=2)
    assert log == "line 8\nline 9\n"
    assert await core.read_namespaced_pod_log("smoke-abc", "default", limit_bytes=4) == "line"
    with pytest.raises(client.ApiException) as error:
        await core.read_namespaced_pod_log("smoke-abc", "default", previous=True)
    assert "previous terminated container" in refusal(error)["message"]
    await batch.delete_namespaced_job("smoke", "default", propagation_policy="Background")
    assert cluster.list("v1", "Pod") == []


async def test_finalizers_and_orphans(cluster: Api, kube: Any) -> None:
    core = client.CoreV1Api(kube)
    owner = objects.custom("v1", "ConfigMap", "owner", "default")
    owner["metadata"]["finalizers"] = ["gpuready.test/hold"]
    uid = objects.owner(cluster.put(owner))
    child = objects.custom("v1", "ConfigMap", "child", "default")
    child["metadata"]["ownerReferences"] = [uid]
    cluster.put(child)
    await core.delete_namespaced_config_map("owner", "default")
    held = cluster.get(owner)
    assert held and held["metadata"]["deletionTimestamp"]
    await core.patch_namespaced_config_map("owner", "default", {"metadata": {"finalizers": None}})
    assert cluster.get(owner) is None and cluster.get(child) is None


# lists


async def test_pages_come_from_one_snapshot(cluster: Api, kube: Any) -> None:
    core = client.CoreV1Api(kube)
    cluster.put_all(objects.pod(f"p{number}", node="n1") for number in range(10))
    first = await core.list_pod_for_all_namespaces(limit=4)
    assert first.metadata.remaining_item_count == 6
    cluster.remove(objects.pod("p5"))
    cluster.put(objects.pod("p55"))
    cluster.patch(objects.pod("p6"), {"metadata": {"labels": {"late": "yes"}}})
    names, token = [pod.metadata.name for pod in first.items], first.metadata._continue
    while token:
        page = await core.list_pod_for_all_namespaces(limit=4, _continue=token)
        assert page.metadata.resource_version == first.metadata.resource_version
        assert not any((pod.metadata.labels or {}).get("late") for pod in page.items)
        names += [pod.metadata.name for pod in page.items]
        token = page.metadata._continue
    assert names == [f"p{number}" for number in range(10)]
    whole = await core.list_pod_for_all_namespaces(limit=4, resource_version="0")
    assert len(whole.items) == 10  # from the cache, whatever the limit


async def test_an_expired_page_is_410_with_a_token_to_go_on(cluster: Api, kube: Any) -> None:
    core = client.CoreV1Api(kube)
    cluster.put_all(objects.node(f"n{number}") for number in range(5))
    first = await core.list_node(limit=2)
    cluster.compact()
    with pytest.raises(client.ApiException) as error:
        await core.list_node(limit=2, _continue=first.metadata._continue)
    said = refusal(error)
    assert (said["code"], said["reason"]) == (410, "Expired")
    rest = await core.list_node(limit=9, _continue=said["metadata"]["continue"])
    assert [node.metadata.name for node in rest.items] == ["n2", "n3", "n4"]
    again = await core.list_node(limit=2)
    cluster.expire_pages()
    with pytest.raises(client.ApiException) as error:
        await core.list_node(limit=2, _continue=again.metadata._continue)
    assert error.value.status == 410


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("tier=gold", "a"),
        ("tier==gold", "a"),
        ("tier!=gold", "bcd"),
        ("tier in (gold, silver)", "ab"),
        ("tier notin (gold,silver)", "cd"),
        ("tier", "abc"),
        ("!tier", "d"),
        ("tier,tier!=gold", "bc"),
        ("test/x=1", "c"),
    ],
)
async def test_label_selectors(cluster: Api, kube: Any, selector: str, names: str) -> None:
    labels = {"a": {"tier": "gold"}, "b": {"tier": "silver"}, "c": {"tier": "", "test/x": "1"}, "d": {}}
    for name, held in labels.items():
        cluster.put(objects.node(name, 0, labels=held))
    found = await client.CoreV1Api(kube).list_node(label_selector=selector)
    assert "".join(node.metadata.name for node in found.items) == names


async def test_field_selectors(cluster: Api, kube: Any) -> None:
    core = client.CoreV1Api(kube)
    cluster.put_all(
        [objects.pod("a", "x", node="n1"), objects.pod("b", "x"), objects.pod("c", "y", node="n2")]
    )
    cluster.put(objects.event("e", "x", of="a"))

    async def pods(selector: str, **more: Any) -> str:
        found = await core.list_pod_for_all_namespaces(field_selector=selector, **more)
        return "".join(pod.metadata.name for pod in found.items)

    assert await pods("spec.nodeName=n1") == "a"
    assert await pods("spec.nodeName!=") == "ac"
    assert await pods("status.phase=Pending") == "b"
    assert await pods("metadata.namespace=x,metadata.name!=a") == "b"
    assert len((await core.list_namespaced_pod("x")).items) == 2
    events = await core.list_event_for_all_namespaces(field_selector="involvedObject.name=a,type=Warning")
    assert [event.reason for event in events.items] == ["FailedScheduling"]
    with pytest.raises(client.ApiException) as error:
        await pods("spec.containers=x")
    assert error.value.status == 400
    listed = await document(kube, "/api/v1/pods")
    assert "kind" not in listed["items"][0]  # as in a real list: only its head says what the items are
    assert listed["apiVersion"] == "v1"


async def test_bare_metadata_is_refused_unless_json_will_do(cluster: Api, kube: Any) -> None:
    bare = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    if not cluster.real:
        assert (await raw(kube, "GET", "/api/v1/nodes", Accept=bare))[0] == 406
    listed = await document(kube, "/api/v1/nodes", Accept=f"{bare},application/json")
    assert listed["kind"].endswith("List")

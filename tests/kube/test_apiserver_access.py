"""The served API's access rules, faults, texts, proxies and kubeconfigs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.official import client, connected


async def refused(call: Awaitable[Any]) -> dict[str, Any]:
    with pytest.raises(client.ApiException) as error:
        await call
    found: dict[str, Any] = json.loads(error.value.body)
    return found


async def text(cluster: Api, path: str, token: str | None = "admin-token") -> tuple[int, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(cluster.url + path) as answer:
        return answer.status, await answer.text()


async def test_what_is_not_granted_is_403_in_the_servers_words(cluster: Api) -> None:
    cluster.allow([])
    async with connected(cluster.kubeconfig) as api:
        core = client.CoreV1Api(api)
        custom = client.CustomObjectsApi(api)
        said = await refused(core.list_node())
        assert said["message"] == (
            'nodes is forbidden: User "admin" cannot list resource "nodes" '
            'in API group "" at the cluster scope'
        )
        said = await refused(core.read_namespaced_pod_log("p", "x"))
        assert said["message"] == (
            'pods "p" is forbidden: User "admin" cannot get resource "pods/log" in API group "" '
            'in the namespace "x"'
        )
        # Rights come before existence: an absent CRD is 403 too.
        said = await refused(custom.list_cluster_custom_object("nvidia.com", "v1", "clusterpolicies"))
        assert said["details"] == {"group": "nvidia.com", "kind": "clusterpolicies"}
        assert (await client.VersionApi(api).get_code()).major == "1"
    assert await text(cluster, "/readyz") == (200, "ok")
    status, body = await text(cluster, "/metrics")
    assert status == 403 and 'User \\"admin\\" cannot get path \\"/metrics\\"' in body


async def test_rules_hold_for_names_namespaces_and_subresources(cluster: Api) -> None:
    cluster.put_all([objects.pod("a", "x", node="n"), objects.pod("b", "y", node="n")])
    cluster.allow([{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["nodes"]}])
    cluster.allow(
        [
            {"verbs": ["list", "get"], "apiGroups": [""], "resources": ["pods", "pods/log"]},
            {"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["one"]},
        ],
        namespace="x",
    )
    async with connected(cluster.kubeconfig) as api:
        core = client.CoreV1Api(api)
        apps = client.AppsV1Api(api)
        assert (await core.list_node()).items == []
        assert [pod.metadata.name for pod in (await core.list_namespaced_pod("x")).items] == ["a"]
        assert await core.read_namespaced_pod_log("a", "x") == ""
        assert (await refused(core.list_namespaced_pod("y")))["code"] == 403
        assert (await refused(core.list_pod_for_all_namespaces()))["code"] == 403
        assert (await refused(apps.read_namespaced_deployment("one", "x")))["code"] == 404
        assert (await refused(apps.read_namespaced_deployment("two", "x")))["code"] == 403
        assert (await refused(core.delete_namespaced_pod("a", "x")))["code"] == 403


async def test_self_reviews(cluster: Api) -> None:
    cluster.allow([{"verbs": ["list"], "apiGroups": [""], "resources": ["nodes"]}])
    async with connected(cluster.kubeconfig) as api:
        reviews = client.AuthorizationV1Api(api)
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
        found = await reviews.create_self_subject_rules_review({**review, "spec": {"namespace": "default"}})
        assert found.status.incomplete is False
        assert any(rule.resources == ["nodes"] for rule in found.status.resource_rules)
        assert any("/apis/*" in rule.non_resource_urls for rule in found.status.non_resource_rules)
        assert (await refused(reviews.create_self_subject_rules_review({**review, "spec": {}})))[
            "code"
        ] == 400
        for verb, allowed in (("list", True), ("watch", False)):
            wanted = {"resourceAttributes": {"verb": verb, "resource": "nodes", "group": ""}}
            asked = {**review, "kind": "SelfSubjectAccessReview", "spec": wanted}
            answer = await reviews.create_self_subject_access_review(asked)
            assert answer.status.allowed is allowed


async def test_tokens_expire_and_an_exec_plugin_renews_them(cluster: Api, tmp_path: Path) -> None:
    cluster.token("first", "runner")
    plugin = cluster.exec_plugin(tmp_path / "plugin", "first")
    kubeconfig = cluster.write_kubeconfig(tmp_path / "exec", exec_command=plugin.argv)
    async with connected(kubeconfig) as api:
        await client.CoreV1Api(api).list_node()
        cluster.expire("first")
        said = await refused(client.CoreV1Api(api).list_node())
        assert (said["code"], said["message"]) == (401, "Unauthorized")
    cluster.token("second", "runner")
    plugin.give("second")
    async with connected(kubeconfig) as api:
        await client.CoreV1Api(api).list_node()
    assert plugin.calls == 2
    assert cluster.requests[-1].user == "runner"


async def test_nobody_may_read_little(cluster: Api) -> None:
    assert (await text(cluster, "/version", token=None))[0] == 200
    status, body = await text(cluster, "/api/v1/nodes", token=None)
    assert status == 403 and "system:anonymous" in body
    assert (await text(cluster, "/api/v1/nodes", token="wrong"))[0] == 401


async def test_health_and_metrics(cluster: Api) -> None:
    status, body = await text(cluster, "/readyz?verbose")
    assert status == 200 and "[+]etcd ok" in body and body.endswith("readyz check passed\n")
    cluster.text("/readyz", "[-]etcd failed: reason withheld\nreadyz check failed\n", status=500)
    cluster.text("/metrics", "apiserver_storage_objects 1\n")
    assert (await text(cluster, "/readyz?verbose"))[0] == 500
    assert await text(cluster, "/metrics") == (200, "apiserver_storage_objects 1\n")
    assert [request.line for request in cluster.requested("GET", "verbose")] == ["GET /readyz?verbose="] * 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 500}, client.ApiException),
        ({"status": 429, "retry_after": 1}, client.ApiException),
        ({"truncated": True}, aiohttp.ClientPayloadError),
        ({"hangs": True}, asyncio.TimeoutError),
        ({"slow": 30.0}, asyncio.TimeoutError),
        ({"reset": True}, aiohttp.ClientConnectionError),
    ],
)
async def test_faults(cluster: Api, fault: dict[str, Any], error: type[Exception]) -> None:
    async with connected(cluster.kubeconfig) as api:
        core = client.CoreV1Api(api)
        await core.list_namespace()
        rule = cluster.fault("GET", "^/api/v1/nodes", **fault)
        with pytest.raises(error) as raised:
            await core.list_node(_request_timeout=1)
        if isinstance(raised.value, client.ApiException):
            assert raised.value.status == fault["status"]
            assert raised.value.headers.get("Retry-After") == ("1" if "retry_after" in fault else None)
        await core.list_namespace()
        assert rule.hits >= 1
        rule.remove()
        assert (await core.list_node()).items == []


async def test_a_login_page_and_a_number_of_times(cluster: Api) -> None:
    rule = cluster.fault("*", "nodes", html=True, times=1)
    assert "<title>Sign in</title>" in (await text(cluster, "/api/v1/nodes"))[1]
    assert "NodeList" in (await text(cluster, "/api/v1/nodes"))[1]
    assert rule.hits == 1
    cluster.fault("GET", "watch=1", truncated=True)
    with pytest.raises(aiohttp.ClientError):
        await text(cluster, "/api/v1/nodes?watch=1")


async def test_services_are_proxied(cluster: Api) -> None:
    with Api() as backend:
        backend.text("/metrics", "up 1\n")
        backend.fault("GET", "/echo", body='{"ok":true}', status=418)
        cluster.service("monitoring", "prometheus", 9090, backend.url)
        base = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy"
        assert await text(cluster, f"{base}/echo?q=1") == (418, '{"ok":true}')
        assert backend.requested("GET", r"/echo\?q=1")
        status, body = await text(cluster, base.replace("9090", "1") + "/x")
        assert status == 503 and "no endpoints available for service" in body


async def test_tls_with_an_authority_of_its_own(cluster_tls: Api, tmp_path: Path) -> None:
    cluster_tls.put(objects.node("n1"))
    async with connected(cluster_tls.kubeconfig) as api:
        assert len((await client.CoreV1Api(api).list_node()).items) == 1
    cluster_tls.ca = None
    unknown = cluster_tls.write_kubeconfig(tmp_path / "unknown", extra_contexts=["other"])
    async with connected(unknown, "other") as api:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await client.CoreV1Api(api).list_node()


async def test_clear_is_back_to_empty(cluster: Api) -> None:
    cluster.install(objects.crd("test.gpuready", "Policy", "policies"))
    cluster.put(objects.node("n1"))
    cluster.allow([])
    cluster.clear()
    assert cluster.list("v1", "Node") == []
    with pytest.raises(KeyError, match="install its CustomResourceDefinition"):
        cluster.put(objects.custom("test.gpuready/v1", "Policy", "p"))
    assert (await text(cluster, "/api/v1/nodes"))[0] == 200


def test_as_a_child_process(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.kube.apiserver", "--nodes", "20", "--pods", "100"]
    argv += ["--changes", "100", "--kubeconfig", str(tmp_path / "k")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline().startswith(b"http://127.0.0.1:")
            asyncio.run(_read_crowd(tmp_path / "k"))
        finally:
            child.terminate()
        assert child.wait(20) == 0


async def _read_crowd(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as api:
        core = client.CoreV1Api(api)
        assert len((await core.list_node()).items) == 20
        first = await core.list_pod_for_all_namespaces(limit=30)
        assert first.metadata.remaining_item_count == 70
        following = await core.list_pod_for_all_namespaces_without_preload_content(
            watch=True, resource_version=first.metadata.resource_version, timeout_seconds=20
        )
        lines = [await following.content.readline() for _ in range(20)]
        assert all(json.loads(line)["object"]["kind"] == "Pod" for line in lines)
        following.close()

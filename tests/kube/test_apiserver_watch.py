"""The served API's watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.official import client, connected, watch


@pytest.fixture
async def core(cluster: Api) -> AsyncIterator[Any]:
    async with connected(cluster.kubeconfig) as api:
        yield client.CoreV1Api(api)


async def until(done: Any) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - what it waits for is in the server's thread
            await asyncio.sleep(0.01)


async def follow(core: Any, seen: list[tuple[str, str]], **how: Any) -> None:
    """Note (type, name) of each event of the pods, until the server ends the watch."""
    following = watch.Watch()
    async for event in following.stream(core.list_pod_for_all_namespaces, timeout_seconds=30, **how):
        meta = event["raw_object"]["metadata"]
        seen.append((event["type"], meta.get("name", meta["resourceVersion"])))


async def test_changes_arrive_in_order(cluster: Api, core: Any) -> None:
    cluster.put(objects.pod("old"))
    version = (await core.list_pod_for_all_namespaces()).metadata.resource_version
    seen: list[tuple[str, str]] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(core, seen, resource_version=version))
        await until(lambda: cluster.watchers("pods") == 1)
        cluster.put(objects.pod("new"))
        cluster.patch(objects.pod("new"), {"status": {"phase": "Failed"}})
        cluster.put(objects.node("unrelated"))
        cluster.remove(objects.pod("old"))
        await until(lambda: len(seen) == 3)
        task.cancel()
    assert seen == [("ADDED", "new"), ("MODIFIED", "new"), ("DELETED", "old")]
    await until(lambda: cluster.watchers() == 0)  # a client that hangs up leaves nothing behind


async def test_without_a_version_what_is_there_comes_first(cluster: Api, core: Any) -> None:
    cluster.put_all([objects.pod("a"), objects.pod("b", node="n1")])
    seen: list[tuple[str, str]] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(core, seen, field_selector="status.phase=Pending"))
        await until(lambda: len(seen) == 1)
        cluster.patch(objects.pod("a"), {"status": {"phase": "Running"}})
        cluster.patch(objects.pod("b"), {"status": {"phase": "Pending"}})
        await until(lambda: len(seen) == 3)
        task.cancel()
    assert seen == [("ADDED", "a"), ("DELETED", "a"), ("ADDED", "b")]  # out of the selection, and into it


async def test_bookmarks_and_the_end_by_the_server(cluster: Api, core: Any) -> None:
    seen: list[tuple[str, str]] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(follow(core, seen, allow_watch_bookmarks=True))
        await until(lambda: cluster.watchers() == 1)
        cluster.bookmark()
        await until(lambda: len(seen) == 1)
        cluster.drop_watches()
    kind, version = seen[0]
    assert kind == "BOOKMARK" and int(version) > 1000


async def test_timeout_seconds_ends_a_watch(cluster: Api, core: Any) -> None:
    events = watch.Watch().stream(core.list_node, timeout_seconds=1, allow_watch_bookmarks=True)
    assert [event["type"] async for event in events] == ["BOOKMARK"]


async def test_an_old_version_is_an_error_event_with_410(cluster: Api, core: Any) -> None:
    version = (await core.list_node()).metadata.resource_version
    cluster.compact()
    for http in (False, True):
        cluster.compact(http=http)
        with pytest.raises(client.ApiException) as error:
            async for _ in watch.Watch().stream(core.list_node, resource_version=version, timeout_seconds=5):
                pytest.fail("an event of a version that is gone")
        assert error.value.status == 410
        assert "too old resource version" in str(error.value)


async def test_open_watches_survive_a_compaction_or_are_told_410(cluster: Api, core: Any) -> None:
    seen: list[tuple[str, str]] = []
    task = asyncio.create_task(follow(core, seen))
    await until(lambda: cluster.watchers() == 1)
    cluster.put(objects.pod("before"))
    cluster.compact()
    cluster.put(objects.pod("after"))
    await until(lambda: len(seen) == 2)
    cluster.drop_watches(gone=True)
    with pytest.raises(client.ApiException) as error:
        await task
    assert error.value.status == 410


async def test_send_initial_events(cluster: Api, core: Any) -> None:
    how = {
        "send_initial_events": True,
        "resource_version_match": "NotOlderThan",
        "allow_watch_bookmarks": True,
    }
    with pytest.raises(client.ApiException) as error:
        await follow(core, [], **how)
    assert error.value.status == 422
    cluster.watch_list()
    cluster.put(objects.pod("a"))
    seen: list[tuple[str, str]] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(core, seen, **how))
        await until(lambda: len(seen) == 2)
        task.cancel()
    assert [kind for kind, _ in seen] == ["ADDED", "BOOKMARK"]


async def test_thousands_of_changes(cluster: Api, core: Any) -> None:
    version = (await core.list_pod_for_all_namespaces()).metadata.resource_version
    seen: list[tuple[str, str]] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(core, seen, resource_version=version))
        await until(lambda: cluster.watchers() == 1)
        await asyncio.to_thread(cluster.put_all, (objects.pod(f"p{n}") for n in range(2000)))
        await until(lambda: len(seen) == 2000)
        task.cancel()
    assert seen == [("ADDED", f"p{n}") for n in range(2000)]

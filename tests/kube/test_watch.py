"""A resource kept current through everything that ends a watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from gpuready.kube import watch
from gpuready.kube.look import Obj
from gpuready.kube.watch import Watched
from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.asking import target


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "EVERY", 0.05)
    monkeypatch.setattr(watch, "_BREATH", 0.01)


def _name(obj: Obj) -> str:
    return f"{obj['metadata']['name']} {(obj['metadata'].get('labels') or {}).get('x', '-')}"


class Heard:
    """The calls of the listener."""

    def __init__(self) -> None:
        self.calls: list[frozenset[str]] = []

    def __call__(self, uids: frozenset[str]) -> None:
        self.calls.append(uids)


@asynccontextmanager
async def _watched(
    cluster: Api, resource: str = "nodes", **more: Any
) -> AsyncIterator[tuple[Watched[str], Heard]]:
    heard = Heard()
    watched = Watched(target(cluster), resource, _name, heard, **more)
    task = asyncio.create_task(watched.run())
    try:
        yield watched, heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what changes is on the other side of a socket
            await asyncio.sleep(0.01)


def _names(watched: Watched[str]) -> set[str]:
    return {fact.split()[0] for fact in watched.facts.values()}


async def _live(cluster: Api, watched: Watched[str], resource: str = "nodes") -> None:
    await _until(lambda: watched.is_read and cluster.watchers(resource) == 1)


async def test_what_comes_changes_and_goes_is_heard(cluster: Api) -> None:
    first = objects.node("a")
    cluster.put(first)
    async with _watched(cluster) as (watched, heard):
        await _live(cluster, watched)
        assert set(watched.facts.values()) == {"a -"}
        cluster.put(objects.node("b"))
        cluster.patch(first, {"metadata": {"labels": {"x": "new"}}})
        await _until(lambda: set(watched.facts.values()) == {"a new", "b -"})
        cluster.remove(first)
        await _until(lambda: _names(watched) == {"b"})
        await _until(lambda: frozenset[str]().union(*heard.calls) >= set(watched.facts))
        assert watched.problem is None


async def test_many_changes_are_heard_together(cluster: Api) -> None:
    async with _watched(cluster) as (watched, heard):
        await _live(cluster, watched)
        heard.calls.clear()
        cluster.put_all(objects.node(f"n{n}") for n in range(300))
        await _until(lambda: len(watched.facts) == 300)
        await _until(lambda: len(frozenset[str]().union(*heard.calls)) == 300)
    assert len(heard.calls) < 60


async def test_what_does_not_matter_is_not_heard(cluster: Api) -> None:
    one = objects.node("a")
    cluster.put(one)
    async with _watched(cluster) as (watched, heard):
        await _live(cluster, watched)
        await _until(lambda: heard.calls)
        heard.calls.clear()
        cluster.patch(one, {"metadata": {"annotations": {"beat": "1"}}})
        cluster.put(objects.node("b"))
        await _until(lambda: len(watched.facts) == 2 and heard.calls)
        found = next(uid for uid, fact in watched.facts.items() if fact.startswith("b"))
    assert frozenset[str]().union(*heard.calls) == {found}


async def test_a_dropped_watch_goes_on_where_it_was(cluster: Api) -> None:
    cluster.put(objects.node("a"))
    async with _watched(cluster) as (watched, _):
        await _live(cluster, watched)
        cluster.drop_watches()
        cluster.put(objects.node("b"))
        await _until(lambda: _names(watched) == {"a", "b"})
    lists = [each for each in cluster.requested("GET", "/nodes") if "watch" not in each.query]
    assert len(lists) == 1


@pytest.mark.parametrize("http", [False, True])
async def test_a_forgotten_version_is_listed_again(cluster: Api, http: bool) -> None:
    gone = objects.node("a")
    cluster.put(gone)
    async with _watched(cluster) as (watched, _):
        await _live(cluster, watched)
        hold = cluster.fault("GET", "watch=1", status=503)
        cluster.drop_watches()
        cluster.remove(gone)
        cluster.put(objects.node("b"))
        cluster.compact(http=http)
        hold.remove()
        await _until(lambda: _names(watched) == {"b"} and watched.problem is None)
    lists = [each for each in cluster.requested("GET", "/nodes") if "watch" not in each.query]
    assert len(lists) >= 2


async def test_a_bookmark_moves_the_version_on(cluster: Api) -> None:
    cluster.put(objects.node("a"))
    async with _watched(cluster) as (watched, _):
        await _live(cluster, watched)
        before = watched._version
        cluster.put(
            objects.pod("p", "default")
        )  # another resource: nodes hear of its version by bookmark only
        cluster.bookmark()
        await _until(lambda: watched._version != before)


async def test_a_server_that_fails_is_told_and_then_forgotten(cluster: Api) -> None:
    cluster.put(objects.node("a"))
    async with _watched(cluster) as (watched, heard):
        await _live(cluster, watched)
        fault = cluster.fault("GET", "/nodes", status=500)
        cluster.drop_watches()
        await _until(lambda: watched.problem is not None)
        assert _names(watched) == {"a"}  # what was known stays, with the reason why it may be old
        assert watched.problem is not None and str(watched.problem)
        calls = len(heard.calls)
        await _until(lambda: len(heard.calls) > calls)
        fault.remove()
        await _until(lambda: watched.problem is None)


async def test_a_change_cut_in_half_is_read_again(cluster: Api) -> None:
    cluster.put(objects.node("a"))
    cluster.fault("GET", "watch=1", truncated=True, times=1)
    async with _watched(cluster) as (watched, _):
        await _live(cluster, watched)
        cluster.put(objects.node("b"))
        await _until(lambda: _names(watched) == {"a", "b"} and watched.problem is None)


async def test_what_may_not_be_listed_is_told(cluster: Api) -> None:
    cluster.allow([])
    async with _watched(cluster) as (watched, _):
        await _until(lambda: watched.problem is not None)
        assert watched.problem is not None and watched.problem.key == "kube.forbidden"
        assert not watched.is_read


async def test_what_is_not_served_is_no_problem(cluster: Api) -> None:
    async with _watched(cluster, "clusterpolicies.nvidia.com") as (watched, _):
        await _until(lambda: watched.is_read)
        assert not watched.is_served and not watched.facts and watched.problem is None


async def test_a_selector_is_the_servers_work(cluster: Api) -> None:
    cluster.put(objects.node("a"))
    cluster.put(objects.node("b"))
    async with _watched(cluster, select="metadata.name=b") as (watched, _):
        await _live(cluster, watched)
        assert _names(watched) == {"b"}


async def test_an_expired_token_is_renewed_in_a_watch(cluster: Api, tmp_path: Any) -> None:
    plugin = cluster.exec_plugin(tmp_path / "plugin", "one")
    cluster.token("one", "admin")
    cluster.write_kubeconfig(cluster.kubeconfig, exec_command=plugin.argv)
    async with _watched(cluster) as (watched, _):
        await _live(cluster, watched)
        cluster.expire("one")
        cluster.token("two", "admin")
        plugin.give("two")
        cluster.drop_watches()
        cluster.put(objects.node("b"))
        await _until(lambda: _names(watched) == {"b"})
    assert plugin.calls == 2


async def test_cancelling_closes_the_watch(cluster: Api) -> None:
    async with _watched(cluster) as (watched, _):
        await _live(cluster, watched)
    await _until(lambda: cluster.watchers() == 0)

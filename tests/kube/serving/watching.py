"""watch: the changes as lines of JSON, from a version on, until the client or the server has enough."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from tests.kube.serving.answers import Refusal, invalid, too_new, too_old
from tests.kube.serving.kinds import Kind, api_version
from tests.kube.serving.reading import Selection, number, selection
from tests.kube.serving.store import Change, Store, TableKey
from tests.kube.serving.target import Target

_DEFAULT_SECONDS = 1800  # a kube-apiserver ends a watch after 30 to 60 minutes


@dataclass(slots=True, eq=False)
class Watcher:
    """One open watch."""

    kind: Kind
    version: str
    chosen: Selection
    bookmarks: bool
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    bookmark_now: bool = False
    dropped: bool = False
    gone: bool = False


class Watches:
    """The open watches; lives in the server's loop, except `changed`, which any thread may call."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: set[Watcher] = set()
        self._dirty: set[TableKey] = set()
        self._lock = threading.Lock()
        self.with_initial_events = False
        self.http_gone = False

    def changed(self, table: TableKey) -> None:
        if self._loop.is_closed():
            return
        with self._lock:
            if not self._dirty:
                self._loop.call_soon_threadsafe(self._wake)
            self._dirty.add(table)

    def _wake(self) -> None:
        with self._lock:
            dirty, self._dirty = self._dirty, set()
        for watcher in self._open:
            if (watcher.kind.group, watcher.kind.kind) in dirty:
                watcher.wake.set()

    def count(self, plural: str | None) -> int:
        return sum(1 for watcher in list(self._open) if plural in (None, watcher.kind.plural))

    def bookmark(self) -> None:
        for watcher in self._open:
            watcher.bookmark_now = True
            watcher.wake.set()

    def drop(self, gone: bool) -> None:
        for watcher in self._open:
            watcher.dropped = not gone
            watcher.gone = gone
            watcher.wake.set()

    async def serve(
        self, request: web.Request, store: Store, kind: Kind, target: Target, query: Mapping[str, str]
    ) -> web.StreamResponse:
        """Stream until timeoutSeconds are over, the client hangs up or a test cuts it."""
        watcher = Watcher(
            kind,
            target.version,
            selection(kind, target, query),
            query.get("allowWatchBookmarks", "").lower() in ("1", "true"),
        )
        asked = query.get("resourceVersion", "")
        initial = query.get("sendInitialEvents", "").lower() in ("1", "true")
        if initial and not self.with_initial_events:
            why = "forbidden for watch unless the WatchList feature gate is enabled"
            message = f"Forbidden: sendInitialEvents is {why}"
            raise invalid(kind, "", "sendInitialEvents", message, "FieldValueForbidden")
        since = number(asked) if asked else 0
        if since > store.version:
            raise too_new(since, store.version)
        seconds = float(query.get("timeoutSeconds", "") or _DEFAULT_SECONDS)
        gone = _gone(store, kind, since) if since and not initial else None
        if gone and self.http_gone:
            raise gone
        response = web.StreamResponse(
            headers={"Content-Type": "application/json", "Cache-Control": "no-cache"}
        )
        response.enable_chunked_encoding()
        await response.prepare(request)
        if gone:
            await response.write(_line("ERROR", json.dumps(gone.status).encode()))
            return response
        self._open.add(watcher)
        try:
            await self._stream(response, store, watcher, since, initial, seconds)
        finally:
            self._open.discard(watcher)
        return response

    async def _stream(
        self,
        response: web.StreamResponse,
        store: Store,
        watcher: Watcher,
        since: int,
        initial: bool,
        seconds: float,
    ) -> None:
        deadline = self._loop.time() + seconds
        at = since
        if initial or not since:
            at = await self._now(response, store, watcher)
            if initial:
                await response.write(_bookmark(watcher, at, end=True))
        while True:
            watcher.wake.clear()
            with store.lock:
                table = store.table(watcher.kind)
                gone = too_old(at, table.oldest) if at < table.dropped or watcher.gone else None
                changes = [] if gone else table.since(at)
                at = store.version
            if gone:
                await response.write(_line("ERROR", json.dumps(gone.status).encode()))
                return
            if changes and (lines := _lines(watcher, changes)):
                await response.write(lines)
            if watcher.bookmark_now and watcher.bookmarks:
                await response.write(_bookmark(watcher, at))
            watcher.bookmark_now = False
            left = deadline - self._loop.time()
            if watcher.dropped or left <= 0:
                break
            if not watcher.wake.is_set():
                try:
                    async with asyncio.timeout(left):
                        await watcher.wake.wait()
                except TimeoutError:
                    if watcher.bookmarks:
                        await response.write(_bookmark(watcher, at))
                    break

    async def _now(self, response: web.StreamResponse, store: Store, watcher: Watcher) -> int:
        """Everything that is there, as ADDED; the version that it is of."""
        snapshot = store.snapshot(watcher.kind)
        assert not isinstance(snapshot, int)
        for entry in snapshot.after("", watcher.chosen.prefix):
            if watcher.chosen.takes(entry):
                await response.write(_line("ADDED", entry.typed(watcher.kind, watcher.version)))
        return snapshot.version


def _gone(store: Store, kind: Kind, since: int) -> Refusal | None:
    with store.lock:
        oldest = store.table(kind).oldest
    return too_old(since, oldest) if since < oldest else None


def _lines(watcher: Watcher, changes: Sequence[Change]) -> bytes:
    """The changes as this watch sees them: what leaves its selection is DELETED, what enters it ADDED."""
    parts: list[bytes] = []
    for change in changes:
        was = change.before is not None and watcher.chosen.takes(change.before)
        now = change.type != "DELETED" and watcher.chosen.takes(change.after)
        if was or now:
            kind = "MODIFIED" if was and now else "ADDED" if now else "DELETED"
            parts.append(_line(kind, change.after.typed(watcher.kind, watcher.version)))
    return b"".join(parts)


def _line(kind: str, obj: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), obj)


def _bookmark(watcher: Watcher, version: int, end: bool = False) -> bytes:
    meta: dict[str, object] = {"resourceVersion": str(version), "creationTimestamp": None}
    if end:
        meta["annotations"] = {"k8s.io/initial-events-end": "true"}
    obj = {
        "kind": watcher.kind.kind,
        "apiVersion": api_version(watcher.kind.group, watcher.version),
        "metadata": meta,
    }
    return _line("BOOKMARK", json.dumps(obj, separators=(",", ":")).encode())

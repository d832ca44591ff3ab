"""What the server holds: objects as JSON bytes, and the changes that watches and consistent pages need.

Objects are kept as bytes and decoded on demand, so that fifty thousand pods fit and a list is a join.  All
methods may be called from any thread.
"""

from __future__ import annotations

import json
import threading
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.kube.serving.kinds import Kind, api_version
from tests.kube.serving.selectors import fields_of

Object = dict[str, Any]
TableKey = tuple[str, str]
WINDOW = 10_000  # changes kept of each kind: older versions are 410


@dataclass(frozen=True, slots=True)
class Entry:
    """One object at one version; `body` is its JSON without kind and apiVersion."""

    key: str
    namespace: str
    name: str
    uid: str
    version: int
    body: bytes
    labels: Mapping[str, str]
    fields: Mapping[str, str]
    owners: tuple[str, ...]

    def object(self) -> Object:
        """A copy of the object, without kind and apiVersion."""
        found: Object = json.loads(self.body)
        return found

    def typed(self, kind: Kind, version: str) -> bytes:
        """The JSON with kind and apiVersion, as a get or a watch gives it."""
        return b'{"kind":"%s","apiVersion":"%s",%s' % (
            kind.kind.encode(),
            api_version(kind.group, version).encode(),
            self.body[1:],
        )


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is None for a new object; `after` is its last state for a removed one."""

    type: str
    version: int
    before: Entry | None
    after: Entry


@dataclass(slots=True)
class Table:
    entries: dict[str, Entry] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    oldest: int = 0  # no list and no new watch of a version below this
    dropped: int = 0  # the newest change that is not kept: an open watch that has not seen it is lost
    _sorted: list[str] | None = None

    def ordered(self) -> list[str]:
        if self._sorted is None:
            self._sorted = sorted(self.entries)
        return self._sorted

    def since(self, version: int) -> Sequence[Change]:
        start = bisect_right(self.changes, version, key=lambda change: change.version)
        return self.changes[start:]

    def record(self, change: Change) -> None:
        if change.type != "MODIFIED":
            self._sorted = None
        self.changes.append(change)
        if len(self.changes) > 2 * WINDOW:
            cut = len(self.changes) - WINDOW
            self.dropped = self.changes[cut - 1].version
            self.oldest = max(self.oldest, self.dropped)
            del self.changes[:cut]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All objects of a kind as they were at one version, in the order of the keys."""

    version: int
    keys: Sequence[str]
    entries: Mapping[str, Entry]
    undone: Mapping[str, Entry | None]

    def count_after(self, key: str) -> int:
        """How many have a key above `key`."""
        made_since = (at for at, entry in self.undone.items() if entry is None and at in self.entries)
        absent = sum(1 for at in made_since if at > key)
        return len(self.keys) - bisect_right(self.keys, key) - absent

    def after(self, key: str, prefix: str) -> Iterator[Entry]:
        """Those whose key is above `key` and starts with `prefix`."""
        start = bisect_right(self.keys, key) if key else bisect_left(self.keys, prefix)
        for index in range(start, len(self.keys)):
            at = self.keys[index]
            if not at.startswith(prefix):
                return
            entry = self.undone[at] if at in self.undone else self.entries.get(at)
            if entry is not None:
                yield entry


def key_of(namespace: str, name: str) -> str:
    return f"{namespace}/{name}"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """`listen` is called with the table's key after every change, under the lock."""

    def __init__(self, listen: Callable[[TableKey], None] = lambda key: None) -> None:
        self.lock = threading.RLock()
        self.version = 1000
        self.listen = listen
        self._floor = 0
        self._tables: dict[TableKey, Table] = {}
        self._owned: dict[str, set[tuple[TableKey, str]]] = {}

    def table(self, kind: Kind) -> Table:
        return self._tables.setdefault((kind.group, kind.kind), Table(oldest=self._floor))

    def find(self, kind: Kind, namespace: str, name: str) -> Entry | None:
        with self.lock:
            return self.table(kind).entries.get(key_of(namespace, name))

    def all(self, kind: Kind) -> list[Entry]:
        with self.lock:
            table = self.table(kind)
            return [table.entries[key] for key in table.ordered()]

    def save(self, kind: Kind, namespace: str, name: str, obj: Mapping[str, Any]) -> Entry:
        """Create or replace.  uid and creationTimestamp of an object that is there stay; a change of its spec
        raises its generation; no change at all is no new version."""
        with self.lock:
            table = self.table(kind)
            key = key_of(namespace, name)
            before = table.entries.get(key)
            old = before.object() if before else None
            meta = self._metadata(kind, namespace, name, obj, old)
            body = {"metadata": meta, **{k: v for k, v in obj.items() if k not in _HEAD}}
            if old is not None:
                meta["resourceVersion"] = old["metadata"]["resourceVersion"]
                if body == old and before:
                    return before
            self.version += 1
            meta["resourceVersion"] = str(self.version)
            after = self._entry(kind, key, body)
            table.entries[key] = after
            self._own(kind, before, after)
            self._record(kind, Change("MODIFIED" if before else "ADDED", self.version, before, after))
            return after

    def drop(self, kind: Kind, namespace: str, name: str) -> Entry | None:
        """Remove one object and nothing else; its last state carries the version of the removal."""
        with self.lock:
            table = self.table(kind)
            before = table.entries.pop(key_of(namespace, name), None)
            if before is None:
                return None
            self.version += 1
            body = before.object()
            body["metadata"]["resourceVersion"] = str(self.version)
            after = self._entry(kind, before.key, body)
            self._own(kind, before, None)
            self._record(kind, Change("DELETED", self.version, before, after))
            return after

    def owned(self, uid: str) -> list[tuple[TableKey, Entry]]:
        """The objects that name that uid among their owners."""
        with self.lock:
            found = [(table, self._tables[table].entries.get(key)) for table, key in self._owned.get(uid, ())]
            return [(table, entry) for table, entry in found if entry is not None]

    def snapshot(self, kind: Kind, version: int | None = None) -> Snapshot | int:
        """The kind's objects now, or at an older version; the oldest version kept when that is gone."""
        with self.lock:
            table = self.table(kind)
            keys = table.ordered()
            if version is None or version >= self.version:
                return Snapshot(self.version, keys, dict(table.entries), {})
            if version < table.oldest:
                return table.oldest
            undone = {change.after.key: change.before for change in reversed(table.since(version))}
            back = [key for key, entry in undone.items() if entry is not None and key not in table.entries]
            return Snapshot(version, sorted([*keys, *back]) if back else keys, dict(table.entries), undone)

    def compact(self) -> None:
        """From now on every version given so far is too old; open watches go on."""
        with self.lock:
            self._floor = self.tick()
            for table in self._tables.values():
                table.oldest = self._floor

    def tick(self) -> int:
        """A version that no object of the tests carries: something else in the cluster changed."""
        with self.lock:
            self.version += 1
            return self.version

    def _metadata(
        self, kind: Kind, namespace: str, name: str, obj: Mapping[str, Any], old: Object | None
    ) -> Object:
        given = dict(obj.get("metadata") or {})
        was = old["metadata"] if old else {}
        generation = int(was.get("generation", 1))
        if old is not None and obj.get("spec") != old.get("spec"):
            generation += 1
        fixed: Object = {"name": name}
        if kind.namespaced:
            fixed["namespace"] = namespace
        fixed["uid"] = was.get("uid") or given.get("uid") or str(uuid.uuid4())
        fixed["resourceVersion"] = ""
        if kind.has_status or kind.custom:
            fixed["generation"] = given.get("generation", generation) if old is None else generation
        fixed["creationTimestamp"] = given.get("creationTimestamp") or was.get("creationTimestamp") or now()
        return {**fixed, **{key: value for key, value in given.items() if key not in fixed}}

    def _entry(self, kind: Kind, key: str, body: Object) -> Entry:
        meta = body["metadata"]
        return Entry(
            key=key,
            namespace=meta.get("namespace", ""),
            name=meta["name"],
            uid=meta["uid"],
            version=self.version,
            body=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(),
            labels=meta.get("labels") or {},
            fields=fields_of(kind, body),
            owners=tuple(owner["uid"] for owner in meta.get("ownerReferences") or () if owner.get("uid")),
        )

    def _own(self, kind: Kind, before: Entry | None, after: Entry | None) -> None:
        at = (kind.group, kind.kind)
        for uid in before.owners if before else ():
            self._owned.get(uid, set()).discard((at, before.key if before else ""))
        for uid in after.owners if after else ():
            self._owned.setdefault(uid, set()).add((at, after.key if after else ""))

    def _record(self, kind: Kind, change: Change) -> None:
        self.table(kind).record(change)
        self.listen((kind.group, kind.kind))


_HEAD = ("kind", "apiVersion", "metadata")

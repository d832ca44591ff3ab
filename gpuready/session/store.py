"""A session: its file, and its state in memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from gpuready.checklist.model import Checklist
from gpuready.session.canonical import plain
from gpuready.session.clock import bound, tick
from gpuready.session.door import Entry, Wish, enter
from gpuready.session.event import Event, EventKind, seal
from gpuready.session.evidence import Evidence, of_data, of_file, pack, unpack
from gpuready.session.merging import check_incoming, document_row
from gpuready.session.place import Journal
from gpuready.session.replica import replica_of
from gpuready.session.rows import AFTER, INSERT, from_row, to_row
from gpuready.session.state import SESSION, State
from gpuready.session.trouble import TROUBLE, fault_of
from gpuready.session.turns import Turns, Work
from gpuready.session.undo import to_redo, to_undo
from gpuready.session.write import field_of, write_of
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

T = TypeVar("T")

_Draft = tuple[str, str, Mapping[str, Any]]  # kind, subject, payload

_DAY_MS = 24 * 60 * 60 * 1000
_BUSY_S = 0.25  # how long SQLite itself waits for a lock, in its thread, before we do
_PUT_DOCUMENT = "INSERT OR IGNORE INTO checklists VALUES (?, ?, ?)"
_PUT_EVIDENCE = """INSERT INTO evidence VALUES (?, ?, ?, ?) ON CONFLICT (sha256)
    DO UPDATE SET data = excluded.data WHERE evidence.data IS NULL AND excluded.data IS NOT NULL"""


class Session:
    """Open one with `Session.open`; `path` is as it was given, `journal` ``wal`` or ``delete``."""

    def __init__(self, path: Path, entry: Entry, wish: Wish, actor: str, db: aiosqlite.Connection) -> None:
        self.path = path
        self.id = entry.session
        self.journal: Journal = entry.journal
        self.read_only = wish.read_only
        self.actor = plain(actor)
        self.replica = replica_of(entry.session, entry.real)
        self.state = State()
        self._entry = entry
        self._db = db
        self._turns = Turns(db, path, wish.patience)
        self._host = socket.gethostname()
        self._inode = _inode(entry.real)
        self._stamps: tuple[tuple[int, int] | None, ...] = ()
        self._looks = 0
        self._seen = 0  # the last row of `events` that is in the state with all before it
        self._version = -1  # PRAGMA data_version when we last looked

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        actor: str,
        create: bool = True,
        read_only: bool = False,
        make_parents: bool = False,
        patience: float = 30.0,
    ) -> Self:
        """The session of that file, its events read.

        `create` makes a missing file, `make_parents` its folders too (for the default place only: a typed
        path with a slip in it should be told, not made).  `read_only` neither creates nor migrates nor
        writes.  `patience` is how long other programs' locks are waited for, in seconds.  Fault when the
        file cannot be used; it is then as it was.
        """
        wish = Wish(create, read_only, make_parents, patience)
        entry = await asyncio.to_thread(enter, path, wish)
        db = aiosqlite.connect(entry.uri, uri=True, isolation_level=None, timeout=_BUSY_S)
        with contextlib.suppress(AttributeError):
            # A screen that dies must not leave a process behind that waits for this thread for ever.
            db._thread.daemon = True
        try:
            await db
            session = cls(path, entry, wish, actor, db)
            await session._turns.reading(session._begin)
        except BaseException as error:
            await db.close()
            if isinstance(error, TROUBLE):
                raise fault_of(error, path) from error
            raise
        return session

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Finish what is under way and let go of the file."""
        await self._turns.close()
        if self._entry.copy:
            self._entry.copy.cleanup()

    async def append(self, kind: str, subject: str, payload: Mapping[str, Any]) -> Event:
        """Record a fact: committed and applied to the state when this returns.

        Fault when it could not be recorded (nothing has happened then); ValueError when the payload does
        not fit the kind.
        """
        event = await self._record(lambda: (kind, subject, payload))
        assert event is not None
        return event

    async def undo(self, subject: str | None = None) -> Event | None:
        """Take back this actor's last change that still shows, of that subject if one is given; the event
        that does so, or None when there is nothing to take back."""
        return await self._record(lambda: _undoing(to_undo(self.state, self.actor, subject)))

    async def redo(self, subject: str | None = None) -> Event | None:
        """Take back this actor's last undo; None if there is none, or its field was written since."""
        return await self._record(lambda: _undoing(to_redo(self.state, self.actor, subject)))

    def touched(self) -> bool:
        """Whether the file was written to since the last call, by whomever: two looks at the disk instead of
        a turn of SQLite.  Over a network, where such looks may be old or hang, always true."""
        if self.journal != "wal":
            return True
        seen = tuple(_stamp(name) for name in (self._entry.real, f"{self._entry.real}-wal"))
        was, self._stamps = self._stamps, seen
        self._looks += 1
        # Two writes within one tick of the disk's clock look like one: now and then it is asked all the same.
        return seen != was or self._looks % 10 == 0

    async def poll(self) -> frozenset[str]:
        """Take in what other programs wrote to the file since; the subjects that changed."""

        async def work() -> frozenset[str]:
            version = (await self._rows("PRAGMA data_version"))[0][0]
            if version == self._version:
                return frozenset()
            changed = await self._take_in()
            self._version = version
            return changed

        return await self._turns.reading(work)

    async def events(self) -> list[Event]:
        """All events in the file, in clock order."""
        await self.poll()
        return self.state.events()

    async def adopt(self, checklist: Checklist) -> None:
        """Put the checklist in force, its document kept with the session; nothing happens if it is."""
        row = await asyncio.to_thread(document_row, checklist.document)

        def draft() -> _Draft | None:
            if self.state.adopted.get(checklist.id) == row[0]:
                return None
            return EventKind.ADOPTED, SESSION, {"id": checklist.id, "hash": row[0]}

        async def keep() -> None:
            await self._db.execute(_PUT_DOCUMENT, row)

        await self._record(draft, keep)

    async def documents(self) -> dict[str, dict[str, Any]]:
        """The documents in force, by the ids of their checklists."""
        texts = {
            str(row[0]): str(row[1]) for row in await self._read("SELECT sha256, document FROM checklists")
        }
        return {name: json.loads(texts[sha]) for name, sha in self.state.adopted.items() if sha in texts}

    async def all_documents(self) -> list[dict[str, Any]]:
        """Every document that was ever in force, for exports and merges."""
        return [json.loads(text) for (text,) in await self._read("SELECT document FROM checklists")]

    async def attach(self, data: bytes, name: str) -> str:
        """Keep the data as evidence; its sha256."""
        return await self._attach(await asyncio.to_thread(of_data, data, name))

    async def attach_file(self, path: Path) -> str:
        """Keep a file as evidence; its sha256.  Above 1 MiB only hash, name and size are kept."""
        return await self._attach(await asyncio.to_thread(of_file, path))

    async def evidence(self, sha: str) -> tuple[str, bytes] | None:
        """Name and contents; None when there is no such evidence, or its contents are not kept."""
        found = await self.evidence_of(sha)
        return (found.name, found.data) if found and found.data is not None else None

    async def evidence_of(self, sha: str) -> Evidence | None:
        """All that is kept under that hash.  Fault when it was altered."""
        for row in await self._read("SELECT * FROM evidence WHERE sha256 = ?", (sha,)):
            if found := await asyncio.to_thread(unpack, *row):
                return found
            raise Fault("session.tampered_evidence", name=row[1], sha=sha[:12])
        return None

    async def all_evidence(self) -> list[Evidence]:
        """All evidence, for exports and merges."""
        shas = await self._read("SELECT sha256 FROM evidence ORDER BY sha256")
        return [found for (sha,) in shas if (found := await self.evidence_of(sha))]

    async def absorb(
        self,
        events: Iterable[Event],
        evidence: Iterable[Evidence] = (),
        documents: Iterable[Mapping[str, Any]] = (),
    ) -> int:
        """Merge: the union of both, by id.  How many events were new.

        Fault ``session.tampered`` when an event or a piece of evidence does not match its hash, or two
        events have one id; nothing is taken in then.
        """
        coming = await asyncio.to_thread(check_incoming, events, evidence, documents)

        async def work() -> int:
            await self._take_in()
            for event in coming.events:
                if (known := self.state.event(event.id)) and known.hash != event.hash:
                    raise Fault("session.tampered", event=event.id)
            new = [event for event in coming.events if event.id not in self.state]
            await self._db.executemany(INSERT, map(to_row, new))
            await self._db.executemany(_PUT_DOCUMENT, coming.documents)
            await self._db.executemany(_PUT_EVIDENCE, coming.evidence)
            await self._db.execute("COMMIT")
            for event in new:
                self.state.apply(event)
            return len(new)

        return await self._write(work)

    async def _attach(self, piece: Evidence) -> str:
        row = (piece.sha256, piece.name, piece.size, await asyncio.to_thread(pack, piece))

        async def work() -> str:
            await self._db.execute(_PUT_EVIDENCE, row)
            await self._db.execute("COMMIT")
            return piece.sha256

        return await self._write(work)

    async def _record(
        self, draft: Callable[[], _Draft | None], also: Callable[[], Awaitable[None]] | None = None
    ) -> Event | None:
        """Append the event that `draft` asks for, seen from the state when its turn has come; `also` writes
        along."""

        async def work() -> Event | None:
            asked = draft()
            if asked is None:
                await self._db.execute("ROLLBACK")
                return None
            event = await self._seal(*asked)
            if also:
                await also()
            row = await self._db.execute_insert(INSERT, to_row(event))
            await self._db.execute("COMMIT")
            self.state.apply(event)
            if row and row[0] == self._seen + 1:
                self._seen += 1
            return event

        return await self._write(work)

    async def _write(self, work: Work[T]) -> T:
        if self.read_only:
            raise Fault("session.opened_to_read", path=self.path)
        # In WAL mode SQLite would go on writing into a file that was removed or replaced.
        if self.journal == "wal" and _inode(self._entry.real) != self._inode:
            raise Fault("session.moved", path=self.path)
        return await self._turns.writing(work)

    async def _seal(self, kind: str, subject: str, payload: Mapping[str, Any]) -> Event:
        """The next event of this replica, inside the transaction that inserts it."""
        last = await self._rows(
            "SELECT seq, hash FROM events WHERE replica = ? ORDER BY seq DESC, n DESC LIMIT 1",
            (self.replica,),
        )
        seq, previous = last[0] if last else (0, "")
        now = time.time_ns() // 1_000_000
        # A clock that is days ahead (somebody's battery was flat) must not pull everybody's along.
        newest = await self._rows("SELECT max(clock) FROM events WHERE clock < ?", (bound(now + _DAY_MS),))
        field = field_of(kind, payload)
        over = self.state.heads(subject, field) if field else ()
        # Yet what follows on something is later than it, whatever that one's clock said.
        known = [event.clock for event in self.state.history(subject)[-1:]]
        event = seal(
            replica=self.replica,
            seq=seq + 1,
            clock=tick(max([*known, newest[0][0] or ""]), now, self.replica),
            actor=self.actor,
            host=self._host,
            kind=kind,
            subject=subject,
            payload=payload,
            over=over,
            previous=previous,
        )
        if field and write_of(event) is None:
            raise ValueError(f"{kind} cannot be written as {dict(payload)!r}")
        return event

    async def _begin(self) -> None:
        # FULL and EXTRA: what was acknowledged outlasts a power cut, in either journal.
        await self._db.execute(f"PRAGMA synchronous = {'FULL' if self.journal == 'wal' else 'EXTRA'}")
        await self._db.execute("PRAGMA trusted_schema = OFF")
        if self.read_only:
            await self._db.execute("PRAGMA query_only = ON")
        self._version = (await self._rows("PRAGMA data_version"))[0][0]
        await self._take_in()

    async def _take_in(self) -> frozenset[str]:
        """Apply the rows that are not yet in the state; the subjects that changed."""
        changed: set[str] = set()
        for number, *row in await self._rows(AFTER, (self._seen,)):
            try:
                changed |= self.state.apply(from_row(row))
            except (ValueError, TypeError, RecursionError) as error:
                raise Fault("session.corrupt", path=self.path, error=safe_line(str(error))[:200]) from error
            self._seen = number
        return frozenset(changed)

    async def _read(self, sql: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        return await self._turns.reading(lambda: self._rows(sql, values))

    async def _rows(self, sql: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Rows, within a turn."""
        return list(await self._db.execute_fetchall(sql, values))


def _undoing(event: Event | None) -> _Draft | None:
    return (EventKind.UNDO, event.subject, {"event": event.id}) if event else None


def _stamp(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Size and time of the last change; None when there is no such file."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _inode(real: Path) -> tuple[int, int] | None:
    try:
        stat = os.stat(real)  # noqa: PTH116 - one call, on each mark
    except OSError:
        return None
    return stat.st_dev, stat.st_ino

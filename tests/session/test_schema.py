from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gpuready.session import door, header, schema
from gpuready.session.event import EventKind
from gpuready.session.rows import to_row
from gpuready.session.schema import APPLICATION_ID, SCHEMA_VERSION
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from tests.session.paper import CHECK, PASS, Paper


def _draft(path: Path) -> Paper:
    """A file of version 0, as the drafts before 0.1 wrote them: no evidence, nothing guarded."""
    paper = Paper("p")
    paper.mark(PASS)
    paper.write(EventKind.NOTE, CHECK, {"text": "from long ago"})
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    connection.execute("INSERT INTO meta VALUES ('id', 'the-old-id')")
    connection.execute(
        "CREATE TABLE checklists (sha256 TEXT PRIMARY KEY, id TEXT NOT NULL, document TEXT NOT NULL)"
    )
    connection.execute(
        """CREATE TABLE events (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, replica TEXT NOT NULL,
        seq INTEGER NOT NULL, clock TEXT NOT NULL, actor TEXT NOT NULL, host TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL, payload TEXT NOT NULL, over TEXT NOT NULL, previous TEXT NOT NULL,
        hash TEXT NOT NULL)"""
    )
    for event in paper.state.events():
        connection.execute(f"INSERT INTO events VALUES (NULL{', ?' * 12})", to_row(event))
    connection.commit()
    connection.close()
    return paper


def _version(path: Path) -> int:
    connection = sqlite3.connect(path)
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    connection.close()
    return version


async def test_an_older_file_is_migrated_with_all_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "old.gpuready"
    paper = _draft(path)
    async with await Session.open(path, actor="ana") as session:
        assert session.id == "the-old-id"
        assert await session.events() == paper.state.events()
        sha = await session.attach(b"x", "x")
        await session.append(EventKind.NOTE, CHECK, {"text": "new"})
    assert _version(path) == SCHEMA_VERSION
    async with await Session.open(path, actor="ana", read_only=True) as session:
        assert len(session.state) == 3
        assert await session.evidence(sha) == ("x", b"x")


async def test_an_older_file_is_not_migrated_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "old.gpuready"
    _draft(path)
    before = path.read_bytes()
    with pytest.raises(Fault) as caught:
        await Session.open(path, actor="ana", read_only=True)
    assert caught.value.key == "session.older"
    assert path.read_bytes() == before


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        await session.append(EventKind.MARKED, CHECK, PASS)
    before = path.read_bytes()

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE evidence ADD COLUMN origin TEXT")
        raise sqlite3.OperationalError("as if the disk were full")

    def working(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE samples (at INTEGER)")

    for module in (schema, header, door):
        monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 2, raising=False)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, working, broken))
    with pytest.raises(Fault):
        await Session.open(path, actor="ana")
    assert path.read_bytes() == before

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS[:-1], lambda connection: None))
    async with await Session.open(path, actor="ana") as session:
        assert len(session.state) == 1
    assert _version(path) == SCHEMA_VERSION + 2


async def test_events_cannot_be_changed_deleted_or_replaced_by_sql(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        await session.append(EventKind.MARKED, CHECK, PASS)
    connection = sqlite3.connect(path, isolation_level=None)
    columns = "id, replica, seq, clock, actor, host, kind, subject, payload, over, previous, hash"
    for statement in (
        "UPDATE events SET actor = 'eve'",
        "DELETE FROM events",
        f"INSERT OR REPLACE INTO events SELECT n, {columns.replace('actor', repr('eve'))} FROM events",
        f"REPLACE INTO events ({columns}) SELECT {columns.replace('actor', repr('eve'))} FROM events",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="events are never"):
            connection.execute(statement)
    assert connection.execute("SELECT actor FROM events").fetchall() == [("ana",)]
    connection.close()

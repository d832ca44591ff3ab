"""The tables of a session file, and the way from each older version of them to this one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from gpuready import __version__
from gpuready.session.event import uuid7
from gpuready.text.fault import Fault

APPLICATION_ID = 0x67707264  # "gprd": by it `file` and we tell a session from other SQLite files

_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS checklists (
        sha256 TEXT PRIMARY KEY, id TEXT NOT NULL, document TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS events (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, replica TEXT NOT NULL, seq INTEGER NOT NULL,
        clock TEXT NOT NULL, actor TEXT NOT NULL, host TEXT NOT NULL, kind TEXT NOT NULL,
        subject TEXT NOT NULL, payload TEXT NOT NULL, over TEXT NOT NULL, previous TEXT NOT NULL,
        hash TEXT NOT NULL)""",
    # Not unique: a copied or restored file can fork a replica, and a merge must keep both branches.
    "CREATE INDEX IF NOT EXISTS events_by_replica ON events (replica, seq)",
    "CREATE INDEX IF NOT EXISTS events_by_clock ON events (clock)",
    """CREATE TABLE IF NOT EXISTS evidence (
        sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL, data BLOB)""",
)

_GUARDS = (
    """CREATE TRIGGER IF NOT EXISTS events_no_update BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
    """CREATE TRIGGER IF NOT EXISTS events_no_delete BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above.
    """CREATE TRIGGER IF NOT EXISTS events_no_replace BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id OR n = NEW.n)
        BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END""",
    """CREATE TRIGGER IF NOT EXISTS checklists_no_update BEFORE UPDATE ON checklists
        BEGIN SELECT RAISE(ABORT, 'documents are never changed'); END""",
)


def _to_1(connection: sqlite3.Connection) -> None:
    """From nothing, or from the drafts before 0.1 that had no evidence and no guards."""
    for statement in (*_TABLES, *_GUARDS):
        connection.execute(statement)
    ms = int(time.time() * 1000)
    facts = {"id": uuid7(ms), "created_ms": str(ms), "created_by": f"gpuready {__version__}"}
    connection.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", facts.items())


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_to_1,)
"""The n-th leads from version n to n + 1, inside a transaction that the caller holds."""

SCHEMA_VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file to this version in one transaction: all of it happens or nothing.

    The version is read inside the transaction, so that two programs that open one file at once migrate it
    once.  Fault ``session.newer`` and ``session.not_ours`` when that is what is found there.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _pragma(connection, "user_version")
        if version > len(MIGRATIONS):
            raise Fault("session.newer", path=path, found=version, known=len(MIGRATIONS))
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and _pragma(connection, "application_id") != APPLICATION_ID:
            raise Fault("session.not_ours", path=path)
        for step in MIGRATIONS[version:]:
            step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

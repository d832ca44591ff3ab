"""Turns at one connection: one task at a time, and one transaction at a time among programs."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gpuready.session.trouble import TROUBLE, fault_of, is_busy
from gpuready.text.fault import Fault

T = TypeVar("T")
Work = Callable[[], Awaitable[T]]


class Database(Protocol):
    """What is needed of a connection in autocommit; aiosqlite's is one."""

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Awaitable[Any]: ...

    def close(self) -> Awaitable[None]: ...


class Turns:
    """`patience` is how long other programs' locks are waited for, in seconds."""

    def __init__(self, db: Database, path: Path, patience: float) -> None:
        self._db = db
        self._path = path
        self._patience = patience
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def reading(self, work: Work[T]) -> T:
        """What `work` returns.  It may be called again when a lock was in its way.  Fault as `fault_of`
        says."""
        self._require_open()
        async with self._lock:
            return await self._patiently(work)

    async def writing(self, work: Work[T]) -> T:
        """The same inside a transaction, which `work` commits; it is rolled back when `work` raises.

        It runs to its end even when the task that asked for it is cancelled, so that what is in the file
        is in the state too.
        """
        self._require_open()

        async def transaction() -> T:
            async with self._lock:
                return await self._patiently(self._begun(work))

        task = asyncio.create_task(transaction())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Finish what is under way and close the connection."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._lock:
            await self._db.close()

    def _begun(self, work: Work[T]) -> Work[T]:
        async def begun() -> T:
            await self._db.execute("BEGIN IMMEDIATE")
            return await work()

        return begun

    async def _patiently(self, work: Work[T]) -> T:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return await work()
            except TROUBLE as error:
                # Its frames hold a cursor, and before that is gone SQLite closes no file.
                traceback.clear_frames(error.__traceback__)
                await self._back_out()
                if not is_busy(error) or time.monotonic() > deadline:
                    raise fault_of(error, self._path) from error
            except BaseException:
                await self._back_out()
                raise
            # Jitter, or programs that met once would meet again at each try.
            await asyncio.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - nothing secret

    async def _back_out(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # a full disk has rolled it back already
            if self._db.in_transaction:
                await self._db.execute("ROLLBACK")

    def _require_open(self) -> None:
        if self._closed:
            raise Fault("session.closed", path=self._path)

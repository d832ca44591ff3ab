"""The open client of a cluster: one for each target and event loop, renewed as its credentials end."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from gpuready.kube.kubeconfig import contexts, place_of
from gpuready.kube.once import Once
from gpuready.kube.settings import Ready, ready
from gpuready.probes.probe import Target

__all__ = ["Connection", "connected", "contexts"]

IDLE = 15.0
"""Seconds after which a client that nobody uses is closed."""


class Connection:
    """One cluster.  `once` holds what the checks that look at it at the same time share."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.once = Once()
        self.looks = 0
        self._ready: Ready | None = None
        self._state: tuple[object, ...] = ()
        self._lock = asyncio.Lock()
        self._old: list[Ready] = []
        self._users = 0
        self._left = asyncio.Event()

    @property
    def server(self) -> str:
        return self._ready.server if self._ready else self.target.address

    @property
    def is_insecure(self) -> bool:
        return self._ready is not None and self._ready.insecure

    @property
    def is_open(self) -> bool:
        return self._ready is not None

    async def ready(self, after: Ready | None = None) -> Ready:
        """A client whose credentials hold as far as is known.

        It is made anew when the kubeconfig was written since, when a token has come to its end, and when
        `after` (the client whose credentials were refused) is still the one in use.  `NoData` when there is
        no such context, or no longer.
        """
        async with self._lock:
            place = place_of(self.target)
            state = await asyncio.to_thread(place.state)
            now = self._ready
            if now is not None and now is not after and state == self._state and not now.is_over():
                return now
            made = await ready(place)
            if now is not None:
                self._old.append(now)  # it may be in use: closed with the connection
                await self._close_old(keep=4)
            self._ready, self._state = made, state
            return made

    async def close(self) -> None:
        now, self._ready = self._ready, None
        if now is not None:
            self._old.append(now)
        await self._close_old(keep=0)

    async def _close_old(self, keep: int) -> None:
        while len(self._old) > keep:
            with contextlib.suppress(Exception):
                await cast(Any, self._old.pop(0).client).close()


_open: weakref.WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[tuple[object, ...], tuple[Connection, asyncio.Task[None]]]
] = weakref.WeakKeyDictionary()


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[Connection]:
    """The connection to the target, shared with all who use it at the same time; nothing is sent yet."""
    kept = _open.setdefault(asyncio.get_running_loop(), {})
    key = (target.address, tuple(sorted(target.options.items())))
    if key not in kept or kept[key][1].done():
        connection = Connection(target)
        kept[key] = connection, asyncio.create_task(_keep(connection, kept, key))
    connection = kept[key][0]
    connection._users += 1
    try:
        yield connection
    finally:
        connection._users -= 1
        connection._left.set()


async def _keep(
    connection: Connection,
    kept: dict[tuple[object, ...], tuple[Connection, asyncio.Task[None]]],
    key: tuple[object, ...],
) -> None:
    """Close the connection when nobody has used it for a while, and in any case when the loop ends."""
    try:
        while True:
            connection._left.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE):
                    await connection._left.wait()
                continue
            if not connection._users:
                break
    finally:
        if kept.get(key, (None,))[0] is connection:
            del kept[key]
        await connection.close()

"""What many checks ask at the same time is asked once, and kept for a few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from gpuready.probes.probe import Outcome

T = TypeVar("T")

FAILED = 3.0
"""Seconds for which a failure is kept, so that 80 checks do not each wait for the same timeout."""


@dataclass(slots=True)
class _Entry:
    task: asyncio.Task[Any]
    waiting: int = 0


class Once:
    """Answers by key.  The asking goes on while somebody waits for it, whoever began it."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry] = {}

    async def get(self, key: Hashable, keep: float, make: Callable[[], Awaitable[T]]) -> T:
        """The answer of `make`, asked when none is kept (`keep` in seconds); raises what it raised."""
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry(asyncio.ensure_future(_run(make)))
            entry.task.add_done_callback(lambda task: self._keep(key, task, keep))
        entry.waiting += 1
        try:
            answer: T = await asyncio.shield(entry.task)
            return answer
        except Outcome as outcome:
            # Each gets its own: whoever handles it may add to it.
            raise type(outcome)(outcome.key, **outcome.fields).showing(*outcome.evidence) from None
        finally:
            entry.waiting -= 1
            if not entry.waiting and not entry.task.done():
                self._drop(key, entry.task)
                entry.task.cancel()

    def forget(self) -> None:
        """Ask everything anew from now on."""
        self._entries.clear()

    def _keep(self, key: Hashable, task: asyncio.Task[Any], keep: float) -> None:
        if task.cancelled():
            self._drop(key, task)
            return
        failed = task.exception() is not None
        # Dropped by the clock, not when next asked: what is kept may be large.
        asyncio.get_running_loop().call_later(FAILED if failed else keep, self._drop, key, task)

    def _drop(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        entry = self._entries.get(key)
        if entry is not None and entry.task is task:
            del self._entries[key]


async def _run(make: Callable[[], Awaitable[T]]) -> T:
    return await make()

"""A judge in a thread of its own: counting 50,000 pods must not keep the screen from answering."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from datetime import datetime
from typing import Any, TypeVar

from gpuready.kube.look import Look, Obj
from gpuready.probes.probe import Ask

T = TypeVar("T")


async def apart(judge: Callable[[Look], Coroutine[Any, Any, T]], look: Look) -> T:
    """What the judge comes to; it runs in a thread, and what it asks of the look is asked on this loop."""
    proxy = _Apart(look)
    try:
        return await _in_thread(lambda: asyncio.run(judge(proxy)))
    finally:
        proxy.over = True


async def _in_thread(work: Callable[[], T]) -> T:
    """What `work` returns or raises.  Not an executor's thread: a judge waits for what is read on this loop,
    and that needs the executor's few threads; judges that hold all of them would wait for ever."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if done.done() else outcome())

    def run() -> None:
        try:
            value = work()
        except BaseException as error:
            problem = error  # the name `error` is gone when the lambda is called
            settle(lambda: done.set_exception(problem))
        else:
            settle(lambda: done.set_result(value))

    threading.Thread(target=run, daemon=True, name="judge").start()
    return await done


class _Apart:
    """`Look` from another thread."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._loop = asyncio.get_running_loop()
        self.over = False  # nobody waits for the judge any more

    @property
    def ask(self) -> Ask:
        return self._look.ask

    @property
    def now(self) -> datetime:
        return self._look.now

    async def list(self, resource: str) -> tuple[Obj, ...]:
        return await self._there(self._look.list(resource))

    async def has(self, resource: str) -> bool:
        return await self._there(self._look.has(resource))

    async def version(self) -> str:
        return await self._there(self._look.version())

    async def text(self, path: str) -> str:
        return await self._there(self._look.text(path))

    async def logs(
        self, namespace: str, pod: str, container: str = "", *, lines: int = 200, previous: bool = False
    ) -> str:
        return await self._there(self._look.logs(namespace, pod, container, lines=lines, previous=previous))

    async def once(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        return await self._there(self._look.once(key, make))

    async def _there(self, asking: Coroutine[Any, Any, T]) -> T:
        if self.over or self._loop.is_closed():
            asking.close()
            raise asyncio.CancelledError
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asking, self._loop))

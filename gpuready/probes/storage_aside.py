"""File work off the event loop, given up on when a dead mount swallows it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from gpuready.probes.probe import NoData

T = TypeVar("T")


async def aside(work: Callable[[], T], *, limit: float, what: str) -> T:
    """The result of `work`, done in a thread of its own; `NoData` after `limit` seconds.

    Not an executor's thread: a program that ends waits for those, and a thread that hangs in the kernel
    (an NFS server that went away) never ends.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # without an error it is a T

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as failed:
            error = failed
        with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name=f"aside {what}", daemon=True).start()
    try:
        async with asyncio.timeout(limit):
            return await done
    except TimeoutError:
        raise NoData("probes_storage.hangs", path=what, seconds=f"{limit:g}") from None

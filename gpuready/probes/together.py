"""Several things at once, of which none outlives the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Found = TypeVar("_Found")


async def together(*works: Coroutine[Any, Any, _Found]) -> list[_Found]:
    """Their results, in order.  The first that fails ends the others, and its exception is raised as it is
    (a TaskGroup would wrap it); so does a cancellation."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""Runs a plan and records it: what the screen and the command line both do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gpuready.engine.plan import Plan
from gpuready.engine.record import record
from gpuready.engine.result import Progress, Result
from gpuready.engine.run import JOBS, run

if TYPE_CHECKING:
    from gpuready.session.store import Session

Tell = Callable[[Result | None, Progress], Awaitable[None]]


async def conduct(
    plan: Plan,
    session: Session | None,
    *,
    jobs: int = JOBS,
    allow_active: bool = False,
    tell: Tell | None = None,
) -> tuple[Result, ...]:
    """Run the plan as `run` does, and record each result in the session (None: nowhere) before it is told.

    Recording goes on beside the measuring, so a slow disk does not hold it up.  When this is cancelled, what
    came until then is recorded all the same.  `Fault` when it cannot be; the run is stopped then.
    """
    came: asyncio.Queue[tuple[Result, Progress] | None] = asyncio.Queue()

    async def take(result: Result | None, progress: Progress) -> None:
        if result is not None:
            came.put_nowait((result, progress))
        elif tell:
            await tell(None, progress)

    async def keep() -> None:
        while (each := await came.get()) is not None:
            if session is not None and each[0].findings:
                await record(session, each[0])
            if tell:
                await tell(*each)

    keeping = asyncio.create_task(keep())
    running = asyncio.create_task(run(plan, jobs=jobs, allow_active=allow_active, tell=take))
    try:
        await asyncio.wait({keeping, running}, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()  # it ends before the run only by its Fault
        return await running
    finally:
        running.cancel()
        await asyncio.wait({running})
        came.put_nowait(None)
        if not keeping.done():
            await asyncio.shield(keeping)

"""How much of a probe's time is left."""

from __future__ import annotations

import asyncio

from gpuready.probes.probe import Ask


class Deadline:
    """Runs from its making; a little before the question's own limit, so that the probe can still say which
    call was too slow before it is stopped itself."""

    def __init__(self, ask: Ask) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + max(ask.limit - 1.0, ask.limit * 0.8)

    @property
    def left(self) -> float:
        """Seconds; never quite 0, so that the call which comes too late says so itself."""
        return max(0.05, self._until - self._loop.time())

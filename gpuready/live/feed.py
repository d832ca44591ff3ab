"""The live machine as a source: two samplers in child processes, so that a hung driver hangs only itself."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping, Sequence

from gpuready.live.child import Child
from gpuready.live.facts import SourceName
from gpuready.live.source import Listener

SOURCES: tuple[SourceName, ...] = ("gpu", "node")


class Machine:
    """Implements `gpuready.live.source.Source` for this machine.

    `interval` in seconds; `launched` are samplers that `gpuready.live.launch.launch` has started already,
    with the same interval.  Sources that are not among them are started by `start`.
    """

    def __init__(
        self,
        interval: float = 1.0,
        launched: Mapping[SourceName, subprocess.Popen[bytes]] | None = None,
        sources: Sequence[SourceName] = SOURCES,
    ) -> None:
        self._interval = interval
        self._launched = dict(launched or {})
        self._sources = tuple(sources)
        self._children: tuple[Child, ...] = ()

    @property
    def label(self) -> str:
        """Empty: this is no recording."""
        return ""

    def start(self, listener: Listener) -> None:
        """Begin to call the listener; needs a running event loop, never blocks."""
        self._children = tuple(
            Child(source, self._interval, listener, self._launched.pop(source, None))
            for source in self._sources
        )
        for child in self._children:
            child.start()

    async def stop(self) -> None:
        """Kill both samplers.  Returns within a second, even when the kernel does not let one go."""
        for child in self._children:
            child.end()
        for process in self._launched.values():  # started for us, never listened to
            process.kill()
        loop = asyncio.get_running_loop()
        latest = loop.time() + 0.7
        while loop.time() < latest and not self._all_gone():  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.01)

    def pids(self) -> dict[SourceName, int | None]:
        """The process of each source, None where none runs just now."""
        return {child.source: child.pid for child in self._children}

    def _all_gone(self) -> bool:
        launched = all(process.poll() is not None for process in self._launched.values())
        return launched and all(child.gone() for child in self._children)

"""A recording as a source: it plays at the pace at which it was made."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from pathlib import Path

from gpuready.live.facts import GpuSample, Sample, SourceName
from gpuready.live.recording import read_header, read_samples
from gpuready.live.source import Listener, Silence
from gpuready.text.fault import Fault

_LONGEST_PAUSE = 10.0  # seconds between two samples, whatever the recording says
_LATE = 1.0


class Replay:
    """Implements `gpuready.live.source.Source` for a file.

    `speed` 2.0 plays twice as fast; with `loop` it begins again at its end, else every source in it says
    ``ended``.  Each sample's `at` becomes the moment in which it is said.  The header and the first sample
    are read at once (Fault when they are bad), the rest as it plays: a line that turns out bad ends the
    replay with its Fault as the silence's `detail`.
    """

    def __init__(self, path: Path, *, speed: float = 1.0, loop: bool = True) -> None:
        if not 0.01 <= speed <= 1000:
            raise ValueError("speed must be between 0.01 and 1000")
        header = read_header(path)
        next(read_samples(path))
        self._path = path
        self._label = header.note or path.name
        self._speed = speed
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        self._sources: set[SourceName] = set()

    @property
    def label(self) -> str:
        """The recording's note, or else its file name."""
        return self._label

    def start(self, listener: Listener) -> None:
        """Begin to play; needs a running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._play(listener))

    async def stop(self) -> None:
        """End it at once."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _play(self, listener: Listener) -> None:
        detail = ""
        due = asyncio.get_running_loop().time()
        try:
            while True:
                due = await self._play_once(listener, due) + 1.0 / self._speed
                if not self._loop:
                    break
        except Fault as fault:
            detail = str(fault)
        for source in sorted(self._sources):
            listener(Silence(source, time.time(), "ended", detail))

    async def _play_once(self, listener: Listener, due: float) -> float:
        """Play it from its beginning, the first sample at loop time `due`; when the last one was due."""
        clock = asyncio.get_running_loop().time
        before: Sample | None = None
        for sample in read_samples(self._path):
            if before is not None:
                due += min(max(sample.at - before.at, 0.0), _LONGEST_PAUSE) / self._speed
            before = sample
            now = clock()
            if now - due > _LATE:
                due = now  # we were stopped for a while (Ctrl-Z): go on from here, not in a rush
            await asyncio.sleep(max(0.0, due - now))
            self._sources.add("gpu" if isinstance(sample, GpuSample) else "node")
            listener(replace(sample, at=time.time()))
        return due

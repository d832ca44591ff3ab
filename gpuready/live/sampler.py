"""The process that reads a machine: ``python -m gpuready.live.sampler gpu|node [--interval SECONDS]``.

It prints one JSON line per sample (see `gpuready.live.wire`) until its parent or its stdout is gone.  It
imports little, so that the first line is there before the screen is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import Protocol

from gpuready.live.facts import Sample
from gpuready.live.wire import encode

_PR_SET_PDEATHSIG = 1
_USAGE = "usage: python -m gpuready.live.sampler gpu|node [--interval SECONDS]"


class Reader(Protocol):
    """What reads one kind of sample."""

    @property
    def outdated(self) -> bool:
        """Whether only a new process can read on."""
        ...

    def read(self) -> Sample:
        """The sample of now."""
        ...

    def afterwards(self) -> None:
        """Slow work, done when the sample has been sent."""
        ...


def main() -> None:
    """Sample for ever.  Ends without a word when nobody listens any more; exits 2 on bad arguments."""
    source, interval = _arguments(sys.argv[1:])
    _die_with_the_parent()
    parent = os.getppid()
    reader = _reader(source)
    begun = time.monotonic()
    turn = int(begun // interval)
    while os.getppid() == parent:
        _send(encode(reader.read()).encode() + b"\n")
        reader.afterwards()
        if reader.outdated:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (this very program)
        # All samplers beat on the same whole multiples of the interval: no drift, and one repaint for all.
        turn = max(turn + 1, int(time.monotonic() // interval))
        if turn * interval - begun < interval / 4:
            turn += 1  # the second beat would come right after the first line
        time.sleep(max(0.0, turn * interval - time.monotonic()))


def _arguments(words: list[str]) -> tuple[str, float]:
    # by hand: argparse would cost a tenth of the time to the first line
    interval = "1.0"
    if len(words) == 3 and words[1] == "--interval":
        interval = words[2]
    elif len(words) != 1:
        sys.exit(_USAGE)
    try:
        seconds = float(interval)
    except ValueError:
        seconds = 0.0
    if words[0] not in ("gpu", "node") or not 0.01 <= seconds <= 3600:
        sys.exit(_USAGE)
    return words[0], seconds


def _die_with_the_parent() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # an end without a traceback
    # SIGKILL, because a process inside a driver call runs no handlers
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _reader(source: str) -> Reader:
    if source == "gpu":
        from gpuready.live.gpu import GpuReader

        return GpuReader()
    from gpuready.live.node import NodeReader

    return NodeReader()


def _send(line: bytes) -> None:
    view = memoryview(line)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main()

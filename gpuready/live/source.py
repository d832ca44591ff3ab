"""The seam between what is sampled and who looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gpuready.live.facts import Sample, SourceName


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that gives nothing: `since` in Unix seconds, `why` is ``hung`` (it was asked and does not
    answer), ``died`` (its process ended; `detail` says how) or ``ended`` (a recording is over)."""

    source: SourceName
    since: float
    why: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A system beyond this machine that does not answer: `since` in Unix seconds, `why` a sentence as its key
    and its fields, `again` the seconds until it is asked next."""

    since: float
    why: tuple[str, Mapping[str, object]]
    again: float


class Listener(Protocol):
    """Called on the event loop, never from a thread."""

    def __call__(self, heard: Sample | Silence, /) -> None: ...


class Source(Protocol):
    """Where samples come from: the machine, or a recording."""

    @property
    def label(self) -> str:
        """Empty for the live machine, else what every frame must say: which recording this is."""
        ...

    def start(self, listener: Listener) -> None:
        """Begin to call the listener; must be called on a running event loop and never blocks."""
        ...

    async def stop(self) -> None:
        """End all child processes and timers; returns within a second even when a driver hangs."""
        ...

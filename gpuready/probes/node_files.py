"""Reading /proc, /sys and logs: bounded, below a root that can be another one than this machine's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gpuready.probes.probe import Ask, Broken, NoData

MOST = 2**20  # bytes of one file of /proc or /sys
_Found = TypeVar("_Found")


def root_of(ask: Ask) -> Path:
    """The folder below which /proc, /sys, /dev and /var are looked for: the parameter `root`, which is
    ``/host`` in a container that has the node's file system mounted there."""
    return Path(str(ask.params.get("root") or "/"))


def text_of(path: Path, most: int = MOST) -> str | None:
    """The beginning of that file, at most `most` bytes, without the last line feed; None when it is not
    there or may not be read."""
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace").rstrip("\n")
    except OSError:
        return None


def number_of(path: Path) -> int | None:
    """The whole number that the file holds (hexadecimal with 0x); None when it holds none."""
    text = text_of(path, 64)
    try:
        return None if text is None else int(text.strip(), 0)
    except ValueError:
        return None


def names_in(folder: Path) -> list[str] | None:
    """The names in that folder, sorted; None when it is not there or may not be read."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return None


async def in_time(ask: Ask, work: Callable[[], _Found], what: str) -> _Found:
    """The work's result, done in a thread; `NoData` when it takes longer than the probe may (a driver that
    hangs behind a file of /sys)."""
    try:
        async with asyncio.timeout(within(ask)):
            return await asyncio.to_thread(work)
    except TimeoutError:
        raise NoData("probes.too_slow", what=what, seconds=f"{within(ask):g}") from None


def within(ask: Ask) -> float:
    """Seconds that a call may take, so that the probe can still say why before its own time is over."""
    return max(ask.limit - 1.5, ask.limit / 2)


def number(ask: Ask, name: str, *, least: float = 0.0, most: float = 1e9) -> float:
    """That parameter as a number within the bounds; `Broken` when it is none."""
    given = ask.params.get(name)
    try:
        found = float(str(given))
    except ValueError:
        found = float("nan")
    if isinstance(given, bool) or not least <= found <= most:
        raise Broken("probes_node.bad_number", name=name, given=given, least=f"{least:g}", most=f"{most:g}")
    return found

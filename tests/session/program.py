"""Another program on the same session file, for the tests: ``python -m tests.session.program DEED FILE ...``.

It says on stdout what it has done, one line each, so that no test needs to guess by sleeping.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from pathlib import Path

from gpuready.session import door
from gpuready.session.event import EventKind
from gpuready.session.store import Session
from tests.session.paper import CHECK, FAIL, PASS


def _say(*words: object) -> None:
    print(*words, flush=True)


async def _hear() -> str:
    return str(await asyncio.to_thread(sys.stdin.readline)).strip()


async def changes(session: Session) -> frozenset[str]:
    """What others have changed, as soon as a poll each half second tells."""
    while True:
        if changed := await session.poll():
            return changed
        await asyncio.sleep(0.5)


async def _append(path: Path, actor: str, count: str, journal: str) -> None:
    """Append that many notes and marks as fast as it goes, once it is told to."""
    setattr(door, "journal_for", lambda real: journal)  # noqa: B010 - as a test's monkeypatch would
    async with await Session.open(path, actor=actor) as session:
        _say("ready", session.journal)
        await _hear()
        for number in range(int(count)):
            kind, payload = (
                (EventKind.MARKED, PASS) if number % 2 else (EventKind.NOTE, {"text": str(number)})
            )
            _say((await session.append(kind, CHECK, payload)).id)


async def _watch(path: Path) -> None:
    """Poll each half second; say when another's mark was seen, then answer with one of its own."""
    async with await Session.open(path, actor="watcher") as session:
        _say("ready", session.journal)
        await changes(session)
        mark = session.state.check(CHECK).mark
        _say(time.monotonic(), mark.verdict if mark else "none")
        await session.append(EventKind.MARKED, CHECK, FAIL)
        _say(time.monotonic())


async def _linger(path: Path) -> None:
    """Open the session and fail without closing it."""
    await Session.open(path, actor="careless")
    raise SystemExit(7)


def _hold(path: Path) -> None:
    """Hold the write lock until stdin ends."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    _say("held")
    sys.stdin.read()


def main() -> None:
    deed, file, *rest = sys.argv[1:]
    path = Path(file)
    if deed == "append":
        asyncio.run(_append(path, rest[0], rest[1], rest[2]))
    elif deed == "watch":
        asyncio.run(_watch(path))
    elif deed == "linger":
        asyncio.run(_linger(path))
    elif deed == "hold":
        _hold(path)


if __name__ == "__main__":
    main()

"""One program on a pty: its start, its rest, its keys."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.terminal import Terminal

QUIET = 0.04
"""Seconds without a byte that end what a key brought about."""
DETAIL = 0.3
"""Seconds after a key in which the detail of the new row has followed too."""


@dataclass(frozen=True)
class Subject:
    """A program, and what its first complete screen shows."""

    name: str
    argv: Sequence[str]
    complete: Callable[[str], bool]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Rest:
    """`bytes` a second, `cpu` in % of one core, `memory` (proportional, of all processes) in MiB."""

    bytes: float
    cpu: float
    memory: float


def opened(subject: Subject) -> Terminal:
    return Terminal(subject.argv, columns=120, rows=40, env=subject.env)


def start(subject: Subject) -> float:
    """Seconds from the start to the first complete screen."""
    with opened(subject) as terminal:
        while True:
            while terminal.pending:
                at = terminal.emulate_one()
                if subject.complete("\n".join(terminal.screen.display)):
                    return at
            if not terminal.read(20.0):
                raise RuntimeError(f"{subject.name} shows no complete screen:\n{terminal.text()}")


def command(argv: Sequence[str], env: Mapping[str, str]) -> float:
    """Seconds that a command takes."""
    begun = time.perf_counter()
    done = subprocess.run(argv, env={**os.environ, **env}, capture_output=True, text=True)
    took = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} failed:\n{done.stderr}")
    return took


def settle(terminal: Terminal, seconds: float) -> None:
    """Read for so long."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read(left)


def steady(terminal: Terminal, subject: Subject) -> None:
    """Wait until what the program does once after its start is over."""
    terminal.wait_for(subject.complete)
    settle(terminal, 5.0)


def rest(subject: Subject, seconds: float) -> Rest:
    with opened(subject) as terminal:
        steady(terminal, subject)
        return at_rest(terminal, seconds)


def at_rest(terminal: Terminal, seconds: float) -> Rest:
    """What a program takes that is left alone."""
    mark, spent, begun = len(terminal.log), _cpu(terminal), time.perf_counter()
    settle(terminal, seconds)
    wall = time.perf_counter() - begun
    spent = _cpu(terminal) - spent
    if terminal.process.poll() is not None:
        raise RuntimeError(f"the program ended by itself:\n{terminal.text()}")
    return Rest(len(terminal.raw(mark)) / wall, 100 * spent / wall, terminal.memory() / 2**20)


def _cpu(terminal: Terminal) -> float:
    """CPU seconds of all its processes, from the scheduler in nanoseconds: the usual count goes by ticks of
    10 ms, a fifteenth of what is measured here."""
    total = 0
    for process in terminal.tree():
        for account in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # a thread may end meanwhile
                total += int(account.read_text().split()[0])
    return total / 1e9 if total else terminal.cpu()


class Cursor:
    """The row of the tree on which the cursor stands: the only one with its ground."""

    def __init__(self, terminal: Terminal) -> None:
        terminal.emulate()
        self._terminal = terminal
        grounds = [self._ground(row) for row in range(terminal.screen.lines)]
        rare = [ground for ground, count in Counter(grounds).items() if count == 1]
        if len(rare) != 1:
            raise RuntimeError(f"no cursor to be found:\n{terminal.text()}")
        self._own = rare[0]
        self.row = grounds.index(self._own)

    def _ground(self, row: int) -> str:
        ground: str = self._terminal.screen.buffer[row][1].bg
        return ground

    def press(self, by: int) -> float:
        """Press down or up (`by` is 1 or -1); milliseconds until the cursor stands there on the screen."""
        terminal = self._terminal
        begun = time.perf_counter()
        terminal.send("down" if by > 0 else "up")
        self.row += by
        while self._ground(self.row) != self._own:
            if terminal.pending:
                at = terminal.emulate_one()
            elif not terminal.read(5.0):
                raise RuntimeError(f"a key that nothing followed:\n{terminal.text()}")
        return 1000 * (at + terminal.started - begun)


def key_times(terminal: Terminal, presses: int) -> list[float]:
    """Down and up in turn, at every phase between two samples."""
    cursor, times = Cursor(terminal), []
    for number in range(presses):
        settle(terminal, 0.25 + 0.037 * (number % 13))
        terminal.emulate()
        times.append(cursor.press(1 if number % 2 == 0 else -1))
    return times


def key_bytes(terminal: Terminal, presses: int) -> tuple[list[float], list[float]]:
    """Bytes of what follows a key at once, and with the detail of the new row.

    Pressed right after the panels were painted, so that no sample falls into what is counted.
    """
    at_once: list[float] = []
    in_all: list[float] = []
    for number in range(presses):
        _after_a_sample(terminal)
        mark, begun = len(terminal.log), time.perf_counter()
        terminal.send("down" if number % 2 == 0 else "up")
        terminal.read(1.0)
        while terminal.read(QUIET):
            pass
        at_once.append(len(terminal.raw(mark)))
        settle(terminal, begun + DETAIL - time.perf_counter())
        in_all.append(len(terminal.raw(mark)))
    return at_once, in_all


def _after_a_sample(terminal: Terminal) -> None:
    settle(terminal, 0.2)
    terminal.read(3.0)
    settle(terminal, 0.15)
    terminal.emulate()


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank."""
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]

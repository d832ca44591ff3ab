"""One program on a pty: its start, its rest, its keys."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.terminal import KEYS, Terminal

QUIET = 0.04
"""Seconds without a byte that end what a key brought about."""


@dataclass(frozen=True)
class Subject:
    """A program, what its first complete screen shows, and the keys that bring it into a steady state."""

    name: str
    argv: Sequence[str]
    complete: Callable[[str], bool]
    env: Mapping[str, str]
    setup: Sequence[str] = ()


@dataclass(frozen=True)
class Rest:
    """`bytes` a second, `cpu` in % of one core, `memory` (proportional, of all processes) in MB."""

    bytes: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Keys:
    """Over all presses: milliseconds until the screen has changed (95th percentile), bytes of what
    followed at once and of all that followed within half a second (medians)."""

    p95: float
    bytes: float
    bytes_all: float


def open_(subject: Subject) -> Terminal:
    return Terminal(subject.argv, columns=120, rows=40, env=subject.env)


def start(subject: Subject) -> float:
    """Seconds from the start to the first complete screen."""
    with open_(subject) as terminal:
        latest = 20.0
        while True:
            while terminal.pending:
                at = terminal.emulate_one()
                if subject.complete("\n".join(terminal.screen.display)):
                    return at
            if not terminal.read(latest):
                raise RuntimeError(f"{subject.name} shows no complete screen:\n{terminal.text()}")


def settle(terminal: Terminal, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read(left)


def _steady(terminal: Terminal, subject: Subject) -> None:
    terminal.wait_for(subject.complete)
    for key in subject.setup:
        terminal.send(key)
        settle(terminal, 0.4)
    settle(terminal, 5.0)  # whatever a program does once after its start is over then


def rest(subject: Subject, seconds: float) -> Rest:
    with open_(subject) as terminal:
        _steady(terminal, subject)
        mark, cpu, begun = len(terminal.log), terminal.cpu(), time.perf_counter()
        settle(terminal, seconds)
        wall = time.perf_counter() - begun
        sent = len(terminal.raw(mark))
        return Rest(sent / wall, 100 * (terminal.cpu() - cpu) / wall, terminal.memory() / 2**20)


def keys(subject: Subject, presses: int) -> Keys:
    """Press down and up in turn."""
    times, sizes, all_sizes = [], [], []
    with open_(subject) as terminal:
        _steady(terminal, subject)
        for number in range(presses):
            settle(terminal, 0.5 + 0.013 * (number % 7))  # never in step with the samples
            terminal.emulate()
            before, mark = _cells(terminal), len(terminal.log)
            begun = time.perf_counter()
            os.write(terminal._master, KEYS["down" if number % 2 == 0 else "up"].encode())
            while not terminal.read(2.0) or _cells_after(terminal) == before:
                if time.perf_counter() - begun > 2:
                    break
            times.append(1000 * (terminal.log[-1][0] - (begun - terminal.started)))
            while terminal.read(QUIET):
                pass
            sizes.append(len(terminal.raw(mark)))
            settle(terminal, 0.5)
            all_sizes.append(len(terminal.raw(mark)))
    times.sort()
    return Keys(times[min(len(times) - 1, round(0.95 * (len(times) - 1)))], median(sizes), median(all_sizes))


def _cells(terminal: Terminal) -> list[dict[int, object]]:
    return [dict(terminal.screen.buffer[row]) for row in range(terminal.screen.lines)]


def _cells_after(terminal: Terminal) -> list[dict[int, object]]:
    terminal.emulate()
    return _cells(terminal)


def command(argv: Sequence[str], env: Mapping[str, str]) -> float:
    """Seconds that a command takes."""
    begun = time.perf_counter()
    subprocess.run(argv, env={**os.environ, **env}, check=True, capture_output=True)
    return time.perf_counter() - begun

"""What the issue of the screen promises: start, help, rest and keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import measure, subjects
from tests.bench.figure import Figure

STARTS, RESTS, PRESSES = 15, 3, 120
SECONDS = 15.0


def in_turn(times: int, *actions: Callable[[], float]) -> list[list[float]]:
    """Each action's results, run A B A B ..., after a round that does not count."""
    rounds = [[action() for action in actions] for _ in range(times + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]


def start(folder: Path) -> list[Figure]:
    env = subjects.environment(folder)
    ours, bare = subjects.gpuready(env), subjects.bare(env)
    begin, beside = in_turn(STARTS, lambda: measure.start(ours), lambda: measure.start(bare))
    return [Figure("start to the first complete screen", "s", begin, 1.5, bare.name, beside)]


def helping(folder: Path) -> list[Figure]:
    env = subjects.environment(folder)
    asked, imported = in_turn(
        STARTS,
        lambda: measure.command([str(subjects.BIN / "gpuready"), "--help"], env),
        lambda: measure.command([sys.executable, "-c", "import textual.app"], env),
    )
    return [Figure("gpuready --help", "s", asked, 0.5, "import textual.app", imported)]


def rest(folder: Path) -> list[Figure]:
    env = subjects.environment(folder)
    pairs = [
        (measure.rest(subjects.gpuready(env), SECONDS), measure.rest(subjects.nvitop(env), SECONDS))
        for _ in range(RESTS)
    ]
    ours, theirs = zip(*pairs, strict=True)

    def figure(what: str, unit: str, of: str, limit: float | None) -> Figure:
        values, beside = ([getattr(each, of) for each in side] for side in (ours, theirs))
        return Figure(what, unit, values, limit, "nvitop", beside)

    return [
        figure("CPU at rest, all processes", "%", "cpu", 1.0),
        figure("bytes at rest", "B/s", "bytes", 2.0),
        figure("memory, all processes", "MiB", "memory", None),
    ]


def keys(folder: Path) -> list[Figure]:
    ours = subjects.gpuready(subjects.environment(folder))
    with measure.opened(ours) as terminal:
        measure.steady(terminal, ours)
        for key in ("down", "right", "down"):
            terminal.send(key)
            measure.settle(terminal, 0.4)
        times = measure.key_times(terminal, PRESSES)
        at_once, in_all = measure.key_bytes(terminal, 20)
    return [
        Figure("cursor move, bytes", "B", at_once, 1024),
        Figure("cursor move, bytes with the detail that follows", "B", in_all, None),
        Figure("key to screen, median", "ms", times, None),
        Figure("key to screen, 95th percentile", "ms", [measure.percentile(times, 0.95)], 20),
    ]

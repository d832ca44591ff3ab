"""What the issue of the engine promises: 500 checks of 20 ms each, and keys while they run."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

from gpuready.engine.run import JOBS
from tests.bench import measure, subjects
from tests.bench.figure import Figure
from tests.bench.slow import DELAY
from tests.engine.bench import times_the_ideal
from tests.terminal import Terminal

COUNT = 500
RUNS = 5
_PROGRESS = re.compile(r"measuring \d+/\d+ ")
_ROOT = Path(__file__).parents[2]
_CHECK = """
[[phase.item.check]]
ref = "1.1.1.a{n}"
en = "Check {n}"
zh = "检查 {n}"
why = {{ en = "x", zh = "x" }}
how = {{ en = "x", zh = "x" }}
fix = {{ en = "x", zh = "x" }}
method = [
  {{ probe = "bench.slow", with = {{ n = {n} }}, want = {{ field = "value", op = "==", value = 1, unit = "count" }} }},
  {{ attest = {{ en = "x", zh = "x" }} }},
]
"""  # noqa: E501 - a table of TOML stays on its line
_HEAD = """schema = 1
id = "bench"
ref = "1"
en = "Bench"
zh = "基准"
scope = { en = "500 checks", zh = "500 项" }
[[phase]]
ref = "1.1"
en = "All of it"
zh = "全部"
[[phase.item]]
ref = "1.1.1"
en = "Five hundred"
zh = "五百"
"""


def engine(folder: Path) -> list[Figure]:
    """The engine by itself, every result recorded in a session."""
    runs = [asyncio.run(times_the_ideal(record=True)) for _ in range(RUNS)]
    ideal = COUNT * DELAY / JOBS
    took = [run * ideal for run in runs]
    return [
        Figure(f"{COUNT} checks of 20 ms, {JOBS} at once, recorded", "s", took, 1.3, "the ideal", [ideal])
    ]


def run(folder: Path) -> list[Figure]:
    """The same in the real program, by the key of the operator: in turn left alone, and with keys pressed."""
    ours = subjects.gpuready(_environment(folder))
    took: list[float] = []
    times: list[float] = []
    with measure.opened(ours) as terminal:
        measure.steady(terminal, ours)
        for key in ("]",) * 5 + ("down",) * 2 + ("right", "down"):
            terminal.send(key)
            measure.settle(terminal, 0.4)
        for _ in range(RUNS):
            took.append(_measured(terminal, pressing=False)[0])
            times += _measured(terminal, pressing=True)[1]
    ideal = COUNT * DELAY / JOBS
    return [
        Figure("the same on the screen, from the key on", "s", took, 1.3, "the ideal", [ideal]),
        Figure(
            f"key to screen meanwhile, 95th percentile of {len(times)}",
            "ms",
            [measure.percentile(times, 0.95)],
            50,
        ),
    ]


def _measured(terminal: Terminal, *, pressing: bool) -> tuple[float, list[float]]:
    """One run of the phase: its seconds, and the milliseconds of each key pressed meanwhile."""
    measure.settle(terminal, 1.0)
    cursor, begun = measure.Cursor(terminal), time.perf_counter()
    times: list[float] = []
    terminal.send("R")
    terminal.wait_for(lambda text: bool(_PROGRESS.search(text)))
    while _PROGRESS.search(terminal.text()):
        if pressing:
            times.append(cursor.press(1 if len(times) % 2 == 0 else -1))
        measure.settle(terminal, 0.03)  # as fast as a key repeats that is held down
        if time.perf_counter() - begun > 60:
            raise RuntimeError(f"the run does not end:\n{terminal.text()}")
    if f"{COUNT} pass" not in terminal.text():
        raise RuntimeError(f"not {COUNT} passed:\n{terminal.text()}")
    if len(times) % 2:
        cursor.press(-1)
    return terminal.log[-1][0] + terminal.started - begun, times


def _environment(folder: Path) -> dict[str, str]:
    """One more checklist, and the distribution whose probe it asks."""
    env = subjects.environment(folder)
    own = Path(env["XDG_DATA_HOME"]) / "gpuready" / "checklists" / "bench.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(_HEAD + "".join(_CHECK.format(n=n + 1) for n in range(COUNT)), encoding="utf-8")
    info = folder / "plugins" / "gpuready_bench-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gpuready-bench\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[gpuready.probes]\nbench = tests.bench.slow:PROBES\n")
    return {
        **env,
        "GPUREADY_SESSION": str(folder / "checks.gpuready"),
        "PYTHONPATH": os.pathsep.join([str(info.parent), str(_ROOT)]),
    }

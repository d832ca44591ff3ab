"""``make bench``: the real program beside nvitop and a bare Textual app, 8 pretend GPUs at 1 Hz, 120x40.

Every figure is a median, every limit a ratio to a yardstick measured in the same run, turn by turn.  A
missed limit is printed, never an error: machines differ, and a figure of speed is no test.
"""

from __future__ import annotations

import asyncio
import compileall
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import gpuready
from tests.bench import measure, sample
from tests.bench.measure import Subject
from tests.nvml import build_pretend_nvml

BIN = Path(sys.executable).parent
RESULTS = Path("bench-results")


@dataclass(frozen=True)
class Line:
    """One figure beside its yardstick; `limit` is for the ratio, or for the figure itself without one."""

    what: str
    unit: str
    figure: float
    yardstick: str
    beside: float | None
    limit: float

    @property
    def measured(self) -> float:
        return self.figure / self.beside if self.beside else self.figure

    @property
    def verdict(self) -> str:
        return "ok" if self.measured <= self.limit else "MISSED"

    def text(self) -> str:
        beside = f"{self.beside:.3g} {self.unit}" if self.beside is not None else ""
        ratio = f"{self.measured:.2f} x" if self.beside else ""
        limit = f"{self.limit:g}{' x' if self.beside else ' ' + self.unit}"
        figure = f"{self.figure:.3g} {self.unit}"
        left = f"{self.what:<44} {figure:>11}   {self.yardstick:<26} {beside:>11}"
        return f"{left} {ratio:>8}  <= {limit:<8} {self.verdict}"


def subjects(folder: Path) -> tuple[Subject, Subject, Subject]:
    library = build_pretend_nvml(folder / "nvml")
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    env = homes | {
        "LD_LIBRARY_PATH": str(library.parent),
        "PRETEND_NVML": "",
        "PYTHONDONTWRITEBYTECODE": "",
        "GPUREADY_SESSION": str(folder / "bench.gpuready"),
    }
    # Complete: the tree, a line of every GPU, and the node's pressure, which comes with its first sample.
    ours = Subject(
        "gpuready",
        [str(BIN / "gpuready")],
        lambda text: all(part in text for part in ("13.1.1.1", " 7 ", "700W", "PSI")),
        env,
        ("down", "right", "down"),
    )
    nvitop = Subject(
        "nvitop",
        [str(BIN / "nvitop"), "-m", "full", "--interval", "1"],
        lambda text: "Driver Version" in text and "Load Average" in text,
        env,
    )
    bare = Subject(
        "bare Textual app",
        [sys.executable, "-m", "tests.bench.bare"],
        lambda text: text.count("leaf") > 20,
        env,
    )
    return ours, nvitop, bare


def in_turn(times: int, *actions: Callable[[], float]) -> list[float]:
    """The median of each action, run A B A B ..., after one round that does not count."""
    rounds = [[action() for action in actions] for _ in range(times + 1)][1:]
    return [median(column) for column in zip(*rounds, strict=True)]


def screen(folder: Path) -> list[Line]:
    ours, nvitop, bare = subjects(folder)
    lines = []
    begin, beside = in_turn(9, lambda: measure.start(ours), lambda: measure.start(bare))
    lines.append(Line("start to the first complete screen", "s", begin, bare.name, beside, 1.5))
    helping, importing = in_turn(
        9,
        lambda: measure.command([str(BIN / "gpuready"), "--help"], ours.env),
        lambda: measure.command([sys.executable, "-c", "import textual.app"], ours.env),
    )
    lines.append(Line("gpuready --help", "s", helping, "import textual.app", importing, 0.5))
    rests = [(measure.rest(ours, 15), measure.rest(nvitop, 15)) for _ in range(3)]
    cpu, their_cpu = (median(pair[i].cpu for pair in rests) for i in (0, 1))
    sent, their_sent = (median(pair[i].bytes for pair in rests) for i in (0, 1))
    memory = median(pair[0].memory for pair in rests)
    lines.append(Line("CPU at rest, all processes", "%", cpu, nvitop.name, their_cpu, 1.0))
    lines.append(Line("bytes a second at rest", "B/s", sent, nvitop.name, their_sent, 2.0))
    pressed = measure.keys(ours, 60)
    lines.append(Line("a cursor move", "B", pressed.bytes, "", None, 1024))
    lines.append(Line("a cursor move, detail and samples included", "B", pressed.bytes_all, "", None, 4096))
    lines.append(Line("a key on the screen, 95th percentile", "ms", pressed.p95, "", None, 20))
    print(f"(memory of gpuready, all processes: {memory:.0f} MB, proportional)")
    return lines


def engine() -> list[Line]:
    from tests.engine.bench import longest_pause, times_the_ideal

    # Given as multiples of the ideal already: COUNT x DELAY / JOBS seconds.
    kept = asyncio.run(times_the_ideal(record=True))
    pause = asyncio.run(longest_pause())
    return [
        Line("500 checks of 20 ms, 8 at once, recorded", "", kept, "the ideal", 1.0, 1.3),
        Line("longest pause of the event loop meanwhile", "ms", pause, "", None, 50),
    ]


def sampling(folder: Path) -> list[Line]:
    ours, bare = sample.run(folder)
    return [Line("one full sample of 8 GPUs", "ms", ours, "the same NVML calls, bare", bare, 1.2)]


def main() -> None:
    compileall.compile_dir(Path(gpuready.__file__).parent, quiet=2)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="gpuready-bench-") as name:
        folder = Path(name)
        os.environ["PYTHONDONTWRITEBYTECODE"] = ""
        parts: list[Callable[[], list[Line]]] = [lambda: screen(folder), engine, lambda: sampling(folder)]
        for part in parts:
            for line in part():
                print(line.text(), flush=True)
                lines.append(line)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(json.dumps([asdict(line) | {"verdict": line.verdict} for line in lines], indent=1))
    good = sum(line.verdict == "ok" for line in lines)
    print(f"\n{good} of {len(lines)} within their limits; kept in {path}")


if __name__ == "__main__":
    main()

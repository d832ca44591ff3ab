"""``python -m tests.bench [PART ...]``: the real program beside nvitop and a bare Textual app.

Everything is measured in the same run, turn by turn with its yardstick.  A missed limit is printed, never an
error: machines differ, and a figure of speed is no test.  The exit code is 1 only when a program fails.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import gpuready
from tests.bench import checks, kube, prometheus, sample, screen
from tests.bench.figure import Figure, heading

RESULTS = Path("bench-results")
PARTS: Mapping[str, Callable[[Path], list[Figure]]] = {
    "start": screen.start,
    "help": screen.helping,
    "rest": screen.rest,
    "keys": screen.keys,
    "engine": checks.engine,
    "run": checks.run,
    "sample": sample.sample,
    "prometheus": prometheus.panel,
    "kube": kube.panel,
}
_ABOUT = """\
gpuready in a terminal of 120x40, 8 pretend GPUs sampled once a second through the real binding.
Yardsticks run in turn with it on this machine: only the ratios mean anything elsewhere.
Figures are medians; a limit in "x" is for the ratio, any other for the figure itself."""


def machine() -> dict[str, str | int | float]:
    """What the figures depend on; nothing that tells whose machine it is."""
    return {
        "cores": os.cpu_count() or 0,
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in ("gpuready", "textual", "nvitop")},
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them if none")
    parts = parser.parse_args().part or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"no part {unknown[0]}; there are: {', '.join(PARTS)}")
    # Compiled files are part of every installation, so they are of this.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for package in (Path(gpuready.__file__).parent, Path(__file__).parent):
        compileall.compile_dir(package, quiet=2)
    here = machine()
    print(_ABOUT)
    print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in here.items()))
    if float(here["load_before"]) > 0.5 * int(here["cores"]):
        print("This machine is busy with something else: the figures are less sure, and worse than they are.")
    print(f"\n{heading()}", flush=True)
    figures: list[Figure] = []
    failed = 0
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="gpuready-bench-") as folder:
            try:
                found = PARTS[part](Path(folder))
            except (RuntimeError, AssertionError) as error:
                print(f"{part}: {error}", file=sys.stderr)
                failed = 1
                continue
        for figure in found:
            print(figure.row(), flush=True)
        figures += found
    _keep(here, figures)
    return failed


def _keep(here: Mapping[str, str | int | float], figures: list[Figure]) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    document = {"machine": here, "figures": [figure.document() for figure in figures]}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    promised = [figure.verdict for figure in figures if figure.verdict]
    print(f"\n{promised.count('ok')} of {len(promised)} limits kept; every run is in {path}")


if __name__ == "__main__":
    sys.exit(main())

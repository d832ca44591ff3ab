"""One full sample of 8 GPUs beside a bare loop over the very same NVML calls.

Runs itself in a child process (``python -m tests.bench.sample``), where the binding finds the pretend NVML.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pynvml

from gpuready.live.gpu import GpuReader
from tests.bench.figure import Figure
from tests.nvml import build_pretend_nvml, pretend_environment

ROUNDS = 400


def sample(folder: Path) -> list[Figure]:
    """Milliseconds of one sample, and of the bare loop."""
    env = pretend_environment(build_pretend_nvml(folder / "nvml"))
    argv = [sys.executable, "-m", "tests.bench.sample"]
    out = subprocess.run(argv, env=env, check=True, capture_output=True).stdout
    ours, bare = json.loads(out)
    return [Figure("one full sample of 8 GPUs", "ms", ours, 1.2, "the same calls, bare", bare)]


def _calls(reader: GpuReader) -> list[tuple[Callable[..., Any], tuple[Any, ...]]]:
    """The NVML calls of one sample, in their order."""
    made: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
    named = {name: each for name, each in vars(pynvml).items() if name.startswith("nvmlDevice")}
    real = {name: each for name, each in named.items() if callable(each)}

    def spied(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            made.append((function, args))
            return function(*args)

        return call

    for name, function in real.items():
        setattr(pynvml, name, spied(function))
    reader.read()
    for name, function in real.items():
        setattr(pynvml, name, function)
    return made


def main() -> None:
    reader = GpuReader()
    for _ in range(20):  # what is read once, or rarely, is behind us
        reader.read()
    calls = _calls(reader)
    ours, bare = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        reader.read()
        middle = time.perf_counter()
        for function, args in calls:
            with contextlib.suppress(pynvml.NVMLError):
                function(*args)
        bare.append(time.perf_counter() - middle)
        ours.append(middle - begun)
    print(json.dumps([[1000 * each for each in runs] for runs in (ours, bare)]))


if __name__ == "__main__":
    main()

"""Samples of the pretend NVML, read by the real binding in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gpuready.live.facts import GpuSample
from gpuready.live.wire import decode
from tests.nvml import pretend_environment


def read_pretend(library: Path, scenarios: Sequence[str]) -> dict[str, GpuSample]:
    """The second sample of each scenario (the first one of a process knows no rates)."""
    found: dict[str, GpuSample] = {}
    for some in (scenarios[i : i + 4] for i in range(0, len(scenarios), 4)):
        command = [sys.executable, "-m", "gpuready.live.sampler", "gpu", "--interval", "0.05"]
        readers = {
            scenario: subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                env=pretend_environment(library, scenario, PRETEND_NVML_PCIE_MS="0"),
            )
            for scenario in some
        }
        for scenario, reader in readers.items():
            assert reader.stdout
            lines = [reader.stdout.readline() for _ in range(2)]
            reader.kill()
            reader.communicate()
            sample = decode(lines[-1])
            assert isinstance(sample, GpuSample)
            found[scenario] = sample
    return found

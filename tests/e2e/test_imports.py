"""What costs time to import stays out of where it is not needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("textual", "kubernetes", "prometheus_api_client", "aiohttp", "pynvml", "psutil", "requests")


def imported(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in run.stdout.split()}


@pytest.mark.parametrize("module", ["gpuready.cli.start", "gpuready.cli.main", "gpuready.cli.status"])
def test_the_command_line_imports_nothing_heavy(module: str) -> None:
    assert not imported(f"import {module}") & set(HEAVY)


def test_the_screen_imports_no_probe() -> None:
    assert not imported("import gpuready.tui.run") & (set(HEAVY) - {"textual"})


def test_a_sampler_imports_no_screen() -> None:
    assert not imported("import gpuready.live.sampler") & {"textual", "rich", "asyncio", "click"}

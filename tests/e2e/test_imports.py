"""What costs time to import stays out of where it is not needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("textual", "kubernetes", "prometheus_api_client", "aiohttp", "pynvml", "psutil", "requests")


def imported(code: str, **environ: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environ,
    )
    return {name.partition(".")[0] for name in run.stdout.split()}


@pytest.mark.parametrize("module", ["gpuready.cli.start", "gpuready.cli.main", "gpuready.cli.status"])
def test_the_command_line_imports_nothing_heavy(module: str) -> None:
    assert not imported(f"import {module}") & set(HEAVY)


def test_the_screen_imports_no_probe() -> None:
    assert not imported("import gpuready.tui.run") & (set(HEAVY) - {"textual"})


def test_a_sampler_imports_no_screen() -> None:
    assert not imported("import gpuready.live.sampler") & {"textual", "rich", "asyncio", "click"}


@pytest.mark.parametrize(
    "words", [["--help"], ["status"], ["status", "--format", "json"], ["checklist", "list"]]
)
def test_what_the_command_line_answers_without(words: list[str], tmp_path: Path) -> None:
    """Not only the modules: what runs when the words are carried out, too."""
    code = (
        "import sys, contextlib\n"
        "from gpuready.cli.start import main\n"
        "with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):\n"
        f"    main({words!r})"
    )
    assert not imported(code, GPUREADY_SESSION=str(tmp_path / "site.gpuready")) & set(HEAVY)

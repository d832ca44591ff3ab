"""Opens the screen.  Imports no click: without arguments nothing of it is needed, and time counts."""

from __future__ import annotations

import dataclasses
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gpuready.text.fault import Fault
from gpuready.text.say import language

if TYPE_CHECKING:
    from gpuready.live.facts import SourceName

_SOURCES: tuple[SourceName, ...] = ("gpu", "node")


def open_screen(session: Path | None = None) -> int:
    """Open the screen on that session, else on the one of the environment, the settings, or the default.

    Returns the exit code; `Fault` when there is no terminal, or something cannot be opened.
    """
    require_terminal()
    # What is built up at the start stays until the end.  The collector would search it time and again, a
    # tenth of a second until the first picture; it begins when that stands (`GpureadyApp.on_ready`).
    gc.disable()
    # How often Textual paints at most.  It decides how long a key waits for its echo, not how much is sent.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    from gpuready.live.launch import launch
    from gpuready.settings import load_settings

    settings = dataclasses.replace(load_settings(), language=language())
    # The samplers start up while the screen is still being imported.
    launched = {source: launch(source, settings.interval) for source in _SOURCES}
    try:
        from gpuready import places

        path = session or settings.session or places.default_session()
        if path == places.default_session():
            path.parent.mkdir(parents=True, exist_ok=True)
        from gpuready.tui.run import run

        return run(settings, path, launched=launched)
    finally:
        for process in launched.values():
            process.kill()


def require_terminal() -> None:
    """`Fault` when there is nobody to look."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise Fault("cli.no_terminal")

"""Opens the screen on a session: the one function that the command line calls."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from gpuready.checklist.load import load_all
from gpuready.live.facts import SourceName
from gpuready.live.feed import Machine
from gpuready.live.source import Source
from gpuready.session.store import Session
from gpuready.settings import Settings
from gpuready.tui.app import GpureadyApp
from gpuready.tui.driver import AsciiDriver, ThriftyDriver, wants_ascii

_TIDY = 5.0
"""Seconds that probes which were stopped by leaving have to remove what they made."""


def run(
    settings: Settings,
    session_path: Path,
    *,
    source: Source | None = None,
    launched: Mapping[SourceName, subprocess.Popen[bytes]] | None = None,
    temporary: bool = False,
) -> int:
    """Open the screen and stay until it is left; the exit code.

    `source` replaces the live machine (a recording); `launched` are its samplers when they already run;
    `temporary` tells that nothing of the session is kept.  `Fault` when something cannot be opened.
    """
    return asyncio.run(_open(settings, session_path, source, launched or {}, temporary))


async def _open(
    settings: Settings,
    session_path: Path,
    source: Source | None,
    launched: Mapping[SourceName, subprocess.Popen[bytes]],
    temporary: bool,
) -> int:
    checklists = load_all()
    session = await Session.open(session_path, actor=settings.operator)
    try:
        app = GpureadyApp(
            session,
            checklists,
            source or Machine(settings.interval, launched),
            settings,
            temporary=temporary,
            driver_class=AsciiDriver if wants_ascii(settings.glyphs) else ThriftyDriver,
        )
        # Who is asked to go leaves the terminal as it was.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit)
        app.source.start(app.hear)
        await app.run_async()
        if "gpuready.engine.run" in sys.modules:  # something was measured: what was stopped cleans up
            from gpuready.engine.run import tidy

            await tidy(_TIDY)
        return app.return_code or 0
    finally:
        await session.close()

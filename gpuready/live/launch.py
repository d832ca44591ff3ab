"""Starts a sampler.  Imports nothing heavy: the command line does this before it imports the screen."""

from __future__ import annotations

import os
import subprocess
import sys

_SITE = ("site-packages", "dist-packages")


def launch(source: str, interval: float = 1.0) -> subprocess.Popen[bytes]:
    """Start ``python -m gpuready.live.sampler SOURCE --interval SECONDS`` and return at once.

    `source` is ``gpu`` or ``node`` (a `SourceName`; that type lives where importing it costs more).  The
    child writes one JSON line per sample on its stdout.  It has a session of its own, so that Ctrl-C and
    Ctrl-Z in the terminal reach only the program that draws.  OSError when no process can be started.
    """
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    environ = dict(os.environ)
    if os.path.basename(root) not in _SITE:  # noqa: PTH119
        # A checkout: the child must find the package, but not by looking in the working folder (-P).
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, (environ.get("PYTHONPATH"), root)))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "gpuready.live.sampler", source, "--interval", str(interval)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=environ,
        bufsize=0,
    )

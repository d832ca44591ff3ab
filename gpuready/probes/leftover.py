"""Whose it was: a mark on what an active probe makes, by which the next run knows what was left behind."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@cache
def _here() -> str:
    """This boot and this PID namespace: the only place where our process numbers mean anything."""
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip().replace("-", "")[:12]
    return f"{boot}-{(_PROC / 'self/ns/pid').stat().st_ino}"


def _started(pid: int) -> str:
    """When the process started, in clock ticks since boot; empty when there is none."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]  # the name before it may hold blanks and brackets


def mark() -> str:
    """The mark of this process: boot, PID namespace, PID and start time, of letters, digits and ``-``.

    The same for the life of the process, so that a plan can show the very names that a run will use.
    """
    return f"{_here()}-{os.getpid()}-{_started(os.getpid())}"


def gone(mark: str) -> bool:
    """Whether the process of that mark has certainly ended.  False when it lives, and when it belongs to
    another boot, machine or PID namespace, where this cannot be known."""
    place, _, process = mark.rpartition("-")[0].rpartition("-")
    started = mark.rpartition("-")[2]
    if not process.isdigit() or place != _here():
        return False
    return _started(int(process)) != started

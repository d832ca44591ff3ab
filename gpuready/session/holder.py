"""Which program holds a session's lock."""

from __future__ import annotations

import os
from pathlib import Path

from gpuready.text.safe import safe_line
from gpuready.text.say import say


def holder(path: Path) -> str:
    """The program that has the file locked, with its process id, as far as the kernel tells; else words
    that say some other program."""
    for pid in _lockers(path):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        except OSError:
            continue  # it has ended, or is another container's
        command = " ".join(word.decode(errors="replace") for word in words)
        return f"{safe_line(command)[:80]} (pid {pid})"
    return say("session.someone")


def _lockers(path: Path) -> list[int]:
    """The processes that hold a lock on the file or its WAL index, those that write first."""
    inodes = set()
    for each in (path, path.with_name(path.name + "-shm")):
        try:
            stat = each.stat()
        except OSError:
            continue
        inodes.add(f"{os.major(stat.st_dev):02x}:{os.minor(stat.st_dev):02x}:{stat.st_ino}")
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return []
    # "1: POSIX  ADVISORY  WRITE 708 00:1c:15 120 120"; one with "->" only waits.
    rows = [line.split() for line in lines if "->" not in line]
    held = [(row[3] != "WRITE", int(row[4])) for row in rows if len(row) > 5 and row[5] in inodes]
    return [pid for _, pid in sorted(held) if pid > 0 and pid != os.getpid()]

"""A small disk of its own for a test, where the tests may mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(at: Path, kib: int) -> Iterator[Path]:
    """A file system of that many KiB; where none can be mounted the test is skipped and says why."""
    at.mkdir()
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", at)
    if mounted.returncode:
        pytest.skip(f"needs root to mount a small disk: {mounted.stderr.strip()}")
    try:
        yield at
    finally:
        _run("umount", "--lazy", at)


def remount(at: Path, options: str) -> None:
    assert _run("mount", "-o", f"remount,{options}", at).returncode == 0


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)

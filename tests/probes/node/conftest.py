"""Folders that stand for a machine, and a kernel's ring buffer in one of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

Put = Callable[[str, str], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a file below the root that the probes are given."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def kmsg(*lines: str, minutes_ago: float = 5.0, first: int = 0) -> str:
    """Records of /dev/kmsg, the first of them numbered `first`; a test's machine may have booted a minute
    ago, and time before that is negative."""
    at = int((time.monotonic() - minutes_ago * 60) * 1e6)
    records = [f"6,{first + n},{max(at + n, 0)},-;{line}\n SUBSYSTEM=test\n" for n, line in enumerate(lines)]
    return "".join(records)

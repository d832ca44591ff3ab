"""Real file systems to measure: ext4 in a file, memory, overlays."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mount(*words: str) -> None:
    if os.getuid():
        pytest.skip("only root can mount the file systems that this test measures")
    subprocess.run(["mount", *words], check=True, capture_output=True)


@contextmanager
def mounted(folder: Path, kind: str, source: str, options: str = "rw") -> Iterator[Path]:
    point = folder / f"mnt-{kind}"
    point.mkdir()
    _mount("-t", kind, "-o", options, source, str(point))
    try:
        yield point
    finally:
        subprocess.run(["umount", "-l", str(point)], check=True, capture_output=True)


@contextmanager
def ext4(folder: Path, *, size: int = 64, options: str = "rw") -> Iterator[Path]:
    """An ext4 of `size` MiB in a file, on a loop device."""
    image = folder / "ext4.img"
    with image.open("wb") as file:
        file.truncate(size * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True, capture_output=True)
    with mounted(folder, "ext4", str(image), f"loop,{options}") as point:
        yield point


@contextmanager
def overlay(folder: Path, upper: Path) -> Iterator[Path]:
    """An overlay that writes below `upper`."""
    for name in ("up", "work", "low"):
        (upper / name).mkdir()
    options = f"lowerdir={upper}/low,upperdir={upper}/up,workdir={upper}/work"
    with mounted(folder, "overlay", "overlay", options) as point:
        yield point

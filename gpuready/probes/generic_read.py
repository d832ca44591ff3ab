"""Files that a checklist names, read within bounds: never a pipe or a device, which would never end."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gpuready.places import at_home
from gpuready.probes.probe import Ask, Broken, NoData
from gpuready.text.safe import safe_line

HEAD = 4 * 2**20
"""Bytes of a file's beginning in which something is looked for."""

TAIL = 8 * 2**20
"""Bytes of a file's end that are read."""

_PART = 64 * 2**10


def path_of(ask: Ask) -> Path:
    """The parameter ``path``, else the target's address, absolute; `Broken` when there is neither."""
    given = str(ask.params.get("path") or "") or ask.target.address.removeprefix("file://")
    if not given.strip() or "\0" in given:
        raise Broken("probes_generic.no_path")
    path = Path(given)
    return (at_home(path) if given.startswith("~") else path).absolute()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The regular file; `NoData` for anything else.  Looked at before, since opening a device can be a deed
    (a watchdog's starts its clock), and after, since it may have been replaced."""
    try:
        _regular(path.stat().st_mode, path)
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb") as file:
            _regular(os.fstat(file.fileno()).st_mode, path)
            yield file
    except OSError as error:
        why = error.strerror or str(error)
        raise NoData("probes_generic.unread", path=safe_line(str(path)), why=why) from None


def _regular(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise NoData("probes_generic.no_file", path=safe_line(str(path)))


def head(path: Path, most: int = HEAD) -> tuple[str, bool]:
    """The beginning of the file, and whether that is all of it."""
    with _opened(path) as file:
        # In parts: the kernel sets memory aside for what is asked of /proc/sys, not for what there is.
        data = bytearray()
        while len(data) <= most and (part := file.read(_PART)):
            data += part
    return data[:most].decode(errors="replace"), len(data) <= most


def tail(path: Path, count: int) -> tuple[list[str], float]:
    """The last lines of the file, and when it was last written to (seconds since 1970)."""
    with _opened(path) as file:
        about = os.fstat(file.fileno())
        file.seek(max(0, about.st_size - TAIL))
        data = file.read(TAIL) or b""
    lines = data.decode(errors="replace").split("\n")
    if about.st_size > TAIL:
        del lines[0]  # it is cut
    if lines and not lines[-1]:
        del lines[-1]
    return list(deque(lines, count)), about.st_mtime


def digest(path: Path, stop: threading.Event) -> str:
    """The file's SHA-256 in hexadecimal; empty when `stop` was set meanwhile."""
    found = hashlib.sha256()
    with _opened(path) as file:
        while data := file.read(2**20):
            if stop.is_set():
                return ""
            found.update(data)
    return found.hexdigest()

"""The first hundred bytes of a session file, read without SQLite.

SQLite recovers, creates and locks when it opens a file; a file that is not ours must stay as it is.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from gpuready.session.schema import APPLICATION_ID, SCHEMA_VERSION
from gpuready.text.fault import Fault

_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Header:
    """`size` of the file in bytes (0: missing, or not yet filled), `version` of the schema, `wal` whether
    it keeps a write-ahead log."""

    size: int = 0
    version: int = 0
    wal: bool = False


def read_header(path: Path, real: Path) -> Header:
    """The header of a session file; Fault when the file is none that this version can use.

    `path` is what the operator called it, `real` where it lies.
    """
    try:
        mode = os.stat(real).st_mode  # noqa: PTH116 - a Path would follow the same links once more
        if stat.S_ISDIR(mode):
            raise Fault("session.is_directory", path=path)
        if not stat.S_ISREG(mode):
            raise Fault("session.not_file", path=path)
        with real.open("rb") as file:
            head = file.read(100)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return Header()
    except NotADirectoryError:
        raise Fault("session.no_folder", path=path, folder=real.parent) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Fault("session.unreadable", path=path, error=why) from None
    if not head:
        return Header()
    if not head.startswith(_MAGIC[: len(head)]):
        raise Fault("session.not_sqlite", path=path)
    if len(head) < 100:
        raise Fault("session.corrupt", path=path, error=f"{size} B")
    if _number(head, 68) != APPLICATION_ID:
        raise Fault("session.not_ours", path=path)
    if (version := _number(head, 60)) > SCHEMA_VERSION:
        raise Fault("session.newer", path=path, found=version, known=SCHEMA_VERSION)
    page_size = int.from_bytes(head[16:18], "big")
    page_size = 65536 if page_size == 1 else page_size
    # The page count is only kept by SQLite since 3.7, and only holds while nothing waits to be recovered.
    counted = _number(head, 24) == _number(head, 92)
    if counted and size < _number(head, 28) * page_size and not has_log(real):
        raise Fault("session.corrupt", path=path, error=f"{size} < {_number(head, 28) * page_size} B")
    return Header(size, version, wal=head[18] == 2)


def beside(real: Path) -> dict[str, Path]:
    """The files that SQLite may keep beside it, by their endings."""
    return {end: real.with_name(real.name + end) for end in ("-wal", "-shm", "-journal")}


def has_log(real: Path) -> bool:
    """Whether a log or a journal beside it holds what the file itself does not."""
    return any(_size(beside(real)[end]) for end in ("-wal", "-journal"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 4], "big")

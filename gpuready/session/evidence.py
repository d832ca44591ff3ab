"""Evidence: what backs a mark, kept by the hash of its contents."""

from __future__ import annotations

import os
import stat
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from gpuready.session.canonical import digest, plain
from gpuready.text.fault import Fault

FILE_LIMIT = 1024 * 1024
"""Bytes up to which a file's contents are kept; above, its hash, name and size."""
DATA_LIMIT = 64 * FILE_LIMIT
"""Bytes up to which data in memory is taken: there is no file from which it could be had again."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`name` as people know it, `size` in bytes; `data` is None where the contents are not kept."""

    sha256: str
    name: str
    size: int
    data: bytes | None


def of_data(data: bytes, name: str) -> Evidence:
    """Fault when it is larger than `DATA_LIMIT`."""
    if len(data) > DATA_LIMIT:
        raise Fault("session.evidence_big", name=name, mib=len(data) >> 20, limit=DATA_LIMIT >> 20)
    return Evidence(digest(data), plain(name)[:256], len(data), data)


def of_file(path: Path) -> Evidence:
    """The evidence that a file is; it blocks while it reads.  Fault when that cannot be read."""
    try:
        # Non-blocking, because a FIFO that nobody writes would otherwise never open.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Fault("session.evidence_not_file", path=path)
        with os.fdopen(descriptor, "rb") as file:
            hasher, size, kept = sha256(), 0, bytearray()
            while chunk := file.read(FILE_LIMIT):
                hasher.update(chunk)
                size += len(chunk)
                if size <= FILE_LIMIT:
                    kept += chunk
    except (OSError, ValueError) as error:
        raise Fault("session.evidence_unreadable", path=path, error=_why(error)) from None
    data = bytes(kept) if size <= FILE_LIMIT else None
    return Evidence(hasher.hexdigest(), plain(path.name)[:256], size, data)


def pack(evidence: Evidence) -> bytes | None:
    return None if evidence.data is None else zlib.compress(evidence.data)


def unpack(sha: str, name: str, size: int, blob: bytes | None) -> Evidence | None:
    """The evidence of a row; None when its contents do not match its hash.  At most `size` bytes are
    unpacked, whatever the blob claims to hold."""
    if blob is None:
        return Evidence(sha, name, size, None)
    try:
        data = zlib.decompressobj().decompress(blob, min(max(size, 0), DATA_LIMIT) + 1)
    except (zlib.error, ValueError, OverflowError):
        return None
    return Evidence(sha, name, size, data) if digest(data) == sha else None


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)

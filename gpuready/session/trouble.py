"""What SQLite's errors mean to an operator."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from gpuready.session.holder import holder
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

_PLENTY = 256 * 1024  # bytes; with less than this left, an I/O error is a full disk


TROUBLE = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite's calls raise; the second where a damaged file's words are in the message and are no UTF-8."""

Trouble = sqlite3.Error | UnicodeDecodeError


def is_busy(error: Trouble) -> bool:
    """Whether another program's lock is the reason, so that to wait may help."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def fault_of(error: Trouble, path: Path) -> Fault:
    """The fault that says it, with what to do."""
    code, extended = _code(error), getattr(error, "sqlite_errorcode", 0)
    if is_busy(error):
        return Fault("session.locked", path=path, holder=holder(path))
    if extended == sqlite3.SQLITE_READONLY_DBMOVED:
        return Fault("session.moved", path=path)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        return Fault("session.full", path=path)
    if code == sqlite3.SQLITE_READONLY:
        return Fault("session.read_only", path=path)
    if code == sqlite3.SQLITE_NOTADB:
        return Fault("session.not_sqlite", path=path)
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return Fault("session.unreadable", path=path, error=error)
    return Fault("session.corrupt", path=path, error=_words(error))


def _words(error: Trouble) -> str:
    text = error.object.decode(errors="replace") if isinstance(error, UnicodeDecodeError) else str(error)
    return safe_line(text)[:200]


def _code(error: Trouble) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_full(path: Path) -> bool:
    try:
        room = os.statvfs(path)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < _PLENTY

"""The way into a session file: everything is looked at before anything is changed.

All of it blocks, so the store runs it in a thread.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from gpuready.session.header import Header, beside, has_log, read_header
from gpuready.session.place import Journal, journal_for
from gpuready.session.schema import SCHEMA_VERSION, migrate
from gpuready.session.trouble import TROUBLE, Trouble, fault_of, is_busy
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

_CHECKED = 50 * 1000 * 1000  # bytes; SQLite reads through a file of that size in a fraction of a second


@dataclass(frozen=True, slots=True)
class Entry:
    """`real` is where the file lies, `uri` how SQLite opens it, `session` the session's id, `copy` the
    private folder from which it is read where it cannot be read in place."""

    real: Path
    uri: str
    session: str
    journal: Journal
    copy: tempfile.TemporaryDirectory[str] | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller allows; `patience` in seconds for other programs' locks."""

    create: bool = True
    read_only: bool = False
    make_parents: bool = False
    patience: float = 30.0


def enter(path: Path, wish: Wish) -> Entry:
    """Look at the file, create or migrate it if need be, and say how to open it.  Fault when it is no
    session that can be used; the file and its folder are then as they were."""
    try:
        real = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise Fault("session.unreadable", path=path, error=error) from None
    header = read_header(path, real)
    is_new = header.size == 0
    if is_new and (wish.read_only or not wish.create):
        raise Fault("session.empty" if real.exists() else "session.missing", path=path)
    try:
        if wish.read_only:
            return _look(path, real, header, wish)
        if is_new and wish.make_parents:
            _make_folder(path, real.parent)
        _require_writable(path, real, is_new)
        wanted = journal_for(real)
        if not is_new:
            _look(path, real, header, wish)
        if is_new or header.version < SCHEMA_VERSION or header.wal is not (wanted == "wal"):
            _prepare(path, real, wanted, wish)
        with contextlib.closing(_connect(_uri(real, "rw"), wish.patience)) as connection:
            return Entry(real, _uri(real, "rw"), _session(connection, path), _journal(connection))
    except TROUBLE as error:
        raise fault_of(error, path) from error


def _make_folder(path: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Fault("session.unreadable", path=path, error=error.strerror or error) from None


def _require_writable(path: Path, real: Path, is_new: bool) -> None:
    if not real.parent.is_dir():
        raise Fault("session.no_folder", path=path, folder=real.parent)
    if not is_new and not is_writable(real):
        raise Fault("session.read_only", path=path)
    if not os.access(real.parent, os.W_OK | os.X_OK):
        raise Fault("session.folder_read_only", path=path, folder=real.parent)


def is_writable(real: Path) -> bool:
    """Whether we may write it, and its owner has not taken every write bit away (root may write anyway,
    and should not)."""
    return os.access(real, os.W_OK) and bool(real.stat().st_mode & 0o222)


def _look(path: Path, real: Path, header: Header, wish: Wish) -> Entry:
    """Read the file through SQLite without changing it, and check it where that is cheap."""
    were = {each for each in beside(real).values() if each.exists()}
    tidy = is_writable(real) and os.access(real.parent, os.W_OK) and not has_log(real)
    # A read-only connection leaves an empty log behind; one that may write, and does not, takes it away.
    tries = [_uri(real, "rw" if tidy or _is_hot(real) else "ro")]
    if not has_log(real):
        tries.append(_uri(real, "ro") + "&immutable=1")  # a folder where no lock can be made
    for uri in tries:
        try:
            return _read(uri, path, real, header, wish)
        except Fault as fault:
            _tidy(real, were)
            raise fault from None
        except TROUBLE as error:
            if not _is_denied(error):
                _tidy(real, were)
                raise
    # The log holds marks that the file does not, and may not be recovered where it lies.
    copy = tempfile.TemporaryDirectory(prefix="gpuready-")
    for each in (real, beside(real)["-wal"], beside(real)["-journal"]):
        if each.exists():
            shutil.copyfile(each, Path(copy.name, each.name))
    inner = Path(copy.name, real.name)
    entry = _read(_uri(inner, "rw"), path, inner, header, wish)
    return Entry(real, entry.uri, entry.session, entry.journal, copy)


def _read(uri: str, path: Path, real: Path, header: Header, wish: Wish) -> Entry:
    with contextlib.closing(_connect(uri, wish.patience)) as connection:
        connection.execute("PRAGMA query_only = ON")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise Fault("session.newer", path=path, found=version, known=SCHEMA_VERSION)
        if wish.read_only and version < SCHEMA_VERSION:
            raise Fault("session.older", path=path, found=version, known=SCHEMA_VERSION)
        if header.size < _CHECKED:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                raise Fault("session.corrupt", path=path, error=safe_line(found)[:200])
        return Entry(real, uri, _session(connection, path), _journal(connection))


def _is_hot(real: Path) -> bool:
    """Whether a program died while it wrote with a rollback journal: only a writer can put that right."""
    journal = beside(real)["-journal"]
    return journal.exists() and journal.stat().st_size > 0 and is_writable(real)


def _is_denied(error: Trouble) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


def _tidy(real: Path, were: set[Path]) -> None:
    """Take away what our look has left beside a file that is no good."""
    for end, each in beside(real).items():
        if end != "-journal" and each not in were:
            with contextlib.suppress(OSError):
                each.unlink()


def _prepare(path: Path, real: Path, wanted: Journal, wish: Wish) -> None:
    """Create or migrate the file, and set the journal that suits the place."""
    with contextlib.closing(_connect(_uri(real, "rwc"), wish.patience)) as connection:
        migrate(connection, str(path))
        deadline = time.monotonic() + wish.patience
        while True:
            try:
                connection.execute(f"PRAGMA journal_mode = {wanted}")
                return
            except sqlite3.OperationalError as error:
                # It needs the file for itself for a moment.  WAL where a rollback journal would do is
                # no reason to wait; WAL on a network file system is.
                if not is_busy(error) or (wanted == "delete" and time.monotonic() > deadline):
                    raise
                if wanted == "wal" and time.monotonic() > deadline - wish.patience + 2:
                    return
                time.sleep(0.02)


def _connect(uri: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=patience)
    connection.text_factory = lambda data: data.decode(errors="replace")  # a damaged file's words may be none
    return connection


def _uri(real: Path, mode: str) -> str:
    return f"{real.as_uri()}?mode={mode}"


def _session(connection: sqlite3.Connection, path: Path) -> str:
    """The session's id; reading it also proves that the tables are there."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()
    if row is None:
        raise Fault("session.corrupt", path=path, error="meta.id")
    return str(row[0])


def _journal(connection: sqlite3.Connection) -> Journal:
    return "wal" if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal" else "delete"

"""A report written to a file: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from gpuready.text.fault import Fault


def save(path: Path, text: str, *, force: bool) -> None:
    """Write the text to that file, atomically.

    `Fault` when the file is there and `force` is not given, or when it cannot be written; what was there is
    then as it was.
    """
    if not force and (path.exists() or path.is_symlink()):
        raise Fault("report.exists", path=path)
    real = Path(os.path.realpath(path))  # through a link: the link stays, what it names is replaced
    kept: str | None = None
    try:
        handle, kept = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name[:100]}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(kept, _mode(real))  # noqa: PTH101 (a str is at hand)
        if force:
            os.replace(kept, real)  # noqa: PTH105
        else:
            _move_to_new(kept, real)
    except FileExistsError:
        _drop(kept)
        raise Fault("report.exists", path=path) from None
    except (OSError, ValueError) as error:
        _drop(kept)
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Fault("report.cannot_write", path=path, error=reason) from None


def _move_to_new(kept: str, real: Path) -> None:
    """Give the file its name, unless that came into being meanwhile (then FileExistsError)."""
    try:
        os.link(kept, real)  # refuses, unlike a rename
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.replace(kept, real)  # noqa: PTH105
    else:
        os.unlink(kept)  # noqa: PTH108


def _mode(real: Path) -> int:
    """The mode of the file that is replaced, else what the umask leaves of 666."""
    try:
        return real.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _drop(kept: str | None) -> None:
    if kept:
        with contextlib.suppress(OSError):
            os.unlink(kept)  # noqa: PTH108

"""Files compared with the sums that were registered for them."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from pathlib import Path

from gpuready.probes.probe import Exchange, Remark
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

MOST = 200
"""Files of a list that are compared."""


_CHUNK = 8 * 2**20
_SUM = re.compile(r"^([0-9a-f]{64})\s+\*?(.+)$", re.I)


async def compare(sums: Path, folder: Path, limit: float) -> tuple[bool | None, Remark | None, Exchange]:
    """Whether the files are those of the list (the output of ``sha256sum``), whose names start from the
    folder; what to say if they are not; the evidence.  None when it could not be told within `limit`
    seconds, or not at all."""
    stop = threading.Event()
    try:
        async with asyncio.timeout(limit):
            return await asyncio.to_thread(_compare, sums, folder, stop)
    except TimeoutError:
        return _untold(sums, folder, "too much to be read within the time limit")
    finally:
        stop.set()  # however we end, the thread stops at its next piece


def _compare(sums: Path, folder: Path, stop: threading.Event) -> tuple[bool | None, Remark | None, Exchange]:
    try:
        with sums.open(errors="replace") as file:
            lines = file.read(2**20).splitlines()
    except OSError as error:
        return _untold(sums, folder, safe_line(error.strerror or str(error)))
    listed = [match for line in lines if (match := _SUM.match(line.strip()))]
    if not listed or len(listed) > MOST:
        return _untold(sums, folder, f"it lists {len(listed)} SHA-256 sums, 1 to {MOST} are compared")
    differing = []
    for match in listed:
        try:
            digest = _digest(folder / match[2], stop)
        except FileNotFoundError:
            digest = "-"
        except OSError as error:
            return _untold(folder / match[2], folder, safe_line(error.strerror or str(error)))
        if digest != match[1].lower():
            differing.append(safe_line(match[2]))
    shown = Exchange(
        f"SHA-256 of {len(listed)} files in {folder}", redact("\n".join(differing) or "all agree")
    )
    if differing:
        return False, ("probes_model.sums_differ", {"names": ", ".join(differing[:5])}), shown
    return True, None, shown


def _digest(path: Path, stop: threading.Event) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            if stop.is_set():
                raise OSError("stopped")
    return digest.hexdigest()


def _untold(path: Path, folder: Path, why: str) -> tuple[None, Remark, Exchange]:
    remark = ("probes_model.sums_unread", {"path": path, "why": why})
    return None, remark, Exchange(f"SHA-256 of the files in {folder}", why)

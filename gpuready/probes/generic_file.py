"""A file: is it there, how big and how old is it, who may do what with it, and what does it say?"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Sequence
from pathlib import Path
from time import time as now

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.generic_read import HEAD, digest, head, path_of
from gpuready.probes.generic_value import FIELDS, PARAMS, taken
from gpuready.probes.node_files import in_time
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe, Remark
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

_KINDS = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "directory"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


def _inside(ask: Ask) -> bool:
    return bool(ask.params.get("json") or ask.params.get("regex"))


def _steps(ask: Ask) -> Sequence[str]:
    try:
        path = path_of(ask)
    except Broken as fault:
        return (str(fault),)
    told = [f"stat {path}"]
    if _inside(ask):
        told.append(f"read {path} (its first {HEAD // 2**20} MiB)")
    if ask.params.get("sha256"):
        told.append(f"read {path} (all of it, for its SHA-256)")
    return told


async def _file(ask: Ask) -> Measurement:
    """Links are followed.  `exists` is false only where the system says so: what may not be looked at is
    `NoData`.  With ``json`` or ``regex`` what is inside is taken, with ``sha256`` its sum; both are left out
    where this user may not read it."""
    path, time = path_of(ask), Deadline(ask)
    about = await in_time(ask, lambda: _stat(path), safe_line(str(path)))
    if about is None:
        shown = Exchange(f"stat {path}", "no such file or directory")
        return Measurement({"exists": False}, str(path), (shown,))
    fields: dict[str, Scalar] = {
        "exists": True,
        "kind": next((kind for test, kind in _KINDS if test(about.st_mode)), "other"),
        "size": about.st_size,
        "mode": f"{stat.S_IMODE(about.st_mode):04o}",
        "uid": str(about.st_uid),
        "gid": str(about.st_gid),
    }
    remarks: list[Remark] = []
    age = now() - about.st_mtime
    if age >= -1:
        fields["age"] = max(0.0, age)
    else:
        remarks.append(("probes_generic.from_the_future", {"path": path, "seconds": f"{-age:.0f}"}))
    evidence = [Exchange(f"stat {path}", f"{stat.filemode(about.st_mode)} {about.st_size} B")]
    if _inside(ask):
        try:
            text, whole = await in_time(ask, lambda: head(path), safe_line(str(path)))
            evidence.append(Exchange(f"read {path}", redact(text)))
            if not whole and ask.params.get("json"):
                raise NoData("probes_generic.too_long", path=path, size=HEAD // 2**20)
            found = await taken(ask, text, safe_line(str(path)), time.left)
        except Outcome as fault:
            raise fault.showing(*evidence) from None
        if not whole and found.fields.get("matched") is False:
            del found.fields["matched"]  # it may stand further down
            remarks.append(("probes_generic.head_only", {"path": path, "size": HEAD // 2**20}))
        fields |= found.fields
        remarks += found.remarks
    if ask.params.get("sha256"):
        fields["sha256"] = await _sum(path, time)
    return Measurement(fields, str(path), tuple(evidence), tuple(remarks))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise NoData("probes_generic.unread", path=safe_line(str(path)), why=why) from None


async def _sum(path: Path, time: Deadline) -> str:
    stop = threading.Event()
    limit = time.left
    try:
        async with asyncio.timeout(limit):
            return await asyncio.to_thread(digest, path, stop)
    except TimeoutError:
        raise NoData("probes.too_slow", what=safe_line(str(path)), seconds=f"{limit:.3g}") from None
    finally:
        stop.set()


FILE = Probe(
    name="file",
    measure=_file,
    steps=_steps,
    fields={
        "exists": "",
        "kind": "",
        "size": "B",
        "age": "s",
        "mode": "",
        "uid": "",
        "gid": "",
        "sha256": "",
        **FIELDS,
    },
    params={"path": "", "sha256": False, **PARAMS},
    limit=60,
    lane="disk",
    privilege="the right to read the file",
)
"""`mode` is four octal digits (``0644``), `uid` and `gid` are numbers as texts."""

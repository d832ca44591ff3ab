"""On what kind of file system a session lies, and which journal is safe there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

Journal = Literal["wal", "delete"]

MOUNTS = Path("/proc/self/mountinfo")

# WAL keeps its index in memory that all its readers share; between hosts, and through these, there is none.
_SHARED = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|virtiofs|lustre|gpfs|ceph|glusterfs|afs|beegfs|orangefs|pvfs2|ocfs2|gfs2|davfs|coda"
    r"|ncpfs|vboxsf|prl_fs|fuse|fuse\..+|fuseblk"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def journal_for(path: Path, mounts: Path = MOUNTS) -> Journal:
    """``wal`` on a local disk; ``delete`` (a rollback journal) on network file systems, on FUSE, and where
    the kind cannot be told."""
    kind = filesystem(path, mounts)
    return "delete" if not kind or _SHARED.fullmatch(kind) else "wal"


def filesystem(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the file system that holds the path (which need not exist), as the kernel names it;
    empty when it cannot be told."""
    real = os.path.realpath(path)
    best, kind = "", ""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) < 5 or not kinds:
            continue
        point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # the last mount on one point hides those before
            best, kind = point, kinds[0]
    return kind

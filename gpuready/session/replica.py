"""The name of one copy of a session on one machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from gpuready.session.canonical import canonical, digest


def replica_of(session: str, real: Path) -> str:
    """12 hex digits from session, machine and file: a copied or moved file is another replica, so that no
    two of them number their events alike."""
    stat = real.stat()
    return digest(canonical([session, _machine(), stat.st_ino, stat.st_dev, repr(os.fsencode(real))]))[:12]


def _machine() -> str:
    try:
        machine = Path("/etc/machine-id").read_text().strip()
    except OSError:
        machine = ""
    # Cloned images share one machine-id, so the host's name goes with it.
    return f"{machine} {socket.gethostname()}"

"""Names of processes and of their users, asked for so that no answer can hold up a sample."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path


def name_of(pid: int) -> str | None:
    """The kernel's name of a process (at most 15 characters), from ``/proc/PID/comm``; None when it is
    not visible from here, as from inside a container."""
    try:
        with open(f"/proc/{pid}/comm", "rb", buffering=0) as file:  # noqa: PTH123 (hot)
            return file.read(64).rstrip(b"\n").decode("utf-8", "replace")
    except OSError:
        return None


class Owners:
    """Users by uid: from ``/etc/passwd`` at once, from LDAP and the like when they have answered.

    Name services may take minutes over a dead network, so they are asked in a thread; until then, and
    for a user that nobody knows, the name is the number.
    """

    def __init__(self, passwd: Path = Path("/etc/passwd")) -> None:
        self._names: dict[int, str] = {}
        try:
            for line in passwd.read_text("utf-8", "replace").splitlines():
                name, _, uid = (*line.split(":"), "", "", "")[:3]
                if uid.isdigit():
                    self._names.setdefault(int(uid), name)
        except OSError:
            pass  # a container without it: numbers will do

    def of(self, pid: int) -> str | None:
        """The user who runs that process, None when it is gone or not visible."""
        try:
            uid = os.stat(f"/proc/{pid}").st_uid  # noqa: PTH116 (hot)
        except OSError:
            return None
        if uid not in self._names:
            self._names[uid] = str(uid)
            threading.Thread(target=self._ask, args=(uid,), daemon=True).start()
        return self._names[uid]

    def _ask(self, uid: int) -> None:
        import pwd

        with contextlib.suppress(KeyError, OSError):
            self._names[uid] = pwd.getpwuid(uid).pw_name

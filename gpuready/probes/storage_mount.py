"""What a path is mounted from, and whether direct I/O can reach the device below it."""

from __future__ import annotations

import ctypes
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")
BLOCK = Path("/sys/dev/block")
ZFS = Path("/sys/module/zfs/version")
MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs", "hugetlbfs", "rootfs"})
"""File systems that are memory: some take direct I/O (tmpfs since Linux 6.6), and it proves nothing."""

_SECTOR = 512  # bytes, whatever the disk's own is
_STATX_DIOALIGN = 0x2000
_AT_FDCWD = -100


@dataclass(frozen=True, slots=True)
class Mount:
    """`kind` is the type of the file system, `source` what is mounted (a device, a server's export),
    `device` its number as MAJOR:MINOR, `upper` the folder that an overlay writes to."""

    point: str
    kind: str
    source: str
    device: str
    upper: str = ""

    @property
    def is_served(self) -> bool:
        """Whether a server or a daemon stands between, which may keep what was read and written."""
        return self.kind.startswith(
            ("nfs", "fuse", "ceph", "cifs", "smb", "lustre", "gpfs", "9p", "virtiofs", "beegfs")
        )


def mount_of(path: str) -> Mount | None:
    """The mount that the path lies on; None when none is told.  Follows links; may block on a dead mount."""
    real = os.path.realpath(path)
    found: Mount | None = None
    for line in MOUNTINFO.read_text(errors="replace").splitlines():
        mount = _parsed(line)
        if mount is None or not (real == mount.point or real.startswith(mount.point.rstrip("/") + "/")):
            continue
        if found is None or len(mount.point) >= len(found.point):  # of two on one point the later one counts
            found = mount
    return found


def _parsed(line: str) -> Mount | None:
    before, dash, after = line.partition(" - ")
    words, rest = before.split(), after.split()
    if not dash or len(words) < 6 or len(rest) < 3:
        return None
    upper = re.search(r"(?:^|,)upperdir=([^,]+)", _plain(rest[2]))
    return Mount(_plain(words[4]), rest[0], _plain(rest[1]), words[2], upper[1] if upper else "")


def _plain(text: str) -> str:
    """Without the octal escapes by which the kernel writes blanks."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def below(mount: Mount) -> Mount:
    """The mount that an overlay writes to, where that can be seen from here; else the mount itself."""
    if mount.kind == "overlay" and mount.upper.startswith("/") and Path(mount.upper).is_dir():
        return mount_of(mount.upper) or mount
    return mount


def counters(mount: Mount) -> tuple[int, int] | None:
    """Bytes read from and written to the mount's block device since boot; None where it has none."""
    device = mount.device
    if device.startswith("0:") and mount.source.startswith("/dev/"):  # btrfs has numbers of its own
        try:
            number = Path(mount.source).stat().st_rdev
        except OSError:
            return None
        device = f"{os.major(number)}:{os.minor(number)}"
    try:
        words = (BLOCK / device / "stat").read_text().split()
        return int(words[2]) * _SECTOR, int(words[6]) * _SECTOR
    except (OSError, ValueError, IndexError):
        return None


def takes_direct(path: str, mount: Mount) -> bool | None:
    """Whether direct I/O on that file reaches the device; None where nobody tells.

    The kernel says so itself since 6.1 (statx, STATX_DIOALIGN): some file systems open a file for direct
    I/O and then go through the page cache all the same (ext4 with data=journal), as does ZFS before 2.3.
    """
    if mount.kind == "zfs":
        version = re.match(r"(\d+)\.(\d+)", ZFS.read_text()) if ZFS.is_file() else None
        return (int(version[1]), int(version[2])) >= (2, 3) if version else None
    try:
        statx = ctypes.CDLL(None, use_errno=True).statx
    except (AttributeError, OSError):
        return None
    answer = ctypes.create_string_buffer(256)
    if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_DIOALIGN, answer) != 0:
        return None
    (mask,) = struct.unpack_from("=I", answer, 0)
    memory, offset = struct.unpack_from("=II", answer, 152)
    return bool(memory and offset) if mask & _STATX_DIOALIGN else None

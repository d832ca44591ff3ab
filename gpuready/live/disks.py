"""Local file systems and how full they are."""

from __future__ import annotations

import os
import stat

import psutil

from gpuready.live.facts import Disk

# Asking one of these can hang for as long as its server is away; a snap or a CD is always full.
_NEVER = (
    *("afs", "autofs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "iso9660", "lustre"),
    *("ncpfs", "nfs", "nfs4", "9p", "orangefs", "pvfs2", "smb2", "smb3", "smbfs", "squashfs", "wekafs"),
)
_MOST = 16


def disks() -> tuple[Disk, ...]:
    """The local, real file systems by mount point, each device once: the shortest mount point stands for
    its bind mounts.  `used` counts as df does, `total` leaves out what only root may use."""
    places = {part.mountpoint: (part.device, part.fstype) for part in psutil.disk_partitions(all=False)}
    if "/" not in places and (kind := _root_kind()):
        places["/"] = ("overlay", kind)  # inside a container the root is no device
    seen: set[str] = set()
    found = []
    for mount, (device, kind) in sorted(places.items(), key=lambda place: (len(place[0]), place[0])):
        if kind in _NEVER or kind.startswith("fuse") or device in seen:
            continue
        try:
            if not stat.S_ISDIR(os.stat(mount).st_mode):  # noqa: PTH116
                continue  # a container's /etc/hosts
            size = os.statvfs(mount)
        except OSError:
            continue
        used = (size.f_blocks - size.f_bfree) * size.f_frsize
        total = used + size.f_bavail * size.f_frsize
        if total <= 0:
            continue
        seen.add(device)
        found.append(Disk(mount, kind, total, used))
    return tuple(found[:_MOST])


def _root_kind() -> str | None:
    for part in psutil.disk_partitions(all=True):
        if part.mountpoint == "/":
            return part.fstype if part.fstype == "overlay" else None
    return None

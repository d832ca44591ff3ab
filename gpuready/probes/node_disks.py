"""How full the local file systems are, and whether one has turned read-only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.live.disks import disks
from gpuready.probes.gpu_nvml import columns
from gpuready.probes.node_files import in_time, root_of, text_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark
from gpuready.text.redact import redact

_WRITABLE = ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "zfs", "bcachefs")
_FULL = 80.0  # %: from here on a remark


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/mounts that is a local disk; `read_only` is how it is mounted now."""

    device: str
    place: str
    kind: str
    read_only: bool


def _mounts(root: Path) -> tuple[Mount, ...] | None:
    """Each device once, as it was mounted first: bind mounts may be read-only on purpose."""
    text = text_of(root / "proc/mounts", 4 * 2**20)
    if text is None:
        return None
    found: dict[str, Mount] = {}
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) >= 4 and words[2] in _WRITABLE:
            place = words[1].replace("\\040", " ")
            read_only = "ro" in words[3].split(",")
            before = found.get(words[0])
            if before is None or (before.read_only and not read_only):
                found[words[0]] = Mount(words[0], place, words[2], read_only)
    return tuple(found.values())


def _meant_read_only(root: Path) -> set[str]:
    """The mount points that /etc/fstab wants read-only."""
    found = set()
    for line in (text_of(root / "etc/fstab", 65536) or "").splitlines():
        words = line.split()
        if len(words) >= 4 and not words[0].startswith("#") and "ro" in words[3].split(","):
            found.add(words[1])
    return found


def _inodes(place: str) -> float | None:
    """Inodes in use, in %; None where the file system has no fixed number of them (btrfs)."""
    try:
        size = os.statvfs(place)
    except OSError:
        return None
    used = size.f_files - size.f_ffree
    whole = used + size.f_favail
    return round(100 * used / whole, 1) if size.f_files and whole else None


async def _disks(ask: Ask) -> Measurement:
    root = root_of(ask)
    mounts = await in_time(ask, lambda: _mounts(root), str(root / "proc/mounts"))
    fields: dict[str, Scalar] = {}
    remarks: list[Remark] = []
    evidence = []
    if mounts is not None:
        meant = await in_time(ask, lambda: _meant_read_only(root), str(root / "etc/fstab"))
        bad = [mount for mount in mounts if mount.read_only and mount.place not in meant]
        fields["read_only"] = len(bad)
        if bad:
            remarks.append(("probes_node.read_only", {"places": ", ".join(m.place for m in bad)}))
        rows = [(m.place, m.device, m.kind, "ro" if m.read_only else "rw") for m in mounts]
        table = columns(("mount", "device", "kind", "state"), rows) if rows else "no local file system"
        evidence.append(Exchange(f"read {root / 'proc/mounts'}", redact(table)))
    if root == Path("/"):
        # the sizes come from the running kernel, so only this machine's own can be asked
        found = await in_time(ask, lambda: [(disk, _inodes(disk.mount)) for disk in disks()], "statvfs")
        shares = {disk.mount: round(100 * disk.used / disk.total, 1) for disk, _ in found}
        if shares:
            fullest = max(shares, key=lambda mount: shares[mount])
            fields |= {"used_max": shares[fullest], "fullest": fullest, "file_systems": len(shares)}
            fields["free_min"] = min(disk.total - disk.used for disk, _ in found)
            if shares[fullest] >= _FULL:
                remarks.append(("probes_node.disk_full", {"place": fullest, "share": shares[fullest]}))
        inodes = [share for _, share in found if share is not None]
        if inodes:
            fields["inodes_used_max"] = max(inodes)
        rows2 = [(d.mount, d.kind, f"{d.total / 2**30:.1f} GiB", f"{shares[d.mount]} %", i) for d, i in found]
        evidence.append(
            Exchange("statvfs", redact(columns(("mount", "kind", "size", "used", "inodes %"), rows2)))
        )
    if not fields:
        raise NoData("probes_node.no_stat", path=root / "proc/mounts")
    return Measurement(fields, "/proc/mounts, statvfs", tuple(evidence), tuple(remarks))


def _disks_steps(ask: Ask) -> tuple[str, ...]:
    root = root_of(ask)
    paths = (f"read {root / 'proc/mounts'}", f"read {root / 'etc/fstab'}")
    return (*paths, "statvfs of each local file system") if root == Path("/") else paths


PROBES = (
    Probe(
        "node.disks",
        _disks,
        _disks_steps,
        fields={
            "file_systems": "count", "used_max": "%", "fullest": "", "free_min": "B",
            "inodes_used_max": "%", "read_only": "count",
        },
        params={"root": "/"},
    ),
)  # fmt: skip

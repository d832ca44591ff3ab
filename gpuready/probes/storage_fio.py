"""How fast a data mount reads and writes, by fio with direct I/O."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.command import run
from gpuready.probes.leftover import gone, mark
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark, Safety
from gpuready.probes.storage_answer import figures_of, short, worst_of
from gpuready.probes.storage_aside import aside
from gpuready.probes.storage_mount import MEMORY, Mount, below, counters, mount_of, takes_direct
from gpuready.text.safe import safe_line

PREFIX = "gpuready-fio-"
MOST = 2**40  # bytes of the file
STALE = 86400.0  # seconds after which a file of another machine's run is a leftover for certain
_LOOK = 10.0  # seconds for what is asked of the file system itself
_GRACE = 20.0  # seconds beyond fio's own time, for its start and the final flush
_CACHED = 0.5  # of the bytes that must have reached the device for a figure to be the device's


@dataclass(frozen=True, slots=True)
class Load:
    """The file and the two runs of fio over it.  `size` in bytes, `seconds` for each run at most."""

    folder: str
    size: int
    seconds: int
    depth: int
    engine: str

    @property
    def file(self) -> str:
        return str(Path(self.folder) / f"{PREFIX}{mark()}.data")

    def command(self, way: str) -> list[str]:
        """``write`` fills the file; ``read`` reads as much of it as was written."""
        only = (f"--size={self.size}", "--end_fsync=1") if way == "write" else ("--size=100%",)
        return [
            "fio",
            f"--name=gpuready-{way}",
            "--thread=1",  # fio's processes leave our group, its threads cannot
            f"--filename={self.file.replace(':', chr(92) + ':')}",  # a bare colon separates files
            f"--rw={way}",
            "--bs=1M",
            *only,
            "--direct=1",
            f"--ioengine={self.engine}",
            f"--iodepth={self.depth}",
            f"--runtime={self.seconds}",
            "--fallocate=none",  # blocks that were never written are read from nowhere, at any speed
            "--output-format=json",
        ]


def _load(ask: Ask) -> Load:
    seconds, depth = ask.params["seconds"], ask.params["depth"]
    return Load(
        ask.target.address,
        _bytes(ask.params["size"]),
        min(max(seconds, 1), 600) if isinstance(seconds, int) else 30,
        min(max(depth, 1), 256) if isinstance(depth, int) else 32,
        re.sub(r"\W", "", str(ask.params["engine"])) or "libaio",
    )


def _bytes(size: object) -> int:
    """Bytes of a size as fio writes it (8G is 8 GiB)."""
    match = re.fullmatch(r"(\d{1,13})\s*([kKmMgGtT]?)(?:i?[bB])?", str(size).strip())
    found = int(match[1]) * 1024 ** " kmgt".index(match[2].lower() or " ") if match else 0
    if not 2**20 <= found <= MOST:
        raise NoData("probes_storage.bad_size", size=safe_line(str(size)[:40]))
    return found


def _steps(ask: Ask) -> Sequence[str]:
    try:
        load = _load(ask)
    except NoData as outcome:
        return (str(outcome),)
    return (
        f"read {Path(load.folder) / PREFIX}*.data, and remove those of runs that were killed",
        f"create {load.file}, and refuse unless {2 * load.size} bytes are free and direct I/O is possible",
        f"$ {shlex.join(load.command('write'))}",
        f"truncate {load.file} to what was written in that time",
        f"$ {shlex.join(load.command('read'))}",
        f"remove {load.file}",
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What the file stands on: `free` bytes, whether direct I/O is certain, and the files of killed runs
    that were removed."""

    mount: Mount
    disk: Mount
    free: int
    direct: bool | None
    swept: tuple[str, ...]


async def _fio(ask: Ask) -> Measurement:
    load, loop = _load(ask), asyncio.get_running_loop()
    until = loop.time() + ask.limit
    created, abandoned = threading.Event(), threading.Event()

    def left(most: float) -> float:
        return max(0.1, min(most, until - loop.time()))

    try:
        ground = await aside(lambda: _prepared(load, created, abandoned), limit=left(_LOOK), what=load.folder)
        before = counters(ground.disk)
        wrote = await run(load.command("write"), limit=left(load.seconds + _GRACE))
        between = counters(ground.disk)
        written = figures_of(wrote, "write", load.folder)
        await aside(lambda: os.truncate(load.file, written["io_bytes"]), limit=left(_LOOK), what=load.folder)
        read = await run(load.command("read"), limit=left(load.seconds + _GRACE))
        after = counters(ground.disk)
        loaded = figures_of(read, "read", load.folder)
    finally:
        abandoned.set()
        if created.is_set():
            with contextlib.suppress(NoData, OSError):
                await aside(lambda: Path(load.file).unlink(missing_ok=True), limit=_LOOK, what=load.folder)
    fields: dict[str, Scalar] = {
        "size": written["io_bytes"],
        "free": ground.free,
        "filesystem": ground.mount.kind,
        "device": ground.disk.source,
    }
    if ground.direct is not None:
        fields["direct"] = ground.direct
    remarks = _remarks(ground)
    shares = _shares(before, between, after, written["io_bytes"], loaded["io_bytes"])
    for way, found, share in (("write", written, shares[0]), ("read", loaded, shares[1])):
        if share is not None:
            fields[f"{way}_on_device"] = share
        if share is not None and share < _CACHED:
            remarks.append(("probes_storage.cached", {"way": way, "share": f"{share:.0%}"}))
            continue
        fields[way] = float(found["bw_bytes"])
        if (worst := worst_of(found)) is not None:
            fields[f"{way}_p99"] = worst
    evidence = (_told(ground), *(Exchange(done.exchange.asked, short(done)) for done in (wrote, read)))
    return Measurement(fields, "fio", evidence, tuple(remarks))


def _prepared(load: Load, created: threading.Event, abandoned: threading.Event) -> Ground:
    """Look at the folder, remove what killed runs have left, and create the file.

    `created` says that there is now a file to be removed; `abandoned` that nobody is left to do it but we.
    """
    folder = Path(load.folder)
    if not folder.is_dir():
        raise NoData("probes_storage.no_folder", path=load.folder)
    mount = mount_of(load.folder)
    if mount is None:
        raise NoData("probes_storage.no_mount", path=load.folder)
    disk = below(mount)
    if disk.kind in MEMORY:
        raise NoData("probes_storage.memory", path=load.folder, kind=disk.kind)
    swept = _sweep(folder)
    try:
        # Exclusive: whoever shares the mount may have put a link of that name there.
        os.close(os.open(load.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_DIRECT, 0o600))
    except OSError as failed:
        if failed.errno == errno.EINVAL:  # some create it, then refuse to open it so
            Path(load.file).unlink(missing_ok=True)
        raise _refused(load, disk, failed) from None
    created.set()
    if abandoned.is_set():
        Path(load.file).unlink(missing_ok=True)
    direct = takes_direct(load.file, disk)
    if direct is False:
        raise NoData("probes_storage.no_direct", path=load.folder, kind=disk.kind)
    state = os.statvfs(load.folder)
    free = state.f_bavail * state.f_frsize
    if free < 2 * load.size:
        raise NoData("probes_storage.no_space", path=load.folder, free=_gib(free), needed=_gib(2 * load.size))
    return Ground(mount, disk, free, direct, swept)


def _refused(load: Load, disk: Mount, failed: OSError) -> NoData:
    if failed.errno == errno.EINVAL:
        return NoData("probes_storage.no_direct", path=load.folder, kind=disk.kind)
    if failed.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NoData("probes_storage.no_rights", path=load.folder, why=failed.strerror)
    return NoData("probes_storage.no_file", path=load.folder, why=failed.strerror)


def _sweep(folder: Path) -> tuple[str, ...]:
    swept = []
    for path in folder.glob(f"{PREFIX}*.data"):
        with contextlib.suppress(OSError):
            old = time.time() - path.lstat().st_mtime > STALE
            if old or gone(path.name.removeprefix(PREFIX).removesuffix(".data")):
                path.unlink()
                swept.append(path.name)
    return tuple(swept)


def _shares(
    before: tuple[int, int] | None,
    between: tuple[int, int] | None,
    after: tuple[int, int] | None,
    wrote: int,
    read: int,
) -> tuple[float | None, float | None]:
    """How much of what fio wrote and read the device's own counters saw; at most 1, others use it too."""
    if before is None or between is None or after is None:
        return None, None
    return min(1.0, (between[1] - before[1]) / wrote), min(1.0, (after[0] - between[0]) / read)


def _remarks(ground: Ground) -> list[Remark]:
    remarks: list[Remark] = []
    if ground.swept:
        remarks.append(("probes_storage.swept", {"names": ", ".join(ground.swept)}))
    if ground.mount.kind == "overlay":
        remarks.append(
            ("probes_storage.overlay", {"point": ground.mount.point, "source": ground.disk.source})
        )
    if ground.disk.is_served:
        remarks.append(("probes_storage.served", {"kind": ground.disk.kind, "source": ground.disk.source}))
    elif ground.direct is None:
        remarks.append(("probes_storage.unsure", {"kind": ground.disk.kind}))
    return remarks


def _told(ground: Ground) -> Exchange:
    lines = (
        f"{ground.mount.point}: {ground.mount.kind}, on {ground.disk.source} ({ground.disk.kind})",
        f"device {ground.disk.device}, counters: {'yes' if counters(ground.disk) else 'no'}",
        f"direct I/O: {ground.direct}",
        f"free: {ground.free} B",
    )
    return Exchange("/proc/self/mountinfo, statx, statvfs", "\n".join(lines))


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g}"


def limit_for(params: Mapping[str, object]) -> float:
    """Seconds that both runs may take, with what goes before and after them."""
    seconds = params.get("seconds", 30)
    return 2 * (float(seconds) if isinstance(seconds, int | float) else 30.0) + 2 * _GRACE + 2 * _LOOK


FIO = Probe(
    name="storage.fio",
    measure=_fio,
    steps=_steps,
    fields={
        "read": "B/s",
        "write": "B/s",
        "read_p99": "ms",
        "write_p99": "ms",
        "read_on_device": "ratio",
        "write_on_device": "ratio",
        "size": "B",
        "free": "B",
        "filesystem": "",
        "device": "",
        "direct": "",
    },
    params={"size": "8G", "seconds": 30, "depth": 32, "engine": "libaio"},
    on="mount",
    safety=Safety.HEAVY,
    limit=limit_for({}),
    limit_for=limit_for,
    lane="disk",
    privilege="write access to the mount",
)
"""Sequential write, then read, of one file in requests of 1 MiB, past the page cache.

It ends at the size or after the seconds, whichever comes first, and reads no more than it wrote.  No data:
memory file systems, mounts that cannot do direct I/O (ZFS before 2.3, ext4 with data=journal), less free
space than twice the size.  A figure is left out when the device's own counters show that most of it never
came there.  The file is removed whatever happens; that of a killed run by the next one.
"""

"""This machine apart from its GPUs: processors, memory, disks, network, pressure, processes.

What psutil gets right for us (which disks are real, counters that wrap) comes from psutil; the rest is read
from /proc directly, because psutil reads some files two or three times for one sample.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import psutil

from gpuready.live.disks import disks
from gpuready.live.facts import Disk, Link, NodeSample, Pressure
from gpuready.live.links import link_names, link_speed, link_up
from gpuready.live.owners import Owners
from gpuready.live.processes import Top

_RARELY = 10.0  # seconds between two looks at file systems and at which links there are


class NodeReader:
    """Reads samples one after the other.  Rates are since the sample before: the first has none."""

    outdated = False

    def __init__(self) -> None:
        self._owners = Owners()
        self._top = Top(self._owners)
        self._fixed: dict[str, Any] = {
            "kernel": os.uname().release,
            "cpu_model": _cpu_model(),
            "cores_physical": psutil.cpu_count(logical=False),
        }
        self._cpu: dict[bytes, tuple[int, int, int]] = {}
        self._rarely_at = -_RARELY
        self._disks: tuple[Disk, ...] = ()
        self._speeds: dict[str, int | None] = {}
        self._counted_at: float | None = None
        self._disk_bytes: tuple[int, int] | None = None
        self._link_bytes: dict[str, tuple[int, int]] = {}

    def read(self) -> NodeSample:
        """The sample of now."""
        at, now = time.time(), time.monotonic()
        if now - self._rarely_at >= _RARELY:
            self._rarely_at = now
            self._disks = disks()
            self._speeds = {name: link_speed(name) for name in link_names()}
        elapsed = None if self._counted_at is None else max(now - self._counted_at, 1e-3)
        self._counted_at = now
        self._top.look(now)
        return NodeSample(
            at=at,
            hostname=socket.gethostname(),
            uptime=_uptime(),
            load=_load(),
            disks=self._disks,
            links=self._links(elapsed),
            pressure_cpu=_pressure("cpu"),
            pressure_memory=_pressure("memory"),
            pressure_io=_pressure("io"),
            processes=self._top.processes,
            process_count=self._top.count,
            **self._fixed,
            **self._processors(),
            **_memory(),
            **self._disk_rates(elapsed),
        )

    def afterwards(self) -> None:
        """Nothing here is slow enough."""

    def _processors(self) -> dict[str, Any]:
        before, self._cpu = self._cpu, _cpu_times()
        cores, whole, iowait = [], None, None
        for name, (total, idle, waiting) in self._cpu.items():
            old = before.get(name)
            if old is None or total <= old[0]:
                continue
            # idle and iowait may step back a little (proc_stat(5)): a share stays within 0 and 100
            passed = total - old[0]
            busy = _share(passed - (idle - old[1]) - (waiting - old[2]), passed)
            if name == b"cpu":
                whole, iowait = busy, _share(waiting - old[2], passed)
            else:
                cores.append(busy)
        return {"cores": tuple(cores), "cpu": whole, "iowait": iowait}

    def _disk_rates(self, elapsed: float | None) -> dict[str, Any]:
        counters = psutil.disk_io_counters()  # whole disks only, so nothing is counted twice
        before = self._disk_bytes
        self._disk_bytes = (counters.read_bytes, counters.write_bytes) if counters else None
        if before is None or self._disk_bytes is None or elapsed is None:
            return {}
        read, written = (_rate(new, old, elapsed) for new, old in zip(self._disk_bytes, before, strict=True))
        return {"disk_read": read, "disk_written": written}

    def _links(self, elapsed: float | None) -> tuple[Link, ...]:
        before = self._link_bytes
        counters = psutil.net_io_counters(pernic=True)
        self._link_bytes = {
            name: (counters[name].bytes_recv, counters[name].bytes_sent)
            for name in self._speeds
            if name in counters
        }
        links = []
        for name, (received, sent) in self._link_bytes.items():
            old = before.get(name)
            rates: tuple[float | None, float | None] = (None, None)
            if old is not None and elapsed is not None:
                rates = (_rate(received, old[0], elapsed), _rate(sent, old[1], elapsed))
            links.append(Link(name, link_up(name), self._speeds[name], *rates))
        return tuple(links)


def _share(part: int, whole: int) -> float:
    return round(min(max(100 * part / whole, 0.0), 100.0), 1)


def _rate(new: int, old: int, elapsed: float) -> float:
    return round(max(new - old, 0) / elapsed, 1)


def _read(path: str, most: int = 1 << 16) -> bytes:
    """A small file of /proc or /sys; empty when there is none or it cannot be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, most)
    except OSError:
        return b""
    finally:
        os.close(file)


def _cpu_times() -> dict[bytes, tuple[int, int, int]]:
    """Ticks of the whole (``cpu``) and of each core: total, idle, waiting for I/O."""
    times = {}
    for line in _read("/proc/stat", 1 << 18).split(b"\n"):
        if not line.startswith(b"cpu"):
            break
        name, *words = line.split()
        ticks = [int(word) for word in words[:8]]  # guest time, the 9th and 10th, is within user and nice
        times[name] = (sum(ticks), ticks[3], ticks[4])
    return times


def _memory() -> dict[str, Any]:
    found: dict[bytes, int] = {}
    for line in _read("/proc/meminfo").split(b"\n"):
        name, _, value = line.partition(b":")
        if value.endswith(b" kB"):
            found[name] = int(value[:-3]) * 1024
    total, free = found.get(b"SwapTotal"), found.get(b"SwapFree")
    return {
        "memory_total": found.get(b"MemTotal"),
        "memory_available": found.get(b"MemAvailable"),
        "swap_total": total,
        "swap_used": None if total is None or free is None else total - free,
    }


def _uptime() -> float | None:
    words = _read("/proc/uptime").split()
    return float(words[0]) if words else None


def _load() -> tuple[float, float, float] | None:
    try:
        one, five, fifteen = os.getloadavg()
    except OSError:
        return None
    return round(one, 2), round(five, 2), round(fifteen, 2)


def _pressure(resource: str) -> Pressure | None:
    """``some avg10=0.13 avg60=... total=...`` and the same for full; None on kernels without PSI."""
    found: dict[bytes, float] = {}
    for line in _read(f"/proc/pressure/{resource}").split(b"\n"):
        words = line.split()
        if len(words) > 1 and words[1].startswith(b"avg10="):
            found[words[0]] = float(words[1][6:])
    return Pressure(found.get(b"some"), found.get(b"full")) if found else None


def _cpu_model() -> str | None:
    for line in _read("/proc/cpuinfo", 4096).split(b"\n"):
        name, _, value = line.partition(b":")
        if name.strip() == b"model name":
            return value.strip().decode("utf-8", "replace")
    return None

"""How busy this node is: processors, memory, swap."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.node_files import number_of, root_of, text_of
from gpuready.probes.node_window import limit_of, seconds_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark
from gpuready.text.redact import redact

_NO_LIMIT = 2**60  # bytes: cgroup v1 says "none" by a number near 2**63


@dataclass(frozen=True, slots=True)
class CpuUse:
    """Shares of a window in %: of the whole machine, and of its busiest core."""

    busy: float
    iowait: float
    steal: float
    busiest: float
    cores: int

    def fields(self) -> dict[str, Scalar]:
        return {
            "cpu": self.busy,
            "iowait": self.iowait,
            "steal": self.steal,
            "cpu_busiest_core": self.busiest,
        }

    def said(self) -> str:
        return (
            f"busy {self.busy} % of {self.cores} cores, busiest core {self.busiest} %, "
            f"iowait {self.iowait} %, steal {self.steal} %"
        )


async def cpu_over(root: Path, seconds: float) -> CpuUse | None:
    """What the processors did over that many seconds; None when /proc/stat cannot be read or stands still."""
    before = _ticks(root)
    await asyncio.sleep(seconds)
    after = _ticks(root)
    shares = {
        name: share
        for name, now in after.items()
        if name in before and (share := _shares(before[name], now)) is not None
    }
    whole = shares.pop("cpu", None)
    if whole is None:
        return None
    busy, iowait, steal = whole
    return CpuUse(busy, iowait, steal, max((s[0] for s in shares.values()), default=busy), len(shares) or 1)


def _ticks(root: Path) -> dict[str, tuple[int, ...]]:
    """By name (``cpu`` is the whole): user, nice, system, idle, iowait, irq, softirq, steal."""
    found = {}
    for line in (text_of(root / "proc/stat") or "").splitlines():
        name, *words = line.split()
        if name.startswith("cpu") and len(words) >= 8 and all(word.isdigit() for word in words):
            found[name] = tuple(map(int, words[:8]))  # guest time, the next two, is within user and nice
    return found


def _shares(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[float, float, float] | None:
    # idle and iowait may step back a little (proc_stat(5))
    passed = [max(new - old, 0) for old, new in zip(before, after, strict=True)]
    whole = sum(passed)
    if not whole:
        return None
    idle, iowait, steal = passed[3], passed[4], passed[7]
    shares = (whole - idle - iowait, iowait, steal)
    busy, waiting, stolen = (round(100 * part / whole, 1) for part in shares)
    return busy, waiting, stolen


async def _cpu(ask: Ask) -> Measurement:
    seconds = seconds_of(ask.params, least=0.1)
    root = root_of(ask)
    use = await cpu_over(root, seconds)
    if use is None:
        raise NoData("probes_node.no_stat", path=root / "proc/stat")
    fields: dict[str, Scalar] = {
        "busy": use.busy,
        "iowait": use.iowait,
        "steal": use.steal,
        "busiest_core": use.busiest,
        "cores": use.cores,
        "seconds": seconds,
    }
    remarks: list[Remark] = []
    loads = (text_of(root / "proc/loadavg", 128) or "").split()
    if loads:
        fields["load_per_core"] = round(float(loads[0]) / use.cores, 2)
    if use.busiest >= 95 and use.busy < 60:
        remarks.append(("probes_node.one_core", {"core": use.busiest, "mean": use.busy}))
    if use.steal >= 5:
        remarks.append(("probes_node.steal", {"steal": use.steal}))
    if quota := _quota(root):
        remarks.append(("probes_node.cpu_quota", {"cores": quota}))
    seen = Exchange(f"read {root / 'proc/stat'} twice, {seconds:g} s apart", redact(use.said()))
    return Measurement(fields, "/proc/stat", (seen,), tuple(remarks))


def _quota(root: Path) -> str:
    """The cores that our own cgroup may use; empty without a quota."""
    words = (text_of(root / "sys/fs/cgroup/cpu.max", 64) or "").split()
    if len(words) == 2 and all(word.isdigit() for word in words):
        return f"{int(words[0]) / int(words[1]):g}"
    return ""


def _cpu_steps(ask: Ask) -> tuple[str, ...]:
    root, seconds = root_of(ask), seconds_of(ask.params, least=0.1)
    return (
        f"read {root / 'proc/stat'} twice, {seconds:g} s apart",
        f"read {root / 'proc/loadavg'}",
        f"read {root / 'sys/fs/cgroup/cpu.max'}",
    )


# --- node.memory and node.swap --------------------------------------------------------------------------


def _meminfo(root: Path) -> dict[str, int]:
    """Bytes (and counts, for huge pages) by name."""
    found = {}
    for line in (text_of(root / "proc/meminfo", 65536) or "").splitlines():
        name, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdigit():
            found[name] = int(words[0]) * (1024 if words[1:] == ["kB"] else 1)
    if "MemTotal" not in found:
        raise NoData("probes_node.no_stat", path=root / "proc/meminfo")
    return found


async def _memory(ask: Ask) -> Measurement:
    root = root_of(ask)
    info = _meminfo(root)
    fields: dict[str, Scalar] = {"total": info["MemTotal"]}
    remarks: list[Remark] = []
    if "MemAvailable" in info and info["MemTotal"]:
        available = info["MemAvailable"]
        fields |= {"available": available, "available_share": round(100 * available / info["MemTotal"], 1)}
        fields["used_share"] = round(100 - 100 * available / info["MemTotal"], 1)
    if "HugePages_Total" in info:
        fields["huge_pages"] = info["HugePages_Total"]
    for line in (text_of(root / "proc/pressure/memory", 512) or "").splitlines():
        kind, _, rest = line.partition(" avg10=")
        if kind in ("some", "full") and rest:
            fields[f"pressure_{kind}"] = float(rest.split()[0])
    limit = number_of(root / "sys/fs/cgroup/memory.max") or number_of(
        root / "sys/fs/cgroup/memory/memory.limit_in_bytes"
    )
    if limit and limit < min(_NO_LIMIT, info["MemTotal"]):
        remarks.append(("probes_node.memory_limit", {"limit": f"{limit / 2**30:.1f} GiB"}))
    said = "\n".join(
        f"{name}: {info[name] // 1024} kB" for name in ("MemTotal", "MemAvailable") if name in info
    )
    seen = Exchange(f"read {root / 'proc/meminfo'}", redact(said))
    return Measurement(fields, "/proc/meminfo", (seen,), tuple(remarks))


def _memory_steps(ask: Ask) -> tuple[str, ...]:
    root = root_of(ask)
    cgroup = root / "sys/fs/cgroup"
    paths = ("proc/meminfo", "proc/pressure/memory")
    limits = (cgroup / "memory.max", cgroup / "memory/memory.limit_in_bytes")
    return tuple(f"read {path}" for path in (*(root / one for one in paths), *limits))


async def _swap(ask: Ask) -> Measurement:
    root = root_of(ask)
    info = _meminfo(root)
    if "SwapTotal" not in info:
        raise NoData("probes_node.no_stat", path=root / "proc/meminfo")
    total, used = info["SwapTotal"], info["SwapTotal"] - info.get("SwapFree", 0)
    fields: dict[str, Scalar] = {"enabled": total > 0, "total": total, "used": used}
    if total:
        fields["used_share"] = round(100 * used / total, 1)
    swappiness = number_of(root / "proc/sys/vm/swappiness")
    if swappiness is not None:
        fields["swappiness"] = swappiness
    areas = text_of(root / "proc/swaps", 8192)
    seen = [
        Exchange(f"read {root / 'proc/meminfo'}", f"SwapTotal {total // 1024} kB, used {used // 1024} kB")
    ]
    if areas:
        seen.append(Exchange(f"read {root / 'proc/swaps'}", redact(areas)))
    return Measurement(fields, "/proc/meminfo", tuple(seen))


def _swap_steps(ask: Ask) -> tuple[str, ...]:
    paths = ("proc/meminfo", "proc/sys/vm/swappiness", "proc/swaps")
    return tuple(f"read {root_of(ask) / path}" for path in paths)


PROBES = (
    Probe(
        "node.cpu",
        _cpu,
        _cpu_steps,
        fields={
            "busy": "%", "iowait": "%", "steal": "%", "busiest_core": "%", "cores": "count",
            "load_per_core": "x", "seconds": "s",
        },
        params={"seconds": 10, "window": "", "root": "/"},
        limit=40.0,
        limit_for=limit_of,
    ),
    Probe(
        "node.memory",
        _memory,
        _memory_steps,
        fields={
            "total": "B", "available": "B", "available_share": "%", "used_share": "%",
            "huge_pages": "count", "pressure_some": "%", "pressure_full": "%",
        },
        params={"root": "/"},
    ),
    Probe(
        "node.swap",
        _swap,
        _swap_steps,
        fields={
            "enabled": "", "total": "B", "used": "B", "used_share": "%", "swappiness": "",
        },
        params={"root": "/"},
    ),
)  # fmt: skip

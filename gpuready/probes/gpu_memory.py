"""GPU memory: how full, who holds it, whether it grows, and whether the weights stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from gpuready.checklist.model import Scalar
from gpuready.live.facts import Gpu
from gpuready.probes.gpu_devices import in_container
from gpuready.probes.gpu_nvml import SOURCE, Reading, gib, nvml, nvml_step
from gpuready.probes.node_files import number, root_of
from gpuready.probes.node_window import limit_of, seconds_of
from gpuready.probes.probe import Ask, Exchange, Measurement, Probe, Remark

_MIB = 2**20
_TREND = 45.0  # seconds: over less than this, load that rises looks like a leak
_GROWTH = 64 * _MIB


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds one GPU's memory: by PID, and what nobody holds; None where NVML does not say."""

    index: int
    used: int | None
    by_pid: Mapping[int, int | None]
    unheld: int | None
    allowed: int  # what may be unheld: contexts of the driver, rounding

    @property
    def accounted(self) -> bool | None:
        return None if self.unheld is None else abs(self.unheld) <= self.allowed


def holding(gpu: Gpu) -> Holding:
    """Set what processes hold against what is used.  NVML lists a process that computes and draws twice,
    with the same memory; one with several MIG instances once for each."""
    by_pid: dict[int, int | None] = {}
    for kind in ("C", "G"):
        of_kind: dict[int, int | None] = {}
        for process in gpu.processes or ():
            if process.kind == kind:
                of_kind[process.pid] = _plus(of_kind.get(process.pid, 0), process.memory)
        for pid, size in of_kind.items():
            before = by_pid.get(pid)
            by_pid[pid] = size if before is None or (size is not None and size > before) else before
    sizes = [size for size in by_pid.values() if size is not None]
    known = gpu.memory_used is not None and gpu.processes is not None and len(sizes) == len(by_pid)
    unheld = (gpu.memory_used or 0) - sum(sizes) if known else None
    allowed = max(768 * _MIB, (gpu.memory_total or 0) // 100)
    if gpu.memory_reserved is None:
        allowed += 768 * _MIB  # an old driver counts what it reserves as used
    return Holding(gpu.index, gpu.memory_used, by_pid, unheld, allowed)


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


# --- gpu.memory -----------------------------------------------------------------------------------------


async def _memory(ask: Ask) -> Measurement:
    seconds = seconds_of(ask.params)
    reading = await nvml(ask, seconds)
    gpus = [gpu for gpu in reading.gpus if gpu.lost is None]
    holdings = [holding(gpu) for gpu in gpus]
    fields: dict[str, Scalar] = {"gpus": len(gpus), "samples": len(reading.samples)}
    remarks: list[Remark] = []
    if len(gpus) < len(reading.gpus):
        remarks.append(("probes_gpu.some_lost", {"count": len(reading.gpus) - len(gpus)}))
    shares = {gpu.index: share for gpu in gpus if (share := _share(reading.over(gpu.index))) is not None}
    if shares and len(shares) == len(gpus) == len(reading.gpus):
        fields |= {"used_share_min": min(shares.values()), "used_share_max": max(shares.values())}
    elif len(shares) < len(gpus):
        remarks.append(("probes_gpu.memory_unknown", {}))
    inside = in_container(root_of(ask))
    _account(holdings, gpus, inside, len(gpus) == len(reading.gpus), fields, remarks)
    if seconds >= _TREND:
        _trend(reading, gpus, fields, remarks)
    else:
        remarks.append(("probes_gpu.no_trend", {"seconds": f"{seconds:g}", "least": f"{_TREND:g}"}))
    return Measurement(fields, SOURCE, (_table(reading, holdings),), tuple(remarks))


def _share(samples: Iterable[Gpu]) -> float | None:
    shares = [
        100 * g.memory_used / g.memory_total for g in samples if g.memory_used is not None and g.memory_total
    ]
    return round(median(shares), 2) if shares else None


def _account(
    holdings: list[Holding],
    gpus: list[Gpu],
    inside: bool,
    whole: bool,
    fields: dict[str, Scalar],
    remarks: list[Remark],
) -> None:
    """Judge who holds the memory; `whole` is whether all GPUs answered, without which all is not well."""
    people = [process for gpu in gpus for process in gpu.processes or ()]
    fields["processes"] = len({process.pid for process in people})
    hidden = [h.index for h in holdings if h.accounted is None]
    unheld = [h for h in holdings if h.accounted is False]
    nameless = {process.pid for process in people if process.name is None}
    if hidden:
        remarks.append(("probes_gpu.processes_hidden", {"gpus": ", ".join(map(str, hidden))}))
    if inside and (unheld or nameless):
        # a container sees neither the host's processes nor their names, so nobody is to be accused
        remarks.append(("probes_gpu.holders_in_container", {}))
        return
    known = bool(holdings) and not hidden and whole
    if known:
        fields["unheld"] = max(abs(h.unheld or 0) for h in holdings)
    if unheld or known:
        fields["accounted"] = not unheld
    if nameless or unheld or known:
        fields["unknown_holders"] = len(nameless) + len(unheld)
    remarks += [("probes_gpu.unheld", {"index": one.index, "size": gib(one.unheld)}) for one in unheld]
    if nameless:
        remarks.append(("probes_gpu.nameless", {"pids": ", ".join(map(str, sorted(nameless)))}))


def _trend(reading: Reading, gpus: list[Gpu], fields: dict[str, Scalar], remarks: list[Remark]) -> None:
    growths = {gpu.index: growth_of([s.memory_used for s in reading.over(gpu.index)]) for gpu in gpus}
    known = {index: growth for index, growth in growths.items() if growth is not None}
    if not known or len(known) < len(reading.gpus):
        return
    total = {gpu.index: gpu.memory_total or 0 for gpu in gpus}
    growing = [i for i, (size, steady) in known.items() if steady and size > max(_GROWTH, total[i] // 1000)]
    fields |= {"growing": bool(growing), "growth_max": max(size for size, _ in known.values())}
    remarks += [("probes_gpu.growing", {"index": i, "size": gib(known[i][0])}) for i in growing]


def growth_of(used: list[int | None]) -> tuple[int, bool] | None:
    """By how many bytes memory grew, and whether it did so in each of five parts of the window; None for
    too few samples.  Load that comes and goes does not grow in every part."""
    sizes = [size for size in used if size is not None]
    if len(sizes) < 15 or len(sizes) < len(used):
        return None
    cuts = [len(sizes) * part // 5 for part in range(6)]
    parts = [median(sizes[start:end]) for start, end in pairwise(cuts)]
    steady = all(later > earlier for earlier, later in pairwise(parts))
    return int(parts[-1] - parts[0]), steady


def _table(reading: Reading, holdings: list[Holding]) -> Exchange:
    held = {one.index: one for one in holdings}
    rows = [
        (
            gpu.index,
            gib(gpu.memory_total),
            gib(gpu.memory_used),
            gib(gpu.memory_reserved),
            gib(held[gpu.index].unheld) if gpu.index in held else gpu.lost,
            ", ".join(f"{p.name or '?'} ({p.pid}) {gib(p.memory) or '?'}" for p in gpu.processes or ())
            or None,
        )
        for gpu in reading.gpus
    ]
    return reading.table(("GPU", "total", "used", "reserved", "unheld", "processes"), rows)


# --- gpu.weights ----------------------------------------------------------------------------------------


async def _weights(ask: Ask) -> Measurement:
    seconds = seconds_of(ask.params, least=2.0)
    least = number(ask, "least_mib", least=1, most=1e7) * _MIB
    reading = await nvml(ask, seconds)
    gpus = [gpu for gpu in reading.gpus if gpu.lost is None]
    inside = in_container(root_of(ask))
    fields: dict[str, Scalar] = {"seconds": seconds, "samples": len(reading.samples)}
    remarks: list[Remark] = []
    silent = len(gpus) < len(reading.gpus) or any(
        gpu.processes is None or any(process.memory is None for process in gpu.processes)
        for sample in reading.samples
        for gpu in sample.gpus
        if gpu.lost is None
    )
    tracks = _tracks(reading)
    held = {
        key: sizes
        for key, sizes in tracks.items()
        if max(size for size in sizes if size is not None) >= least
    }
    dropped = sorted({pid for (_, pid), sizes in held.items() if _drops(sizes)})
    fields |= {"holders": len({pid for _, pid in held}), "dropped": len(dropped)}
    if dropped:
        remarks.append(("probes_gpu.weights_dropped", {"pids": ", ".join(map(str, dropped))}))
    if held:
        fields["memory_min"] = min(size for sizes in held.values() for size in sizes if size is not None)
    if silent and not dropped:
        remarks.append(
            ("probes_gpu.processes_hidden", {"gpus": ", ".join(str(g.index) for g in reading.gpus)})
        )
    elif not held and inside:
        remarks.append(("probes_gpu.holders_in_container", {}))
    else:
        fields["resident"] = bool(held) and not dropped
        if not held:
            remarks.append(("probes_gpu.no_weights", {"least": f"{least / _MIB:g}"}))
    rows = [
        (index, pid, gib(min(s or 0 for s in sizes)), gib(max(s or 0 for s in sizes)))
        for (index, pid), sizes in sorted(tracks.items())
    ]
    table = reading.table(("GPU", "PID", "least", "most"), rows)
    return Measurement(fields, SOURCE, (table,), tuple(remarks))


def _tracks(reading: Reading) -> dict[tuple[int, int], list[int | None]]:
    """What each process held of each GPU, sample by sample; None where it was not there."""
    tracks: dict[tuple[int, int], list[int | None]] = {}
    for at, sample in enumerate(reading.samples):
        for gpu in sample.gpus:
            for pid, size in holding(gpu).by_pid.items():
                track = tracks.setdefault((gpu.index, pid), [None] * len(reading.samples))
                track[at] = size or 0
    return tracks


def _drops(sizes: list[int | None]) -> bool:
    """Whether what was held once was let go again: by more than a twentieth, or with its process."""
    high = 0
    for size in sizes:
        if (size or 0) < high * 0.95:
            return True
        high = max(high, size or 0)
    return False


def _memory_steps(ask: Ask) -> tuple[str, ...]:
    return (nvml_step(seconds_of(ask.params)),)


PROBES = (
    Probe(
        "gpu.memory",
        _memory,
        _memory_steps,
        fields={
            "gpus": "count", "samples": "count", "used_share_min": "%", "used_share_max": "%",
            "accounted": "", "unheld": "B", "processes": "count", "unknown_holders": "count",
            "growing": "", "growth_max": "B",
        },
        params={"seconds": 5, "window": "", "root": "/"},
        limit_for=limit_of,
    ),
    Probe(
        "gpu.weights",
        _weights,
        _memory_steps,
        fields={
            "resident": "", "holders": "count", "dropped": "count", "memory_min": "B", "seconds": "s",
            "samples": "count",
        },
        params={"seconds": 30, "window": "", "least_mib": 1024, "root": "/"},
        limit=60.0,
        limit_for=limit_of,
    ),
)  # fmt: skip

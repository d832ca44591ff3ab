"""What the GPUs do, beside what the host does for them meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from statistics import mean

from gpuready.checklist.model import Scalar
from gpuready.live.facts import Gpu
from gpuready.probes.gpu_nvml import SOURCE, Reading, nvml, nvml_step
from gpuready.probes.node_files import root_of
from gpuready.probes.node_load import CpuUse, cpu_over
from gpuready.probes.node_window import limit_of, seconds_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe
from gpuready.text.redact import redact

_BUSY = 60.0  # %: a GPU above it is fed
_IDLE = 5.0  # %: below it there is no work of which to say whether it is fed
_CPU, _IOWAIT, _PCIE = 85.0, 10.0, 70.0  # %: above one of these the host is the narrow place
# GB/s of one PCIe lane by generation, after encoding (PCIe base specifications 1 to 6)
_LANE = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}


async def _activity(ask: Ask) -> Measurement:
    seconds = seconds_of(ask.params, least=1.0)
    host = asyncio.ensure_future(cpu_over(root_of(ask), seconds))
    try:
        reading = await nvml(ask, seconds)
        cpu = await host
    finally:
        host.cancel()
    busy = {gpu.index: _mean(g.busy for g in reading.over(gpu.index)) for gpu in reading.gpus}
    known = {index: share for index, share in busy.items() if share is not None}
    if not known:
        raise NoData("probes_gpu.no_busy").showing(_table(reading, busy))
    fields: dict[str, Scalar] = {"seconds": seconds, "gpus": len(known)}
    fields |= {"busy": round(mean(known.values()), 1), "busy_min": min(known.values())}
    fields["busy_spread"] = round(max(known.values()) - min(known.values()), 1)
    fields |= cpu.fields() if cpu else {}
    pcie = [share for gpu in reading.gpus if (share := _pcie(reading.over(gpu.index))) is not None]
    if pcie:
        fields["pcie_rx_share"] = round(max(pcie), 1)
    remarks = _judge(fields, _working(reading, known), cpu, max(pcie, default=0.0))
    evidence = [_table(reading, busy)]
    if cpu:
        evidence.append(Exchange(f"read {root_of(ask) / 'proc/stat'} twice", redact(cpu.said())))
    return Measurement(fields, f"{SOURCE}, /proc/stat", tuple(evidence), tuple(remarks))


def _judge(
    fields: dict[str, Scalar], working: list[float], cpu: CpuUse | None, pcie: float
) -> list[tuple[str, Mapping[str, object]]]:
    """Say whether work waits for data, where there is work and the host is known."""
    if not working or mean(working) < _IDLE:
        return [("probes_gpu.idle", {})]
    share = mean(working)
    if share >= _BUSY:
        fields["data_bound"] = False
        return []
    if cpu is None:
        return [("probes_gpu.no_host", {})]
    narrow = [
        f"{name} {value:.0f} %"
        for name, value, limit in (
            ("CPU", cpu.busy, _CPU), ("iowait", cpu.iowait, _IOWAIT), ("PCIe Rx", pcie, _PCIE)
        )
        if value >= limit
    ]  # fmt: skip
    fields["data_bound"] = bool(narrow)
    if narrow:
        return [("probes_gpu.data_bound", {"busy": f"{share:.0f}", "narrow": ", ".join(narrow)})]
    return [("probes_gpu.not_fed", {"busy": f"{share:.0f}"})]


def _working(reading: Reading, busy: Mapping[int, float]) -> list[float]:
    """How busy those GPUs are that somebody uses."""
    return [
        busy[gpu.index]
        for gpu in reading.gpus
        if gpu.index in busy and (gpu.processes or busy[gpu.index] >= _IDLE)
    ]


def _pcie(samples: tuple[Gpu, ...]) -> float | None:
    """What came in over PCIe, in % of what the link of now can carry."""
    received = _mean(gpu.pcie_rx for gpu in samples)
    last = samples[-1] if samples else None
    if received is None or last is None or not last.pcie_width or last.pcie_gen not in _LANE:
        return None
    return 100 * received / (_LANE[last.pcie_gen] * 1e9 * last.pcie_width)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(mean(known), 1) if known else None


def _table(reading: Reading, busy: Mapping[int, float | None]) -> Exchange:
    rows = []
    for gpu in reading.gpus:
        samples = reading.over(gpu.index)
        received = _mean(g.pcie_rx for g in samples)
        rows.append(
            (
                gpu.index,
                busy.get(gpu.index),
                _mean(g.memory_busy for g in samples),
                None if received is None else f"{received / 1e6:.0f} MB/s",
                len(gpu.processes or ()),
            )
        )
    return reading.table(("GPU", "busy %", "memory busy %", "PCIe Rx", "processes"), rows)


def _activity_steps(ask: Ask) -> tuple[str, ...]:
    return nvml_step(seconds_of(ask.params, least=1.0)), f"read {root_of(ask) / 'proc/stat'} twice"


PROBES = (
    Probe(
        "gpu.activity",
        _activity,
        _activity_steps,
        fields={
            "data_bound": "", "gpus": "count", "busy": "%", "busy_min": "%", "busy_spread": "%",
            "cpu": "%", "cpu_busiest_core": "%", "iowait": "%", "steal": "%", "pcie_rx_share": "%",
            "seconds": "s",
        },
        params={"seconds": 10, "window": "", "root": "/"},
        limit=40.0,
        limit_for=limit_of,
    ),
)  # fmt: skip

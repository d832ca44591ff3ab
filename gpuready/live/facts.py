"""What a sample says.  None always means "not known or not supported", never zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

SourceName = Literal["gpu", "node"]


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """One process on a GPU, from NVML; `memory` in bytes, `kind` is C (compute) or G (graphics)."""

    pid: int
    name: str | None
    user: str | None
    memory: int | None
    kind: str


class Gpu(NamedTuple):
    """One GPU at one moment, from NVML.

    A named tuple where the others are dataclasses: with its forty fields it is made many times a second,
    and a frozen dataclass takes three times as long to make.

    Shares in %, memory in bytes, temperatures in degrees Celsius, power in W, clocks in MHz, PCIe
    throughput in bytes/s.  `reasons` is NVML's bit mask of clock-event reasons.  `lost` is NVML's own word
    when the device no longer answers (then the rest is None, but for uuid, name and bus id where they were
    known); `recovery` is NVML's recovery action, 0 none.
    """

    index: int  # type: ignore[assignment]  # nobody asks a GPU for tuple.index
    uuid: str | None = None
    name: str | None = None
    bus_id: str | None = None
    lost: str | None = None
    busy: int | None = None
    memory_busy: int | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    memory_reserved: int | None = None
    temperature: int | None = None
    temperature_slowdown: int | None = None
    memory_temperature: int | None = None
    fan: int | None = None
    power: float | None = None
    power_limit: float | None = None
    sm_clock: int | None = None
    sm_clock_max: int | None = None
    memory_clock: int | None = None
    memory_clock_max: int | None = None
    pstate: int | None = None
    reasons: int | None = None
    pcie_gen: int | None = None
    pcie_gen_max: int | None = None
    pcie_width: int | None = None
    pcie_width_max: int | None = None
    pcie_tx: int | None = None
    pcie_rx: int | None = None
    pcie_replays: int | None = None
    ecc_mode: bool | None = None
    ecc_corrected: int | None = None
    ecc_uncorrected: int | None = None
    remap_pending: bool | None = None
    remap_failed: bool | None = None
    nvlink_active: int | None = None
    nvlink_total: int | None = None
    mig: bool | None = None
    mig_pending: bool | None = None
    mig_instances: int | None = None
    persistence: bool | None = None
    compute_mode: int | None = None
    recovery: int | None = None
    processes: tuple[GpuProcess, ...] | None = None


@dataclass(frozen=True, slots=True)
class GpuSample:
    """All GPUs at one moment; `at` in Unix seconds.

    `trouble` is None, or why there are no GPUs: ``no_library``, ``no_driver``, ``version_mismatch``,
    ``no_permission``, ``no_gpu``, or ``nvml`` with NVML's own word in `detail`.
    """

    at: float
    gpus: tuple[Gpu, ...] = ()
    driver: str | None = None
    cuda: str | None = None
    nvml: str | None = None
    trouble: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """One mounted file system (`total`, `used` in bytes)."""

    mount: str
    kind: str
    total: int
    used: int


@dataclass(frozen=True, slots=True)
class Link:
    """One network interface: bytes/s since the sample before, negotiated speed in Mbit/s."""

    name: str
    up: bool
    speed: int | None
    received: float | None
    sent: float | None


@dataclass(frozen=True, slots=True)
class Pressure:
    """PSI of one resource: share of the last 10 s in which some (or all) tasks stalled, in %."""

    some: float | None
    full: float | None


@dataclass(frozen=True, slots=True)
class Process:
    """`cpu` in % of one core since the sample before; `memory` resident, in bytes."""

    pid: int
    name: str
    user: str | None
    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class NodeSample:
    """The machine at one moment; shares in %, sizes in bytes, rates in bytes/s, `at` in Unix seconds."""

    at: float
    hostname: str
    kernel: str | None = None
    uptime: float | None = None
    cores: tuple[float, ...] = ()
    cpu: float | None = None
    iowait: float | None = None
    cpu_model: str | None = None
    cores_physical: int | None = None
    load: tuple[float, float, float] | None = None
    memory_total: int | None = None
    memory_available: int | None = None
    swap_total: int | None = None
    swap_used: int | None = None
    disk_read: float | None = None
    disk_written: float | None = None
    disks: tuple[Disk, ...] = ()
    links: tuple[Link, ...] = ()
    pressure_cpu: Pressure | None = None
    pressure_memory: Pressure | None = None
    pressure_io: Pressure | None = None
    processes: tuple[Process, ...] = ()
    process_count: int | None = None


Sample = GpuSample | NodeSample

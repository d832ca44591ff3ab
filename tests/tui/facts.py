"""Samples as the panels get them, with fixed figures."""

from __future__ import annotations

from typing import Any

from gpuready.live.facts import (
    Disk,
    Gpu,
    GpuProcess,
    GpuSample,
    Link,
    NodeSample,
    Pressure,
    Process,
)

GIB = 1 << 30
AT = 1_790_000_000.0


def gpu(index: int = 0, **other: Any) -> Gpu:
    """An H100 at work; `other` fields replace its own."""
    facts: dict[str, Any] = {
        "uuid": f"GPU-{index:08d}",
        "name": "NVIDIA H100 80GB HBM3",
        "bus_id": f"00000000:{0x1B + 8 * index:02X}:00.0",
        "busy": 70 + index,
        "memory_busy": 40,
        "memory_used": 72 * GIB,
        "memory_total": 80 * GIB,
        "memory_reserved": GIB // 2,
        "temperature": 50 + index,
        "temperature_slowdown": 87,
        "memory_temperature": 60,
        "power": 500.0 + index,
        "power_limit": 700.0,
        "sm_clock": 1755,
        "sm_clock_max": 1980,
        "memory_clock": 2619,
        "memory_clock_max": 2619,
        "pstate": 0,
        "reasons": 0,
        "pcie_gen": 5,
        "pcie_gen_max": 5,
        "pcie_width": 16,
        "pcie_width_max": 16,
        "pcie_tx": 1_200_000_000,
        "pcie_rx": 34_000_000,
        "pcie_replays": 0,
        "ecc_mode": True,
        "ecc_corrected": 0,
        "ecc_uncorrected": 0,
        "remap_pending": False,
        "remap_failed": False,
        "nvlink_active": 18,
        "nvlink_total": 18,
        "mig": False,
        "mig_pending": False,
        "persistence": True,
        "compute_mode": 0,
        "recovery": 0,
        "processes": (GpuProcess(4242, "vllm", "ana", 70 * GIB, "C"),),
    }
    return Gpu(index, **facts | other)


def gpus(*changed: Gpu, count: int = 8, at: float = AT) -> GpuSample:
    """That many GPUs, the changed ones in their places."""
    by_index = {each.index: each for each in changed}
    return GpuSample(
        at,
        tuple(by_index.get(index) or gpu(index) for index in range(count)),
        driver="580.95.05",
        cuda="13.0",
        nvml="13.580.95.05",
    )


def node(**other: Any) -> NodeSample:
    """A node of eight threads at work; `other` fields replace its own."""
    facts: dict[str, Any] = {
        "hostname": "node7",
        "kernel": "6.8.0-48-generic",
        "uptime": 93_784.0,
        "cores": (5.0, 10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0),
        "cpu": 43.0,
        "iowait": 1.5,
        "cores_physical": 4,
        "load": (3.21, 2.5, 1.75),
        "memory_total": 64 * GIB,
        "memory_available": 48 * GIB,
        "swap_total": 8 * GIB,
        "swap_used": 0,
        "disk_read": 1_500_000.0,
        "disk_written": 34_000_000.0,
        "disks": (Disk("/", "ext4", 400 * GIB, 100 * GIB), Disk("/data", "xfs", 4000 * GIB, 3900 * GIB)),
        "links": (Link("eth0", True, 25_000, 1_000_000.0, 2_000_000.0), Link("ib0", False, None, None, None)),
        "pressure_cpu": Pressure(1.2, 0.0),
        "pressure_memory": Pressure(0.0, 0.0),
        "pressure_io": Pressure(12.5, 3.0),
        "processes": (
            Process(4242, "vllm", "ana", 180.5, 12 * GIB),
            Process(17, "prometheus", "nobody", 3.0, GIB // 2),
        ),
        "process_count": 312,
    }
    return NodeSample(AT, **facts | other)

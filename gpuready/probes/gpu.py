"""The probes of GPUs: all that NVML, the PCI bus and the kernel's log say, without changing anything."""

from __future__ import annotations

from gpuready.probes import (
    gpu_activity,
    gpu_devices,
    gpu_health,
    gpu_inventory,
    gpu_memory,
    gpu_modes,
    gpu_oom,
    gpu_topology,
    gpu_xid,
)
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    *gpu_inventory.PROBES,
    *gpu_devices.PROBES,
    *gpu_modes.PROBES,
    *gpu_memory.PROBES,
    *gpu_oom.PROBES,
    *gpu_activity.PROBES,
    *gpu_topology.PROBES,
    *gpu_health.PROBES,
    *gpu_xid.PROBES,
)

"""The probes of this node apart from its GPUs: settings, load, clock, links, disks, the kernel's log."""

from __future__ import annotations

from gpuready.probes import node_disks, node_kernel, node_links, node_load, node_settings, node_timesync
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    *node_settings.PROBES,
    *node_load.PROBES,
    *node_timesync.PROBES,
    *node_links.PROBES,
    *node_disks.PROBES,
    *node_kernel.PROBES,
)

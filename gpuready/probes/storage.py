"""Storage: the speed of data mounts, and whether what was restored is what was saved."""

from __future__ import annotations

from gpuready.probes.probe import Probe
from gpuready.probes.storage_backup import CHECKSUM
from gpuready.probes.storage_fio import FIO

PROBES: tuple[Probe, ...] = (FIO, CHECKSUM)

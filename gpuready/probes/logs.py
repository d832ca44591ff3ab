"""Logs: the store, their form, their bounds, and the way from one to the other."""

from __future__ import annotations

from gpuready.probes.logs_format import FORMAT
from gpuready.probes.logs_rotation import ROTATION
from gpuready.probes.logs_roundtrip import ROUNDTRIP
from gpuready.probes.logs_store import STORE
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (STORE, FORMAT, ROTATION, ROUNDTRIP)

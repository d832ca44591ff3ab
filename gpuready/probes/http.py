"""Web services: their health and the HTTP they speak."""

from __future__ import annotations

from gpuready.probes.http_health import HEALTH
from gpuready.probes.http_protocol import PROTOCOL
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (HEALTH, PROTOCOL)

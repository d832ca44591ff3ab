"""Transport encryption: what endpoints speak, prove, and for how long."""

from __future__ import annotations

from gpuready.probes.probe import Probe
from gpuready.probes.tls_endpoint import ENDPOINT
from gpuready.probes.tls_expiry import EXPIRY

PROBES: tuple[Probe, ...] = (ENDPOINT, EXPIRY)

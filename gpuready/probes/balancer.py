"""Load balancers: reachable, sticky, fair, limited, and what they say of their backends."""

from __future__ import annotations

from gpuready.probes.balancer_backends import BACKENDS
from gpuready.probes.balancer_distribution import DISTRIBUTION
from gpuready.probes.balancer_health import HEALTH
from gpuready.probes.balancer_limit import LIMIT
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (HEALTH, BACKENDS, DISTRIBUTION, LIMIT)

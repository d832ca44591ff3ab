"""The network between nodes, to regions and to services."""

from __future__ import annotations

from gpuready.probes.network_bandwidth import BANDWIDTH
from gpuready.probes.network_dns import DNS
from gpuready.probes.network_phases import PHASES
from gpuready.probes.network_route import ROUTE
from gpuready.probes.network_rtt import RTT
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (RTT, BANDWIDTH, ROUTE, DNS, PHASES)

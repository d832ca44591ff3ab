"""Checks that start something in a cluster, one module each: shown as YAML first, and removed afterwards."""

from __future__ import annotations

from gpuready.kube.jobs import network_pods
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (network_pods.PROBE,)

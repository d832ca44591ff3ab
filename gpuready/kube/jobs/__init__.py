"""Checks that start something in a cluster, one module each: shown as YAML first, and removed afterwards."""

from __future__ import annotations

from gpuready.kube.jobs import (
    gpu_cuda_nodes,
    network_isolation,
    network_pods,
    storage_class_speed,
    storage_shared,
)
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    network_pods.PROBE,
    network_isolation.PROBE,
    storage_shared.PROBE,
    storage_class_speed.PROBE,
    gpu_cuda_nodes.PROBE,
)

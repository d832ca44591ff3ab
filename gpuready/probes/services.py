"""Services around the engines: monitoring, dashboards, traces, logins, models, queues."""

from __future__ import annotations

from gpuready.probes.probe import Probe
from gpuready.probes.services_identity import OIDC
from gpuready.probes.services_kafka import BROKERS
from gpuready.probes.services_mlflow import MLFLOW
from gpuready.probes.services_monitoring import DASHBOARDS, GRAFANA, STACK
from gpuready.probes.services_prometheus import HEALTH, LATENCY, RETENTION
from gpuready.probes.services_tracing import TRACING

PROBES: tuple[Probe, ...] = (
    *(STACK, GRAFANA, DASHBOARDS),
    *(HEALTH, RETENTION, LATENCY),
    *(TRACING, OIDC, MLFLOW, BROKERS),
)

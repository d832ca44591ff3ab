"""Models: their files, their graphs, and the versions that engines serve."""

from __future__ import annotations

from gpuready.probes.model_artefacts import ARTEFACTS
from gpuready.probes.model_graph import GRAPH
from gpuready.probes.model_version import VERSION
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (ARTEFACTS, GRAPH, VERSION)

"""Probes for operators' own checklists: a command, a file, a log, and the usual services."""

from __future__ import annotations

from gpuready.probes.generic_command import COMMAND
from gpuready.probes.generic_dns import DNS
from gpuready.probes.generic_file import FILE
from gpuready.probes.generic_http import HTTP
from gpuready.probes.generic_log import LOG
from gpuready.probes.generic_tcp import TCP
from gpuready.probes.generic_tls import TLS
from gpuready.probes.probe import Probe

PROBES: tuple[Probe, ...] = (COMMAND, FILE, LOG, HTTP, TCP, TLS, DNS)

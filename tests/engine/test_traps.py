"""Traps that other tools fell into, where they concern the engine."""

from __future__ import annotations

from gpuready.checklist.load import load_all
from gpuready.checklist.model import Kind
from gpuready.engine.plan import needs_consent
from gpuready.engine.registry import installed
from gpuready.probes.probe import Safety


def test_trap_a_workload_never_runs_by_itself() -> None:
    """A validator that needs a free GPU must be asked for: on a full node it would fail for ever."""
    registry = installed()
    methods = [m for each in load_all() for check in each.checks() for m in check.methods]
    active = [m for m in methods if m.kind is Kind.ACTIVE and registry.get(m)]
    assert {m.name for m in active} >= {
        "container.smoke",
        "container.gpus",
        "storage.fio",
        "network.bandwidth",
    }
    for method in active:
        probe = registry.get(method)
        assert probe is not None and needs_consent(method, probe)


def test_what_only_reads_needs_no_consent() -> None:
    registry = installed()
    methods = [m for each in load_all() for check in each.checks() for m in check.methods]
    for method in methods:
        probe = registry.get(method)
        if method.kind is Kind.PROBE and probe is not None:
            assert probe.safety is Safety.READ, probe.name

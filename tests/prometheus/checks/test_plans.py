"""What the plan of each check shows is PromQL that Prometheus reads, with and without a selector."""

from __future__ import annotations

import pytest

from gpuready.probes.probe import Ask, Target
from gpuready.prometheus.checks import (
    cache,
    gpu,
    gpu_series,
    inference,
    latency,
    latency_jitter,
    mesh,
    node,
    oom,
    pipeline,
    region,
    service,
)
from tests.prometheus.rules import refused

MODULES = (
    cache, gpu, gpu_series, inference, latency, latency_jitter, mesh, node, oom, pipeline, region, service,
)  # fmt: skip
TARGET = Target("prometheus", "here", "http://127.0.0.1:1")


@pytest.mark.parametrize("selector", ["", 'namespace="chat",pod=~"a.*"'])
def test_every_query_is_read_by_prometheus(selector: str) -> None:
    queries = {}
    for module in MODULES:
        for probe in module.CHECKS:
            params = {**probe.params, "selector": selector}
            if "metric" in params:
                params["metric"] = "own_seconds"
            for number, line in enumerate(probe.steps(Ask(TARGET, params))):
                if line.startswith("  ") and not line.startswith("  ["):  # that is whose they are
                    queries[f"{probe.name} {number}"] = line.strip()
    assert len(queries) > 150
    assert not any("$" in query for query in queries.values())
    assert refused(queries.values()) == {}


def test_a_selector_that_is_none_is_told_and_gets_into_no_query() -> None:
    for module in MODULES:
        for probe in module.CHECKS:
            steps = probe.steps(Ask(TARGET, {**probe.params, "selector": '"} or vector(0) #'}))
            assert not any("vector(0)" in step and "query" in step for step in steps if step.startswith("  "))
            assert any("is no selector" in step for step in steps), probe.name

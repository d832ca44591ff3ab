"""A Prometheus that only the service proxy of a cluster reaches."""

from __future__ import annotations

import pytest

from gpuready.probes.probe import NoData, Outcome, Target
from gpuready.prometheus.address import proxy_path
from gpuready.prometheus.source import Source
from tests.kube.apiserver import Api
from tests.kube.conftest import cluster as cluster
from tests.prometheus.history import prom

ADDRESS = "http://prometheus.monitoring.svc:9090"


def _source(cluster: Api, address: str = ADDRESS) -> Source:
    return Source(Target("prometheus", "inside", address, {"via": str(cluster.kubeconfig)}))


async def test_it_is_asked_through_the_cluster_with_the_kubeconfigs_rights(cluster: Api) -> None:
    with prom({'x{case="a"}': 1.0, 'x{case="b"}': 2.0}, days=0.05) as server:
        cluster.service("monitoring", "prometheus", 9090, server.url)
        source = _source(cluster)
        answer = await source.instant("sum(x)", limit=10)
        assert answer.value == 3
        assert "/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query" in answer.exchange.asked
        assert "x" in await source.names(limit=10)
        with pytest.raises(NoData, match="parse error"):
            await source.instant("sum(", limit=10)
        cluster.allow([])
        with pytest.raises(Outcome) as caught:
            await source.instant("sum(x)", limit=10)
        assert caught.value.key == "probes_http.no_rights"


async def test_a_service_without_endpoints_and_a_cluster_that_is_gone(cluster: Api) -> None:
    with pytest.raises(Outcome, match=r"503|no endpoints"):
        await _source(cluster).instant("up", limit=10)
    nowhere = Target("prometheus", "inside", ADDRESS, {"via": "/nonexistent/kubeconfig"})
    with pytest.raises(NoData):
        await Source(nowhere).instant("up", limit=10)


def test_the_path_of_a_service() -> None:
    assert proxy_path(ADDRESS) == "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy"
    assert proxy_path("https://prom.mon/deep/") == "/api/v1/namespaces/mon/services/https:prom/proxy/deep"
    with pytest.raises(NoData, match="names no service"):
        proxy_path("http://prometheus:9090")

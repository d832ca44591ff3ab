"""prometheus.* and monitoring.stack against a real Prometheus 2.42, and against what only looks like one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Target
from gpuready.probes.services import PROBES
from gpuready.probes.services_monitoring import STACK, short
from gpuready.probes.services_prometheus import HEALTH, LATENCY, RETENTION, retention_of
from tests.probes.run_probe import run_probe
from tests.probes.services.conftest import DAYS, Prometheus, prometheus
from tests.probes.stage import HTML, Route, mute, play, tcp

READY = (Criterion("ready", "==", True),)
YEAR = (Criterion("retention", ">=", 365, "d"), Criterion("oldest_sample", ">=", 365, "d"))
FAST = (Criterion("p95", "<", 3, "s"),)
UP = (
    Criterion("prometheus_ready", "==", True),
    Criterion("grafana_ok", "==", True),
    Criterion("nodes_without_exporter", "==", 0, "count"),
)
GRAFANA = {"/api/health": {"commit": "x", "database": "ok", "version": "12.2.1"}}
HOST = socket.gethostname()


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


def success(result: object) -> dict[str, object]:
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def test_names_are_those_of_the_checklists() -> None:
    wanted = {"monitoring.stack", "grafana.health", "grafana.dashboards", "tracing.health", "identity.oidc"}
    wanted |= {"prometheus.health", "prometheus.retention", "prometheus.latency", "mlflow.registry"}
    assert {probe.name for probe in PROBES} == wanted | {"kafka.brokers"}


async def test_ready(monitored: Prometheus) -> None:
    measured = await run_probe(HEALTH, monitored.url)
    assert judge(READY, measured.fields, HEALTH.fields) is Verdict.PASS
    assert str(measured.fields["version"]).startswith("2.42")
    assert measured.fields["targets"] == 2
    assert measured.fields["targets_down"] == 1


async def test_not_ready_is_its_own_word() -> None:
    async with play({"/-/ready": (503, "Service Unavailable")}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert judge(READY, measured.fields, HEALTH.fields) is Verdict.FAIL


async def test_a_gateway_without_ready_is_asked_a_query() -> None:
    one = success([{"metric": {}, "value": [1, "1"]}])
    async with play({"/prometheus/api/v1/query": one}) as stage:
        measured = await run_probe(HEALTH, f"{stage.url}/prometheus/")
    assert measured.fields["ready"] is True
    assert keys(measured) == ["probes_services.by_query"]
    async with play({"/api/v1/query": success([])}) as stage:
        assert (await run_probe(HEALTH, stage.url)).fields["ready"] is False


@pytest.mark.parametrize("probe", [HEALTH, RETENTION, LATENCY, STACK], ids=lambda probe: probe.name)
async def test_silent_lying_and_closed(probe: object) -> None:
    for liar in (HTML, "OK", '{"status": "success"}', '{"status": "succ', {"status": "error"}):
        async with play({}, other=liar) as stage:
            with pytest.raises(Broken):
                await run_probe(probe, stage.url)  # type: ignore[arg-type]
    with pytest.raises(NoData):
        await run_probe(probe, "http://127.0.0.1:1")  # type: ignore[arg-type]
    async with play({}, other=403) as stage:
        with pytest.raises(NoData):
            await run_probe(probe, stage.url)  # type: ignore[arg-type]
    async with tcp(mute) as port:
        with pytest.raises(NoData):
            await run_probe(probe, f"http://127.0.0.1:{port}", limit=0.3)  # type: ignore[arg-type]


# --- retention ----------------------------------------------------------------------------------------


async def test_old_samples_are_really_asked_for(monitored: Prometheus) -> None:
    """Set to two years, but with forty days of samples: the setting alone is no proof."""
    measured = await run_probe(RETENTION, monitored.url)
    assert measured.fields["retention"] == 730
    assert DAYS - 2 <= float(measured.fields["oldest_sample"]) <= DAYS
    assert judge(YEAR, measured.fields, RETENTION.fields) is Verdict.FAIL
    month = (Criterion("oldest_sample", ">=", 30, "d"),)
    assert judge(month, measured.fields, RETENTION.fields) is Verdict.PASS


async def test_a_young_one_with_a_size_limit(tmp_path: Path) -> None:
    config = "global: {scrape_interval: 1s}\nscrape_configs: []\n"
    with prometheus(tmp_path, config, "--storage.tsdb.retention.size=1GB") as url:
        measured = await run_probe(RETENTION, url)
        assert "oldest_sample" not in measured.fields, "without a sample there is no age"
        assert judge(YEAR, measured.fields, RETENTION.fields) is Verdict.UNKNOWN
        assert "probes_services.size_limit" in keys(measured)
        assert measured.fields["size_limit"] == "1GiB"
        with pytest.raises(NoData) as caught:
            await run_probe(LATENCY, url)
        assert caught.value.key == "probes_services.all_empty"


async def test_a_store_without_runtimeinfo_is_judged_by_samples_alone() -> None:
    async with play({"/api/v1/query": success([{"metric": {}, "value": [1, "1"]}])}) as stage:
        measured = await run_probe(RETENTION, stage.url)
    assert measured.fields == {"oldest_sample": 3650.0}
    assert judge(YEAR, measured.fields, RETENTION.fields) is Verdict.UNKNOWN
    assert len(stage.asked) <= 15


@pytest.mark.parametrize(
    ("told", "time", "size"),
    [
        ("15d", 15 * 86400, ""),
        ("1y or 50GiB", 365 * 86400, "50GiB"),
        ("1y6w", 365 * 86400 + 6 * 604800, ""),
        ("10GiB", None, "10GiB"),
        ("", None, ""),
    ],
)
def test_retention_as_it_is_told(told: str, time: float | None, size: str) -> None:
    assert retention_of(told) == (time, size)


# --- latency ------------------------------------------------------------------------------------------


async def test_range_queries_are_timed(monitored: Prometheus) -> None:
    measured = await run_probe(LATENCY, monitored.url)
    assert judge(FAST, measured.fields, LATENCY.fields) is Verdict.PASS
    assert int(measured.fields["queries"]) + int(measured.fields["empty"]) == 10
    own = {"queries": "sum(up); nothing_of_that_name"}
    half = await run_probe(LATENCY, monitored.url, options=own)
    assert (half.fields["queries"], half.fields["empty"]) == (5, 5)
    with pytest.raises(NoData) as caught:
        await run_probe(LATENCY, monitored.url, options={"queries": "sum(("})
    assert caught.value.key == "probes_services.query_refused"


async def test_trap_each_query_ends_at_another_minute() -> None:
    """Asked for the same range again, a query front end would answer from its cache."""
    answer = success([{"metric": {}, "values": [[1, "1"]]}])
    async with play({"/api/v1/query_range": answer}) as stage:
        await run_probe(LATENCY, stage.url, options={"queries": "up"})
    assert len(set(stage.asked)) == 10


# --- the whole ----------------------------------------------------------------------------------------


async def test_the_stack(monitored: Prometheus) -> None:
    async with play(GRAFANA) as stage:
        site = (Target("grafana", "g", stage.url), Target("node", f"{HOST}.example.org", ""))
        measured = await run_probe(STACK, monitored.url, site=site)
        assert judge(UP, measured.fields, STACK.fields) is Verdict.PASS
        assert (measured.fields["nodes"], measured.fields["exporters"]) == (1, 1)
        more = (*site, Target("peer", "node17", "10.0.0.17"))
        measured = await run_probe(STACK, monitored.url, site=more)
        assert judge(UP, measured.fields, STACK.fields) is Verdict.FAIL
        assert keys(measured) == ["probes_services.nodes_missing"]
        by_option = await run_probe(STACK, monitored.url, site=site, options={"nodes": monitored.exporter})
        assert by_option.fields["nodes_without_exporter"] == 0


async def test_trap_a_site_that_names_no_machine_and_no_grafana_is_unknown(monitored: Prometheus) -> None:
    """Nothing to compare with must not read as nothing missing."""
    measured = await run_probe(STACK, monitored.url)
    assert judge(UP, measured.fields, STACK.fields) is Verdict.UNKNOWN
    assert "nodes_without_exporter" not in measured.fields
    assert "grafana_ok" not in measured.fields


@pytest.mark.parametrize(
    ("health", "verdict"),
    [
        ({"/api/health": (503, {"database": "failing", "version": "12"})}, Verdict.FAIL),
        ({"/api/health": HTML}, Verdict.UNKNOWN),
        ({}, Verdict.UNKNOWN),
    ],
)
async def test_the_stack_with_a_bad_grafana(
    monitored: Prometheus, health: dict[str, Route], verdict: Verdict
) -> None:
    async with play(health) as stage:
        site = (Target("grafana", "g", stage.url), Target("node", HOST, ""))
        measured = await run_probe(STACK, monitored.url, site=site)
    assert judge(UP, measured.fields, STACK.fields) is verdict


async def test_trap_other_names_are_not_missing_machines(monitored: Prometheus) -> None:
    """The session knows its machines by other names than Prometheus: nothing can be said then."""
    async with play(GRAFANA) as stage:
        site = (Target("grafana", "g", stage.url), Target("peer", "gpu-a", "10.0.0.1"))
        measured = await run_probe(STACK, monitored.url, site=site)
        assert judge(UP, measured.fields, STACK.fields) is Verdict.UNKNOWN
        assert keys(measured) == ["probes_services.names_differ"]
        addressed = (site[0], Target("peer", "gpu-a", monitored.exporter))
        measured = await run_probe(STACK, monitored.url, site=addressed)
        assert judge(UP, measured.fields, STACK.fields) is Verdict.PASS


def test_names_of_machines() -> None:
    assert short("Node1.example.org:9100") == "node1"
    assert short("10.0.0.1:9100") == "10.0.0.1"
    assert short("node1") == "node1"


def test_steps_are_the_requests() -> None:
    target = Target("prometheus", "p", "http://p:9090")
    assert HEALTH.steps(Ask(target))[0] == "GET http://p:9090/-/ready"
    assert len(LATENCY.steps(Ask(target, {"count": 10}))) == 10
    bad = Target("prometheus", "p", "ftp://p")
    for probe in (HEALTH, RETENTION, LATENCY, STACK):
        assert "ftp" in probe.steps(Ask(bad, dict(probe.params)))[0]

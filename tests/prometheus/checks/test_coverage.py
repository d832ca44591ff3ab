"""What is watched of all that there is, by the names of what is missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.probes.probe import Target
from tests.prometheus.checks.judged import judged
from tests.prometheus.exporter import Exporter
from tests.prometheus.history import Cases, Series, Value, cases, until
from tests.prometheus.real import prometheus

SMALL, MEDIUM = "13.1.3.3.a2 scrape_coverage", "13.2.3.2.a1 scrape_coverage"
SITE = (
    Target("peer", "n2", "n2.example:22"),
    Target("service", "chat", "https://chat.example:8443/v1"),
    Target("engine", "vllm", "http://10.0.0.5:8000"),
    Target("engine", "docker", "unix:///run/docker.sock"),
)
OPTIONS = {"nodes": "n1", "gpus": "4"}


def up(*instances: str, value: Value = 1) -> Series:
    return {f'up{{job="j",instance="{each}"}}': value for each in instances}


def node(name: str, value: Value = 1e11) -> Series:
    return {
        f'node_memory_MemTotal_bytes{{instance="{name}:9100"}}': value,
        f'node_uname_info{{instance="{name}:9100",nodename="{name}"}}': 1,
    }


def gpus(name: str, count: int, value: Value = 50.0) -> Series:
    found: dict[str, Value] = {}
    for number in range(count):
        which = f'UUID="GPU-{name}-{number}",gpu="{number}",Hostname="{name}"'
        found |= {f"DCGM_FI_DEV_GPU_UTIL{{{which}}}": value, f"DCGM_FI_DEV_FB_USED{{{which}}}": value}
    return found


def kubernetes(**capacity: int) -> Series:
    found: dict[str, Value] = {}
    for name, count in capacity.items():
        found[f'kube_node_info{{node="{name}",internal_ip="10.0.0.9"}}'] = 1
        if count:
            found[f'kube_node_status_capacity{{node="{name}",resource="nvidia_com_gpu"}}'] = count
    for namespace in ("chat", "embed"):
        found[f'kube_pod_status_phase{{namespace="{namespace}",pod="p",phase="Running"}}'] = 1
    return found


def containers(*names: str) -> Series:
    return {
        f'container_memory_working_set_bytes{{namespace="{n}",pod="p",container="c"}}': 1e9 for n in names
    }


ENDPOINTS = up("chat.example:8443", "10.0.0.5:8000")
ALL = {**node("n1"), **node("n2"), **gpus("n1", 2), **gpus("n2", 2)}
CLUSTER = {**ALL, **ENDPOINTS, **kubernetes(n1=2, n2=2), **containers("chat", "embed")}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "all": {**ALL, **ENDPOINTS},
            "cluster": CLUSTER,
            "no-node": {**CLUSTER, **node("n2", until(-600, 1e11))},
            "no-gpu": {key: value for key, value in CLUSTER.items() if "GPU-n2-1" not in key},
            "down": {**CLUSTER, **up("10.0.0.5:8000", value=0)},
            "no-namespace": {
                **{name: value for name, value in CLUSTER.items() if "container" not in name},
                **containers("chat"),
            },
            "stale-gpu": {**CLUSTER, **gpus("n2", 2, until(-900, 50.0))},
            "blackbox": {
                **ALL,
                **up("10.0.0.5:8000"),
                'probe_success{instance="https://chat.example:8443/v1"}': 1,
            },
            "empty": up("prometheus:9090"),
            "nothing": {},
        },
        days=0.05,
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("line", "case", "verdict"),
    [
        (SMALL, "all", Verdict.PASS),
        (SMALL, "blackbox", Verdict.PASS),
        (SMALL, "cluster", Verdict.PASS),
        (SMALL, "down", Verdict.FAIL),
        (SMALL, "no-node", Verdict.FAIL),
        (SMALL, "no-gpu", Verdict.FAIL),
        (SMALL, "nothing", Verdict.UNKNOWN),
        (MEDIUM, "cluster", Verdict.PASS),
        (MEDIUM, "no-node", Verdict.FAIL),
        (MEDIUM, "no-gpu", Verdict.FAIL),
        (MEDIUM, "down", Verdict.FAIL),
        (MEDIUM, "no-namespace", Verdict.FAIL),
        (MEDIUM, "all", Verdict.UNKNOWN),
        (MEDIUM, "nothing", Verdict.UNKNOWN),
    ],
)
async def test_every_line_is_turned_by_data(site: Cases, line: str, case: str, verdict: Verdict) -> None:
    found = await judged(line, site.url, site.selector(case), site=SITE, options=OPTIONS)
    assert found.verdict is verdict, found


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("no-node", "nodes: n2"),
        ("no-gpu", "n2 (1 of 2)"),
        ("down", "engines: vllm"),
        ("no-namespace", "namespaces: embed"),
    ],
)
async def test_what_is_missing_is_named(site: Cases, case: str, named: str) -> None:
    found = await judged(MEDIUM, site.url, site.selector(case), site=SITE, options=OPTIONS)
    assert named in found.said, found.said


async def test_trap_series_that_stopped_are_not_fresh(site: Cases) -> None:
    found = await judged(MEDIUM, site.url, site.selector("stale-gpu"), site=SITE)
    assert found.verdict is Verdict.FAIL and found.fields["gpus"] == 50


async def test_trap_without_a_list_nothing_is_covered(site: Cases) -> None:
    found = await judged(SMALL, site.url, site.selector("empty"))
    assert found.verdict is Verdict.UNKNOWN and found.key == "prometheus_coverage.nothing_known"
    alone = await judged(SMALL, site.url, site.selector("all"), site=SITE)
    assert alone.verdict is Verdict.UNKNOWN and "set gpus=N" in alone.said, "GPUs that nobody knows of"


async def test_a_list_that_is_not_known_cannot_hide_what_is_missing(site: Cases) -> None:
    found = await judged(SMALL, site.url, site.selector("down"), site=SITE[1:3])
    assert found.verdict is Verdict.FAIL and "vllm" in found.said


async def test_more_gpus_than_are_watched(site: Cases) -> None:
    options = {"nodes": "n1;n2", "gpus": "8"}
    found = await judged(SMALL, site.url, site.selector("all"), site=SITE, options=options)
    assert found.verdict is Verdict.FAIL and found.fields["gpus"] == 50
    odd = await judged(SMALL, site.url, site.selector("all"), site=SITE, options={"gpus": "many"})
    assert odd.verdict is Verdict.UNKNOWN and "many" in odd.said


async def test_trap_a_sample_older_than_three_scrapes_is_not_fresh(exporter: Exporter) -> None:
    exporter.set("node_memory_MemTotal_bytes 1e11\n")
    with prometheus(targets={"node": [exporter.address]}) as server:
        site = (Target("peer", "n1", exporter.address),)
        server.wait("node_memory_MemTotal_bytes")
        fresh = await judged(MEDIUM, server.url, site=site)
        assert fresh.fields["nodes"] == 100
        exporter.answer(status=503)
        server.wait("up == 0")
        gone = await judged(MEDIUM, server.url, site=site)
        assert gone.fields["nodes"] == 0 and gone.verdict is Verdict.FAIL

"""Whether an exporter is scraped, and whether every GPU has fresh series: with real scrapes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.exporter import Exporter, exporter
from tests.prometheus.history import Value, prom, until, with_labels
from tests.prometheus.real import Prometheus, prometheus

SERIES, FRESH, NODES = (
    "13.1.1.4.s2 gpu_series",
    "13.1.1.4.a1 gpu_series_fresh",
    "13.2.3.2.s2 gpu_series_fresh",
)


def dcgm(gpus: int = 2, node: str = "n1", without: str = "") -> str:
    lines = []
    for gpu in range(gpus):
        labels = f'{{gpu="{gpu}",UUID="GPU-{node}-{gpu}",Hostname="{node}"}}'
        lines += [f"DCGM_FI_DEV_GPU_UTIL{labels} 90", f"DCGM_FI_DEV_FB_USED{labels} 70000"]
    return "\n".join(line for line in lines if not without or without not in line)


def capacity(*nodes: str) -> str:
    return "\n".join(
        f'kube_node_status_capacity{{node="{node}",resource="nvidia_com_gpu",unit="integer"}} 8'
        for node in nodes
    )


@pytest.fixture(scope="module")
def scraped() -> Iterator[tuple[Prometheus, Exporter, Exporter]]:
    with (
        exporter(dcgm()) as gpus,
        exporter("up_to_now 1") as cluster,
        prometheus(targets={"dcgm": [gpus.address], "kube": [cluster.address]}) as server,
    ):
        server.wait("DCGM_FI_DEV_FB_USED", lambda found: len(found) == 2)
        yield server, gpus, cluster


async def test_an_exporter_is_scraped(scraped: tuple[Prometheus, Exporter, Exporter]) -> None:
    server, _, _ = scraped
    found = await judged(SERIES, server.url)
    assert (found.verdict, found.value) == ("pass", 4)
    assert "DCGM exporter" in found.said


async def test_fresh_series_of_every_gpu(scraped: tuple[Prometheus, Exporter, Exporter]) -> None:
    server, gpus, cluster = scraped
    gpus.set(dcgm())
    cluster.set(capacity("n1"))
    server.wait("kube_node_status_capacity")
    found = await judged(FRESH, server.url)
    assert found.verdict == "pass", found
    assert found.fields["gpus"] == 2
    assert "1 nodes offer nvidia.com/gpu" in found.said


async def test_a_gpu_that_fell_off_the_bus_is_named(scraped: tuple[Prometheus, Exporter, Exporter]) -> None:
    server, gpus, _ = scraped
    gpus.set(dcgm(1))
    server.wait("count(DCGM_FI_DEV_FB_USED) == 1")
    found = await judged(FRESH, server.url)
    assert (found.verdict, found.value) == ("fail", 1)
    assert "GPU-n1-1" in found.said
    gpus.set(dcgm(without='FB_USED{gpu="1"'))  # of the second GPU utilisation alone
    server.wait("count(DCGM_FI_DEV_GPU_UTIL) == 2")
    assert (await judged(NODES, server.url)).value == 1
    gpus.set(dcgm())
    server.wait("count(DCGM_FI_DEV_FB_USED) == 2")


async def test_a_gpu_node_without_an_exporter_is_named(
    scraped: tuple[Prometheus, Exporter, Exporter],
) -> None:
    server, _, cluster = scraped
    cluster.set(capacity("n1", "n2"))
    server.wait("count(kube_node_status_capacity) == 2")
    found = await judged(NODES, server.url)
    assert (found.verdict, found.value) == ("fail", 1)
    assert "n2" in found.said
    cluster.set(capacity("n1"))
    server.wait("count(kube_node_status_capacity) == 1")


def series_of(text: str, more: str = 'job="dcgm",instance="n1:9400"') -> dict[str, float]:
    """An exposition as series that have been there all the time."""
    pairs = (line.rsplit(" ", 1) for line in text.splitlines())
    return {with_labels(name, more): float(value) for name, value in pairs}


async def test_an_exporter_that_is_down_is_named() -> None:
    up = {'up{job="dcgm",instance="n1:9400"}': 1.0, 'up{job="dcgm",instance="n2:9400"}': 0.0}
    with prom({**series_of(dcgm()), **up}) as server:
        found = await judged(NODES, server.url)
        assert (found.verdict, found.value) == ("fail", 1)
        assert "n2:9400" in found.said


async def test_no_gpu_exporter_among_the_targets_is_a_failure() -> None:
    with prom({'up{job="web"}': 1.0, "http_requests_total": 1.0}) as server:
        found = await judged(SERIES, server.url)
        assert (found.verdict, found.value) == ("fail", 0)
        assert "none of them a GPU exporter" in found.said
        assert (await judged(FRESH, server.url)).verdict == "unknown"


async def test_trap_a_prometheus_that_scrapes_nothing_says_nothing(empty: Prometheus) -> None:
    assert (await judged(SERIES, empty.url)).verdict == "unknown"
    assert (await judged(FRESH, empty.url)).verdict == "unknown"


async def test_trap_stale_series_are_no_fresh_ones() -> None:
    labels = '{gpu="0",UUID="GPU-a",Hostname="n1",job="dcgm"}'
    stopped = {
        f"{name}{labels}": until(-900, 50.0) for name in ("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED")
    }
    with prom({**stopped, 'up{job="dcgm",instance="n1:9400"}': 0.0}) as server:
        series = await judged(SERIES, server.url)
        assert (series.verdict, series.value) == ("fail", 0)
        assert "no sample in the last 5 minutes" in series.said
        fresh = await judged(FRESH, server.url)
        assert fresh.verdict == "fail"
        assert "GPU-a" in fresh.said


async def test_trap_the_age_in_scrapes_is_not_guessed() -> None:
    """An API without targets, such as a store of many Prometheus, does not tell the interval."""
    labels = '{gpu="0",UUID="GPU-a",Hostname="n1",job="dcgm"}'
    series = {f"{name}{labels}": 50.0 for name in ("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED")}
    with prom(series) as server:
        found = await judged(FRESH, server.url)
        assert found.verdict == "unknown"
        assert "age" not in found.fields
        assert "interval could not be read" in found.said
        assert (await judged(NODES, server.url)).verdict == "pass"


async def test_trap_an_old_name_whose_samples_are_still_kept_is_no_missing_gpu() -> None:
    labels = '{UUID="GPU-a",Hostname="n1"}'
    series: dict[str, Value] = {
        f"DCGM_FI_DEV_GPU_UTIL{labels}": until(-3600, 50.0),
        f"DCGM_FI_PROF_GR_ENGINE_ACTIVE{labels}": 0.5,
        f"DCGM_FI_DEV_FB_USED{labels}": 7.0,
    }
    with prom(series) as server:
        assert (await judged(NODES, server.url)).verdict == "pass"


async def test_trap_gpus_in_mig_mode_have_other_metrics() -> None:
    series = {
        'DCGM_FI_DEV_GPU_UTIL{UUID="GPU-a"}': 50.0,
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-b",GPU_I_ID="1"}': 0.5,
        'DCGM_FI_DEV_FB_USED{UUID="GPU-a"}': 7.0,
        'DCGM_FI_DEV_FB_USED{UUID="GPU-b",GPU_I_ID="1"}': 7.0,
    }
    with prom(series) as server:
        found = await judged(NODES, server.url)
        assert (found.verdict, found.fields["gpus"]) == ("pass", 2)


async def test_trap_a_gpu_that_went_with_its_node_is_not_missing() -> None:
    left = series_of(dcgm(node="n2"), 'job="dcgm",instance="n2:9400"')
    gone = {name: until(-3600, value) for name, value in left.items()}
    with prom({**series_of(dcgm()), **gone, **series_of(capacity("n1"), 'job="kube"')}) as server:
        found = await judged(NODES, server.url)
        assert (found.verdict, found.fields["gpus"]) == ("pass", 2), found


async def test_trap_one_gpu_told_of_by_two_exporters_is_one() -> None:
    uuid = "3f2a6b1c-0000-1111-2222-333344445555"
    text = "\n".join(
        (
            f'DCGM_FI_DEV_GPU_UTIL{{UUID="GPU-{uuid}"}} 1',
            f'DCGM_FI_DEV_FB_USED{{UUID="GPU-{uuid}"}} 1',
            f'nvidia_smi_utilization_gpu_ratio{{uuid="{uuid}"}} 1',
        )
    )
    with prom(series_of(text)) as server:
        found = await judged(NODES, server.url)
        assert (found.verdict, found.fields["gpus"]) == ("pass", 1)

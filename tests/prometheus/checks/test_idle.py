"""Idle GPUs, by owner and as a share of all hours, and what is asked for against what is used."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.prometheus.read.busy import owner_of, workload_of
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, counter, since, until

IDLE, WASTE = "13.2.4.3.s3 idle_gpus", "13.3.4.3.a2 idle_gpu_ratio"
ADVICE, RIGHT_SIZE = "13.2.4.1.s3 request_vs_use", "13.3.4.3.s2 request_vs_use"
ACTIVE, UTIL = "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_DEV_GPU_UTIL"
HOUR = 3600.0
POD = "chat-7d9f8bc5b4-x2x5z"


def gpu(number: int, value: Value, pod: str = POD, metric: str = ACTIVE, more: str = "") -> Series:
    held = f',exported_namespace="chat",exported_pod="{pod}",namespace="gpu-operator",pod="x"' if pod else ""
    return {f'{metric}{{UUID="GPU-{number}",Hostname="n1"{held}{more}}}': value}


def requests(gpus: int, cpu: float = 4.0, memory: float = 8e9, pod: str = POD) -> Series:
    which = f'namespace="chat",pod="{pod}"'
    container = f'{which},container="c",node="n1"'
    asked = {"nvidia_com_gpu": gpus, "cpu": cpu, "memory": memory}
    return {
        f'kube_pod_status_phase{{{which},phase="Running"}}': 1,
        **{
            f'kube_pod_container_resource_requests{{{container},resource="{name}"}}': value
            for name, value in asked.items()
        },
    }


def used(cpu: float, memory: float, pod: str = POD) -> Series:
    which = f'namespace="chat",pod="{pod}",container="c"'
    return {
        f"container_cpu_usage_seconds_total{{{which}}}": counter(cpu),
        f"container_memory_working_set_bytes{{{which}}}": memory,
    }


def nodes(gpus: int) -> Mapping[str, Value]:
    return {'kube_node_status_allocatable{node="n1",resource="nvidia_com_gpu"}': gpus}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "busy": {**gpu(0, 0.9), **gpu(1, 0.7), **requests(2), **used(3.0, 6e9)},
            "idle": {**gpu(0, 0.9), **gpu(1, 0.01, "notebook-0"), **requests(2)},
            "percent": {**gpu(0, 3.0, "notebook-0", UTIL)},
            "fresh": {**gpu(0, since(-HOUR / 3, 0.0), "new-0"), **gpu(1, 0.9)},
            "free": {**gpu(0, 0.9), **gpu(1, 0.0, "")},
            "unmapped": {**gpu(0, 0.9, ""), **gpu(1, 0.0, "")},
            "unmapped-busy": {**gpu(0, 0.9, ""), **gpu(1, 0.5, "")},
            "unmapped-full": {**gpu(0, 0.9, ""), **gpu(1, 0.0, ""), **requests(2)},
            "unmapped-unseen": {**gpu(0, 0.9, ""), **requests(2)},
            "unseen": {**gpu(0, 0.9), **requests(3)},
            "replicas": {
                **gpu(0, 0.02, "notebook-0", more=',instance="a"'),
                **gpu(0, 0.02, "notebook-0", more=',instance="b"'),
            },
            "ended": gpu(0, until(-HOUR / 2, 0.01), "notebook-0"),
            "nan": {**gpu(0, math.nan), **requests(1)},
            "short": gpu(0, since(-600, 0.9)),
            "waste": {**gpu(0, 0.9), **gpu(1, 0.0), **nodes(2)},
            "nights": {**gpu(0, lambda t: 0.9 if (t // HOUR) % 40 else 0.0), **nodes(1)},
            "unwatched": {**gpu(0, 0.9), **nodes(2)},
            "greedy": {**gpu(0, 0.9), **requests(1, cpu=32.0, memory=64e9), **used(3.0, 50e9)},
            "asleep": {**gpu(0, 0.001), **requests(1), **used(3.0, 6e9)},
            "blind": {**requests(1), "up": 1},
            "no-gpu-series": {**requests(0), **used(3.0, 6e9)},
            "nothing": {},
        },
        days=31,
        step=150,
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("line", "case", "verdict"),
    [
        (IDLE, "busy", Verdict.PASS),
        (IDLE, "idle", Verdict.FAIL),
        (IDLE, "percent", Verdict.FAIL),
        (IDLE, "free", Verdict.PASS),
        (IDLE, "nothing", Verdict.UNKNOWN),
        (IDLE, "ended", Verdict.UNKNOWN),
        (WASTE, "busy", Verdict.PASS),
        (WASTE, "waste", Verdict.FAIL),
        (WASTE, "nights", Verdict.PASS),
        (WASTE, "nothing", Verdict.UNKNOWN),
        (ADVICE, "busy", Verdict.PASS),
        (ADVICE, "blind", Verdict.FAIL),
        (ADVICE, "nothing", Verdict.UNKNOWN),
        (RIGHT_SIZE, "busy", Verdict.PASS),
        (RIGHT_SIZE, "asleep", Verdict.FAIL),
        (RIGHT_SIZE, "no-gpu-series", Verdict.UNKNOWN),
    ],
)
async def test_every_line_is_turned_by_data(site: Cases, line: str, case: str, verdict: Verdict) -> None:
    found = await judged(line, site.url, site.selector(case))
    assert found.verdict is verdict, found


async def test_the_owner_of_an_idle_gpu_is_named(site: Cases) -> None:
    found = await judged(IDLE, site.url, site.selector("idle"))
    assert found.value == 1 and "chat/notebook (1)" in found.said


@pytest.mark.parametrize("line", [IDLE, WASTE])
async def test_trap_empty_and_nan_are_unknown(site: Cases, line: str) -> None:
    assert (await judged(line, site.url, site.selector("nan"))).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("line", [IDLE, WASTE])
async def test_trap_ten_minutes_prove_nothing_of_the_window(site: Cases, line: str) -> None:
    assert (await judged(line, site.url, site.selector("short"))).verdict is Verdict.UNKNOWN


async def test_trap_two_replicas_of_an_exporter_are_one_gpu(site: Cases) -> None:
    assert (await judged(IDLE, site.url, site.selector("replicas"))).value == 1


async def test_trap_percent_and_share_are_told_apart(site: Cases) -> None:
    found = await judged(IDLE, site.url, site.selector("percent"), busy_below_percent=2)
    assert found.value == 0, "3 of 100 is above 2 %"


async def test_a_workload_that_just_started_is_not_idle_yet(site: Cases) -> None:
    found = await judged(IDLE, site.url, site.selector("fresh"))
    assert found.verdict is Verdict.PASS


async def test_without_the_pods_it_is_known_only_how_many_at_least(site: Cases) -> None:
    found = await judged(IDLE, site.url, site.selector("unmapped"))
    assert found.verdict is Verdict.UNKNOWN and "Kubernetes mapping" in found.said
    assert (await judged(IDLE, site.url, site.selector("unmapped-busy"))).verdict is Verdict.PASS
    assert (await judged(IDLE, site.url, site.selector("unmapped-full"))).verdict is Verdict.FAIL


async def test_gpus_that_nobody_watches_may_be_idle(site: Cases) -> None:
    found = await judged(IDLE, site.url, site.selector("unseen"))
    assert found.verdict is Verdict.UNKNOWN and "2 more GPUs" in found.said
    hours = await judged(WASTE, site.url, site.selector("unwatched"))
    assert hours.verdict is Verdict.UNKNOWN and "not watched" in hours.said


async def test_what_asks_for_too_much_is_named(site: Cases) -> None:
    found = await judged(ADVICE, site.url, site.selector("greedy"))
    assert "chat/chat (cpu 9 %)" in found.said and found.fields["over_asked"] == 1
    assert "memory" not in found.said.split("(cpu")[1].split(")")[0]


@pytest.mark.parametrize("bad", [0, 90, -1])
async def test_no_threshold_hides_idle_gpus(site: Cases, bad: int) -> None:
    found = await judged(IDLE, site.url, site.selector("idle"), busy_below_percent=bad)
    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("pod", "workload"),
    [
        ("chat-7d9f8bc5b4-x2x5z", "chat"),
        ("engine-large-0", "engine-large"),
        ("engine-large", "engine-large"),
        ("train-job-9v4bz", "train-job"),
        ("single", "single"),
    ],
)
def test_a_pod_is_known_by_what_made_it(pod: str, workload: str) -> None:
    assert workload_of(pod) == workload


def test_the_exporters_own_pod_holds_no_gpu() -> None:
    assert owner_of({"namespace": "gpu-operator", "pod": "nvidia-dcgm-exporter-x2x5z"}) == ""
    assert owner_of({"namespace": "chat", "pod": "chat-0"}) == "chat/chat"
    assert owner_of({"exported_namespace": "", "namespace": "m", "pod": "dcgm-exporter-x2x5z"}) == ""


async def test_without_the_pods_more_may_be_held_than_are_seen(site: Cases) -> None:
    found = await judged(IDLE, site.url, site.selector("unmapped-unseen"))
    assert found.verdict is Verdict.UNKNOWN and "1 more GPUs" in found.said

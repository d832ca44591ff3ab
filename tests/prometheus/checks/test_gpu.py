"""How much the GPUs do, how evenly, how full their memory is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, between, cases, since, until

BUSY, MEMORY = "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_DEV_FB"
LINES = ("13.2.2.1.a3 gpu_busy", "13.2.4.1.a1 gpu_busy", "13.3.2.1.a2 gpu_busy")
SPREAD, FULL = "13.2.4.2.a1 gpu_busy_spread", "13.1.2.3.a1 gpu_memory_used"


def dcgm(name: str, values: Mapping[tuple[str, str], Value], more: str = "") -> dict[str, Value]:
    """By node and GPU, as the DCGM exporter prints it."""
    return {
        f'{name}{{gpu="{gpu}",UUID="GPU-{node}-{gpu}",Hostname="{node}"{more}}}': value
        for (node, gpu), value in values.items()
    }


def memory(used: Value, free: float, more: str = "", gpu: str = "0") -> Series:
    at = {("n1", gpu): used}
    return {
        **dcgm(f"{MEMORY}_USED", at, more),
        **dcgm(f"{MEMORY}_FREE", {("n1", gpu): free}, more),
        **dcgm(f"{MEMORY}_RESERVED", {("n1", gpu): 1000.0}, more),
    }


def none(t: float) -> None:
    """No sample."""


def scraped(instance: str, up: Value = 1.0) -> Series:
    return {f'up{{job="dcgm",instance="{instance}"}}': up}


DEAD = {
    **dcgm(BUSY, {("n1", "0"): 0.95}, ',job="dcgm",instance="alive"'),
    **dcgm(BUSY, {("n2", "0"): until(-3000, 0.95)}, ',job="dcgm",instance="dead"'),
    **scraped("alive"),
    **scraped("dead", between(-3000, 1e9, 0.0, 1.0)),
}
"""Two busy nodes; the exporter of the second could not be scraped for fifty minutes."""


def pod(number: int, value: float) -> Value:
    """The pod that has the GPU in the number-th quarter of the last hour, counted back."""
    return lambda t: value if -900 * number - 900 < t <= -900 * number else None


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    even = {("n1", "0"): 0.91, ("n1", "1"): 0.89, ("n2", "0"): 0.9}
    with cases(
        {
            "pass": dcgm(BUSY, even),
            "fail": dcgm(BUSY, {("n1", "0"): 0.2, ("n1", "1"): 0.4}),
            "nan": dcgm(BUSY, {("n1", "0"): math.nan}),
            "short": dcgm(BUSY, {("n1", "0"): lambda t: 0.99 if t > -1000 else None}),
            "replicas": {
                **dcgm(BUSY, {("n1", "0"): 0.9, ("n1", "1"): 0.6}, ',instance="a"'),
                **dcgm(BUSY, {("n1", "0"): 0.9}, ',instance="b"'),
            },
            "uneven": dcgm(BUSY, {("n1", "0"): 0.9, ("n2", "0"): 0.5}),
            "one-node": dcgm(BUSY, {("n1", "0"): 0.9, ("n1", "1"): 0.5}),
            "idle": dcgm(BUSY, {("n1", "0"): 0.0, ("n2", "0"): 0.0}),
            "single": dcgm(BUSY, {("n1", "0"): 0.9}),
            "full": {**memory(70000.0, 9000.0), **memory(70000.0, 9000.0, gpu="1")},
            "empty": {
                **memory(70000.0, 9000.0),
                **memory(lambda t: 70000 if t > -900 else 10, 9000.0, gpu="1"),
            },
            "unread": memory(math.nan, 9000.0),
            # four pods in turn: the medians of their series are 1000 and 70000, that of the GPU is 70000
            "pods": {
                name.replace("}", f',pod="p{number}"}}'): value
                for number, used in enumerate((70000.0, 1000.0, 70000.0, 70000.0))
                for name, value in {
                    **dcgm(f"{MEMORY}_USED", {("n1", "0"): pod(number, used)}),
                    **dcgm(f"{MEMORY}_FREE", {("n1", "0"): pod(number, 80000.0 - used)}),
                    **dcgm(f"{MEMORY}_RESERVED", {("n1", "0"): pod(number, 0.0)}),
                }.items()
            },
            # two GPUs are there all the time, ten of another node came for six minutes of work
            "guests": {
                **dcgm(BUSY, {("n1", "0"): 0.3, ("n1", "1"): 0.3}),
                **dcgm(BUSY, {("n2", str(n)): between(-900, -540, 1.0, none) for n in range(10)}),
            },
            # the second GPU has no profiling metrics
            "half-profiled": {
                **dcgm(BUSY, {("n1", "0"): 0.95}),
                **dcgm("DCGM_FI_DEV_GPU_UTIL", {("n1", "0"): 95.0, ("n2", "0"): 2.0}),
            },
            "dead": {**DEAD, **{n.replace(BUSY, f"{MEMORY}_USED"): v for n, v in DEAD.items() if BUSY in n}}
            | {n.replace(BUSY, f"{MEMORY}_FREE"): 0.1 for n in DEAD if BUSY in n},
            "pairs": dcgm(BUSY, {("n1", "0"): 1.0, ("n1", "1"): 0.0, ("n2", "0"): 0.5, ("n2", "1"): 0.5}),
            # an older exporter that does not tell what is reserved
            "half-reserved": {
                **memory(70000.0, 9000.0),
                **dcgm(f"{MEMORY}_USED", {("n2", "0"): 5000.0}),
                **dcgm(f"{MEMORY}_FREE", {("n2", "0"): 70000.0}),
            },
            # the label of the node got another name ten minutes ago, and the memory was filled then
            "renamed": {
                f'{MEMORY}_{kind}{{UUID="a",{label}="n1"}}': end(-600, value)
                for label, end, values in (("Hostname", until, (5.0, 70.0)), ("hostname", since, (70.0, 5.0)))
                for kind, value in zip(("USED", "FREE"), values, strict=True)
            },
            "nothing": {},
        },
        days=7.5,
        step=240,
        recent=7200,
    ) as site:
        yield site


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("case", "verdict"),
    [("pass", "pass"), ("fail", "fail"), ("nothing", "unknown"), ("nan", "unknown"), ("short", "unknown")],
)
async def test_busy(site: Cases, line: str, case: str, verdict: str) -> None:
    found = await judged(line, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "fail":
        assert found.value == pytest.approx(30)
        assert "GPU-n1-0" in found.said  # the least busy one by name


async def test_trap_a_gpu_weighs_as_long_as_it_is_there(site: Cases) -> None:
    found = await judged(LINES[0], site.url, site.selector("guests"))
    assert found.verdict == "fail", (
        "the mean of the GPUs' means is 88 %, two thirds of the GPU hours are idle"
    )
    assert 55 < found.value < 70


async def test_trap_gpus_that_one_metric_does_not_tell_of_are_told_by_another(site: Cases) -> None:
    found = await judged(LINES[0], site.url, site.selector("half-profiled"))
    assert (found.verdict, found.fields["gpus"]) == ("fail", 2)
    assert found.value == pytest.approx(48.5)
    uneven = await judged(SPREAD, site.url, site.selector("half-profiled"))
    assert uneven.verdict == "fail"


@pytest.mark.parametrize("line", [LINES[0], FULL])
async def test_trap_what_an_exporter_that_was_down_did_not_tell_is_open(site: Cases, line: str) -> None:
    found = await judged(line, site.url, site.selector("dead"))
    assert found.verdict == "unknown"
    assert "GPU-n2-0 (" in found.said


async def test_trap_nodes_alike_are_no_gpus_alike(site: Cases) -> None:
    found = await judged(SPREAD, site.url, site.selector("pairs"))
    assert (found.verdict, round(found.value)) == ("fail", 100)
    assert "Between nodes: " in found.said


async def test_trap_replicas_of_one_exporter_count_once(site: Cases) -> None:
    found = await judged(LINES[0], site.url, site.selector("replicas"))
    assert found.value == pytest.approx(75), (
        "the GPU that two exporters tell of weighs no more than the other"
    )


@pytest.mark.parametrize(
    ("case", "verdict"),
    [("pass", "pass"), ("uneven", "fail"), ("one-node", "fail"), ("nothing", "unknown"), ("nan", "unknown")],
)
async def test_spread(site: Cases, case: str, verdict: str) -> None:
    found = await judged(SPREAD, site.url, site.selector(case))
    assert found.verdict == verdict
    if verdict == "fail":
        assert found.value == pytest.approx(40)
        assert ("Between nodes" in found.said) is (case == "uneven")


@pytest.mark.parametrize(("case", "word"), [("idle", "did nothing"), ("single", "one GPU only")])
async def test_trap_no_load_is_no_even_load(site: Cases, case: str, word: str) -> None:
    found = await judged(SPREAD, site.url, site.selector(case))
    assert found.verdict == "unknown"
    assert word in found.said


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("full", "pass"),
        ("empty", "fail"),
        ("half-reserved", "fail"),
        ("renamed", "fail"),
        ("unread", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_memory(site: Cases, case: str, verdict: str) -> None:
    found = await judged(FULL, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "full":
        assert found.value == pytest.approx(87.5)
    if case == "empty":
        assert "GPU-n1-1" in found.said


async def test_trap_the_gpu_is_followed_not_the_pod_that_has_it(site: Cases) -> None:
    found = await judged(FULL, site.url, site.selector("pods"))
    assert found.value == pytest.approx(87.5)


@pytest.fixture(scope="module")
def other() -> Iterator[Cases]:
    """Sites with nvidia_gpu_exporter, which tells shares from 0 to 1, of an hour in the past, or coarsely."""

    def gpu(name: str, value: Value) -> Series:
        return {f'{name}{{uuid="3f2a6b1c-0000-1111-2222-333344445555"}}': value}

    used, total = "nvidia_smi_memory_used_bytes", "nvidia_smi_memory_total_bytes"
    with cases(
        {
            "share": {
                **gpu("nvidia_smi_utilization_gpu_ratio", 0.85),
                **gpu(used, 72e9),
                **gpu(total, 80e9),
            },
            "gone": gpu("nvidia_smi_utilization_gpu_ratio", until(-2400, 0.99)),
            "coarse": gpu("nvidia_smi_utilization_gpu_ratio", lambda t: 0.99 if t % 3600 < 60 else None),
        },
        days=1.1,
        step=60,
    ) as site:
        yield site


async def test_trap_shares_and_percent(other: Cases) -> None:
    assert (await judged(LINES[0], other.url, other.selector("share"))).value == pytest.approx(85)
    assert (await judged(FULL, other.url, other.selector("share"))).value == pytest.approx(90)


async def test_trap_stale_series_prove_nothing_of_now(other: Cases) -> None:
    found = await judged(LINES[0], other.url, other.selector("gone"))
    assert found.verdict == "unknown"
    assert "only" in found.said


async def test_trap_downsampled_ranges_are_not_taken_for_whole(other: Cases) -> None:
    found = await judged(LINES[2], other.url, other.selector("coarse"))
    assert found.verdict == "unknown"

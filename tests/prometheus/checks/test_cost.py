"""Cost by owner and from one month to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest

from gpuready.checklist.verdict import Verdict
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, since

ACCOUNTED, SEEN = "13.2.4.3.s1 cost_by_owner", "13.2.4.3.a1 cost_by_owner"
ATTRIBUTED = "13.3.4.3.s3 cost_by_owner"
SAVED_15, SAVED_25 = "13.2.4.3.a2 cost_change", "13.3.4.3.a1 cost_change"
MONTH = 30 * 86400.0


def opencost(gpu_price: float = 2.0, price: Value = 20.0) -> Series:
    found: dict[str, Value] = {
        'node_total_hourly_cost{node="n1"}': price,
        'node_cpu_hourly_cost{node="n1"}': 0.05 if gpu_price else 0.0,
        'node_ram_hourly_cost{node="n1"}': 0.01 if gpu_price else 0.0,
        'node_gpu_hourly_cost{node="n1"}': gpu_price,
    }
    for namespace, gpus in (("chat", 4), ("embed", 2)):
        which = f'namespace="{namespace}",pod="p",container="c",node="n1"'
        found[f"container_cpu_allocation{{{which}}}"] = 8
        found[f"container_memory_allocation_bytes{{{which}}}"] = 1024.0**3 * 16
        found[f"container_gpu_allocation{{{which}}}"] = gpus
    return found


def busy(value: Value) -> Series:
    return {
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-0"}': value,
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-1"}': value,
    }


def then_and_now(before: float, after: float) -> Callable[[float], float]:
    return lambda t: before if t < -MONTH else after


def requests() -> Series:
    which = 'namespace="chat",pod="p"'
    return {
        f'kube_pod_status_phase{{{which},phase="Running"}}': 1,
        f'kube_pod_container_resource_requests{{{which},node="n1",resource="nvidia_com_gpu"}}': 3,
        'kube_node_status_allocatable{node="n1",resource="nvidia_com_gpu"}': 4,
    }


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "opencost": {**opencost(), **busy(0.5)},
            "free": {**opencost(0.0), **busy(0.5)},
            "cheaper": {**opencost(price=then_and_now(20.0, 12.0)), **busy(0.5)},
            "a-bit": {**opencost(price=then_and_now(20.0, 16.0)), **busy(0.5)},
            "lull": {**opencost(price=then_and_now(20.0, 12.0)), **busy(then_and_now(0.5, 0.2))},
            "young": {**opencost(), **busy(since(-MONTH, 0.5))},
            "unused": {**opencost(), **busy(0.0)},
            "nan": {**opencost(price=math.nan), **busy(math.nan)},
            "requests": {**requests(), **busy(then_and_now(0.4, 0.8))},
            "zero": {**opencost(price=0.0), **busy(0.5)},
            "nothing": {},
        },
        days=62,
        step=300,
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("line", "case", "verdict"),
    [
        (ACCOUNTED, "opencost", Verdict.PASS),
        (ACCOUNTED, "free", Verdict.FAIL),
        (ACCOUNTED, "nothing", Verdict.UNKNOWN),
        (SEEN, "opencost", Verdict.PASS),
        (SEEN, "nothing", Verdict.UNKNOWN),
        (ATTRIBUTED, "opencost", Verdict.PASS),
        (ATTRIBUTED, "free", Verdict.FAIL),
        (ATTRIBUTED, "requests", Verdict.UNKNOWN),
        (SAVED_15, "cheaper", Verdict.PASS),
        (SAVED_15, "a-bit", Verdict.PASS),
        (SAVED_15, "opencost", Verdict.FAIL),
        (SAVED_25, "cheaper", Verdict.PASS),
        (SAVED_25, "a-bit", Verdict.FAIL),
        (SAVED_25, "nothing", Verdict.UNKNOWN),
    ],
)
async def test_every_line_is_turned_by_data(site: Cases, line: str, case: str, verdict: Verdict) -> None:
    found = await judged(line, site.url, site.selector(case))
    assert found.verdict is verdict, found


async def test_a_lower_bill_after_a_lull_is_no_saving(site: Cases) -> None:
    found = await judged(SAVED_15, site.url, site.selector("lull"))
    assert found.verdict is Verdict.FAIL and found.value < -40
    assert float(found.fields["cost"]) < float(found.fields["before"])


@pytest.mark.parametrize("case", ["young", "unused", "nan", "zero"])
async def test_trap_no_period_to_compare_with_is_unknown(site: Cases, case: str) -> None:
    assert (await judged(SAVED_15, site.url, site.selector(case))).verdict is Verdict.UNKNOWN


async def test_owners_are_listed_dearest_first_with_what_is_nobodys(site: Cases) -> None:
    found = await judged(ACCOUNTED, site.url, site.selector("opencost"))
    assert found.value == 2 and found.said.index("chat") < found.said.index("embed"), found
    assert float(found.fields["unowned"]) == pytest.approx(100 * (1 - 13.12 / 20), abs=1)


async def test_the_price_of_the_operator_is_taken_and_said(site: Cases) -> None:
    found = await judged(ACCOUNTED, site.url, site.selector("requests"), options={"gpu_hour_price": "2.5"})
    assert found.verdict is Verdict.PASS and "stated by gpu_hour_price" in found.said
    assert float(found.fields["total"]) == pytest.approx(3 * 720 * 2.5, rel=0.02)
    change = await judged(SAVED_15, site.url, site.selector("requests"), options={"gpu_hour_price": "2.5"})
    assert change.value == pytest.approx(50, abs=1) and "invoice" in change.said
    for bad in ("free", "0", "-1"):
        odd = await judged(SAVED_15, site.url, site.selector("requests"), options={"gpu_hour_price": bad})
        assert odd.verdict is Verdict.UNKNOWN and bad in odd.said

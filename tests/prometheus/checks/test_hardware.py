"""GPUs that get worse, that are due for service, and failures of one period against the one before."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from gpuready.checklist.verdict import Verdict
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, counter, resets, since

TREND, FIRST = "13.3.4.2.s2 ecc_trend", "13.3.4.2.s3 service_first"
FAILURES = "13.3.4.2.a2 hardware_failures"
WINDOWS = {TREND: "10d", FIRST: "7d"}  # a month of a fleet takes long to write
DAY = 86400.0
GPUS = range(4)
SBE, REPLAY = "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "DCGM_FI_DEV_PCIE_REPLAY_COUNTER"
ROWS, XID = "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "DCGM_FI_DEV_XID_ERRORS"


def gpu(name: str, number: int, value: Value) -> Series:
    return {f'{name}{{UUID="GPU-{number}",gpu="{number}",Hostname="n1"}}': value}


def fleet(**odd: Value) -> Series:
    """Four healthy GPUs, but for what is given of GPU 3."""
    usual: dict[str, Value] = {
        "DCGM_FI_DEV_GPU_TEMP": 60.0,
        SBE: counter(2 / DAY),
        REPLAY: counter(1 / DAY),
        ROWS: 1.0,
        "DCGM_FI_DEV_ROW_REMAP_PENDING": 0.0,
        "DCGM_FI_DEV_ROW_REMAP_FAILURE": 0.0,
        XID: 0.0,
    }
    found: dict[str, Value] = {}
    for number in GPUS:
        for name, value in usual.items():
            found |= gpu(name, number, odd.get(name, value) if number == 3 else value)
    return found


def without(series: Series, *names: str) -> Series:
    return {key: value for key, value in series.items() if not key.startswith(names)}


def counted(*days: float, code: int = 79) -> Series:
    """A fleet whose exporter counts Xids by code; GPU 3 had one that many days ago each."""

    def window(t: float) -> float:
        return 1.0 if any(-day * DAY <= t < -day * DAY + 1800 for day in days) else 0.0

    return {
        **{key: value for key, value in fleet().items() if "GPU_TEMP" in key or "REMAP_" in key},
        'DCGM_EXP_XID_ERRORS_COUNT{UUID="GPU-0",xid="0"}': 0,
        f'DCGM_EXP_XID_ERRORS_COUNT{{UUID="GPU-3",xid="{code}"}}': window,
    }


def later(before: float, after: float) -> Value:
    """A counter whose rate a day changed a few days ago."""
    return counter(lambda t: (after if t >= -3 * DAY else before) / DAY, step=3600.0)


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "well": fleet(),
            "corrected": fleet(**{SBE: later(2, 90)}),
            "replays": fleet(**{REPLAY: later(1, 60)}),
            "rows": fleet(**{ROWS: lambda t: 1.0 if t < -2 * DAY else 2.0}),
            "warm": fleet(DCGM_FI_DEV_GPU_TEMP=lambda t: 60.0 if t < -4 * DAY else 70.0),
            "summer": {
                **fleet(),
                **{
                    key: (lambda t: 60.0 if t < -4 * DAY else 70.0)
                    for key in fleet()
                    if key.startswith("DCGM_FI_DEV_GPU_TEMP")
                },
            },
            "restarts": {
                key: resets(value, DAY) if callable(value) else value for key, value in fleet().items()
            },
            "blind": without(fleet(), SBE),
            "nan": dict.fromkeys(fleet(), math.nan),
            "short": {key: since(-DAY / 4, value) for key, value in fleet().items()},
            "pending": fleet(DCGM_FI_DEV_ROW_REMAP_PENDING=1.0),
            "failed": fleet(DCGM_FI_DEV_ROW_REMAP_FAILURE=1.0, DCGM_FI_DEV_ROW_REMAP_PENDING=1.0),
            "xid": fleet(**{XID: lambda t: 79.0 if t > -DAY else 0.0}),
            "old-xid": fleet(**{XID: lambda t: 79.0 if t > -9 * DAY else 0.0}),
            "app-xid": fleet(**{XID: lambda t: 31.0 if t > -DAY else 0.0}),
            "no-xids": without(fleet(), XID),
            "told": counted(2, code=48),
            "nothing": {},
        },
        days=11,
        step=300,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def months() -> Iterator[Cases]:
    with cases(
        {
            "fewer": counted(40, 42, 44, 46, 48, 50, 5, 7, 9),
            "more": counted(40, 42, 5, 7, 9),
            "first": counted(5),
            "none": counted(),
            "young": {key: since(-30 * DAY, value) for key, value in counted(5).items()},
            "nodes": {
                **counted(),
                'kube_node_status_condition{node="n1",condition="Ready",status="true"}': lambda t: (
                    0.0 if -40 * DAY < t < -39 * DAY or -50 * DAY < t < -49.9 * DAY else 1.0
                ),
            },
            "no-xids": gpu("DCGM_FI_DEV_GPU_TEMP", 0, 60.0),
            "nothing": {},
        },
        days=61,
        step=300,
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("line", "case", "verdict"),
    [
        (TREND, "well", Verdict.PASS),
        (TREND, "corrected", Verdict.FAIL),
        (TREND, "replays", Verdict.FAIL),
        (TREND, "rows", Verdict.FAIL),
        (TREND, "warm", Verdict.FAIL),
        (TREND, "summer", Verdict.PASS),
        (TREND, "blind", Verdict.UNKNOWN),
        (TREND, "nothing", Verdict.UNKNOWN),
        (FIRST, "well", Verdict.PASS),
        (FIRST, "pending", Verdict.FAIL),
        (FIRST, "failed", Verdict.FAIL),
        (FIRST, "xid", Verdict.FAIL),
        (FIRST, "told", Verdict.FAIL),
        (FIRST, "corrected", Verdict.FAIL),
        (FIRST, "no-xids", Verdict.UNKNOWN),
        (FIRST, "nothing", Verdict.UNKNOWN),
    ],
)
async def test_every_line_is_turned_by_data(site: Cases, line: str, case: str, verdict: Verdict) -> None:
    found = await judged(line, site.url, site.selector(case), window=WINDOWS[line])
    assert found.verdict is verdict, found


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("fewer", Verdict.PASS),
        ("more", Verdict.FAIL),
        ("first", Verdict.FAIL),
        ("nodes", Verdict.PASS),
        ("none", Verdict.UNKNOWN),
        ("young", Verdict.UNKNOWN),
        ("no-xids", Verdict.UNKNOWN),
        ("nothing", Verdict.UNKNOWN),
    ],
)
async def test_failures_of_a_month_against_the_month_before(
    months: Cases, case: str, verdict: Verdict
) -> None:
    found = await judged(FAILURES, months.url, months.selector(case), window="30d")
    assert found.verdict is verdict, found


async def test_incidents_are_counted_once_and_said(months: Cases) -> None:
    found = await judged(FAILURES, months.url, months.selector("fewer"), window="30d")
    assert (found.fields["incidents"], found.fields["before"]) == (3, 6), found
    assert found.value == pytest.approx(50, abs=2) and "GPU-hours" in found.said
    assert "may be chance" in found.said
    nodes = await judged(FAILURES, months.url, months.selector("nodes"), window="30d")
    assert (nodes.fields["incidents"], nodes.fields["before"]) == (0, 2), "a day not ready is one incident"


async def test_the_gpu_that_gets_worse_is_named_with_what(site: Cases) -> None:
    found = await judged(TREND, site.url, site.selector("corrected"), window="10d")
    assert found.value == 1 and "GPU-3 (Corrected ECC errors)" in found.said


async def test_each_gpu_to_service_has_its_node_reason_and_action(site: Cases) -> None:
    failed = await judged(FIRST, site.url, site.selector("failed"))
    assert "GPU-3 (n1 GPU 3): row remapping failed; row remapping pending" in failed.said, failed.said
    assert "return the card" in failed.said and failed.value == 1
    lost = await judged(FIRST, site.url, site.selector("xid"))
    assert "Xid 79 (GPU has fallen off the bus)" in lost.said and "reboot the node" in lost.said
    assert "Xid 48" in (await judged(FIRST, site.url, site.selector("told"))).said


async def test_trap_a_sticky_xid_of_weeks_ago_is_no_event_of_this_week(site: Cases) -> None:
    found = await judged(FIRST, site.url, site.selector("old-xid"))
    assert found.verdict is Verdict.PASS and "Xid 79" not in found.said


async def test_an_applications_xid_services_no_gpu(site: Cases) -> None:
    assert (await judged(FIRST, site.url, site.selector("app-xid"))).verdict is Verdict.PASS


async def test_trap_counter_resets_are_no_trend(site: Cases) -> None:
    found = await judged(TREND, site.url, site.selector("restarts"), window="10d")
    assert found.value == 0, found


@pytest.mark.parametrize("line", [TREND, FIRST])
@pytest.mark.parametrize("case", ["nan", "short"])
async def test_trap_empty_nan_and_short_are_unknown(site: Cases, line: str, case: str) -> None:
    found = await judged(line, site.url, site.selector(case), window=WINDOWS[line])
    assert found.verdict is Verdict.UNKNOWN, found

"""No OOM on the GPU nor on the host: what proves it, and what leaves it open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, counter, since, until

LINE = "13.1.2.3.a2 oom_events"
KILLS, RESTARTS = "node_vmstat_oom_kill", "kube_pod_container_status_restarts_total"
REASON = "kube_pod_container_status_last_terminated_reason"


def host(kills: Value = 7.0) -> Series:
    return {f'{KILLS}{{instance="n1:9100"}}': kills}


def engine(failures: Value = 0.0, reason: str = "BACKEND") -> Series:
    return {
        'nv_inference_request_success{model="m"}': counter(2.0),
        f'nv_inference_request_failure{{model="m",reason="{reason}"}}': failures,
    }


def container(restarts: Value) -> Series:
    labels = 'namespace="chat",pod="p",container="c"'
    return {
        f"{RESTARTS}{{{labels}}}": restarts,
        f'{REASON}{{{labels},reason="OOMKilled"}}': 1.0,
    }


def step_up(at: float, before: float, after: float) -> Value:
    return lambda t: after if t >= at else before


def xid(last: Value, gpu: str = "a") -> Series:
    return {f'DCGM_FI_DEV_XID_ERRORS{{UUID="GPU-{gpu}"}}': last}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "pass": {**host(), **engine(), **container(3.0), **xid(0.0)},
            "fail": {**host(step_up(-7200, 7.0, 9.0)), **engine()},
            "container": {**host(), **engine(), **container(step_up(-7200, 3.0, 4.0))},
            "failures": {**host(), **engine(step_up(-7200, 0.0, 3.0))},
            "rejected": {**host(), **engine(step_up(-7200, 0.0, 3.0), "REJECTED")},
            "xid": {**host(), **engine(), **xid(step_up(-7200, 0.0, 31.0))},
            "first-xid": {**host(), **engine(), **xid(since(-7200, 31.0))},
            "renamed-xid": {
                **host(),
                **engine(),
                'DCGM_FI_DEV_XID_ERROR{UUID="GPU-a"}': step_up(-7200, 0.0, 31.0),
            },
            "sticky-xid": {**host(), **engine(), **xid(31.0)},
            "half-told": {
                **host(),
                **engine(),
                **{f'kube_node_info{{node="{node}"}}': 1.0 for node in ("n1", "n2")},
            },
            "no-engine": host(),
            "new-engine": {**host(), **{name: since(-7200, value) for name, value in engine().items()}},
            "no-host": engine(),
            "short": {**host(since(-7200, 0.0)), **engine()},
            "stopped": {**host(until(-50000, 0.0)), **engine()},
            "nothing": {},
        },
        days=1.1,
        step=60,
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("pass", "pass"),
        ("fail", "fail"),
        ("container", "fail"),
        ("failures", "unknown"),
        ("rejected", "pass"),
        ("xid", "unknown"),
        ("first-xid", "unknown"),
        ("renamed-xid", "unknown"),
        ("half-told", "unknown"),
        ("no-engine", "unknown"),
        ("new-engine", "unknown"),
        ("no-host", "unknown"),
        ("short", "unknown"),
        ("stopped", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_oom(site: Cases, case: str, verdict: str) -> None:
    found = await judged(LINE, site.url, site.selector(case))
    assert found.verdict == verdict, found.said


async def test_who_was_killed_is_named(site: Cases) -> None:
    found = await judged(LINE, site.url, site.selector("fail"))
    assert found.value == 2
    assert "n1:9100" in found.said
    assert "chat" in (await judged(LINE, site.url, site.selector("container"))).said


async def test_what_may_be_oom_is_neither_passed_nor_failed(site: Cases) -> None:
    found = await judged(LINE, site.url, site.selector("failures"))
    assert (found.value, found.fields["suspects"]) == (0, 3)
    assert "read the engine's log" in found.said
    assert "only the host's are known" in (await judged(LINE, site.url, site.selector("no-engine"))).said


async def test_trap_a_sticky_xid_is_no_event(site: Cases) -> None:
    assert (await judged(LINE, site.url, site.selector("sticky-xid"))).verdict == "pass"


async def test_trap_a_reason_that_stays_is_no_event(site: Cases) -> None:
    found = await judged(LINE, site.url, site.selector("pass"))
    assert found.value == 0, "the container was killed before the window, and the reason is still told"

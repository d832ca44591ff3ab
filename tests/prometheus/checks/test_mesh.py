"""Between services: encryption and traces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpuready.probes.probe import Target
from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, cases, counter, since

MTLS, TRACES = "13.3.1.2.a1 mtls_ratio", "13.3.1.2.a2 trace_coverage"


def calls(rate: float, policy: str, service: str = "chat", reporter: str = "destination") -> Series:
    labels = (
        f'reporter="{reporter}",connection_security_policy="{policy}",response_code="200",'
        f'destination_service_name="{service}",destination_canonical_service="{service}"'
    )
    return {f"istio_requests_total{{{labels}}}": counter(rate)}


def spans(service: str, rate: float = 3.0) -> Series:
    return {f'traces_spanmetrics_calls_total{{service="{service}",span_name="GET /"}}': counter(rate)}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "pass": {
                **calls(10 / 3, "mutual_tls"),
                **calls(0.1, "mutual_tls", "rank"),
                **calls(5, "unknown", reporter="source"),
                **spans("chat"),
                **spans("rank"),
            },
            "fail": {
                **calls(10, "mutual_tls"),
                **calls(0.01, "none", "rank"),
                **spans("chat"),
                **spans("rank", 0.0),
            },
            "plain": {**calls(10, "none"), **spans("chat")},
            # one request in clear made its own counter
            "first-plain": {
                **calls(50, "mutual_tls"),
                **{name: since(-600, 1.0) for name in calls(1, "none")},
                'up{job="mesh"}': 1.0,
            },
            "no-sidecar": {
                **calls(50, "mutual_tls"),
                **calls(50, "unknown", reporter="source"),
                **calls(50, "unknown", "bare", reporter="source"),
            },
            "egress": {
                **calls(50, "mutual_tls"),
                **calls(50, "unknown", "api.example.com", reporter="source"),
            },
            "idle": {**calls(0, "mutual_tls"), **spans("chat", 0.0)},
            "spans-only": spans("chat"),
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("pass", "pass"),
        ("egress", "pass"),
        ("fail", "fail"),
        ("plain", "fail"),
        ("first-plain", "unknown"),  # how long its target has been there is not known
        ("no-sidecar", "unknown"),
        ("idle", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_mtls(site: Cases, case: str, verdict: str) -> None:
    found = await judged(MTLS, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "plain":
        assert found.value == 0
    if case == "idle":
        assert "no requests" in found.said
    if case == "no-sidecar":
        assert "bare" in found.said


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("pass", "pass"),
        ("fail", "fail"),
        ("idle", "unknown"),
        ("spans-only", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_traces_of_what_the_mesh_saw_called(site: Cases, case: str, verdict: str) -> None:
    found = await judged(TRACES, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "fail":
        assert found.value == 50
        assert "Without spans in the window: rank" in found.said
    if case == "spans-only":
        assert "Which services there are is not known" in found.said


async def test_services_of_the_session_are_the_whole(site: Cases) -> None:
    services = tuple(
        Target("service", name, address)
        for name, address in (("front", "http://chat.prod.svc:8000"), ("billing", "http://10.0.0.7:80"))
    )
    found = await judged(TRACES, site.url, site.selector("pass"), site=services)
    assert (found.verdict, found.value) == ("fail", 50)
    assert "billing" in found.said
    chosen = await judged(TRACES, site.url, site.selector("pass"), site=services, services=["Chat"])
    assert chosen.verdict == "pass"

"""The connection: how a Prometheus wants to be asked, and everything that can go wrong with one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from gpuready.probes.probe import Broken, NoData, Outcome, Target
from gpuready.prometheus.source import Source
from tests.prometheus.history import prom
from tests.prometheus.real import Prometheus, Tls
from tests.prometheus.slow import Answer, slow


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    with prom({"up": 1.0, 'x{case="a"}': 1.0, 'x{case="b"}': 2.0}, days=0.05) as running:
        yield running


def source(url: str, **options: str) -> Source:
    return Source(Target("prometheus", "test", url, options))


async def _outcome(one: Source, limit: float = 5.0) -> Outcome:
    with pytest.raises(Outcome) as caught:
        await one.instant("sum(x)", limit=limit)
    return caught.value


async def test_values_ranges_names_and_other_calls(server: Prometheus) -> None:
    one = source(server.url)
    assert (await one.instant("sum(x)", limit=5)).value == 3
    assert (await one.instant("x", limit=5)).by("case") == {"a": 1, "b": 2}
    now = time.time()
    answer = await one.range("x", start=now - 600, end=now, step=60, limit=5)
    assert [len(series.points) for series in answer.series] == [11, 11] and answer.size > 0
    assert {"up", "x"} <= await one.names(limit=5)
    flags, exchange = await one.get("status/flags", limit=5)
    assert flags["storage.tsdb.path"] and "status/flags" in exchange.asked
    assert "query?query=sum" in (await one.instant("sum(x)", limit=5)).exchange.asked


async def test_it_says_what_it_is_and_a_relative_that_does_not_is_taken_as_it_is(server: Prometheus) -> None:
    assert (await source(server.url).product(limit=5)).startswith("Prometheus 2.")
    with slow(server.url) as front:
        mimir = b'{"status":"success","data":{"application":"Grafana Mimir","version":"2.17.1"}}'
        front.instead = Answer(200, mimir, "application/json")
        assert await source(front.url).product(limit=5) == "Grafana Mimir 2.17.1"
        front.instead = Answer(404, b"no")
        assert await source(front.url).product(limit=5) == "Prometheus"


async def test_a_refused_query_is_told_in_its_own_words(server: Prometheus) -> None:
    with pytest.raises(NoData, match="parse error"):
        await source(server.url).instant("sum(", limit=5)


async def test_a_path_prefix() -> None:
    with prom({"x": 3.0}, days=0.05, prefix="/deep/prom") as server:
        assert (await source(server.url).instant("sum(x)", limit=5)).value == 3


async def test_basic_auth_by_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROM_PASSWORD", "s3cret pass")
    with prom({"x": 3.0}, days=0.05, basic=("ana", "s3cret pass")) as server:
        one = source(server.url, username="ana", password_env="PROM_PASSWORD")
        answer = await one.instant("sum(x)", limit=5)
        assert answer.value == 3 and "s3cret" not in f"{answer}"
        refused = await _outcome(source(server.url))
        assert refused.key == "probes_http.no_rights"


async def test_a_bearer_token_and_a_tenants_header(
    server: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROM_TOKEN", "t0ken")
    with slow(server.url) as front:
        front.demand = {"Authorization": "Bearer t0ken", "X-Scope-OrgID": "team-a"}
        one = source(front.url, token_env="PROM_TOKEN", header__X_Scope_OrgID="team-a")
        one = Source(
            Target(
                "prometheus", "t", front.url, {"token_env": "PROM_TOKEN", "header.X-Scope-OrgID": "team-a"}
            )
        )
        assert (await one.instant("sum(x)", limit=5)).value == 3
        assert (await _outcome(source(front.url, token_env="PROM_TOKEN"))).key == "probes_http.no_rights"


async def test_a_proxy_is_asked_for_a_host_that_only_it_knows(server: Prometheus) -> None:
    with slow(server.url) as front:  # takes whole URLs too, as a proxy does
        one = source("http://prometheus.invalid:9090", proxy=front.url)
        assert (await one.instant("sum(x)", limit=5)).value == 3
        assert front.paths[-1].startswith("http://prometheus.invalid:9090/api/v1/query")
    gone = await _outcome(source("http://prometheus.invalid:9090", proxy="http://127.0.0.1:1"))
    assert gone.key == "probes_http.no_proxy"


async def test_tls_is_verified_and_a_client_certificate_shown(tls: Tls, mtls: Tls) -> None:
    with prom({"x": 3.0}, days=0.05, tls=tls) as server:
        assert (await source(server.url, ca=str(tls.ca)).instant("sum(x)", limit=5)).value == 3
        assert (await _outcome(source(server.url))).key == "probes_http.untrusted"
        loose = source(server.url, insecure="true")
        assert (await loose.instant("sum(x)", limit=5)).value == 3 and loose.remarks
    with prom({"x": 3.0}, days=0.05, tls=mtls) as server:
        assert mtls.client is not None
        pair = {"client_cert": str(mtls.client.cert), "client_key": str(mtls.client.key)}
        assert (await source(server.url, ca=str(mtls.ca), **pair).instant("sum(x)", limit=5)).value == 3
        bare = await _outcome(source(server.url, ca=str(mtls.ca)))
        assert bare.key in ("probes_http.wants_certificate", "probes_http.closed")


async def test_nobody_there_no_such_name_no_tls(server: Prometheus) -> None:
    assert (await _outcome(source("http://127.0.0.1:1"))).key == "probes_http.refused"
    assert (await _outcome(source("http://prometheus.invalid"))).key == "probes_http.no_name"
    found = await _outcome(source(server.url.replace("http:", "https:")))
    assert isinstance(found, Broken) and found.key == "probes_http.no_tls"


async def test_a_paused_server_costs_its_time_and_no_more() -> None:
    with prom({"x": 3.0}, days=0.05) as server:
        one = source(server.url)
        assert (await one.instant("sum(x)", limit=5)).value == 3
        server.pause()
        try:
            begun = time.monotonic()
            assert (await _outcome(one, limit=0.7)).key == "probes_http.slow_answer"
            assert time.monotonic() - begun < 2
        finally:
            server.resume()
        assert (await one.instant("sum(x)", limit=5)).value == 3


STRANGE = "probes_services.no_prometheus"


@pytest.mark.parametrize(
    ("instead", "key"),
    [
        (Answer(200, b"<html>hello</html>", "text/html"), STRANGE),
        (Answer(200, b'{"status":"success","data":{}}', "application/json"), STRANGE),
        (Answer(200, b'{"status":"success","data":{"result":7}}', "application/json"), STRANGE),
        (Answer(200, b"[]", "application/json"), STRANGE),
        (Answer(404, b"nothing"), "probes_http.not_found"),
        (Answer(500, b"oh"), "probes_http.status"),
        (Answer(503, b'{"status":"error","error":"query timed out"}'), "probes_services.query_refused"),
    ],
)
async def test_what_is_no_prometheus_is_never_an_answer(
    server: Prometheus, instead: Answer, key: str
) -> None:
    with slow(server.url) as front:
        front.instead = instead
        assert (await _outcome(source(front.url))).key == key


async def test_half_an_answer_is_broken(server: Prometheus) -> None:
    with slow(server.url) as front:
        front.cut = True
        found = await _outcome(source(front.url))
        assert isinstance(found, Broken), found


async def test_an_overloaded_gateway_is_asked_again_at_once(server: Prometheus) -> None:
    with slow(server.url) as front:
        front.instead = Answer(429, b"slow down")
        assert (await _outcome(source(front.url))).key == "probes_http.status"
        assert front.requests == 3


async def test_at_most_four_requests_at_once_and_all_are_answered(server: Prometheus) -> None:
    with slow(server.url, seconds=0.2) as front:
        one = source(front.url)
        begun = time.monotonic()
        answers = await asyncio.gather(*(one.instant("sum(x)", limit=10) for _ in range(8)))
        assert [each.value for each in answers] == [3] * 8
        assert time.monotonic() - begun >= 0.4


def test_a_server_that_hangs_does_not_keep_the_program_from_ending() -> None:
    code = """
import asyncio, socket, sys
from gpuready.probes.probe import NoData, Target
from gpuready.prometheus.source import Source
deaf = socket.create_server(("127.0.0.1", 0))
url = "http://127.0.0.1:%d" % deaf.getsockname()[1]
async def main():
    task = asyncio.create_task(Source(Target("prometheus", "t", url)).instant("up", limit=60))
    await asyncio.sleep(0.5)
    task.cancel()
asyncio.run(main())
"""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
    assert time.monotonic() - begun < 15

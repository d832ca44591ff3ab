"""The servers that the other tests stand on are what they claim to be."""

from __future__ import annotations

import gzip
import json
import math
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest

from tests.probes.daemons import wait_for
from tests.prometheus.big import big
from tests.prometheus.exporter import Exporter
from tests.prometheus.history import (
    Cases,
    alert,
    between,
    cases,
    counter,
    histogram,
    prom,
    resets,
    since,
    stamp,
    summary,
    until,
)
from tests.prometheus.real import Prometheus, Tls, alertmanager, prometheus
from tests.prometheus.remote_write import STALE, push
from tests.prometheus.rules import refused, rule_file
from tests.prometheus.slow import Answer, slow

UTIL = 'DCGM_FI_DEV_GPU_UTIL{gpu="0",Hostname="n1"}'


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    with cases(
        {
            "constant": {UTIL: 91.0, "up": 1},
            "rising": {UTIL: lambda t: 80 + t / 360},
            "ended": {UTIL: until(-900, 91.0)},
            "young": {UTIL: since(-600, 91.0)},
            "dip": {UTIL: between(-1800, -900, 10.0, 91.0)},
            "nan": {UTIL: math.nan},
            "nothing": {},
            "traffic": {
                'http_requests_total{status="2xx"}': counter(10),
                'http_requests_total{status="5xx"}': counter(lambda t: 5.0 if t >= -900 else 0.0),
                "restarting_total": resets(counter(2), every=1000),
            },
            "latency": {
                **histogram(
                    "vllm:time_to_first_token_seconds",
                    {"0.1": 50, "0.5": 45, "1": 5},
                    labels='model_name="m"',
                ),
                **summary("nv_inference_request_summary_us", {"0.5": 1000, "0.95": 9000}, rate=4),
            },
            "quiet": histogram("vllm:time_to_first_token_seconds", {"0.1": 1}, within=lambda t: 0.0),
            "alerts": alert("GpuLost", [(-7200, -3600), (-60, math.inf)]),
            "backup": {'velero_backup_last_successful_timestamp{schedule="daily"}': stamp(ago=3600)},
        }
    ) as site:
        yield site


def value(server: Prometheus, expression: str, at: float | None = None) -> float:
    (sample,) = server.query(expression, at)
    return sample.value


def test_one_server_holds_every_case(site: Cases) -> None:
    found = {sample.labels["case"]: sample.value for sample in site.server.query("DCGM_FI_DEV_GPU_UTIL")}
    assert {case: found[case] for case in ("constant", "young", "dip")} == dict.fromkeys(
        ("constant", "young", "dip"), 91
    )
    assert "ended" not in found
    assert math.isnan(found["nan"])
    assert site.server.query(f"{{{site.selector('nothing')}}}") == []
    with pytest.raises(AssertionError, match="no case 'lost'"):
        site.selector("lost")


def test_any_client_reads_it(site: Cases) -> None:
    with urllib.request.urlopen(f"{site.url}/api/v1/query?query=up", timeout=5) as answer:
        (one,) = json.load(answer)["data"]["result"]
    assert one["metric"] == {"__name__": "up", "case": "constant"}
    assert one["value"][1] == "1"


def test_the_past_is_there(site: Cases) -> None:
    assert value(
        site.server, f"avg_over_time({UTIL[:-1]},{site.selector('dip')}}}[10m])", at=-900
    ) == pytest.approx(10, abs=3)
    rising = f"{UTIL[:-1]},{site.selector('rising')}}}"
    assert value(site.server, rising, at=-3600) == pytest.approx(70, abs=0.1)
    (line,) = site.server.range(rising, seconds=5 * 3600, step=3600)
    assert [number for _, number in line.points] == pytest.approx([30, 40, 50, 60, 70, 80], abs=0.1)
    assert value(
        site.server, f"count_over_time({UTIL[:-1]},{site.selector('ended')}}}[1h])"
    ) == pytest.approx(180, abs=2)


def test_counters_have_rates(site: Cases) -> None:
    traffic = site.selector("traffic")
    assert value(
        site.server, f'sum(rate(http_requests_total{{{traffic},status="2xx"}}[5m]))'
    ) == pytest.approx(10)
    assert value(
        site.server, f'increase(http_requests_total{{{traffic},status="5xx"}}[1h])'
    ) == pytest.approx(4500, rel=0.02)
    # the counts between the last scrape and each restart are lost, as in life
    assert value(site.server, f"rate(restarting_total{{{traffic}}}[1h])") == pytest.approx(2, rel=0.05)
    assert value(site.server, f"resets(restarting_total{{{traffic}}}[1h])") in (3, 4)


def test_histograms_have_quantiles(site: Cases) -> None:
    quantile = (
        "histogram_quantile({q}, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket{{{case}}}[5m])))"
    )
    latency = site.selector("latency")
    assert value(site.server, quantile.format(q=0.95, case=latency)) == pytest.approx(0.5)
    assert value(site.server, quantile.format(q=0.99, case=latency)) == pytest.approx(0.9)
    assert math.isnan(value(site.server, quantile.format(q=0.95, case=site.selector("quiet"))))
    average = "rate({name}_sum{{{case}}}[5m]) / rate({name}_count{{{case}}}[5m])"
    name = "vllm:time_to_first_token_seconds"
    assert value(site.server, average.format(name=name, case=latency)) == pytest.approx(0.1975)
    name = "nv_inference_request_summary_us"
    assert value(site.server, f'{name}{{quantile="0.95",{latency}}}') == 9000
    assert value(site.server, average.format(name=name, case=latency)) == pytest.approx(1000)


def test_alerts_and_timestamps(site: Cases) -> None:
    fired = f'ALERTS{{alertname="GpuLost",alertstate="firing",{site.selector("alerts")}}}'
    assert value(site.server, fired) == 1
    assert site.server.query(fired, at=-1800) == []
    assert value(site.server, fired, at=-5000) == 1
    assert value(site.server, "time() - velero_backup_last_successful_timestamp") == pytest.approx(
        3600, abs=120
    )


def test_a_year_of_history() -> None:
    began = time.monotonic()
    with prom(
        {UTIL: lambda t: 50 - t / 86400 / 10, "x_total": counter(3)}, days=365, step=3600, recent=3600
    ) as server:
        assert time.monotonic() - began < 10
        assert value(server, UTIL, at=-364 * 86400) == pytest.approx(86.4, abs=0.1)
        assert value(server, UTIL) == pytest.approx(50, abs=0.1)
        assert value(server, "rate(x_total[5m])") == pytest.approx(3)
        assert server.query("rate(x_total[5m])", at=-30 * 86400) == []
        assert value(server, "increase(x_total[30d])") == pytest.approx(3 * 30 * 86400, rel=0.01)
        assert len(list(server.data.glob("*/meta.json"))) <= 3


def test_a_series_that_promtool_refuses_is_said() -> None:
    with pytest.raises(AssertionError, match="promtool refuses"), prom({"not a name": 1.0}):
        pass


def test_scraping_what_the_test_serves(exporter: Exporter) -> None:
    registry = CollectorRegistry()
    Counter("vllm:request_success", "Finished.", ["finished_reason"], registry=registry).labels("stop").inc(7)
    exporter.set(generate_latest(registry).decode() + UTIL + " 40")
    with prometheus(targets={"vllm": [exporter.address]}) as server:
        (up,) = server.wait('up{job="vllm"} == 1')
        assert up.labels["instance"] == exporter.address
        assert value(server, "vllm:request_success_total") == 7
        exporter.set(UTIL + " 60")
        server.wait("DCGM_FI_DEV_GPU_UTIL == 60")
        assert server.query("vllm:request_success_total") == []  # marked stale at once
        exporter.answer(500)
        server.wait("up == 0")
        server.reload(rules=rule_file({"ExporterDown": "up == 0"}, labels={"severity": "page"}))
        (firing,) = server.wait('ALERTS{alertstate="firing"}')
        assert firing.labels["alertname"] == "ExporterDown"
        assert server.get("rules")["groups"][0]["rules"][0]["state"] == "firing"


def test_rules_over_back_filled_data_reach_the_alertmanager() -> None:
    with alertmanager() as manager:
        rules = rule_file(
            {"Slow": f"avg_over_time({UTIL}[1h]) < 50"}, records={"gpu:busy:ratio": f"{UTIL} / 100"}
        )
        with prom({UTIL: 20.0}, rules=rules, alertmanagers=[manager.address]) as server:
            assert server.wait("gpu:busy:ratio")[0].value == pytest.approx(0.2)
            server.wait('ALERTS{alertname="Slow",alertstate="firing"}')
            wait_for(lambda: bool(manager.alerts()), "the alert to arrive")
            assert [one["labels"]["alertname"] for one in manager.alerts()] == ["Slow"]


def test_pushed_samples_are_there_at_once(empty: Prometheus) -> None:
    push(empty, {'up{job="a \\"b\\"",instance="n1"}': 1, UTIL: 5.5}, at=-10)
    assert value(empty, UTIL) == 5.5
    assert empty.query("up")[0].labels["job"] == 'a "b"'
    push(empty, {UTIL: STALE})
    assert empty.query(UTIL) == []
    with pytest.raises(urllib.error.HTTPError, match="400"):
        push(empty, {UTIL: 1.0}, at=-20 * 86400)
    push(empty, {f'many{{n="{number}"}}': number for number in range(5000)})
    assert value(empty, "sum(many)") == sum(range(5000))


def test_pausing_and_killing(empty: Prometheus) -> None:
    push(empty, {"up": 1})
    empty.pause()
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(f"{empty.url}/-/ready", timeout=0.3)
    empty.resume()
    assert value(empty, "up") == 1
    empty.kill()
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(f"{empty.url}/-/ready", timeout=5)
    empty.start()
    assert value(empty, "up") == 1
    empty.stop()
    empty.start()
    assert value(empty, "up") == 1
    empty.pause()  # and it can be ended like that


def test_history_survives_being_killed() -> None:
    with prom({UTIL: 91.0}, days=2) as server:
        server.kill()
        server.start()
        assert value(server, UTIL, at=-86400) == 91


def test_behind_a_prefix_with_a_password() -> None:
    with prometheus(prefix="/team/prom", basic=("grace", "s3:cret")) as server:
        assert server.url.endswith("/team/prom")
        assert server.get("status/buildinfo")["version"].startswith("2.")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{server.url}/api/v1/query?query=1", timeout=5)


def test_the_alertmanager_likewise() -> None:
    with alertmanager(prefix="/am", basic=("grace", "s3:cret")) as manager:
        assert manager.alerts() == []
        manager.pause()
        manager.resume()
        manager.kill()
        manager.start()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{manager.url}/api/v2/alerts", timeout=5)


def test_tls_and_mutual_tls(tls: Tls, mtls: Tls) -> None:
    for kind in (tls, mtls):
        with prom({UTIL: 91.0}, tls=kind) as server:
            assert server.url.startswith("https://")
            assert value(server, UTIL) == 91
            with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
                urllib.request.urlopen(f"{server.url}/-/ready", timeout=5)
    trusting = ssl.create_default_context(cafile=str(mtls.ca))
    with (
        prometheus(tls=mtls) as server,
        pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)),
    ):
        urllib.request.urlopen(f"{server.url}/-/ready", timeout=5, context=trusting)


def test_flags_replace_ours() -> None:
    with prometheus(flags=["--storage.tsdb.retention.time=3d", "--query.lookback-delta=1m"]) as server:
        flags = server.get("status/flags")
    assert (flags["storage.tsdb.retention.time"], flags["query.lookback-delta"]) == ("3d", "1m")


def test_slow_holds_counts_cuts_and_replaces(site: Cases) -> None:
    with slow(site.url, seconds=0.5) as front:
        began = time.monotonic()
        asked = urllib.request.Request(
            f"{front.url}/api/v1/query?query=up", headers={"Accept-Encoding": "gzip"}
        )
        with urllib.request.urlopen(asked, timeout=5) as answer:
            packed = answer.read()
        assert json.loads(gzip.decompress(packed))["status"] == "success"
        assert time.monotonic() - began >= 0.5
        assert (front.requests, front.paths) == (1, ["/api/v1/query?query=up"])
        assert len(packed) < front.received < len(packed) + 500
        front.reset()
        front.seconds, front.instead = 0, Answer(200, b"<html>please log in</html>", "text/html")
        with urllib.request.urlopen(asked, timeout=5) as answer:
            assert answer.read() == b"<html>please log in</html>"
        front.instead, front.cut = None, True
        with (
            pytest.raises(Exception, match="IncompleteRead"),
            urllib.request.urlopen(asked, timeout=5) as answer,
        ):
            answer.read()
        front.cut, front.seconds = False, 60
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(asked, timeout=0.2)
        assert front.requests == 3


def test_slow_stands_in_for_a_gateway(site: Cases) -> None:
    with slow(site.url) as front:
        front.demand = {"Authorization": "Bearer t0ken", "X-Scope-OrgID": "team-a"}
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{front.url}/-/ready", timeout=5)
        asked = urllib.request.Request(f"{front.url}/-/ready", headers=front.demand)
        with urllib.request.urlopen(asked, timeout=5) as answer:
            assert answer.status == 200
        assert front.headers[1]["Authorization"] == "Bearer t0ken"


def test_slow_says_when_nothing_is_behind_it(empty: Prometheus) -> None:
    with slow(empty.url) as front:
        empty.kill()
        with pytest.raises(urllib.error.HTTPError, match="502"):
            urllib.request.urlopen(f"{front.url}/-/ready", timeout=5)


def test_promtool_judges_expressions() -> None:
    assert refused(["up", "sum(rate(http_requests_total[5m]))"]) == {}
    found = refused(["up", "sum(rate(x[5m])", "quantile_over(x)"])
    assert list(found) == ["sum(rate(x[5m])", "quantile_over(x)"]
    assert "parse" in found["sum(rate(x[5m])"]


def test_the_big_cluster_in_small() -> None:
    with big(nodes=5, gpus=8, targets=2, interval=0.5) as server:
        assert value(server, "count(count by (UUID) (DCGM_FI_PROF_GR_ENGINE_ACTIVE))") == 40
        assert value(server, "count(count by (Hostname) (DCGM_FI_DEV_FB_USED))") == 5
        assert value(server, 'count(count by (__name__) ({__name__=~"DCGM_.*"}))') == 12
        pid = server.pid
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.slow
def test_the_big_cluster() -> None:
    began = time.monotonic()
    with big() as server:
        assert time.monotonic() - began < 60
        assert value(server, "count(DCGM_FI_DEV_GPU_UTIL)") == 10_000

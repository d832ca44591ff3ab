"""Which alert rules there are, and how late they may be: on a real Prometheus and real Alertmanagers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from gpuready.checklist.verdict import Provenance, Verdict
from gpuready.engine.targets import of_session
from gpuready.probes.probe import Target
from gpuready.prometheus.alerts.alertmanager import Waits, addresses_of, target_of, waits_in
from gpuready.prometheus.alerts.promql import Selector, parts_of
from gpuready.session.event import EventKind
from gpuready.session.store import Session
from tests.probes.daemons import wait_for
from tests.prometheus.checks.judged import Judged, judged
from tests.prometheus.exporter import exporter
from tests.prometheus.history import Series, counter, histogram, prom
from tests.prometheus.real import Alertmanager, Prometheus, alertmanager, prometheus

LEVELS, LOGS = "13.2.3.2.s3 alert_rules", "13.1.3.4.s3 alert_rules"
DELAY, BASELINE = "13.1.3.4.a2 alert_delay_bound", "13.1.4.4.a1 alert_coverage"
ANOMALY, COVERAGE = "13.3.2.3.s2 anomaly_rules", "13.3.2.4.a3 alert_coverage"

SERIES: Series = {
    **histogram("vllm:time_to_first_token_seconds", {"0.5": 9, "1": 1}, labels='service="chat"'),
    **histogram("vllm:inter_token_latency_seconds", {"0.1": 9, "1": 1}, labels='service="chat"'),
    **histogram("vllm:e2e_request_latency_seconds", {"0.5": 9, "1": 1}, labels='service="chat"'),
    'vllm:generation_tokens_total{service="chat"}': counter(100),
    'vllm:request_success_total{service="chat",finished_reason="stop"}': counter(10),
    'embed_latency_seconds{service="embed"}': 0.1,
    'log_messages_total{level="error",job="inference"}': counter(1),
    'twins{each="a"}': 1.0,
    'twins{each="b"}': 1.0,
}
TTFT = "sum(rate(vllm:time_to_first_token_seconds_bucket{le='0.5'}[$w]))"
FAILING = '1 - sum(rate(vllm:request_success_total{finished_reason="stop"}[$w]))'
BURN = f"({FAILING} > 14.4) and ({FAILING.replace('$w', '1h')} > 14.4)".replace("$w", "5m")
SICK = 'label_replace(twins, "each", "same", "", "") > 0'
"""Two series of one name: Prometheus takes the rule and fails to evaluate it."""

Rules = Sequence[Mapping[str, object]]


def alert(name: str, expr: str, lasting: str = "0s", severity: str = "critical") -> Mapping[str, object]:
    return {"alert": name, "expr": expr, "for": lasting, "labels": {"severity": severity}}


def record(name: str, expr: str) -> Mapping[str, object]:
    return {"record": name, "expr": expr}


def load(server: Prometheus, rules: Rules, interval: str = "1s") -> None:
    """Put these rules in force and wait until each was evaluated."""
    groups = [{"name": "tests", "interval": interval, "rules": list(rules)}] if rules else []
    server.reload(rules=json.dumps({"groups": groups}))

    def evaluated() -> bool:
        found = [rule for group in server.get("rules")["groups"] for rule in group["rules"]]
        names = {str(each.get("alert") or each.get("record")) for each in rules}
        return {rule["name"] for rule in found} == names and all(r["health"] != "unknown" for r in found)

    wait_for(evaluated, "the rules to be evaluated", 30)


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    with prom(SERIES, days=0.1, ahead=0, rules=json.dumps({"groups": []})) as running:
        yield running


async def ask(line: str, server: Prometheus, *site: Target, **options: str) -> Judged:
    return await judged(line, server.url, site=site, options=options)


async def test_service_levels_need_recorded_slis_and_burn_rate_alerts(server: Prometheus) -> None:
    load(server, [record("sli:ttft:fast", TTFT.replace("$w", "5m")), alert("ErrorBudgetBurns", BURN)])
    good = await ask(LEVELS, server)
    assert (good.verdict, good.fields["sli_rules"], good.fields["burn_alerts"]) == (Verdict.PASS, 1, 1)
    assert "sli:ttft:fast, ErrorBudgetBurns" in good.said
    load(server, [alert("Slow", f"{TTFT.replace('$w', '5m')} < 1")])
    bad = await ask(LEVELS, server)
    assert bad.verdict is Verdict.FAIL and bad.fields["sli_rules"] == 0


async def test_two_windows_that_hold_at_once_are_a_burn_rate_alert_whatever_its_name(
    server: Prometheus,
) -> None:
    load(server, [record("level", TTFT.replace("$w", "5m")), alert("Page", BURN)])
    assert (await ask(LEVELS, server)).fields["burn_alerts"] == 1


async def test_no_rules_and_no_rules_api_are_unknown(server: Prometheus, tmp_path: Path) -> None:
    load(server, [])
    for line in (LEVELS, LOGS, DELAY, BASELINE, ANOMALY, COVERAGE):
        found = await ask(line, server)
        assert (found.verdict, found.key) == (Verdict.UNKNOWN, "prometheus_alerts.no_rules"), line


async def test_trap_a_rule_that_fails_or_looks_at_nothing_does_not_count_and_is_named(
    server: Prometheus,
) -> None:
    load(
        server,
        [
            alert("LogErrors", "rate(log_errors_renamed_total[5m]) > 1"),
            alert("LogSick", f'{SICK} or rate(log_messages_total{{level="error"}}[5m]) > 5'),
        ],
    )
    found = await ask(LOGS, server)
    assert found.verdict is Verdict.FAIL and found.fields["found"] == 0 and found.fields["broken"] == 1
    assert "LogErrors" in found.said and "renamed" in found.said and "LogSick" in found.said


async def test_error_logs_by_a_metric_of_prometheus_or_by_the_ruler_of_loki(server: Prometheus) -> None:
    load(server, [alert("LogErrors", 'sum(rate(log_messages_total{level="error"}[5m])) > 10')])
    assert (await ask(LOGS, server)).verdict is Verdict.PASS
    load(server, [alert("Slow", f"{TTFT.replace('$w', '5m')} < 1")])
    found = await ask(LOGS, server)
    assert found.verdict is Verdict.FAIL and "Loki" in found.said
    with prometheus(prefix="prometheus") as ruler:  # lists its rules at the same place and in the same shape
        load(ruler, [alert("NcclErrors", 'sum(rate(lines{message="NCCL error"}[5m])) > 0')])
        address = ruler.url.removesuffix("/prometheus")
        assert (await ask(LOGS, server, Target("logs", "loki", address))).verdict is Verdict.PASS
        found = await ask(LOGS, server, ruler=address)
        assert found.verdict is Verdict.PASS and "NcclErrors" in found.said
        assert any("/prometheus/api/v1/rules" in each for each in found.asked)
    found = await ask(LOGS, server, Target("logs", "loki", address))
    assert found.verdict is Verdict.UNKNOWN and "gave no rules" in found.said


async def test_anomaly_rules_compare_with_what_is_usual(server: Prometheus) -> None:
    rate = "sum(rate(vllm:generation_tokens_total[5m]))"
    usual = f"avg_over_time({rate}[1h:5m]) + 3 * stddev_over_time({rate}[1h:5m])"
    for expr in (
        f"{rate} > {usual}",
        f"{rate} < 0.5 * sum(rate(vllm:generation_tokens_total[5m] offset 1w))",
    ):
        load(server, [alert("Unusual", expr)])
        assert (await ask(ANOMALY, server)).verdict is Verdict.PASS, expr
    load(server, [record("tokens:usual", usual), alert("Unusual", f"{rate} > on () tokens:usual")])
    assert (await ask(ANOMALY, server)).verdict is Verdict.PASS
    load(server, [record("tokens:usual", usual), alert("DiskFull", "predict_linear(twins[1h], 3600) < 0")])
    found = await ask(ANOMALY, server)
    assert found.verdict is Verdict.FAIL and "no alert is built on them" in found.said


ALL = [
    alert("Ttft", f"{TTFT.replace('$w', '5m')} > 0"),
    alert("InterToken", "histogram_quantile(0.95, rate(vllm:inter_token_latency_seconds_bucket[5m])) > 1"),
    alert("E2e", "histogram_quantile(0.95, rate(vllm:e2e_request_latency_seconds_bucket[5m])) > 9"),
    record("tokens:rate5m", "sum by (service) (rate(vllm:generation_tokens_total[5m]))"),
    alert("Tokens", "tokens:rate5m < 10"),
    alert("Failing", BURN),
]


async def _settled(file: Path, verdict: Verdict) -> None:
    async with await Session.open(file, actor="ana") as session:
        said = {"verdict": verdict, "provenance": Provenance.ATTESTED}
        await session.append(EventKind.MARKED, "13.1.2.4.a1", said)


async def test_each_service_level_of_the_baseline_needs_a_rule_and_the_baseline_must_be_current(
    server: Prometheus, tmp_path: Path
) -> None:
    load(server, ALL)
    found = await ask(BASELINE, server)
    assert (found.verdict, found.fields["missing"]) == (Verdict.UNKNOWN, 0)
    assert "settle 13.1.2.4.a1" in found.said
    await _settled(tmp_path / "good.gpuready", Verdict.PASS)
    assert (await ask(BASELINE, server, of_session(tmp_path / "good.gpuready"))).verdict is Verdict.PASS
    await _settled(tmp_path / "bad.gpuready", Verdict.FAIL)
    assert (await ask(BASELINE, server, of_session(tmp_path / "bad.gpuready"))).verdict is Verdict.FAIL
    load(server, [each for each in ALL if each.get("alert") != "E2e"])
    found = await ask(BASELINE, server, of_session(tmp_path / "good.gpuready"))
    assert found.verdict is Verdict.FAIL and found.fields["missing"] == 1 and "(e2e)" in found.said


async def test_trap_the_count_of_a_histogram_is_no_rule_on_its_latency(server: Prometheus) -> None:
    counts = alert("E2e", "rate(vllm:e2e_request_latency_seconds_count[5m]) > 9")
    load(server, [counts if each.get("alert") == "E2e" else each for each in ALL])
    assert (await ask(BASELINE, server)).fields["missing"] == 1


async def test_critical_services_are_covered_by_what_their_rules_select(server: Prometheus) -> None:
    load(server, [ALL[0], alert("Embed", "embed_latency_seconds > 1")])
    chat, embed = (
        Target("service", "chat", "https://chat.example"),
        Target("engine", "embed", "http://e:8000"),
    )
    found = await ask(COVERAGE, server, chat, embed)
    assert (found.verdict, found.fields["coverage"]) == (Verdict.PASS, 100)
    load(server, ALL[:1])
    found = await ask(COVERAGE, server, chat, embed)
    assert (found.verdict, found.fields["coverage"]) == (Verdict.FAIL, 50) and "rule: embed." in found.said
    assert (await ask(COVERAGE, server, services="chat")).verdict is Verdict.PASS


async def test_trap_services_that_go_by_other_names_or_are_not_named_are_unknown(server: Prometheus) -> None:
    load(server, ALL[:1])
    found = await ask(COVERAGE, server)
    assert found.verdict is Verdict.UNKNOWN and "No critical service is named" in found.said
    found = await ask(COVERAGE, server, services="frontend")
    assert found.verdict is Verdict.UNKNOWN and "go by others there" in found.said


class _Waiting(Alertmanager):
    """Waits as these routes say."""

    def __init__(self, folder: Path, **routes: object) -> None:
        super().__init__(folder, prefix="", basic=None, tls=None)
        self._routes = routes

    def argv(self) -> Sequence[str]:
        words = list(super().argv())
        config = {"receivers": [{"name": "nobody"}], "route": {"receiver": "nobody", **self._routes}}
        self._write("alertmanager.yml", config)
        return words


async def test_the_delay_is_bounded_by_scrape_evaluation_for_and_group_wait(tmp_path: Path) -> None:
    quick = _Waiting(tmp_path, group_wait="10s", routes=[{"receiver": "nobody", "group_wait": "45s"}])
    quick.start()
    try:
        with (
            exporter() as one,
            prometheus(
                targets={"x": [one.address]}, alertmanagers=[quick.address], rules=json.dumps({"groups": []})
            ) as server,
        ):
            server.wait('up{job="x"} == 1')

            load(
                server,
                [
                    alert("Down", "up == 0", "90s"),
                    alert("Late", "up == 3", "5m", "page"),
                    alert("Near", "up == 4", "4m30s", "error"),
                    alert("Slow", "up == 2", "15m", "warning"),
                ],
            )
            # after a reload both are looked for anew
            wait_for(lambda: bool(server.get("alertmanagers")["activeAlertmanagers"]), "the receiver", 30)
            wait_for(lambda: bool(server.get("targets")["activeTargets"]), "the target", 30)
            found = await judged(DELAY, server.url, severity="critical")
            # 1 s scrape, 1 s evaluation, 90 s for, 45 s group_wait: the warning wakes nobody
            assert found.verdict is Verdict.PASS and found.value == pytest.approx(137 / 60)
            assert "1 s scrape + 1 s evaluation + 90 s for + 45 s" in found.said and "(300 s)" in found.said
            assert (await judged(DELAY, server.url)).verdict is Verdict.FAIL
            found = await judged(DELAY, server.url, severity="critical|error")
            assert found.verdict is Verdict.UNKNOWN  # 4:40 at least, 5:17 at most
            found = await judged(DELAY, server.url, severity="pager")
            assert "No alert rule has a label severity" in found.said
            quick.kill()
            found = await judged(DELAY, server.url, severity="critical")
            assert found.verdict is Verdict.UNKNOWN and "did not tell its group_wait" in found.said
    finally:
        quick.kill()


async def test_trap_what_cannot_be_read_leaves_the_bound_unknown_but_a_long_for_fails(
    server: Prometheus,
) -> None:
    load(server, [alert("Down", "twins == 0", "1m")])
    found = await ask(DELAY, server)
    assert found.verdict is Verdict.UNKNOWN and "no Alertmanager" in found.said
    assert "how often it scrapes" in found.said
    load(server, [alert("Down", "twins == 0", "6m")])
    assert (await ask(DELAY, server)).verdict is Verdict.FAIL
    with alertmanager() as named:
        found = await ask(DELAY, server, alertmanager=named.url)
        assert found.verdict is Verdict.FAIL and any("/api/v2/status" in each for each in found.asked)


def test_an_alertmanager_that_prometheus_names_gets_no_credentials_of_it() -> None:
    target = Target("prometheus", "p", "https://prom:9090/x", {"token_env": "T", "ca": "/ca.pem"})
    assert target_of("http://am:9093", target).options == {"ca": "/ca.pem"}
    assert target_of("https://prom:9090/am", target).options == target.options
    data = {"activeAlertmanagers": [{"url": "http://am:9093/pre/api/v2/alerts"}, {}]}
    assert addresses_of(data) == ("http://am:9093/pre",) and addresses_of(None) == ()


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("route: {receiver: x}", Waits(30, 30, 300)),
        ("route: {receiver: x, group_wait: 0s, routes: [{group_interval: 10m}]}", Waits(0, 0, 600)),
        ("route: {group_wait: 1m, routes: [{routes: [{group_wait: 5s}]}]}", Waits(5, 60, 300)),
        ("route: {group_wait: soon}", None),
        ("global: {}", None),
        ("{", None),
    ],
)
def test_routes_inherit_what_they_do_not_say(text: str, waits: Waits | None) -> None:
    assert waits_in(text) == waits


@pytest.mark.parametrize(
    ("expr", "metrics"),
    [
        ('sum by (job, le) (rate(a_total{x="b_total",y!~"c|d"}[5m])) > 0.5', {"a_total"}),
        ("job:x:rate5m / on (le) group_left (z) y offset 1w # w", {"job:x:rate5m", "y"}),
        ('{__name__="a", job="b"} and {"my.metric"} unless absent(c)', {"a", "my.metric", "c"}),
        ("sum without (pod) (x) > bool 1e3 and y @ end()", {"x", "y"}),
        ("max_over_time((a / b)[1h:5m]) == Inf", {"a", "b"}),
        ("SUM(a) BY (job) > 5", {"a"}),
        ("vector(1)", set()),
        ("(((", set()),
    ],
)
def test_the_metrics_of_an_expression(expr: str, metrics: set[str]) -> None:
    assert parts_of(expr).metrics == metrics


def test_the_other_parts_of_an_expression() -> None:
    parts = parts_of('rate(a{b="c"}[5m]) > 2 and avg_over_time(d[1h] offset 2d) > 1')
    assert parts.windows == {"5m", "1h"} and parts.offsets == {"2d"} and parts.words == {"and", "offset"}
    assert parts.selectors[0] == Selector("a", 'b="c"') and str(parts.selectors[0]) == 'a{b="c"}'


async def test_trap_rules_that_were_not_evaluated_yet_may_be_as_good_as_any(server: Prometheus) -> None:
    rules = [record("sli:ttft:fast", TTFT.replace("$w", "5m")), alert("ErrorBudgetBurns", BURN)]
    server.reload(rules=json.dumps({"groups": [{"name": "slow", "interval": "365d", "rules": rules}]}))

    def loaded() -> bool:
        return [group["name"] for group in server.get("rules")["groups"]] == ["slow"]

    wait_for(loaded, "the rules to be loaded", 30)
    found = await ask(LEVELS, server)
    assert (found.verdict, found.fields["sli_rules"]) == (Verdict.UNKNOWN, 0)


async def test_trap_rules_that_were_not_read_may_cover_a_service(server: Prometheus) -> None:
    many = [
        alert(f"Chat{n}", f'vllm:generation_tokens_total{{service="chat",n!="{n}"}} > 9') for n in range(201)
    ]
    load(server, [*many, alert("Embed", "embed_latency_seconds > 1")])
    found = await ask(COVERAGE, server, services="chat,embed")
    assert (found.verdict, found.fields["coverage"]) == (Verdict.UNKNOWN, 50), found
    assert (await ask(COVERAGE, server, services="chat")).verdict is Verdict.PASS

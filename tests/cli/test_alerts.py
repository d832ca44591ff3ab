"""``gpuready alerts``: what fired on a real Prometheus, and judgements kept in a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Inside, Program
from tests.prometheus.history import alert, prom
from tests.prometheus.real import Prometheus

HOUR = 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    series = {
        "up": 1.0,
        **alert("GpuHot", [(-5 * HOUR, -4.5 * HOUR)], labels='severity="critical",gpu="3"'),
        **alert("NodeDown", [(-HOUR, float("inf"))], labels='severity="page",instance="n1"'),
        **alert("Old", [(-30 * HOUR, -2 * HOUR)]),
    }
    with prom(series, days=2, step=60) as running:
        yield running


def _added(inside: Inside, server: Prometheus) -> None:
    assert inside.on("targets", "add", f"prometheus=prod={server.url}").code == 0


def test_alerts_are_listed_judged_and_a_judgement_is_taken_back(inside: Inside, server: Prometheus) -> None:
    _added(inside, server)
    listed = inside.on("alerts", "--since", "1d", "--format", "json")
    assert listed.code == 0 and listed.json["schema"] == "gpuready.alerts/1"
    rows = {row["name"]: row for row in listed.json["alerts"]}
    assert [row["name"] for row in listed.json["alerts"]] == ["NodeDown", "GpuHot", "Old"]
    assert rows["NodeDown"]["end"] is None and rows["NodeDown"]["judged"] is None
    assert rows["Old"]["id"] is None and not rows["Old"]["began_in_period"]
    id = rows["GpuHot"]["id"]

    judged = inside.on("alerts", "judge", id[:6], "false", "--since", "1d")
    assert judged.code == 0 and "GpuHot" in judged.out and "judged false" in judged.out
    assert "judged so already" in inside.on("alerts", "judge", id, "false", "--since", "1d").out
    text = inside.on("alerts", "list", "--since", "1d").out
    assert "2 alerts, 1 to judge, 0 true, 1 false" in text and "gpu=3" in text and "firing" in text
    assert "began" not in text and "<" in next(row for row in text.splitlines() if "Old" in row)
    assert "taken back" in inside.on("alerts", "judge", id, "unknown", "--since", "1d").out
    assert "0 false" in inside.on("alerts", "--since", "1d").out
    assert inside.on("audit", "verify").code == 0


def test_the_judgements_decide_the_check(inside: Inside, server: Prometheus) -> None:
    _added(inside, server)
    names = {
        r["name"]: r["id"] for r in inside.on("alerts", "--since", "1d", "--format", "json").json["alerts"]
    }
    assert inside.on("alerts", "judge", names["GpuHot"], "true", "--since", "1d").code == 0
    found = inside.on(
        "probe", "query.alerts_accuracy", "--target", f"prometheus={server.url}", "--with", '{"window": "1d"}'
    )
    assert "1 of 2 alerts wait" in found.out + found.err or "wait for a judgement" in found.out + found.err


def test_slips_are_told_in_one_sentence(inside: Inside, server: Prometheus) -> None:
    none = inside("alerts")
    assert none.code == 2 and "no Prometheus among the targets" in none.err
    _added(inside, server)
    assert "is no window" in inside.on("alerts", "--since", "soon").err
    assert "at most 92d" in inside.on("alerts", "--since", "1y").err
    unknown = inside.on("alerts", "judge", "feedbeef00", "true", "--since", "1d")
    assert unknown.code == 2 and "There is no alert feedbeef00" in unknown.err
    assert inside.on("alerts", "judge", "x", "maybe").code == 2
    dead = inside.on("alerts", "--target", "prometheus=gone=http://127.0.0.1:9")
    assert dead.code == 3 and "gone:" in dead.err
    nothing = inside.on("alerts", "judge", "x", "true", "--target", "prometheus=gone=http://127.0.0.1:9")
    assert nothing.code == 2 and "Nothing was judged" in nothing.err


def test_it_speaks_chinese(gpuready: Program, server: Prometheus) -> None:
    given = f"prometheus={server.url}"
    found = gpuready("--lang", "zh", "alerts", "--since", "1d", "--target", given)
    assert found.code == 0 and "2 条告警，待判断 2" in found.out and "触发中" in found.out

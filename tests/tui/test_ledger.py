"""The ledger of alerts: what fired on a real Prometheus, judged with a key, kept in the session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.engine.targets import add, parse_target
from gpuready.prometheus.alerts.judgement import judgements_of
from gpuready.text.say import Language
from tests.prometheus.history import alert, prom
from tests.prometheus.real import Prometheus
from tests.tui.conftest import Seat, seated

HOUR = 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    series = {
        "up": 1.0,
        **alert("GpuHot", [(-5 * HOUR, -4.5 * HOUR)], labels='severity="critical",gpu="3"'),
        **alert("NodeDown", [(-HOUR, float("inf"))], labels='severity="page",instance="n1"'),
        **alert("DiskFull", [(-40 * HOUR, -39 * HOUR)], labels='severity="warning",instance="n2"'),
    }
    with prom(series, days=31, step=60) as running:
        yield running


async def _opened(seat: Seat, url: str) -> None:
    await add(seat.session, parse_target(f"prometheus=prod={url}"))
    seat.app.stand_again()
    await seat.press("A")
    await seat.until("NodeDown")


def _judged(seat: Seat) -> list[bool]:
    return list(judgements_of(seat.session.state.settings).values())


async def test_without_prometheus_there_is_no_ledger(file: Path) -> None:
    async with seated(file) as seat:
        await seat.press("A")
        await seat.until("no Prometheus among the targets")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_alerts_are_listed_newest_first_on_any_screen(
    file: Path, server: Prometheus, size: tuple[int, int], language: Language
) -> None:
    async with seated(file, columns=size[0], rows=size[1], language=language) as seat:
        await _opened(seat, server.url)
        lines = [line for line in seat.lines if re.search("NodeDown|GpuHot|DiskFull", line)]
        assert [re.findall("NodeDown|GpuHot|DiskFull", line)[0] for line in lines] == [
            "NodeDown",
            "GpuHot",
            "DiskFull",
        ]
        assert ("firing" if language == "en" else "触发中") in lines[0]
        assert "31 min" in lines[1] and re.search(r"\d\d-\d\d \d\d:\d\d", lines[1])
        assert ("3 alerts, 3 to judge" if language == "en" else "3 条告警，待判断 3") in seat.text
        assert ("t true" if language == "en" else "t 真实") in seat.lines[0]


async def test_a_key_judges_the_row_and_goes_on_and_another_takes_it_back(
    file: Path, server: Prometheus
) -> None:
    async with seated(file) as seat:
        await _opened(seat, server.url)
        await seat.press("t")
        await seat.until("2 to judge, 1 true, 0 false")
        await seat.press("f")
        await seat.until("1 to judge, 1 true, 1 false")
        assert "false" in seat.row("gpu=3") and "true" in seat.row("instance=n1")
        await seat.press("up", "u")
        await seat.until("2 to judge, 1 true, 0 false")
        assert _judged(seat) == [True]
        await seat.press("escape")
        await seat.gone("3 alerts")


async def test_a_filter_and_another_period(file: Path, server: Prometheus) -> None:
    async with seated(file) as seat:
        await _opened(seat, server.url)
        await seat.press("slash")
        await seat.until("Words of name")
        await seat.press(*"gpu=3", "enter")
        await seat.until(lambda text: "GpuHot" in text and "NodeDown" not in text)
        await seat.press("f")
        await seat.until("0 true, 1 false")
        await seat.press("slash")
        await seat.until("Words of name")
        await seat.press(*"zzz", "enter")
        await seat.until("No alert matches zzz")
        await seat.press("slash")
        await seat.until("Words of name")
        await seat.press("backspace", "enter")
        await seat.until("DiskFull")
        await seat.press("W")  # 90 days: Prometheus remembers 31
        await seat.until("samples in only")
        await seat.press("W")
        await seat.until(lambda text: "of the last 1d" in text and "GpuHot" in text)
        assert "DiskFull" not in seat.text and _judged(seat) == [False]


async def test_a_server_that_does_not_answer_is_told_and_the_keys_do_no_harm(file: Path) -> None:
    async with seated(file) as seat:
        await add(seat.session, parse_target("prometheus=prod=http://127.0.0.1:9"))
        seat.app.stand_again()
        await seat.press("A")
        await seat.until("refused")
        await seat.press("t", "down", "f", "r")
        await seat.until("refused")
        assert not _judged(seat)

"""The Prometheus panel: charts of a real server, one of them whole, other signals, and a server that dies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.engine.targets import add, parse_target
from gpuready.prometheus.panel.chart import Alert, Chart, Charts, View
from gpuready.prometheus.table import signals
from gpuready.tui.draw.bars import amount
from gpuready.tui.draw.plot import Curve, plot, spark, top_of
from gpuready.tui.draw.signals import signals_lines
from gpuready.tui.driver import to_ascii
from tests.prometheus.history import histogram, prom
from tests.prometheus.real import Prometheus
from tests.tui.conftest import Seat, seated


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    series = {
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-a"}': lambda t: 0.6 + 0.3 * math.sin(t / 600),
        "DCGM_FI_DEV_GPU_TEMP": 61.0,
        'vllm:num_requests_waiting{model_name="m"}': 3.0,
        **histogram("vllm:time_to_first_token_seconds", {"0.1": 0.4, "0.5": 1.0, "1.0": 0.6}),
    }
    with prom(series, days=0.3) as running:
        yield running


async def _watched(seat: Seat, url: str) -> None:
    """The panel stands, with its first charts."""
    await add(seat.session, parse_target(f"prometheus=prod={url}"))
    seat.app.stand_again()
    await seat.until(lambda text: "GPU busy" in text and " %" in text)


async def test_a_session_without_prometheus_has_no_such_pane(file: Path) -> None:
    async with seated(file) as seat:
        assert "Prometheus" not in seat.text
        await seat.press("W")
        assert "no Prometheus among the targets" in seat.text


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_panel_shows_value_figure_and_what_is_missing(
    file: Path, server: Prometheus, size: tuple[int, int]
) -> None:
    async with seated(file, columns=size[0], rows=size[1]) as seat:
        if size[0] < 100:
            await add(seat.session, parse_target(f"prometheus=prod={server.url}"))
            seat.app.stand_again()
            await seat.press("shift+tab")
            await seat.until(lambda text: "GPU busy" in text and " %" in text)
        else:
            await _watched(seat, server.url)
        panel = seat.panel("prometheus")
        assert "Prometheus" in panel and "prod 1h" in panel and "0 firing" in panel
        assert "Time to first" in panel and "ms" in panel
        assert "Not exported here" in panel and "GPU power" in panel


async def test_one_signal_whole_with_percentiles_legend_and_query(file: Path, server: Prometheus) -> None:
    async with seated(file) as seat:
        await _watched(seat, server.url)
        await seat.press("shift+tab", "home", "down", "down", "enter")
        await seat.until(lambda text: "P99" in text and "histogram_quantile" in text)
        assert "P50" in seat.text and "least" in seat.text and "vLLM" in seat.text
        await seat.press("left")
        await seat.until(lambda text: "Time to first token  15m" in text)
        await seat.press("y")
        assert "histogram_quantile(0.95" in seat.app.clipboard
        await seat.press("up")
        await seat.until(lambda text: "GPU busy" not in text and "Time to first token  15m" not in text)
        await seat.press("escape")
        await seat.until(lambda text: "prod  15m" in text)


async def test_other_signals_another_window_and_a_selector(file: Path, server: Prometheus) -> None:
    async with seated(file) as seat:
        await _watched(seat, server.url)
        await seat.press("S")
        await seat.until(lambda text: "[x]" in text)
        await seat.press("home", "space", "enter")
        await seat.until(lambda text: "[x]" not in text)
        await seat.press("W")
        await seat.until(lambda text: "prod  6h" in text)
        await seat.press("equals_sign")
        await seat.until(lambda text: "Label matchers" in text)
        await seat.press(*'UUID="GPU-z"', "enter")
        await seat.until(lambda text: '{UUID="GPU-z"}' in text)
        await seat.until(lambda text: " -" in seat.panel("prometheus"))
        await seat.press("equals_sign")
        await seat.until(lambda text: "Label matchers" in text)
        await seat.press("x", "enter")
        await seat.until(lambda text: "is no selector" in text)


async def test_a_server_that_dies_is_told_and_its_last_figures_are_dimmed(file: Path) -> None:
    with prom({'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-a"}': 0.5}, days=0.1) as server:
        async with seated(file) as seat:
            await _watched(seat, server.url)
            server.kill()
            await seat.until(lambda text: "refused" in seat.panel("prometheus"), seconds=20)
            assert "Silent for" in seat.panel("prometheus") and "GPU busy" in seat.panel("prometheus")


async def test_a_chart_stays_in_sight_while_its_server_is_silent(file: Path) -> None:
    with prom(histogram("vllm:time_to_first_token_seconds", {"0.1": 0.4, "0.5": 1.0}), days=0.1) as server:
        async with seated(file) as seat:
            await add(seat.session, parse_target(f"prometheus=prod={server.url}"))
            seat.app.stand_again()
            await seat.until(lambda text: "Time to first" in text and " ms" in text)
            await seat.press("shift+tab", "enter")
            await seat.until("P99")
            server.kill()
            await seat.until("refused", seconds=20)
            assert "P99" in seat.text and "Silent for" in seat.text
            await seat.press("escape")
            await seat.until(lambda _: "Silent for" in seat.panel("prometheus"))


def _heard(*charts: Chart, alerts: tuple[Alert, ...] = ()) -> Charts:
    return Charts("prod", "Prometheus 3.5.0", View(), 60, 0.0, charts, alerts, 62.0)


def test_the_figure_is_drawn_in_and_what_lies_beyond_it_has_another_tone() -> None:
    rows = plot([Curve([10.0] * 20, "good")], 10, 4, 100.0, [80.0])
    assert "┄" in "".join(span.text for span in rows[0]) and any(span.tone == "good" for span in rows[3])
    assert {span.tone for span in spark([10.0, 90.0], 2, 100.0, None, 80.0) if span.text} == {"good", "bad"}
    assert top_of([[1.0, None, 4.0]], [8.0]) == pytest.approx(8.8) and top_of([[]], []) > 0


def test_a_gap_is_no_zero_and_a_leap_is_a_line() -> None:
    gap = plot([Curve([None] * 8 + [100.0] * 2, "accent")], 5, 1, 100.0, [])
    assert gap[0][0].text == "    "
    leap = plot([Curve([0.0, 100.0], "accent")], 1, 3, 100.0, [])
    assert all(row[0].text != " " for row in leap)


def test_each_line_fits_and_ascii_terminals_see_the_curve_too() -> None:
    busy, ttft = signals()["gpu_busy"], signals()["ttft"]
    points = tuple(float(each % 100) for each in range(60))
    charts = (Chart(busy, 0.95, "DCGM", "q", points, 42.0), Chart(ttft, 0.95, why=("tui.waiting", {})))
    alert = Alert("GPUHot", "firing", "critical", 0.0, {}, "a GPU is hot")
    for width in (30, 57, 80, 140):
        for height in (4, 12, 40):
            lines, _ = signals_lines(_heard(*charts, alerts=(alert,)), width, height, 0)
            assert all(line.width <= width for line in lines), (width, height)
            assert "?" not in to_ascii("".join(line.text for line in lines))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "-"),
        (0.42, "s", "420 ms"),
        (0.00002, "s", "20 us"),
        (3600.0, "s", "60 min"),
        (71.2 * 2**30, "B", "71.2 GiB"),
        (1234.0, "1/s", "1.2k/s"),
        (2.5, "1/s", "2.5/s"),
        (3364.2, "W", "3,364 W"),
        (0.0, "count", "0"),
        (73.91, "%", "73.9 %"),
    ],
)
def test_amounts_are_written_as_people_read_them(value: float | None, unit: str, text: str) -> None:
    assert amount(value, unit) == text


def test_a_wide_panel_has_two_columns_of_curves_and_marks_the_chosen_one() -> None:
    busy = signals()["gpu_busy"]
    points = tuple(float(each) for each in range(60))
    charts = [Chart(busy, 0.95, "DCGM", f"q{n}", points, 42.0 + n) for n in range(12)]
    lines, at = signals_lines(_heard(*charts), 120, 33, 7)
    titles = [line.text for line in lines if line.text.count("GPU busy") == 2]
    assert len(titles) == 6 and "42 %" in titles[0] and "48 %" in titles[0]  # the first, and the seventh
    assert lines[at].text.count("›") == 1 and lines[at].text.index("›") == 60 and "49 %" in lines[at].text
    assert all(line.width <= 120 for line in lines) and len(lines) <= 33
    # The whole window is drawn, not its end alone.
    for cell in (1, 58):
        assert any(line.text[cell] >= "\u2800" for line in lines[2:6])
    narrow, _ = signals_lines(_heard(*charts), 100, 33, 7)
    assert not any(line.text.count("GPU busy") == 2 for line in narrow)

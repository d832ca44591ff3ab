"""The panel's watcher against a real Prometheus: few requests, what is new only, and a server that fails."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import time
from collections.abc import Iterator

import pytest

from gpuready.live.source import Unheard
from gpuready.probes.probe import Target
from gpuready.prometheus.panel.chart import Charts, View
from gpuready.prometheus.panel.trace import Trace, join, joined
from gpuready.prometheus.panel.watch import Watcher
from gpuready.prometheus.signal import Way
from gpuready.prometheus.table import signals
from tests.probes.daemons import wait_for
from tests.prometheus.history import counter, histogram, prom
from tests.prometheus.real import Prometheus
from tests.prometheus.slow import slow

GPU = 'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-%s"}'


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    series = {
        GPU % "a": lambda t: 0.5 + 0.3 * math.sin(t / 600),
        GPU % "b": 0.9,
        'vllm:num_requests_waiting{model_name="m"}': 3.0,
        "up": 1.0,
        **histogram("vllm:time_to_first_token_seconds", {"0.1": 0.4, "0.5": 1.0, "1.0": 0.6}),
        'vllm:request_success_total{finished_reason="stop"}': counter(2.0),
    }
    with prom(series, days=0.5) as running:
        yield running


def watcher(url: str, *signals: str, window: float = 3600.0) -> Watcher:
    view = View(signals=signals or ("gpu_busy", "ttft", "queue_depth"), window=window)
    return Watcher(Target("prometheus", "test", url), view, lambda heard: None)


async def test_the_first_refresh_fills_the_window_and_the_next_asks_only_for_what_is_new(
    server: Prometheus,
) -> None:
    with slow(server.url) as front:
        panel = watcher(front.url)
        first = await panel.refresh()
        whole = front.received
        front.reset()
        second = await panel.refresh()
        panel.source.close()
    busy, ttft, queue = first.charts
    assert len(busy.points) == 60 and None not in busy.points
    assert busy.exporter.startswith("DCGM") and "DCGM_FI_PROF_GR_ENGINE_ACTIVE" in busy.query
    assert all(45 <= value <= 90 for value in busy.points if value is not None)
    assert {round(value, 6) for value in queue.points if value is not None} == {3.0}
    assert ttft.q == 0.95 and all(0.5 <= value <= 1 for value in ttft.points if value is not None)
    assert front.requests == 1, front.paths
    assert front.received < whole / 3
    assert second.charts[0].now is not None and second.charts[0].points[-50:] == busy.points[-50:]


async def test_many_signals_take_few_requests(server: Prometheus) -> None:
    with slow(server.url) as front:
        panel = watcher(front.url, *(f"ttft@{q / 100}" for q in range(50, 100, 5)), "gpu_busy", "queue_depth")
        await panel.refresh()
        front.reset()
        heard = await panel.refresh()
        panel.source.close()
    assert len(heard.charts) == 12 and all(chart.now is not None for chart in heard.charts)
    assert front.requests <= 12


async def test_a_signal_that_nobody_exports_says_what_was_looked_for(server: Prometheus) -> None:
    panel = watcher(server.url, "gpu_busy", "kv_cache_use")
    heard = await panel.refresh()
    panel.source.close()
    key, fields = heard.charts[1].why or ("", {})
    assert key == "prometheus.no_metric" and "vllm:kv_cache_usage_perc" in str(fields["wanted"])
    assert heard.charts[0].now is not None


async def test_a_selector_that_matches_nothing_leaves_gaps_not_zeros(server: Prometheus) -> None:
    view = View(signals=("gpu_busy",), selector='UUID="GPU-z"')
    panel = Watcher(Target("prometheus", "test", server.url), view, lambda heard: None)
    heard = await panel.refresh()
    panel.source.close()
    assert set(heard.charts[0].points) == {None} and heard.charts[0].now is None and not heard.charts[0].tone


async def test_trap_an_xid_shows_in_the_panel_whose_points_look_back_two_minutes() -> None:
    happened = 'DCGM_FI_DEV_XID_ERRORS{UUID="GPU-a"}', lambda t: 0.0 if t < -1000 else 79.0
    with prom({happened[0]: happened[1], 'DCGM_FI_DEV_GPU_TEMP{UUID="GPU-a"}': 50.0}, days=0.2) as server:
        panel = watcher(server.url, "gpu_xid")
        (chart,) = (await panel.refresh()).charts
        panel.source.close()
    assert max(value for value in chart.points if value is not None) == 1
    assert chart.points[0] == 0 and chart.points[-1] == 0


async def test_one_refused_query_does_not_silence_the_others(
    server: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gpuready.prometheus.panel import watch

    bad = Way("a site's own", ("up",), expr="no_such_function(up{$sel}[$window])")
    own = dataclasses.replace(signals()["gpu_busy"], id="own", ways=(bad,))
    monkeypatch.setattr(watch, "signals", lambda: {**signals(), "own": own})
    panel = watcher(server.url, "gpu_busy", "own")
    for _ in range(2):
        heard = await panel.refresh()
        assert heard.charts[0].now is not None
        key, fields = heard.charts[1].why or ("", {})
        assert key == "probes_services.query_refused" and "no_such_function" in str(fields["error"])
    panel.source.close()


class Ear:
    """What a watcher tells."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Charts | Unheard] = asyncio.Queue()

    def __call__(self, heard: Charts | Unheard) -> None:
        self.heard.put_nowait(heard)

    async def next(self, kind: type[Charts | Unheard]) -> Charts | Unheard:
        async with asyncio.timeout(20):
            while not isinstance(heard := await self.heard.get(), kind):
                pass
        return heard


async def test_another_view_in_the_middle_of_a_refresh(server: Prometheus) -> None:
    ear = Ear()
    with slow(server.url, seconds=0.3) as front:
        view = View(signals=("gpu_busy", "ttft"))
        panel = Watcher(Target("prometheus", "test", front.url), view, ear, interval=0.1)
        panel.start()
        asked = lambda: any("query_range" in path for path in front.paths)  # noqa: E731
        await asyncio.to_thread(wait_for, asked, "a range to be asked for")
        panel.look(dataclasses.replace(view, window=21600.0, selector='UUID="GPU-a"'))
        front.seconds = 0.0
        while True:
            heard = await ear.next(Charts)
            if isinstance(heard, Charts) and heard.view.window == 21600.0 and heard.charts[0].now:
                break
        await panel.stop()


async def test_charts_do_not_wait_for_alerts(server: Prometheus) -> None:
    ear = Ear()
    with slow(server.url, seconds=3600) as front:
        front.held = "/alerts"
        view = View(signals=("gpu_busy",))
        panel = Watcher(Target("prometheus", "test", front.url), view, ear, interval=0.1)
        panel.start()
        for _ in range(3):
            heard = await ear.next(Charts)
            assert isinstance(heard, Charts) and heard.alerts is None
        assert any("/alerts" in path for path in front.paths)
        await panel.stop()


async def test_a_server_that_dies_is_told_asked_again_and_heard_when_it_is_back() -> None:
    with prom({GPU % "a": 0.5}, days=0.1) as server:
        ear = Ear()
        target = Target("prometheus", "test", server.url)
        panel = Watcher(target, View(signals=("gpu_busy",)), ear, interval=0.1)
        panel.start()
        await ear.next(Charts)
        server.kill()
        gone = await ear.next(Unheard)
        assert isinstance(gone, Unheard) and gone.why[0] == "probes_http.refused"
        server.start()
        back = await ear.next(Charts)
        assert isinstance(back, Charts) and back.charts[0].now == pytest.approx(50)
        await panel.stop()


async def test_a_server_that_hangs_does_not_hold_the_event_loop() -> None:
    with prom({GPU % "a": 0.5}, days=0.1) as server:
        ear = Ear()
        target = Target("prometheus", "test", server.url)
        panel = Watcher(target, View(signals=("gpu_busy",)), ear, interval=0.1)
        panel.start()
        await ear.next(Charts)
        server.pause()
        try:
            longest, last, end = 0.0, time.perf_counter(), time.perf_counter() + 1.0
            while last < end:
                await asyncio.sleep(0.005)
                now = time.perf_counter()
                longest, last = max(longest, now - last), now
            assert longest < 0.5  # it would be the whole second
            begun = time.perf_counter()
            await panel.stop()
            assert time.perf_counter() - begun < 1.0
        finally:
            server.resume()


def test_joined_queries_stay_below_what_a_proxy_takes() -> None:
    queries = {f"s{number}": f"avg(metric_{number}{{{'x' * 300}}})" for number in range(20)}
    groups = joined(queries)
    assert {name for group in groups for name in group} == set(queries)
    assert all(len(join(group)) <= 3000 for group in groups) and len(groups) < 5


def test_a_trace_forgets_what_left_the_window_and_shows_gaps() -> None:
    trace = Trace("q", 10)
    for at in (10, 20, 40):
        trace.keep(at, float(at))
    trace.keep(43, 43.0)  # between two points of the grid: the value of a moment
    assert trace.line(40, 40.0) == [10.0, 20.0, None, 40.0]
    assert trace.line(60, 30.0) == [40.0, None, None]
    assert trace.points == {40: 40.0}

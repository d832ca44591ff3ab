"""What the Prometheus panel promises: few requests, few bytes, little CPU, keys that never wait."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path

from gpuready.live.source import Unheard
from gpuready.probes.probe import Target
from gpuready.prometheus.panel.chart import Charts, View
from gpuready.prometheus.panel.watch import INTERVAL, Watcher
from tests.bench import measure, subjects
from tests.bench.figure import Figure
from tests.prometheus.big import big
from tests.prometheus.slow import Slow, slow

SIGNALS = (
    "gpu_busy", "gpu_tensor_active", "gpu_dram_active", "gpu_memory_used", "gpu_memory_used_bytes",
    "gpu_power", "gpu_temperature", "gpu_memory_temperature", "gpu_remapped_rows", "gpu_xid",
    "node_gpu_busy", "gpu_sm_clock",
)  # fmt: skip
REFRESHES, SECONDS, PRESSES, SLOW = 8, 30.0, 80, 10.0


def panel(folder: Path) -> list[Figure]:
    with big() as server, slow(server.url) as front:
        requests, received = asyncio.run(_refreshes(front))
        cpu = _cpu(folder, front)
        times = _keys(folder, front)
    return [
        Figure("12 signals of 10,000 GPUs: requests a refresh", "", requests, 12),
        Figure("bytes read for a refresh after the first", "B", received, 65536),
        Figure("CPU with the panel, all processes", "%", [cpu], 5),
        Figure("key to screen, p95, Prometheus takes 10 s", "ms", [measure.percentile(times, 0.95)], 50),
    ]


async def _refreshes(front: Slow) -> tuple[list[float], list[float]]:
    """Requests and bytes of each refresh but the first, at the panel's own pace."""
    requests: list[float] = []
    received: list[float] = []
    watcher = Watcher(Target("prometheus", "big", front.url), View(signals=SIGNALS), lambda heard: None)
    try:
        for number in range(REFRESHES + 1):
            front.reset()
            charts = await watcher.refresh()
            if number:
                _complete(charts)
                requests.append(front.requests)
                received.append(front.received)
            await asyncio.sleep(INTERVAL)
    finally:
        watcher.source.close()
    return requests, received


def _complete(heard: Charts | Unheard) -> None:
    """A figure of a panel that shows nothing would be no figure."""
    assert isinstance(heard, Charts)
    silent = [each.signal.id for each in heard.charts if each.why is not None or each.now is None]
    if silent or len(heard.charts) != len(SIGNALS):
        raise RuntimeError(f"not all signals are there: {silent}, {len(heard.charts)} of {len(SIGNALS)}")


def _subject(folder: Path, front: Slow) -> measure.Subject:
    env = subjects.environment(folder)
    config = Path(env["XDG_CONFIG_HOME"]) / "gpuready"
    config.mkdir(parents=True, exist_ok=True)
    names = ", ".join(f'"{name}"' for name in SIGNALS)
    (config / "settings.toml").write_text(f"signals = [{names}]\n", encoding="utf-8")
    add = [str(subjects.BIN / "gpuready"), "targets", "add", f"prometheus=big={front.url}"]
    subprocess.run(add, env=env, check=True, capture_output=True)
    ours = subjects.gpuready(env)

    def complete(text: str) -> bool:
        """The panel has its charts, too: a figure of a screen without them would be none."""
        return ours.complete(text) and "GPU busy" in text and "firing" in text

    return replace(ours, complete=complete)


def _cpu(folder: Path, front: Slow) -> float:
    return measure.rest(_subject(folder, front), SECONDS).cpu


def _keys(folder: Path, front: Slow) -> list[float]:
    front.seconds = 0.0
    subject = _subject(folder, front)
    with measure.opened(subject) as terminal:
        measure.steady(terminal, subject)
        front.seconds = SLOW
        for key in ("down", "right", "down"):
            terminal.send(key)
            measure.settle(terminal, 0.4)
        return measure.key_times(terminal, PRESSES)

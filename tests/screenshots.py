"""``make screenshots``: the pictures of the README, made from the running program on the demo recording."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from textual.pilot import Pilot

from gpuready.checklist.load import load_all
from gpuready.checklist.verdict import Verdict
from gpuready.live.facts import Sample
from gpuready.live.recording import demo_path, read_samples
from gpuready.live.source import Listener
from gpuready.session import deeds
from gpuready.session.store import Session
from gpuready.settings import load_settings
from gpuready.text.say import Language, set_language
from gpuready.tui.app import GpureadyApp

FOLDER = Path(__file__).parents[1] / "screenshots"
SAMPLES = 160  # lines of the recording that the picture has behind it: enough for histories


class Still:
    """The recording's first samples at once, and none after: a picture that is the same each time."""

    label = "synthetic: 8 pretend H100s"

    def __init__(self) -> None:
        self._samples: list[Sample] = list(read_samples(demo_path()))[:SAMPLES]

    def start(self, listener: Listener) -> None:
        for sample in self._samples:
            listener(sample)

    def feed(self, app: GpureadyApp) -> None:
        """Once more, now that the panels stand and keep histories."""
        for sample in self._samples:
            app.front.hear(sample)

    async def stop(self) -> None:
        pass


async def _walked(session: Session) -> None:
    """A site in the middle of its walk."""
    small, *_ = load_all()
    items = {item.ref: item for item in small.items()}
    checks = {check.ref: check for check in small.checks()}
    today = date.today()
    await deeds.enter(session, checks["13.1.1.1.s2"], "9.4 Gbit/s", text="iperf3 -R from node2")
    await deeds.enter(session, checks["13.1.1.1.s3"], "3.1 GB/s")
    for ref in ("13.1.1.1.s1", "13.1.1.1.a1"):
        await deeds.settle(session, checks[ref], Verdict.PASS)
    await deeds.enter(session, checks["13.1.1.1.a2"], "0.21 ms")
    await deeds.own(session, items["13.1.1.1"], "ana")
    await deeds.own(session, items["13.1.1.2"], "bo")
    await deeds.due(session, items["13.1.1.2"], "+7d", today)
    await deeds.note(session, "13.1.1.1", "网线已更换，重测 9.4 Gbit/s；待换 25G 模块")
    await deeds.settle(session, checks["13.1.1.2.s1"], Verdict.PASS)


async def _picture(
    name: str, keys: Sequence[str], size: tuple[int, int], language: Language, folder: Path
) -> None:
    set_language(language)
    path = folder / f"{name}.gpuready"
    async with await Session.open(path, actor="ana") as session:
        await _walked(session)
        settings = replace(load_settings(folder / "none.toml"), language=language, operator="ana")
        still = Still()
        app = GpureadyApp(session, load_all(), still, settings)
        still.start(app.hear)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            still.feed(app)
            await _press(pilot, keys)
            svg = app.export_screenshot(title="gpuready")
    # The picture brings its letters from nowhere: fonts are the reader's own.
    svg = re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.S)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


async def _press(pilot: Pilot[int], keys: Sequence[str]) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.25)


async def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await _picture("main", ("down", "right", "down", "down"), (120, 40), "en", folder)
        await _picture("main-zh", ("down", "right", "down", "down"), (120, 40), "zh", folder)
        await _picture("gpu", ("tab", "tab", "z"), (120, 40), "en", folder)
        await _picture("small", ("down", "right"), (80, 24), "en", folder)


if __name__ == "__main__":
    asyncio.run(main())

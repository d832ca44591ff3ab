"""What the screens show, line by line, at both sizes and in both languages.

The pictures are text, so that a change can be read; ``make snapshots`` accepts what is shown now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

import gpuready.tui.app
from gpuready.checklist.load import load_all
from gpuready.checklist.verdict import Verdict
from gpuready.session import deeds
from gpuready.session.store import Session
from gpuready.settings import load_settings
from gpuready.text.say import Language, set_language
from gpuready.tui.app import GpureadyApp
from tests.screenshots import Still

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
MOMENT = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d")


class Clock(datetime):
    """A day on which nothing moves."""

    @classmethod
    def now(cls, tz: object = None) -> Clock:
        return cls(2026, 12, 1, 12, 0, tzinfo=UTC)

    def astimezone(self, tz: object = None) -> Clock:
        return self


async def fill(session: Session) -> None:
    small, *_ = load_all()
    items = {item.ref: item for item in small.items()}
    checks = {check.ref: check for check in small.checks()}
    await deeds.enter(session, checks["13.1.1.1.s2"], "9.4 Gbit/s", text="iperf3 -R")
    await deeds.settle(session, checks["13.1.1.1.a1"], Verdict.PASS)
    await deeds.own(session, items["13.1.1.1"], "ana")
    await deeds.due(session, items["13.1.1.1"], "2026-11-28", NOW.date())
    await deeds.due(session, items["13.1.1.2"], "2026-12-09", NOW.date())
    await deeds.note(session, "13.1.1.1", "网线已更换，重测 9.4 Gbit/s")


def shown(app: GpureadyApp) -> str:
    strips = app.screen._compositor.render_strips()
    text = "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
    return MOMENT.sub("YYYY-MM-DD hh:mm", text)


async def at_rest(app: GpureadyApp, pilot: Pilot[int]) -> str:
    """The screen once it changes no more: the detail follows the cursor only after that has rested."""
    picture, same = shown(app), 0
    for _ in range(50):
        await pilot.pause(0.15)
        now = shown(app)
        picture, same = (picture, same + 1) if now == picture else (now, 0)
        if same == 4:
            break
    return picture


PICTURES: dict[str, tuple[tuple[int, int], Language, Sequence[str]]] = {
    "main_120x40": ((120, 40), "en", ("down", "right")),
    "main_120x40_zh": ((120, 40), "zh", ("down", "right")),
    "main_80x24": ((80, 24), "en", ("down", "right")),
    "main_80x24_zh": ((80, 24), "zh", ("down", "right")),
    "check_120x40": ((120, 40), "en", ("down", "right", "down", "down")),
    "check_80x24_zh": ((80, 24), "zh", ("down", "right", "down", "down", "enter")),
    "gpu_120x40": ((120, 40), "en", ("tab", "tab", "z")),
    "gpu_80x24": ((80, 24), "en", ("tab", "tab")),
    "node_80x24": ((80, 24), "en", ("tab", "tab", "tab")),
    "help_80x24": ((80, 24), "en", ("question_mark",)),
    "help_80x24_zh": ((80, 24), "zh", ("question_mark",)),
    "override_80x24": ((80, 24), "en", ("down", "space")),
    "value_120x40": ((120, 40), "en", ("down", "right", "down", "down", "v")),
    "filter_120x40": ((120, 40), "en", ("f",)),
    "overdue_120x40": ((120, 40), "en", ("D",)),
    "targets_80x24": ((80, 24), "en", ("s",)),
}


@pytest.mark.parametrize("name", PICTURES)
async def test_picture(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    size, language, keys = PICTURES[name]
    monkeypatch.setattr(gpuready.tui.app, "datetime", Clock)
    set_language(language)
    async with await Session.open(tmp_path / "site.gpuready", actor="ana") as session:
        await fill(session)
        settings = replace(load_settings(tmp_path / "none"), language=language, operator="ana")
        still = Still()
        app = GpureadyApp(session, load_all(), still, settings)
        still.start(app.hear)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            still.feed(app)
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            assert await at_rest(app, pilot) == snapshot

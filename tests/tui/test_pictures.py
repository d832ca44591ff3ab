"""What the screens show, line by line, at both sizes and in both languages.

The pictures are text, so that a change can be read in a diff; they hold no date, host or path of the day on
which they were made.  ``make snapshots`` accepts what is shown now as what ought to be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gpuready.checklist.verdict import Status, Verdict
from gpuready.live.facts import Gpu
from gpuready.session import deeds
from gpuready.session.store import Session
from gpuready.text.say import Language
from tests.tui.conftest import NOON, Clock, check, item, seated
from tests.tui.facts import gpu, gpus, node

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
LANGUAGES: tuple[Language, ...] = ("en", "zh")

PICTURES: dict[str, Sequence[str]] = {
    "main": ("down", "right"),
    "check": ("down", "right", "down", "down", "enter"),
    "gpu": ("tab", "tab", "z", "down", "down"),
    "node": ("tab", "tab", "tab"),
    "help": ("question_mark",),
    "override": ("down", "space"),
    "value": ("down", "right", "down", "down", "v"),
    "filter": ("slash",),
    "overdue": ("D",),
    "targets": ("s",),
}

OVER = ("help", "override", "value", "targets")
"""Those that show something before the main screen."""


async def fill(file: Path, clock: Clock) -> None:
    """A site in the middle of its walk."""
    today = NOON.date()
    async with await Session.open(file, actor="ana") as session:
        clock.now = NOON - timedelta(days=2)
        await deeds.enter(session, check("13.1.1.1.s2"), "9.4 Gbit/s", text="iperf3 -R")
        clock.now = NOON - timedelta(hours=3)
        await deeds.settle(session, check("13.1.1.1.a1"), Verdict.PASS)
        await deeds.own(session, item("13.1.1.1"), "ana")
        await deeds.due(session, item("13.1.1.1"), "2026-11-20", today)
        await deeds.due(session, item("13.1.1.2"), "2026-12-01", today)
        await deeds.override(session, item("13.1.1.4"), Status.DONE, "Grafana 面板已核对")
        await deeds.waive(session, check("13.1.1.3.a1"), "cards come in May", "bo", "2027-05-31", today)
        await deeds.note(session, "13.1.1.1", "网线已更换，重测 9.4 Gbit/s")
        await deeds.settle(session, check("13.1.3.1.s1"), Verdict.PASS)
        clock.now = NOON


def machine(step: int) -> tuple[Gpu, ...]:
    """One of each kind of trouble, and a load that moves."""
    return (
        gpu(0, busy=8 * step % 101),
        gpu(2, busy=99, reasons=0x48, temperature=89, sm_clock=600),
        gpu(3, recovery=1, ecc_uncorrected=1, remap_pending=True),
        gpu(4, mig=True, mig_instances=3, busy=None, memory_busy=None),
        Gpu(5, lost="GPU is lost"),
        gpu(6, nvlink_active=16),
        gpu(7, pcie_gen=3, pcie_width=8),
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PICTURES)
async def test_picture(
    name: str, size: str, language: Language, file: Path, clock: Clock, snapshot: SnapshotAssertion
) -> None:
    await fill(file, clock)
    columns, rows = SIZES[size]
    async with seated(file, columns=columns, rows=rows, language=language, clock=clock) as seat:
        for step in range(40):
            seat.source.say(gpus(*machine(step)))
        await seat.hear(node())
        for key in PICTURES[name]:
            await seat.press(key)
            await seat.pilot.pause()
        front = seat.app.front
        if name in OVER:
            await seat.until(lambda _: len(seat.app.screen_stack) == 2 and "╰" in seat.text)
        await seat.until(
            lambda _: not front.detail.display or front.outline.ref in front.detail.lines[0].text
        )
        if name == "filter":  # its hint comes last
            await seat.until(lambda text: "esc" in text.splitlines()[-1])
        assert await seat.at_rest() == snapshot

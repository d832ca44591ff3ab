"""Text of notes, owners, hosts and processes: shown, never obeyed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from gpuready.checklist.verdict import Status, Verdict
from gpuready.live.facts import Disk, GpuProcess, Link, Process
from gpuready.live.source import Silence
from gpuready.session import deeds
from gpuready.session.event import EventKind
from gpuready.session.store import Session
from tests.tui.conftest import NOON, Seat, check, item, seated
from tests.tui.facts import GIB, gpu, gpus, node

ITEM, CHECK = "13.1.1.1", "13.1.1.1.s2"
EVIL = "\x1b[2J\x1b]0;owned\x07[bold red]x[/] \u202egnp\u2066 \x9b31m \u200b\ufeff\x7f\r\b \U000e0041"
FORBIDDEN = set(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff\u061c\u2028\u2029"
)


def assert_harmless(seat: Seat) -> None:
    """No control, nothing that reorders or hides, in any piece of what goes to the terminal."""
    for strip in seat.app.screen._compositor.render_strips(seat.app.size):
        for text, _, control in strip:
            assert not control
            bad = {
                c
                for c in text
                if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in FORBIDDEN or ord(c) >= 0xE0000
            }
            assert not bad, (bad, text)
        assert cell_len(strip.text) == seat.app.size.width


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    file = tmp_path / "site[red]\x1b[1m.gpuready"
    async with await Session.open(file, actor=f"mallory{EVIL}") as session:
        await deeds.note(session, ITEM, f"note {EVIL}\nsecond {EVIL}")
        await deeds.note(session, CHECK, f"note {EVIL}")
        await deeds.own(session, item(ITEM), f"own{EVIL}")
        await deeds.override(session, item(ITEM), Status.DONE, f"because {EVIL}")
        await deeds.settle(
            session, check(CHECK), Verdict.PASS, text=f"seen {EVIL}", link="https://x.example/a"
        )
        await deeds.waive(
            session, check(CHECK), f"why {EVIL}", f"boss {EVIL}", "+7d", NOON.date().replace(year=2099)
        )
        await session.append(EventKind.NAMED, "", {"name": f"site {EVIL}"})
    async with seated(file, operator=f"ana{EVIL}", label=f"tape {EVIL}") as seat:
        yield seat


async def test_every_place_that_shows_it(seat: Seat) -> None:
    evil = gpu(
        0,
        name=f"H100{EVIL}",
        bus_id=f"00{EVIL}",
        processes=(GpuProcess(1, f"p{EVIL}", f"u{EVIL}", GIB, "C"),),
    )
    await seat.hear(
        replace(gpus(evil, gpu(1, lost=f"lost {EVIL}")), driver=EVIL, cuda=EVIL),
        node(
            hostname=f"host{EVIL}",
            kernel=f"k{EVIL}",
            disks=(Disk(f"/m{EVIL}", f"fs{EVIL}", 4 * GIB, GIB),),
            links=(Link(f"l{EVIL}", True, 1000, 1.0, 1.0),),
            processes=(Process(1, f"p{EVIL}", f"u{EVIL}", 1.0, GIB),),
        ),
    )
    for ref in (ITEM, CHECK, "13.1.1"):
        await seat.go(ref)
        await seat.until(ref)
        assert_harmless(seat)
    assert "[bold red]x[/]" in seat.panel("node")  # shown as it is, not obeyed
    for key in ("z", "tab", "tab", "tab", "z"):
        await seat.press(key)
        await seat.pilot.pause()
        assert_harmless(seat)
    await seat.resize(80, 24)
    for key in ("tab", "tab", "tab", "tab"):
        await seat.press(key)
        await seat.pilot.pause()
        assert_harmless(seat)


@pytest.mark.parametrize(
    ("ref", "key"),
    [
        (ITEM, "o"),
        (ITEM, "space"),
        (ITEM, "H"),
        (ITEM, "n"),
        (CHECK, "w"),
        (CHECK, "H"),
        (CHECK, "a"),
        (CHECK, "v"),
    ],
)
async def test_dialogs_and_histories_too(seat: Seat, ref: str, key: str) -> None:
    await seat.go(ref)
    await seat.press(key)
    await seat.until(lambda _: len(seat.app.screen_stack) == 2)
    await seat.pilot.pause()
    assert_harmless(seat)


async def test_what_is_typed_or_pasted(seat: Seat) -> None:
    from textual import events

    await seat.press("slash")
    await seat.until("esc leaves")
    seat.app.screen.focused.post_message(events.Paste(EVIL))  # type: ignore[union-attr]
    await seat.until("[bold red]")
    assert_harmless(seat)
    await seat.press("escape")
    await seat.go(CHECK)
    for key in ("n", "v", "d"):
        await seat.press(key)
        await seat.until(lambda _: len(seat.app.screen_stack) == 2)
        seat.app.screen.focused.post_message(events.Paste(EVIL))  # type: ignore[union-attr]
        await seat.until("[bold red]")
        await seat.press("enter")
        await seat.pilot.pause()
        assert_harmless(seat)
        await seat.press("escape")
        await seat.until(lambda _: len(seat.app.screen_stack) == 1)


@pytest.mark.parametrize("why", ["died", "ended", "hung"])
async def test_the_last_words_of_a_reader(seat: Seat, why: str) -> None:
    await seat.hear(gpus(), Silence("gpu", 0.0, why, f"gone {EVIL}"))
    assert_harmless(seat)

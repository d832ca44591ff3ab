"""What goes wrong beside the operator: it is told in the footer, and the screen goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gpuready.live.source import Listener
from gpuready.text.fault import Fault
from gpuready.tui.themes import theme_names
from tests.engine.fakes import checklist, method
from tests.tui import conftest
from tests.tui.conftest import Fed, Seat, seated
from tests.tui.facts import gpus, node

STEP = "13.1.1.1.s1"


def foot(text: str) -> str:
    return text.splitlines()[-1]


def spoil(file: Path) -> None:
    """Put a row into the file that no program of ours writes."""
    names = "id, replica, seq, clock, actor, host, kind, subject, payload, over, previous, hash"
    row = ("x", "r", 1, "no clock", "bo", "h", "note.added", STEP, "{}", "[]", "", "h")
    with closing(sqlite3.connect(file)) as other, other:
        other.execute(f"INSERT INTO events ({names}) VALUES ({', '.join('?' * len(row))})", row)


async def test_a_row_that_no_program_of_ours_writes(seat: Seat, file: Path) -> None:
    await seat.until(lambda _: bool(seat.session.state.adopted))  # it watches from then on
    await asyncio.to_thread(spoil, file)
    await seat.until(lambda text: "site.gpuready" in foot(text))
    await seat.press("down", "right")
    await seat.until(" s1 ")
    assert seat.app.is_running and seat.app._exception is None


async def test_a_file_that_is_taken_away_is_told_at_the_next_mark_and_no_sooner(
    seat: Seat, file: Path
) -> None:
    await seat.go(STEP)
    away = file.with_name("away")
    file.rename(away)  # noqa: ASYNC240 (at once, on a local disk)
    await seat.press("space")
    await seat.until(lambda text: "site.gpuready" in foot(text))
    away.rename(file)
    await seat.press("space")
    await seat.until(f"{STEP} passes on your word")


async def test_an_own_checklist_that_asks_for_what_no_probe_can_do(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = checklist([[method("no.such.probe")]])
    both = (*conftest.checklists(), own)
    monkeypatch.setattr("tests.tui.conftest.checklists", lambda: both)
    async with seated(file) as seat:
        await seat.until(lambda text: "no.such.probe" in foot(text) and "1.1.1.a1" in foot(text))
        for _ in range(5):
            await seat.press("right_square_bracket")
        await seat.until(" 1.1.1 ")


async def test_own_keys_that_name_no_act(file: Path) -> None:
    with pytest.raises(Fault, match=r"keys\.jump"):
        async with seated(file, keys={"jump": "J"}):
            pass


async def test_an_own_theme_that_is_broken(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "zz-broken.toml"
    broken.write_text("colors = 1\n")
    monkeypatch.setattr("gpuready.places.own_themes", lambda: tmp_path)
    async with seated(file) as seat:
        names = theme_names()
        assert names[-1] == "zz-broken"
        was = seat.app.theme
        for _ in names[names.index(was) + 1 :]:
            was = seat.app.theme
            await seat.press("T")
        await seat.until(lambda text: "zz-broken.toml" in foot(text))
        assert seat.app.theme == was


async def test_what_the_source_says_before_the_screen_stands_is_shown_at_first(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Eager(Fed):
        def start(self, listener: Listener) -> None:
            super().start(listener)
            self.say(gpus(), node())

    monkeypatch.setattr("tests.tui.conftest.Fed", Eager)
    async with seated(file) as seat:
        await seat.until("NVIDIA H100")
        assert "node7" in seat.text and "asking ..." not in seat.text


async def test_redraw_changes_nothing(seat: Seat) -> None:
    await seat.hear(gpus(), node())
    before = await seat.until("NVIDIA H100")
    await seat.press("ctrl+l")
    await seat.pilot.pause()
    assert seat.text == before


async def test_a_message_makes_room_for_the_keys_again(seat: Seat) -> None:
    seat.app.front.tell("told")
    await seat.until(lambda text: "told" in foot(text))
    seat.app.front._hush()
    await seat.until(lambda text: "space mark" in foot(text))

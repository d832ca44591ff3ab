"""Marks, values, notes, owners and days, given by keyboard and kept in the file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.session import deeds
from gpuready.session.store import Session
from tests.tui.conftest import ERASE, Clock, Seat, check, item, seated

ITEM = "13.1.1.1"
STEP, RATE, ACCEPT = f"{ITEM}.s1", f"{ITEM}.s2", f"{ITEM}.a1"


async def again(file: Path, ref: str) -> str:
    """What a program that is opened on the file now tells of that ref."""
    async with seated(file) as seat:
        await seat.go(ref)
        return seat.detail


async def test_space_turns_a_check_round(seat: Seat) -> None:
    await seat.go(ACCEPT)
    assert "◦ a1" in seat.text
    await seat.press("space")
    await seat.until(f"{ACCEPT} passes on your word")
    assert "✓ a1" in seat.text and "attested by ana, moments ago" in seat.text
    await seat.press("space")
    await seat.until(f"{ACCEPT} fails on your word")
    assert "✗ a1" in seat.text
    assert f"✗ {ITEM}" in seat.text  # an acceptance check that fails fails its item
    await seat.until("1 failed")
    await seat.press("space")
    await seat.until(f"{ACCEPT} is open again")
    assert "◦ a1" in seat.text and "nothing is known yet" in seat.text


async def test_two_quick_presses_are_two_marks(seat: Seat) -> None:
    await seat.go(STEP)
    await seat.press("space", "space")
    await seat.until(f"{STEP} fails on your word")
    assert [event.kind for event in seat.session.state.history(STEP)] == ["check.marked"] * 2


async def test_an_item_is_overridden_with_a_reason(seat: Seat, file: Path) -> None:
    await seat.go(ITEM)
    await seat.press("space")
    await seat.until("Reason")
    assert "(*) done" in seat.text
    await seat.press("enter", "enter")  # on to the reason, and saved without one
    await seat.until("The reason is empty")
    await seat.type("seen by hand")
    await seat.press("enter")
    await seat.until(f"{ITEM} saved")
    text = await seat.until("ana says done: seen by hand (the checks say open)")
    assert "1/59 done" in text
    assert "≠" in seat.tree_row(ITEM).text  # and the disagreement is marked as such
    await seat.press("space")
    await seat.until("as the checks say")
    await seat.press("down", "down", "down", "enter", "enter")
    await seat.until("0/59 done")
    assert "≠" not in seat.tree_row(ITEM).text
    assert "ana says" not in seat.text


async def test_an_override_outlives_the_program(file: Path) -> None:
    async with seated(file) as seat:
        await seat.go(ITEM)
        await seat.press("space", "down", "enter")
        await seat.type("no room in the rack")
        await seat.press("enter")
        await seat.until("1 failed")
    assert "ana says failed: no room in the rack (the checks say open)" in await again(file, ITEM)


async def test_a_phase_takes_no_mark(seat: Seat) -> None:
    await seat.press("space")
    await seat.until("choose an item or a check first")


@pytest.mark.parametrize(
    ("typed", "verdict", "shown"),
    [("9.4", "fail", "9.4 Gbit/s"), ("25000 Mbit/s", "pass", "25,000 Mbit/s"), ("10", "pass", "10 Gbit/s")],
)
async def test_a_value_is_judged_by_its_figure(seat: Seat, typed: str, verdict: str, shown: str) -> None:
    await seat.go(RATE)
    await seat.press("v")
    await seat.until("Value (Gbit/s)")
    await seat.type(typed)
    await seat.press("enter")
    await seat.until(f"{RATE}: {verdict}")
    assert f"{shown}, entered by ana" in seat.text
    assert f"{'✓' if verdict == 'pass' else '✗'} s2" in seat.tree_row(RATE).text
    assert shown in seat.tree_row(RATE).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("fast", "'fast' is no number"),
        ("", "The value is empty"),
        ("10 ms", "cannot be compared with the figure"),
        ("1,2", "is no number"),
        ("10 parsec", "not known"),
    ],
)
async def test_a_bad_value_keeps_the_dialog_open(seat: Seat, typed: str, sentence: str) -> None:
    await seat.go(RATE)
    await seat.press("v")
    await seat.until("Value (Gbit/s)")
    await seat.type(typed)
    await seat.press("enter")
    await seat.until(lambda _: sentence in seat.dialog)
    assert "Value (Gbit/s)" in seat.text
    await seat.press("escape")
    await seat.gone("Value (Gbit/s)")
    assert seat.session.state.check(RATE).mark is None


async def test_where_there_is_no_number_to_enter(seat: Seat) -> None:
    ref = next(
        c.check.ref
        for i in seat.app.board.items()
        for c in i.checks
        if all(method.kind != "value" for method in c.check.methods)
    )
    await seat.go(ref)
    await seat.press("v")
    await seat.until(f"{ref} has no number to enter; press a to attest it")


async def test_attest_with_a_file(seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would not be whole on the screen
    proof = tmp_path / "nvidia-smi.txt"
    proof.write_text("8 GPUs\n")
    await seat.go(ACCEPT)
    await seat.press("a")
    await seat.until("What was seen")
    await seat.press("enter")  # this status; nothing is saved yet
    assert seat.session.state.check(ACCEPT).mark is None
    await seat.type("all eight answer")
    await seat.press("tab")
    await seat.type("not a link")
    await seat.press("tab")
    await seat.type("missing.txt")
    await seat.press("enter")
    await seat.until(lambda _: seat.dialog.count("missing.txt") == 2)  # typed, and named by a sentence
    assert "What was seen" in seat.text
    await seat.type(ERASE * len("missing.txt") + "nvidia-smi.txt")
    await seat.press("enter")
    await seat.until("is no link")
    await seat.press("shift+tab")
    await seat.type(ERASE * len("not a link") + "https://wiki.example/rack7")
    await seat.press("enter")
    await seat.until(f"{ACCEPT}: pass")
    assert "all eight answer" in seat.detail and "https://wiki.example/rack7" in seat.detail
    (sha,) = seat.session.state.check(ACCEPT).mark.evidence  # type: ignore[union-attr]
    assert f"sha256 {sha[:16]}" in seat.detail
    assert await seat.session.evidence(sha) == ("nvidia-smi.txt", b"8 GPUs\n")


async def test_not_applicable_needs_its_reason(seat: Seat) -> None:
    await seat.go(ACCEPT)
    await seat.press("a", "up")  # the last of the choices: n/a
    await seat.until("(*) n/a")
    await seat.press("enter", "enter")
    await seat.until("The reason is empty")
    await seat.type("no GPU in this room")
    await seat.press("enter")
    await seat.until(f"{ACCEPT}: n/a")
    assert "no GPU in this room" in seat.detail and "- a1" in seat.tree_row(ACCEPT).text


async def test_the_operator_is_proposed_as_owner(seat: Seat) -> None:
    await seat.go(RATE)  # on a check it is the item that is meant
    await seat.press("o")
    await seat.until("Owner (empty: nobody)")
    assert f"{ITEM} Confirm the hardware" in seat.text
    await seat.press("enter")
    await seat.until(f"{ITEM} saved")
    await seat.go(ITEM)
    assert "owner ana" in seat.text
    await seat.press("o")
    await seat.until("Owner (empty: nobody)")
    await seat.type(ERASE * 3)
    await seat.press("enter")
    await seat.until("owner nobody")


async def test_due_in_seven_days(seat: Seat) -> None:
    await seat.go(ITEM)
    await seat.press("d")
    await seat.until("Due: ")
    await seat.type("+7d")
    await seat.press("enter")
    day = seat.app.board.at.date() + timedelta(days=7)
    await seat.until(f"{day}, in 7 d")
    assert day.strftime("%m-%d") in seat.tree_row(ITEM).text


@pytest.mark.parametrize("typed", ["soon", "2026-13-01", "02-30", "+99999d", "monkey", "7"])
async def test_a_day_that_is_none_keeps_the_dialog_open(seat: Seat, typed: str) -> None:
    await seat.go(ITEM)
    await seat.press("d")
    await seat.until("Due: ")
    await seat.type(typed)
    await seat.press("enter")
    await seat.until(f"'{typed}' is no day")
    assert "Due: " in seat.text
    await seat.press("escape")
    await seat.gone("Due: ")
    assert seat.session.state.item(ITEM).due is None


async def test_a_chinese_note_of_two_lines(seat: Seat, file: Path) -> None:
    await seat.go(ITEM)
    await seat.press("n")
    await seat.until("ctrl+s saves")
    await seat.type("机柜已检查，电源正常")
    await seat.press("enter")
    await seat.type("second line")
    await seat.press("ctrl+s")
    await seat.gone("ctrl+s saves")
    text = await seat.until("机柜已检查，电源正常")
    assert "second line" in text and "✎1" in seat.tree_row(ITEM).text
    kept = [note.text for note in seat.session.state.item(ITEM).notes]
    assert kept == ["机柜已检查，电源正常\nsecond line"]


async def test_an_empty_note_is_refused(seat: Seat) -> None:
    await seat.go(ITEM)
    await seat.press("n")
    await seat.until("ctrl+s saves")
    await seat.press("enter", "ctrl+s")
    await seat.until("The note is empty")


async def test_a_waiver_and_its_lapse(file: Path, clock: Clock) -> None:
    async with seated(file, clock=clock) as seat:
        await seat.go(ACCEPT)
        await seat.press("w")
        await seat.until("Approved by")
        await seat.type("cards come in May")
        await seat.press("tab")
        await seat.type("bo")
        await seat.press("tab")
        await seat.type("2026-11-23")
        await seat.press("enter")
        await seat.until("is past")
        await seat.type(ERASE + "5")
        await seat.press("enter")
        sentence = "waived until 2026-11-25: cards come in May (approved by bo, entered by ana)"
        await seat.until(lambda _: sentence in seat.detail)
        assert "w a1" in seat.tree_row(ACCEPT).text
        clock.now += timedelta(hours=35, minutes=59)  # the last minute of its last day
        seat.app.stand_again()
        assert "w a1" in seat.tree_row(ACCEPT).text
        clock.now += timedelta(minutes=1)
        seat.app.stand_again()
        assert "◦ a1" in seat.tree_row(ACCEPT).text


async def test_undo_and_redo(seat: Seat) -> None:
    await seat.go(STEP)
    await seat.press("u")
    await seat.until("nothing of yours to undo")
    await seat.press("U")
    await seat.until("nothing to bring back")
    await seat.press("space")
    await seat.until("✓ s1")
    await seat.press("u")
    await seat.until("undone: ")
    assert STEP in seat.row("undone: ")
    assert "◦ s1" in seat.tree_row(STEP).text
    await seat.press("U")
    await seat.until("brought back: ")
    assert "✓ s1" in seat.tree_row(STEP).text


async def test_nobody_undoes_what_others_did(file: Path) -> None:
    async with await Session.open(file, actor="bo") as other:
        await deeds.settle(other, check(STEP), Verdict.PASS)
    async with seated(file) as seat:
        await seat.go(STEP)
        await seat.press("u")
        await seat.until("nothing of yours to undo")
        assert "✓ s1" in seat.tree_row(STEP).text


async def test_history_holds_all_of_it(seat: Seat) -> None:
    await seat.go(STEP)
    await seat.press("H")
    await seat.until("nothing was recorded here yet")
    await seat.press("escape")
    await seat.press("space")
    await seat.until("✓ s1")
    await seat.press("u")
    await seat.until("undone: ")
    await seat.press("H")
    text = await seat.until(f"History of {STEP}")
    assert "check.marked ↶" in text and "undo" in text and "ana@" in text
    assert '"verdict": "pass"' in text
    await seat.press("q")  # closes it, and does not quit
    await seat.gone("History of")
    assert seat.app.is_running


async def test_a_fault_of_a_deed_is_told(seat: Seat, file: Path) -> None:
    await seat.go(STEP)
    file.unlink()  # noqa: ASYNC240 (at once, on a local disk)
    await seat.press("space")
    await seat.until("site.gpuready")
    await seat.until(lambda text: "site.gpuready" in text.splitlines()[-1])
    assert "◦ s1" in seat.tree_row(STEP).text  # nothing is shown that was not kept


async def test_another_program_is_seen_within_a_second(seat: Seat, file: Path) -> None:
    await seat.go(STEP)
    await seat.until(lambda _: bool(seat.session.state.adopted))  # it watches from then on
    async with await Session.open(file, actor="bo") as other:
        await deeds.settle(other, check(STEP), Verdict.FAIL)
        await deeds.note(other, ITEM, "seen from node 2")
        await deeds.own(other, item(ITEM), "bo")
        await seat.until("✗ s1", seconds=1.5)  # half a second between two looks; the rest is for this machine
        await seat.until("another program changed 13.1.1.1")
    await seat.go(ITEM)
    assert "owner bo" in seat.text and "seen from node 2" in seat.text


async def test_rivals_are_both_shown_until_somebody_settles(file: Path) -> None:
    async with await Session.open(file, actor="bo") as other:
        await other.append("item.owner", ITEM, {"owner": "bo"})
        elsewhere = file.with_name("elsewhere.gpuready")
        async with await Session.open(elsewhere, actor="cai") as third:
            await third.append("item.owner", ITEM, {"owner": "cai"})
            await other.absorb(await third.events())
    async with seated(file) as seat:
        await seat.go(ITEM)
        assert "⇄" in seat.tree_row(ITEM).text
        await seat.until("without having seen this")
        await seat.press("o")
        await seat.until("Owner (empty")
        await seat.press("enter")
        await seat.gone("without having seen this")
        assert "⇄" not in seat.tree_row(ITEM).text


async def test_a_burst_is_typed_in_its_order(seat: Seat) -> None:
    """A slow line delivers letters and the keys that correct them in one piece."""
    await seat.go(ITEM)
    await seat.press("o")
    await seat.until("Owner (empty")
    await seat.type(ERASE * 3 + "bx" + ERASE + "o")
    await seat.press("enter")
    await seat.until("owner bo ")

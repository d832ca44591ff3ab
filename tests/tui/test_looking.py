"""Filters, standings that stand out, help, palette, languages and themes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from gpuready.checklist.verdict import Status, Verdict
from gpuready.session import deeds
from gpuready.session.store import Session
from gpuready.text.say import say, set_language
from gpuready.tui.acts import ACTS, GROUPS, key_text
from gpuready.tui.draw.line import Line
from gpuready.tui.themes import theme_names
from tests.tui.conftest import ERASE, NOON, Clock, Seat, check, item, seated
from tests.tui.facts import gpus, node

TODAY = NOON.date()
ITEM, NEXT, THIRD = "13.1.1.1", "13.1.1.2", "13.1.1.3"


async def walked(file: Path) -> None:
    """A site with one failed item of ana's, one overdue of bo's, and one done."""
    async with await Session.open(file, actor="ana") as session:
        await deeds.settle(session, check(f"{ITEM}.a1"), Verdict.FAIL)
        await deeds.own(session, item(ITEM), "ana")
        await deeds.due(session, item(ITEM), "+3d", TODAY)
        await deeds.own(session, item(NEXT), "bo")
        await deeds.due(session, item(NEXT), "2026-11-20", TODAY)
        await deeds.override(session, item(THIRD), Status.DONE, "seen")


def items(seat: Seat) -> list[str]:
    """The items that the tree shows."""
    return [row.ref for row in seat.app.front.outline._rows if row.ref.count(".") == 3]


def tone(line: Line, part: str) -> str:
    return next(span.tone for span in line.spans if part in span.text)


# --- filter ---------------------------------------------------------------------------------------------


async def asked(seat: Seat, text: str) -> None:
    await seat.press("slash")
    await seat.until("esc leaves")
    await seat.type(text)


async def unfiltered(seat: Seat) -> None:
    """Wait until the title of the tree tells of no filter."""
    await seat.until(lambda _: "filter " not in seat.app.front.outline.lines[0].text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("owner:me", [ITEM]),
        ("owner:bo", [NEXT]),
        ("owner:ANA status:fail", [ITEM]),
        ("status:failed", [ITEM]),
        ("status:overdue", [NEXT]),
        ("status:done", [THIRD]),
        ("due:<7d", [ITEM, NEXT]),
        ("due:<7d !owner:bo", [ITEM]),
        ("due:2026-11-27", [ITEM]),
        ("due:>=2026-11-21", [ITEM]),
        ("quantise", ["13.1.2.1"]),
        ("确认硬件配置", [ITEM]),
        ("quantise owner:nobody-of-that-name", []),
    ],
)
async def test_what_a_filter_finds(file: Path, clock: Clock, text: str, found: list[str]) -> None:
    await walked(file)
    async with seated(file, clock=clock) as seat:
        await asked(seat, text)
        await seat.until(f"filter {text}")
        assert items(seat) == found
        if not found:
            assert "Nothing matches here" in seat.text
        await seat.press("escape")
        await unfiltered(seat)
        assert len(items(seat)) == 16


async def test_every_letter_of_a_filter_is_text(seat: Seat) -> None:
    """Not one of them is a command: q does not quit, d dates nothing, 2 leaves the checklist alone."""
    await asked(seat, "qdnoavw2?zLTe :")
    await seat.until("filter qdnoavw2?zLTe :")
    assert len(seat.app.screen_stack) == 1 and seat.app.is_running
    assert seat.app.front.current == 0
    await seat.press("escape")
    await seat.until("Confirm the hardware")


async def test_enter_keeps_the_filter_and_the_keys_are_commands_again(seat: Seat) -> None:
    await asked(seat, "13.1.1")
    await seat.press("enter")
    await seat.until("space mark")
    assert "filter 13.1.1: 4 items" in seat.text
    await seat.press("down", "down")
    assert seat.ref.startswith("13.1.1.")
    await seat.press("escape")
    await unfiltered(seat)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour:red", "The filter has no key 'colour'."),
        ("status:green", "status:green is not known."),
        ("due:<soon", "'soon' is no day."),
        ("due:<99999999999d", "is no day."),
        ("due:<", "is no day."),
    ],
)
async def test_what_a_filter_does_not_know(seat: Seat, text: str, sentence: str) -> None:
    await asked(seat, text)
    await seat.until(sentence)
    await seat.type(ERASE * len(text))
    await seat.until("esc leaves")
    await seat.press("escape")
    await seat.until("space mark")


async def test_one_key_filters_and_back(file: Path, clock: Clock) -> None:
    await walked(file)
    async with seated(file, clock=clock) as seat:
        for key, text, found in (
            ("m", "owner:me", [ITEM]),
            ("f", "status:fail", [ITEM]),
            ("D", "status:overdue", [NEXT]),
        ):
            await seat.press(key)
            await seat.until(f"filter {text}: 1 items")
            assert items(seat) == found
            await seat.press(key)
            await unfiltered(seat)
            assert len(items(seat)) == 16
        await deeds.settle(seat.session, check(f"{ITEM}.s1"), Verdict.PASS)
        seat.app.stand_again()
        await seat.press("i")
        await seat.until("filter status:open")
        rows = [row.ref for row in seat.app.front.outline._rows]
        assert f"{ITEM}.a1" in rows and f"{ITEM}.s1" not in rows
        await seat.press("m")  # from one filter right to the other
        await seat.until("filter owner:me")
        assert items(seat) == [ITEM]
        await seat.press("2")
        await seat.until("Nothing matches here. Other checklists may; esc leaves the")
        assert "filter." in seat.text  # on the next line: the remedy is not cut off


# --- what stands out ------------------------------------------------------------------------------------


async def test_overdue_stands_out(file: Path, clock: Clock) -> None:
    await walked(file)
    async with seated(file, clock=clock) as seat:
        assert "1 overdue" in seat.lines[0]
        row = seat.tree_row(NEXT)
        assert "!11-20" in row.text and tone(row, "!11-20") == "bad"
        assert tone(seat.tree_row(ITEM), "11-27") == "dim"
        await seat.go(NEXT)
        assert "2026-11-20, 4 d overdue" in seat.detail
        clock.now += timedelta(days=4)  # the day after the other one's
        seat.app.stand_again()
        await seat.until("2 overdue")
        await seat.go(THIRD)
        await seat.press("d")
        await seat.until("Due:")
        await seat.type("2026-11-01")
        await seat.press("enter")
        await seat.until("2026-11-01, 27 d overdue")
        assert "2 overdue" in seat.lines[0]  # what is done is not overdue


async def test_what_is_older_than_its_review_is_stale(file: Path, clock: Clock) -> None:
    ref = "13.3.1.4.a2"  # reviewed each week
    async with seated(file, clock=clock) as seat:
        await seat.go(ref)
        await seat.press("space")
        await seat.until("✓ a2")
        clock.now += timedelta(days=7)
        seat.app.stand_again()
        assert "✓ a2" in seat.tree_row(ref).text
        clock.now += timedelta(minutes=1)
        seat.app.stand_again()
        assert "↻ a2" in seat.tree_row(ref).text
        await seat.until("↻ stale")
        assert "attested by ana, 7 d ago" in seat.detail
        assert "↻ 13.3.1.4" in seat.tree_row("13.3.1.4").text
        await seat.press("space", "space", "space")  # fail, open, pass: what is marked anew is fresh
        await seat.until("✓ a2")


async def test_work_ahead_of_its_phase_is_told(seat: Seat) -> None:
    await seat.go("13.1.3.1.s1")
    assert "ahead of order" not in seat.text
    await seat.press("space")
    await seat.until("ahead of order")
    assert "Phase 3" in seat.row("ahead of order")
    await seat.go("13.1.3")
    assert "Work has begun here although an earlier phase is not done." in seat.detail


async def test_what_an_item_needs_first(file: Path) -> None:
    async with seated(file) as seat:
        await seat.go("13.1.1.3")
        assert "needs 13.1.1.2 Operating system and driver first" in seat.detail
        await deeds.override(seat.session, item(NEXT), Status.DONE, "seen")
        seat.app.stand_again()
        assert "needs 13.1.1.2" not in seat.detail


async def test_a_step_that_fails_is_not_hidden(seat: Seat) -> None:
    await seat.go(f"{ITEM}.s1")
    await seat.press("space", "space")
    await seat.until("✗ s1")
    assert "0 failed" in seat.lines[0]  # a step decides nothing
    assert "✗1" in seat.tree_row(ITEM).text


# --- help, palette, keys --------------------------------------------------------------------------------


async def read(seat: Seat) -> str:
    """All that a reader holds, from its first line to its last."""
    lines: Sequence[Line] = seat.app.screen.query_one("#reader").lines  # type: ignore[attr-defined]
    return "\n".join(line.text for line in lines)


async def test_help_lists_every_act_with_its_key(seat: Seat) -> None:
    await seat.press("question_mark")
    await seat.until("Moving")
    text = await read(seat)
    for act in ACTS:
        key = key_text(act.keys)
        start = " ".join(act.help.split())[:40]
        assert any(
            line.strip().startswith(key) and start in " ".join(line.split()) for line in text.splitlines()
        ), act.name
    for group in GROUPS:
        assert say(f"acts.group_{group}") in text
    for verdict in Verdict:
        assert say(f"board.{verdict}") in text
    await seat.press("G")
    await seat.until("n/a")  # it scrolls to its end
    await seat.press("question_mark")
    await seat.gone("n/a")


async def test_own_keys(file: Path) -> None:
    async with seated(file, keys={"mark": "M", "note": "ctrl+n"}) as seat:
        await seat.until("M mark")
        await seat.go(f"{ITEM}.s1")
        await seat.press("space", "M")  # the first is no key any more
        await seat.until("✓ s1")
        assert len(seat.session.state.history(f"{ITEM}.s1")) == 1
        await seat.press("ctrl+n")
        await seat.until("ctrl+s saves")
        await seat.press("escape")
        await seat.press("question_mark")
        await seat.until("Moving")
        assert any(line.strip().startswith("M ") for line in (await read(seat)).splitlines())


async def test_the_palette_runs_an_act(seat: Seat) -> None:
    await seat.go(f"{ITEM}.s1")
    await seat.press("colon")
    await seat.until(lambda _: len(seat.app.screen_stack) == 2)
    await seat.type("English or Chinese")
    await seat.until("Language: English or Chinese")
    await seat.press("enter")
    await seat.until("小型集群")
    await seat.press("ctrl+p")
    await seat.until(lambda _: len(seat.app.screen_stack) == 2)
    await seat.type("备注")
    await seat.until("自动署名")
    await seat.press("enter")
    await seat.until("ctrl+s 保存")


# --- languages and themes -------------------------------------------------------------------------------

NEUTRAL = ("gpuready", "13.", "PID", "net", "fs", "vllm", "prometheus", "eth0", "GPU", "PSI", "SM ")


async def test_every_line_changes_its_language_and_keeps_its_width(seat: Seat) -> None:
    await seat.hear(gpus(), node())
    await seat.go(f"{ITEM}.s2")
    english = await seat.until("PSI")
    await seat.press("L")
    await seat.until("小型集群")
    chinese = seat.text
    assert {cell_len(line) for line in seat.lines} == {120}
    words = ("Confirm the hardware", "why ", "how ", "methods", "overdue", " Node", "load", "driver")
    for word in (*words, "clock events", "nothing is known yet", "Small cluster"):
        assert word in english and word not in chinese, word
    changed = [(a, b) for a, b in zip(english.splitlines(), chinese.splitlines(), strict=True) if a == b]
    assert not [a for a, _ in changed if a.strip() and not any(part in a for part in NEUTRAL)]
    await seat.press("L")
    await seat.until("Confirm the hardware")
    assert seat.text.splitlines()[:-1] == english.splitlines()[:-1]


async def test_words_of_dialogs_and_help_follow_the_language(file: Path) -> None:
    async with seated(file, language="zh") as seat:
        await seat.go(ITEM)
        await seat.press("space")
        await seat.until("enter 保存")
        assert "状态" in seat.text and "完成" in seat.text
        await seat.press("escape", "question_mark")
        await seat.until("移动")
        text = await read(seat)
        assert "上移一行" in text and "符号" in text
        set_language("en")


async def test_the_themes_go_round(seat: Seat) -> None:
    names = theme_names()
    at = names.index(seat.app.theme)
    for step in range(1, len(names) + 1):
        await seat.press("T")
        await seat.until(f"theme {names[(at + step) % len(names)]}")
    colours = {name: seat.app.available_themes[name].variables["gpuready-bad"] for name in names}
    assert len(set(colours.values())) > 1

"""An operator's first quarter of an hour: marks, owners, dates and notes survive whatever happens."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Desk
from tests.terminal import Terminal

NOTE = "机柜已检查，电源正常"
SIZES = [(80, 24), (120, 40)]


def walk_to_the_first_item(terminal: Terminal) -> None:
    terminal.wait_for("13.1.1.1")
    terminal.send("j")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_all_is_there_after_a_kill(desk: Desk, columns: int, rows: int) -> None:
    terminal = desk.open(columns=columns, rows=rows)
    walk_to_the_first_item(terminal)
    terminal.send("space")
    terminal.wait_for("Reason")
    terminal.send("tab", "rack checked", "enter")
    terminal.wait_for("13.1.1.1 saved")
    terminal.wait_for("1/59")
    terminal.send("o")
    terminal.wait_for("Owner (empty")
    terminal.send("enter")  # the operator is proposed
    terminal.wait_for(lambda text: "Owner (empty" not in text)
    terminal.send("d")
    terminal.wait_for("Due: 2026")
    terminal.send("2031-05-17", "enter")
    terminal.wait_for(lambda text: "Due: 2026" not in text)
    terminal.send("n")
    terminal.wait_for("ctrl+s saves")
    terminal.send(NOTE, "ctrl+s")
    terminal.wait_for(lambda text: "ctrl+s saves" not in text and "✎1" in text)
    terminal.kill()

    again = desk.open(columns=columns, rows=rows)
    walk_to_the_first_item(again)
    if columns < 100:
        again.send("tab")  # the detail is a pane of its own here
    screen = again.wait_for("rack checked")
    assert "ana says done: rack checked (the checks say open)" in screen
    assert "owner ana" in screen
    assert "2031-05-17" in screen
    assert NOTE in screen


def test_two_programs_on_one_file_see_each_other(desk: Desk) -> None:
    one, other = desk.open(), desk.open()
    for terminal in (one, other):
        walk_to_the_first_item(terminal)
        terminal.send("right", "down")
        terminal.wait_for("13.1.1.1.s1")
    one.send("space")
    one.wait_for("13.1.1.1.s1 passes on your word")
    other.wait_for(lambda text: "✓ s1" in text, timeout=2.0)  # within a second, and a second to read it


def test_a_value_is_judged(desk: Desk) -> None:
    terminal = desk.open()
    walk_to_the_first_item(terminal)
    terminal.send("right", "down", "down", "v")
    terminal.wait_for("Value (Gbit/s)")
    terminal.send("9.4", "enter")
    terminal.wait_for("13.1.1.1.s2: fail")
    terminal.wait_for("✗ s2")
    terminal.send("v")
    terminal.wait_for("Value (Gbit/s)")
    terminal.send("25", "enter")
    terminal.wait_for("13.1.1.1.s2: pass")
    terminal.wait_for("✓ s2")


def test_q_in_the_filter_is_a_letter(desk: Desk) -> None:
    terminal = desk.open()
    walk_to_the_first_item(terminal)
    terminal.send("/")
    terminal.wait_for("esc leaves")
    terminal.send("quantis")
    terminal.wait_for("filter quantis")
    assert "13.1.2.1" in terminal.wait_for("13.1.2.1")
    assert "13.1.1.1 " not in terminal.text()
    terminal.send("esc")
    terminal.wait_for("13.1.1.1 ")


def test_what_is_measured_is_shown(desk: Desk) -> None:
    terminal = desk.open(scenario="")
    walk_to_the_first_item(terminal)
    terminal.send("right", "r")
    terminal.wait_for("measured:", timeout=40)
    terminal.wait_for("✓ a1")  # every device answers
    terminal.send("down", "down", "down", "down")
    terminal.wait_for("13.1.1.1.a1")
    terminal.wait_for("measured by ana")
    assert "NVML" in terminal.text()


def test_a_burst_of_keys_is_not_lost(desk: Desk) -> None:
    """A slow line delivers what was typed in one piece: it must neither vanish nor act as commands."""
    terminal = desk.open()
    terminal.wait_for("13.1.1.1")
    terminal.send("/quantise")
    terminal.wait_for("filter quantise")
    terminal.send("esc")
    terminal.wait_for("13.1.1.1 ")
    terminal.send("jnquick notes")
    terminal.wait_for("quick notes")
    terminal.send("ctrl+s")
    terminal.wait_for("✎1")

"""Old terminals, no colours, and how the program leaves the terminal behind."""

from __future__ import annotations

import re
import signal
import time

import psutil
import pytest

from tests.e2e.conftest import Desk, assert_left_as_it_was

WHOLE = ("gpuready", "1 Small cluster", "Phase 1", "13.1.1.1", "13.1.4.1", "tab pane")


@pytest.mark.parametrize("how", ["q", "\x03", "\x11", "SIGTERM"])
@pytest.mark.parametrize("before", ["", "n", "z"], ids=["main", "dialog", "zoom"])
def test_it_leaves_the_terminal_as_it_was(desk: Desk, how: str, before: str) -> None:
    terminal = desk.open()
    terminal.wait_for("13.1.1.1")
    terminal.send("j", before)
    if before == "n":
        terminal.wait_for("ctrl+s saves")
        if how != "SIGTERM":
            terminal.send("esc")
            terminal.wait_for(lambda text: "ctrl+s saves" not in text)
    if how == "SIGTERM":
        terminal.process.send_signal(signal.SIGTERM)
    else:
        terminal.send(how)
    assert terminal.wait() == 0
    assert_left_as_it_was(terminal)


@pytest.mark.parametrize("env", [{"TERM": "linux"}, {"LC_ALL": "C", "LANG": "C"}], ids=["linux", "C"])
def test_only_ascii_where_no_more_is_known(desk: Desk, env: dict[str, str]) -> None:
    terminal = desk.open(scenario="", env=env)
    terminal.wait_for("13.1.1.1")
    terminal.send("j", "right", "?")
    terminal.wait_for("Moving")
    terminal.send("esc", "L")  # Chinese cannot be shown here, but must not break anything
    terminal.wait_for("13.1.1.1")
    assert terminal.raw().isascii()


def test_without_colours(desk: Desk) -> None:
    terminal = desk.open(scenario="", env={"NO_COLOR": "1"})
    terminal.wait_for("13.1.1.1")
    terminal.send("j", "right", "down", "space")
    terminal.wait_for("✓ s1")
    coloured = re.findall(rb"\x1b\[[\d;]*[34]8;2;(\d+);(\d+);(\d+)", terminal.raw())
    assert all(len(set(rgb)) == 1 for rgb in coloured)  # greys at most


@pytest.mark.parametrize("term", ["screen-256color", "tmux-256color", "xterm", "vt100"])
def test_other_terminals(desk: Desk, term: str) -> None:
    terminal = desk.open(scenario="", env={"TERM": term, "COLORTERM": ""})
    terminal.wait_for(lambda text: all(part in text for part in WHOLE))
    terminal.send("j", "right", "down", "space")
    terminal.wait_for("13.1.1.1.s1 passes on your word")
    terminal.send("q")
    assert terminal.wait() == 0


@pytest.mark.parametrize("how", [None, signal.SIGKILL, signal.SIGTERM])
def test_no_sampler_outlives_the_program(desk: Desk, how: signal.Signals | None) -> None:
    terminal = desk.open(scenario="")
    terminal.wait_for("13.1.1.1")
    children = [process for process in terminal.tree() if process.pid != terminal.process.pid]
    assert len(children) == 2
    if how is None:
        terminal.send("q")
    else:
        terminal.process.send_signal(how)
    terminal.wait()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive


def test_a_small_screen_and_a_large_one(desk: Desk) -> None:
    for columns, rows in ((60, 15), (200, 60)):
        terminal = desk.open(columns=columns, rows=rows, scenario="")
        terminal.wait_for("13.1.1.1")
        started = time.perf_counter()
        terminal.send("j")
        terminal.wait_for("13.1.1.1")
        assert time.perf_counter() - started < 10
        terminal.send("q")
        assert terminal.wait() == 0


def test_another_size_is_painted_whole(desk: Desk) -> None:
    terminal = desk.open(scenario="")
    terminal.wait_for("13.1.1.1")
    for columns, rows in ((80, 24), (120, 40), (110, 36)):
        terminal.resize(columns, rows)
        terminal.wait_for(lambda text: all(part in text for part in WHOLE))


def test_garbage_goes_with_one_key(desk: Desk) -> None:
    terminal = desk.open(scenario="")
    terminal.wait_for("13.1.1.1")
    terminal.emulate()
    terminal.screen.reset()  # as if somebody had cleared the terminal
    terminal.send("\x0c")
    assert "Phase 1" in terminal.wait_for("13.1.1.1")

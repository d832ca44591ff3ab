"""What the screen says of each kind of GPU trouble, through the real binding on the pretend NVML."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e.conftest import Desk

# scenario -> (texts that must be on the zoomed GPU pane, with the GPU chosen by so many presses of down)
SCENARIOS: dict[str, tuple[int, tuple[str, ...]]] = {
    "": (0, ("8 × NVIDIA H100 80GB HBM3", "NVLink 18/18", "ECC on", "persistence on")),
    "ecc": (3, ("needs recovery action 1", "uncorrected 1", "row remap pending")),
    "thermal": (2, ("HW thermal",)),
    "lost": (5, ("lost: GPU is lost", "look for Xid 79")),
    "mig": (0, ("MIG on (3)",)),
    "no_driver": (0, ("kernel driver is not loaded", "modprobe nvidia")),
    "version_mismatch": (0, ("different versions", "reboot")),
    "no_permission": (0, ("may not talk to the NVIDIA driver",)),
    "no_gpu": (0, ("sees no GPU", "lspci -d 10de:")),
    "pcie": (1, ("PCIe gen 3/5", "x8/16")),
    "nvlink": (6, ("NVLink 16/18",)),
    "gb10": (0, ("-/-G",)),
    "pascal": (0, ("NVLink -/-", "MIG -")),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_scenario_says_what_is_wrong(desk: Desk, scenario: str) -> None:
    presses, texts = SCENARIOS[scenario]
    terminal = desk.open(scenario=scenario)
    terminal.wait_for("13.1.1.1")
    terminal.send("tab", "tab", "z", *["down"] * presses)
    screen = terminal.wait_for(lambda shown: all(text in shown for text in texts))
    assert "Traceback" not in screen


def test_a_field_without_support_is_a_dash_not_zero(desk: Desk) -> None:
    terminal = desk.open(scenario="gb10")
    terminal.wait_for("13.1.1.1")
    terminal.send("tab", "tab", "z")
    screen = terminal.wait_for("-/-G")
    assert "0.0/0.0G" not in screen


def test_a_hung_driver_stops_nothing_else(desk: Desk) -> None:
    terminal = desk.open(scenario="hung", env={"PRETEND_NVML_HANG_AFTER": "2"})
    terminal.wait_for("13.1.1.1")

    def silent(text: str) -> int | None:
        found = re.search(r"has not answered for (\d+) s", " ".join(text.split()))
        return int(found[1]) if found else None

    first = silent(terminal.wait_for(lambda text: silent(text) is not None, timeout=30))
    terminal.send("j", "right")
    terminal.wait_for("s1 ")  # keys go on
    terminal.wait_for(lambda text: (silent(text) or 0) > (first or 0))  # and so does the clock
    assert "load" in terminal.text()


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_the_demo_says_so_on_every_frame(desk: Desk, columns: int, rows: int) -> None:
    terminal = desk.open("demo", columns=columns, rows=rows)
    terminal.wait_for("DEMO")
    moving = ("z", "tab", "tab", "tab", "z", "?", "esc", "j", "n", "esc", "/", "x", "esc", ":", "esc")
    for key in (*moving, "L", "2", "T"):
        terminal.send(key)
        quiet = time.monotonic() + 0.25
        while time.monotonic() < quiet:
            terminal.read(0.05)
            while terminal.pending:
                terminal.emulate_one()
                first = terminal.screen.display[0]
                assert "DEMO" in first or "演示" in first.replace(" ", ""), (key, terminal.text())
    assert not desk.session.exists()

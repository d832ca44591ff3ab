"""What the screen says of each kind of GPU trouble, through the real binding on the pretend NVML."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import Desk

# scenario -> (texts that must be on the zoomed GPU pane, with the GPU chosen by so many presses of down)
SCENARIOS: dict[str, tuple[int, tuple[str, ...]]] = {
    "": (0, ("8 × NVIDIA H100 80GB HBM3", "NVLink 18/18", "ECC on", "persistence on")),
    "ecc": (3, ("uncorrected", "row remap pending")),
    "thermal": (2, ("HW thermal",)),
    "lost": (5, ("lost:",)),
    "mig": (0, ("MIG on (3)",)),
    "no_driver": (0, ("driver",)),
    "version_mismatch": (0, ("version",)),
    "no_gpu": (0, ("GPU",)),
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


def test_the_demo_says_so_on_every_frame(desk: Desk) -> None:
    terminal = desk.open("demo")
    terminal.wait_for("13.1.1.1")
    for keys in ((), ("z",), ("tab",), ("tab",), ("tab",), ("z",)):
        terminal.send(*keys)
        terminal.wait_for("DEMO")
    assert not desk.session.exists()

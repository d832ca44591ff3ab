"""The Prometheus panel and its checks: the program in a terminal, a real Prometheus, and what befalls it."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Desk, assert_left_as_it_was
from tests.prometheus.day import LABELS, site
from tests.prometheus.history import alert, prom
from tests.prometheus.real import Prometheus
from tests.terminal import Terminal

BACK = "\x1b[Z"  # shift+tab: from the tree to the last pane
FIGURE = re.compile(r"GPU busy .* \d+(\.\d)? % ✓")
WHAT = "13.2.4.2"
"""An item of which a query settles one line."""


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    hot = alert("GpuHot", [(-7200, -3600)], labels='severity="warning",Hostname="gpu-node-1"')
    with prom(site() | hot, days=1.05, step=30, ahead=1200) as running:
        yield running


@pytest.fixture
def mortal() -> Iterator[Prometheus]:
    """One that the test may pause and kill."""
    with prom(site(), days=0.1, ahead=1200) as running:
        yield running
        running.resume()


def seated(desk: Desk, server: Prometheus, columns: int = 120, rows: int = 40) -> Terminal:
    """The program, its cursor in the Prometheus panel, which has its first figures."""
    added = desk.run("targets", "add", f"prometheus=prod={server.url}")
    assert added.returncode == 0, added.stderr
    terminal = desk.open(columns=columns, rows=rows, scenario="")
    terminal.wait_for("13.1.1.1")
    if columns >= 100:
        terminal.wait_for("Prometheus")
    # On a small screen nothing tells that the pane is there by now: go round until it is.
    terminal.wait_for(lambda text: _there(terminal, text))
    return terminal


def _there(terminal: Terminal, text: str) -> bool:
    if FIGURE.search(text) and "prod  1h" in text:
        return True
    if "Prometheus" not in text:
        terminal.send("esc", BACK)
        terminal.read(0.5)
    elif "13.1.1.1" in text and not terminal_focus(text):
        terminal.send(BACK)
        terminal.read(0.5)
    return False


def terminal_focus(text: str) -> bool:
    return "Prometheus 2" in text

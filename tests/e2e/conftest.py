"""The installed program on a pty, with folders of its own."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.nvml import build_pretend_nvml
from tests.terminal import Terminal

GPUREADY = str(Path(sys.executable).with_name("gpuready"))


MODES = (1049, 1000, 1003, 1006, 2004)


def assert_left_as_it_was(terminal: Terminal) -> None:
    """No mode of the terminal is left switched on, its cursor is there, its line discipline the old one."""
    raw = terminal.raw()
    for mode in MODES:
        switched = re.findall(rb"\x1b\[\?%d([hl])" % mode, raw)
        assert not switched or switched[-1] == b"l", mode
    assert raw.rfind(b"\x1b[?25h") > raw.rfind(b"\x1b[?25l")
    assert termios.tcgetattr(terminal._slave)[:4] == terminal.before[:4]


def clipboard(terminal: Terminal) -> str:
    """What the program last put on the clipboard of the operator's terminal (OSC 52); empty: nothing."""
    found = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)", terminal.raw())
    return base64.b64decode(found[-1]).decode() if found else ""


def turn_to(terminal: Terminal, pane: str, part: str) -> None:
    """Press tab until the pane with that title has the cursor and shows that part."""

    def title(text: str) -> str:
        return text.splitlines()[2]

    if terminal.screen.columns >= 100:
        terminal.wait_for(part)  # all panes are in sight, this one is the last or the last but one
        terminal.send("\x1b[Z")
        return
    latest = time.monotonic() + 20
    while pane not in (before := title(terminal.text())):
        # It is there half a second after the start: until then tab goes round the others.
        assert time.monotonic() < latest, f"no pane {pane!r}; the screen shows:\n{terminal.text()}"
        terminal.send("tab")
        terminal.wait_for(lambda text, before=before: title(text) not in ("", before))  # type: ignore[misc]
    terminal.wait_for(part)


@pytest.fixture(scope="session")
def pretend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the pretend NVML."""
    return build_pretend_nvml(tmp_path_factory.mktemp("nvml")).parent


class Desk:
    """Opens the program on one session; all that it opened is gone at the end of the test."""

    def __init__(self, folder: Path, pretend: Path) -> None:
        self.session = folder / "site.gpuready"
        self._pretend = pretend
        homes = {f"XDG_{n}_HOME": str(folder / n.lower()) for n in ("CONFIG", "DATA", "STATE", "CACHE")}
        self._env = homes | {"GPUREADY_SESSION": str(self.session), "GPUREADY_OPERATOR": "ana"}
        self._open: list[Terminal] = []

    def open(
        self,
        *words: str,
        columns: int = 120,
        rows: int = 40,
        scenario: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Terminal:
        """``gpuready WORDS`` at that size; with `scenario` (empty: plain load) on the pretend NVML."""
        more = dict(env or {})
        if scenario is not None:
            more |= {"LD_LIBRARY_PATH": str(self._pretend), "PRETEND_NVML": scenario}
        terminal = Terminal([GPUREADY, *words], columns=columns, rows=rows, env=self._env | more)
        self._open.append(terminal)
        return terminal

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``gpuready WORDS`` to its end, with what it printed."""
        return subprocess.run(
            [GPUREADY, *words], env=os.environ | self._env, capture_output=True, text=True, timeout=120
        )

    def close(self) -> None:
        for terminal in self._open:
            terminal.__exit__(None, None, None)


@pytest.fixture
def desk(tmp_path: Path, pretend: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, pretend)
    yield desk
    desk.close()

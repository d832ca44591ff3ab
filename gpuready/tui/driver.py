"""The last hand before the terminal: sends what changed, in signs that the terminal knows."""

from __future__ import annotations

import os
from typing import Any

from rich.cells import cell_len
from textual.drivers.linux_driver import LinuxDriver

from gpuready.tui.frame import Frames

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronized output: Textual puts each frame between the two, where the terminal knows them."""


class ThriftyDriver(LinuxDriver):
    """Sends of each frame only the cells that differ from what the terminal shows."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._frames = Frames()
        self._held = ""

    def forget(self) -> None:
        """Send the next frames whole: somebody else has written on the terminal."""
        self._frames.forget()

    def start_application_mode(self) -> None:
        self.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        if data == _BEGIN:
            self._held = data  # for a frame that may turn out to be empty
            return
        if data == _END and self._held:
            self._held = ""
            return
        shrunk = self._frames.shrink(self.signs(data))
        if shrunk is None:
            shrunk = data
            if "\x1b[?1049" in data or "\x1b[2J" in data:
                self._frames.forget()
        if shrunk:
            super().write(self._held + shrunk)
            self._held = ""

    def signs(self, data: str) -> str:
        """The data in signs that the terminal knows."""
        return data


class AsciiDriver(ThriftyDriver):
    """The same for terminals that know no more than ASCII: every other sign is replaced as it is written.

    One place at the very end serves our own panes and Textual's widgets alike, and keeps every column where
    it was: each sign becomes as many ASCII signs as it had cells.
    """

    def signs(self, data: str) -> str:
        return to_ascii(data)


_PAIRS = {
    "─━╌┄═▁▔⎯": "-", "│┃╎┆║▏▕▎": "|", "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬": "+", "█▉▊▋▌▓▇▆▅": "#", "▍▄▃▒": "=", "▂░": ".",
    "✓": "+", "✗✘": "x", "◦○◌·•": "o", "◔◐": "%", "▾▼↓": "v", "▲↑": "^", "▸▶›": ">", "◀‹": "<", "…": "~",
    "—–": "-",
    "↻": "@", "⊘": "/", "≠": "!", "≤": "<", "≥": ">", "⇄": "&", "✎": '"', "→": ">", "←": "<",
    "↶": "u", "×": "x", "°": "'", "■": "#", "□": ".", "◇": "%", "‘’": "'", "“”": '"', "●◉": "*",
}  # fmt: skip
_TABLE = {sign: ascii_ for signs, ascii_ in _PAIRS.items() for sign in signs}


def to_ascii(data: str) -> str:
    """The text with no sign beyond ASCII, as many cells wide as before."""
    if data.isascii():
        return data
    return "".join(c if c.isascii() else _TABLE.get(c) or _dots(c) or "?" * cell_len(c) for c in data)


def _dots(sign: str) -> str:
    """For a braille sign of a curve one that fills about as much of the cell; empty for other signs."""
    bits = ord(sign) - 0x2800
    if not 0 <= bits < 0x100:
        return ""
    high, low = bool(bits & 0b00011011), bool(bits & 0b11100100)
    return "|" if high and low else "'" if high else "." if low else " "


def wants_ascii(glyphs: str) -> bool:
    """Whether only ASCII may be painted: as set, or where the terminal or the locale knows no more."""
    if glyphs != "auto":
        return glyphs == "ascii"
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "")
    return os.environ.get("TERM", "") in ("linux", "dumb", "vt100", "vt220") or "utf" not in locale.lower()

"""For terminals that know no more than ASCII: the same screen, every sign replaced as it is written.

One place at the very end of the pipe serves our own panes and Textual's widgets alike, and keeps every
column where it was: each sign becomes as many ASCII signs as it had cells.
"""

from __future__ import annotations

import os

from rich.cells import cell_len
from textual.drivers.linux_driver import LinuxDriver

_PAIRS = {
    "─━╌┄═▁▔⎯": "-", "│┃╎┆║▏▕▎": "|", "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬": "+", "█▉▊▋▌▓▇▆▅": "#", "▍▄▃▒": "=", "▂░": ".",
    "✓": "+", "✗✘": "x", "◦○◌·•": "o", "◔◐": "%", "▾▼": "v", "▸▶›": ">", "◀‹": "<", "…": "~", "—–": "-",
    "↻": "@", "⊘": "/", "≠": "!", "≤": "<", "≥": ">", "⇄": "&", "✎": '"', "→": ">", "←": "<", "↑": "^",
    "↓": "v",     "↶": "u", "×": "x", "°": "'", "‘’": "'", "“”": '"', "●◉": "*",
}  # fmt: skip
_TABLE = {sign: ascii_ for signs, ascii_ in _PAIRS.items() for sign in signs}


def to_ascii(data: str) -> str:
    """The text with no sign beyond ASCII, as many cells wide as before."""
    if data.isascii():
        return data
    return "".join(c if c.isascii() else _TABLE.get(c) or "?" * cell_len(c) for c in data)


class AsciiDriver(LinuxDriver):
    """Writes ASCII only."""

    def write(self, data: str) -> None:
        super().write(to_ascii(data))


def wants_ascii(glyphs: str) -> bool:
    """Whether only ASCII may be painted: as set, or where the terminal or the locale knows no more."""
    if glyphs != "auto":
        return glyphs == "ascii"
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "")
    return os.environ.get("TERM", "") in ("linux", "dumb", "vt100", "vt220") or "utf" not in locale.lower()

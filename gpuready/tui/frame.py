"""What the terminal shows already, so that only what differs is sent.

Textual's compositor sends the strips of a dirty region whole, each segment with all its attributes: for a
panel in which ten figures changed that is ten times what a slow line needs.  Here a frame is read back into
cells, set against the cells on the terminal, and written anew with the fewest moves and attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len

_TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|(\n)|([^\x1b\n]+)")
_GAP = 4
"""Unchanged cells that are sent again rather than jumped over: a jump costs five bytes."""

Attributes = tuple[str, str, frozenset[str]]
"""Foreground and background as SGR parameters (empty: the terminal's own), and the other attributes."""


class Row:
    """The cells of one line: signs and their SGR parameters.

    The second cell of a wide sign holds an empty text; None is a cell of which nothing is known.
    """

    __slots__ = ("signs", "styles")

    def __init__(self, width: int) -> None:
        self.signs: list[str | None] = [None] * width
        self.styles: list[str] = [""] * width

    def copy(self) -> Row:
        twin = Row(0)
        twin.signs, twin.styles = self.signs[:], self.styles[:]
        return twin

    def put(self, x: int, text: str, style: str) -> int:
        """Write the text from column `x` on; the column after it."""
        if text.isascii():
            signs, widths = list(text), len(text)
        else:
            signs = []
            for sign in text:
                cells = cell_len(sign)
                if cells == 0 and signs:
                    signs[-1] += sign  # a combining mark belongs to the cell before
                else:
                    signs.append(sign)
                    signs.extend([""] * (cells - 1))
            widths = len(signs)
        end = x + widths
        if end > len(self.signs):
            self.signs.extend([None] * (end - len(self.signs)))
            self.styles.extend([""] * (end - len(self.styles)))
        self.signs[x:end] = signs
        self.styles[x:end] = [style] * widths
        return end


class Frames:
    """The terminal's cells as the frames so far have left them."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._cursor = ""

    def forget(self) -> None:
        """Nothing is known any more: the terminal was resized, cleared, or used by somebody else."""
        self._rows.clear()
        self._cursor = ""

    def shrink(self, frame: str) -> str | None:
        """What must be sent instead of the frame; empty when the terminal shows it already.

        None when the frame holds anything else than moves, attributes and text: then it must be sent as it
        is, and `forget` called.
        """
        fresh: dict[int, Row] = {}
        style, x, y, position, cursor = "", 0, 0, 0, ""
        row: Row | None = None
        for token in _TOKEN.finditer(frame):
            if token.start() != position:
                return None
            position = token.end()
            line, column, attributes, feed, text = token.groups()
            if line is not None:
                x, y, row, cursor = int(column) - 1, int(line) - 1, None, token[0]
            elif attributes is not None:
                style = "" if attributes in ("", "0") else attributes
            elif text is not None:
                if row is None:
                    row = fresh.get(y) or (self._rows[y].copy() if y in self._rows else Row(0))
                    fresh[y] = row
                x = row.put(x, text, style)
                cursor = ""
            elif feed and row is not None:
                row = None
        if position != len(frame):
            return None
        return self._written(fresh, cursor)

    def _written(self, fresh: dict[int, Row], cursor: str) -> str:
        parts: list[str] = []
        style = ""
        for y, row in sorted(fresh.items()):
            old = self._rows.get(y)
            at = -1
            for start, end in _changes(old, row):
                parts.append(f"\x1b[{y + 1};{start + 1}H" if at < 0 else f"\x1b[{start + 1}G")
                at = end
                x = start
                while x < end:
                    if row.styles[x] != style:
                        parts.append(_turn(style, row.styles[x]))
                        style = row.styles[x]
                    stop = x + 1
                    while stop < end and row.styles[stop] == style:
                        stop += 1
                    parts.extend(sign or "" for sign in row.signs[x:stop])
                    x = stop
            self._rows[y] = row
        if style:
            parts.append("\x1b[0m")
        # Where the cursor rests matters to input methods; it moved with whatever was written.
        if cursor and (parts or cursor != self._cursor):
            parts.append(cursor)
            self._cursor = cursor
        return "".join(parts)


def _changes(old: Row | None, new: Row) -> Iterator[tuple[int, int]]:
    """The runs [from, to) of cells that differ, runs close to each other taken as one."""
    width = len(new.signs)
    if old is None:
        old = Row(width)
    elif old.signs == new.signs and old.styles == new.styles:
        return
    known = len(old.signs)
    run: tuple[int, int] | None = None
    for x in range(width):
        sign = new.signs[x]
        if sign is None or (x < known and sign == old.signs[x] and new.styles[x] == old.styles[x]):
            continue
        start = x
        while start and new.signs[start] == "":
            start -= 1  # a wide sign is sent from its first cell
        if run is not None and start - run[1] <= _GAP and None not in new.signs[run[1] : start]:
            run = (run[0], x + 1)
            continue
        if run is not None:
            yield _whole(run, new)
        run = (start, x + 1)
    if run is not None:
        yield _whole(run, new)


def _whole(run: tuple[int, int], row: Row) -> tuple[int, int]:
    """The run with the second cell of a wide sign at its end."""
    start, end = run
    while end < len(row.signs) and row.signs[end] == "":
        end += 1
    return start, end


@lru_cache(maxsize=4096)
def _turn(old: str, new: str) -> str:
    """The shortest SGR sequence from one set of attributes to another."""
    if not new:
        return "\x1b[0m"
    (fg, bg, others), (new_fg, new_bg, new_others) = _parse(old), _parse(new)
    if others - new_others:
        return f"\x1b[0;{new}m"
    changed = sorted(new_others - others, key=int)
    if fg != new_fg:
        changed.append(new_fg or "39")
    if bg != new_bg:
        changed.append(new_bg or "49")
    return f"\x1b[{';'.join(changed)}m" if changed else ""


@lru_cache(maxsize=1024)
def _parse(style: str) -> Attributes:
    fg = bg = ""
    others: set[str] = set()
    numbers = iter(style.split(";") if style else ())
    for number in numbers:
        if number in ("38", "48"):
            mode = next(numbers, "5")
            count = 3 if mode == "2" else 1
            colour = ";".join((number, mode, *(next(numbers, "0") for _ in range(count))))
            fg, bg = (colour, bg) if number == "38" else (fg, colour)
        elif number in _FOREGROUNDS:
            fg = number
        elif number in _BACKGROUNDS:
            bg = number
        elif number:
            others.add(number)
    return fg, bg, frozenset(others)


_FOREGROUNDS = frozenset(map(str, (*range(30, 38), 39, *range(90, 98))))
_BACKGROUNDS = frozenset(map(str, (*range(40, 48), 49, *range(100, 108))))

"""A line of the screen as facts: spans of text, each with a tone that the theme colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from gpuready.text.safe import safe_line


class Span(NamedTuple):
    """`tone` is one of `gpuready.tui.palette.TONES`; empty for plain text."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `ground` is the tone of its whole background (``cursor``, ``bar``, or empty)."""

    spans: tuple[Span, ...] = ()
    ground: str = ""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)

    @property
    def width(self) -> int:
        return sum(cell_len(span.text) for span in self.spans)


def harmless(text: str) -> str:
    """The text if it is safe to paint, else what `safe_line` makes of it.  Most text is plain."""
    return text if text.isascii() and text.isprintable() else safe_line(text)


def line(*parts: str | tuple[str, str] | Span, ground: str = "") -> Line:
    """A line from plain texts and (text, tone) pairs; whatever they hold, no control gets through."""
    spans = (Span(part) if isinstance(part, str) else Span(*part) for part in parts)
    return Line(tuple(Span(harmless(s.text), s.tone) for s in spans if s.text), ground)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells: padded, or cut with an ellipsis; double-width signs are whole."""
    text = harmless(text)
    cells = cell_len(text)
    if cells > width:
        return (
            set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width) if width > 1 else "…"[:width]
        )
    pad = " " * (width - cells)
    return pad + text if right else text + pad


def spread(left: Sequence[Span], right: Sequence[Span], width: int, ground: str = "") -> Line:
    """Left and right parts on one line of `width` cells; the left is cut when there is no room for both.

    Whatever they hold, no control gets through.
    """
    tail = [Span(harmless(span.text), span.tone) for span in right]
    taken = sum(cell_len(span.text) for span in tail)
    room, gap = width - taken, 1 if taken else 0
    kept: list[Span] = []
    for span in left:
        text = harmless(span.text)
        cells = cell_len(text)
        if cells + gap > room:
            kept.append(Span(fit(text, max(0, room - gap)), span.tone))
            room -= max(0, room - gap)
            break
        kept.append(Span(text, span.tone))
        room -= cells
    return Line((*kept, Span(" " * max(0, room)), *tail), ground)


def wrap(text: str, width: int) -> list[str]:
    """The text broken into lines of at most `width` cells: at spaces, and anywhere between Chinese signs.

    Line feeds stay; a word longer than a line is cut.  What is indented (a manifest, a command) hangs on
    under its own beginning.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        body = paragraph.lstrip(" ")
        indent = len(paragraph) - len(body)
        if 0 < indent < width - 10:
            lines += [" " * indent + each for each in wrap(body, width - indent)]
            continue
        current, cells = "", 0
        for piece in _pieces(harmless(paragraph)):
            size = cell_len(piece)
            if cells + len(piece.rstrip()) > width and cells + cell_len(piece.rstrip()) > width and current:
                lines.append(current.rstrip())
                current, cells = "", 0
            while size > width:
                head = set_cell_size(piece, width)
                head = head.rstrip() or piece[:1]
                lines.append(head)
                piece = piece[len(head) :]
                size = cell_len(piece)
            current += piece
            cells += size
        lines.append(current.rstrip())
    return lines


_NO_LINE_START = "，。；：、！？）》」』”’…%"


def _pieces(text: str) -> Iterable[str]:
    """What must stay together: a Latin word with the spaces after it, or one double-width sign with the
    punctuation that may not begin a line."""
    piece = ""
    for char in text:
        wide = ord(char) > 0x2E7F
        if (
            piece
            and char not in _NO_LINE_START
            and (wide or ord(piece[-1]) > 0x2E7F or (piece[-1] == " " != char))
        ):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece

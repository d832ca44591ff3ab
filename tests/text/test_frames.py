"""The frames that are sent show what the whole ones would have shown."""

from __future__ import annotations

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from gpuready.tui.driver import to_ascii
from gpuready.tui.frame import Frames

COLUMNS, ROWS = 24, 5
STYLES = ("", "1", "31", "38;2;10;20;30", "1;38;2;10;20;30;48;2;1;2;3", "48;5;7", "7;32", "2;97;44")


@st.composite
def segments(draw: st.DrawFn) -> str:
    """A piece of a frame: a move, then styled texts that stay within the line."""
    row, column = draw(st.integers(0, ROWS - 1)), draw(st.integers(0, COLUMNS - 4))
    room = COLUMNS - column
    out = f"\x1b[{row + 1};{column + 1}H"
    for _ in range(draw(st.integers(1, 4))):
        text = draw(st.text(st.sampled_from("ab █显▁存 "), max_size=6))
        while cell_len(text) > room:
            text = text[:-1]
        room -= cell_len(text)
        style = draw(st.sampled_from(STYLES))
        out += f"\x1b[{style}m{text}\x1b[0m" if style else text
    return out


FRAMES = st.lists(st.lists(segments(), min_size=1, max_size=6).map("".join), min_size=1, max_size=6)


def blank() -> str:
    return "\n".join(f"\x1b[{row + 1};1H{' ' * COLUMNS}" for row in range(ROWS))


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    return [
        [(cell.data, cell.fg, cell.bg, cell.bold, cell.reverse) for cell in (line[x] for x in range(COLUMNS))]
        for line in (screen.buffer[row] for row in range(ROWS))
    ]


def split_wide(frames: list[str]) -> bool:
    """Whether a later piece cuts a wide sign in half: what a terminal shows then is its own business."""
    taken: dict[tuple[int, int], str] = {}
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    for frame in frames:
        stream.feed(frame)
        for row in range(ROWS):
            for x in range(COLUMNS):
                wide = cell_len(screen.buffer[row][x].data or " ") == 2
                if wide and x + 1 < COLUMNS and screen.buffer[row][x + 1].data != "":
                    return True
                if screen.buffer[row][x].data == "" and cell_len(screen.buffer[row][x - 1].data or " ") != 2:
                    return True
    taken.clear()
    return False


@settings(max_examples=300, deadline=None)
@given(FRAMES)
def test_a_terminal_shows_the_same(frames: list[str]) -> None:
    frames = [blank(), *frames]
    if split_wide(frames):
        return
    whole, thrifty = pyte.Screen(COLUMNS, ROWS), pyte.Screen(COLUMNS, ROWS)
    one, other = pyte.Stream(whole), pyte.Stream(thrifty)
    shrinker = Frames()
    for frame in frames:
        one.feed(frame)
        sent = shrinker.shrink(frame)
        assert sent is not None
        other.feed(sent)
        assert cells(whole) == cells(thrifty)


@settings(max_examples=100, deadline=None)
@given(FRAMES)
def test_what_is_shown_already_is_not_sent_again(frames: list[str]) -> None:
    shrinker = Frames()
    for frame in [blank(), *frames]:
        shrinker.shrink(frame)
        assert shrinker.shrink(frame) == ""


def test_what_is_not_known_passes_through() -> None:
    assert Frames().shrink("\x1b[?1049h") is None
    assert Frames().shrink("\x1b]52;c;abc\x07") is None


@given(st.text(max_size=60))
def test_ascii_keeps_every_column(text: str) -> None:
    text = "".join(c for c in text if c.isprintable() and cell_len(c) > 0)
    assert to_ascii(text).isascii()
    assert len(to_ascii(text)) == cell_len(text)

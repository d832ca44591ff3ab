"""One of several, chosen by keyboard; the choice is told by its sign, not by colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding

from gpuready.tui.draw.line import Line, line
from gpuready.tui.widgets.lineview import LineView

_TALL = 10
"""Rows at most; more are scrolled through."""


class Choice(LineView, can_focus=True):
    """Shows (value, words) below each other; `value` is the one chosen."""

    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j,space", "move(1)", show=False),
    ]

    def __init__(self, options: Sequence[tuple[str, str]], chosen: str, *, id: str) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self.styles.height = min(_TALL, len(self._options))
        self._at = next((i for i, (value, _) in enumerate(options) if value == chosen), 0)

    @property
    def value(self) -> str:
        return self._options[self._at][0]

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self.show([self._row(index, words) for index, (_, words) in enumerate(self._options)])
        self.follow(self._at)

    def _row(self, index: int, words: str) -> Line:
        here = index == self._at
        ground = "cursor" if here and self.has_focus else ""
        return line(
            (" (*) " if here else " ( ) ", "accent"), (words, "strong" if here else ""), ground=ground
        )

    def action_move(self, by: int) -> None:
        self._at = (self._at + by) % len(self._options)
        self._paint()

    def on_focus(self) -> None:
        self._paint()

    def on_blur(self) -> None:
        self._paint()

    def on_click(self, event: events.Click) -> None:
        self._at = max(0, min(len(self._options) - 1, event.y + self.top))
        self._paint()

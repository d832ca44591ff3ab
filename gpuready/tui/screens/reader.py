"""A screen to read: the help of the place, or a history."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from gpuready.text.say import say
from gpuready.tui.draw.line import Line, Span, spread
from gpuready.tui.widgets.lineview import LineView

Draw = Callable[[int], list[Line]]
"""The lines for a given width."""


class _Text(LineView, can_focus=True):
    BINDINGS: ClassVar = [
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,space,ctrl+f", "page(1)", show=False),
        Binding("home,g", "scroll(-100000)", show=False),
        Binding("end,G", "scroll(100000)", show=False),
    ]

    def action_scroll(self, by: int) -> None:
        self.scroll_lines(by)

    def action_page(self, direction: int) -> None:
        self.scroll_lines(direction * max(1, self.size.height - 2))


class Reader(ModalScreen[None]):
    """Shows lines under a title; any of the usual keys closes it."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar = [Binding("escape,q,enter,question_mark,H", "leave", show=False)]

    def __init__(self, title: str, draw: Draw) -> None:
        super().__init__()
        self._title = title
        self._draw = draw

    def compose(self) -> ComposeResult:
        with Vertical(id="reader-box"):
            yield _Text(id="reader", pinned=1)

    def on_mount(self) -> None:
        self.query_one(_Text).focus()
        self.call_after_refresh(self._paint)

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    def _paint(self) -> None:
        view = self.query_one(_Text)
        width = view.size.width
        title = spread(
            [Span(f" {self._title}", "title")], [Span(f" {say('tui.close_keys')} ", "dim")], width, "bar"
        )
        view.show([title, *self._draw(width)])

    def action_leave(self) -> None:
        self.dismiss(None)

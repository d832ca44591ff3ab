"""The line in which a filter is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.message import Message

from gpuready.text.say import say
from gpuready.tui.draw.top import say_line
from gpuready.tui.widgets.lineview import LineView

if TYPE_CHECKING:
    from textual.widgets import Input


class FilterBar(Horizontal):
    """Out of sight until `ask`; its input is made then, since most starts never need one."""

    @dataclass
    class Typed(Message):
        """The text as it stands now."""

        text: str

    class Kept(Message):
        """Enter: the filter stays as it is."""

    _ahead = ""
    _ready = False

    @property
    def open(self) -> bool:
        return self.has_class("-open")

    def ask(self, text: str) -> None:
        """Come into sight and take the keys, the text to begin with."""
        self.add_class("-open")
        self.run_worker(self._ask(text), exclusive=True)

    def type_ahead(self, text: str) -> None:
        """What was typed before the line had the keys."""
        if self._ready and (box := self._box()):
            box.insert_text_at_cursor(text)
        else:
            self._ahead += text

    async def _ask(self, text: str) -> None:
        from textual.widgets import Input

        from gpuready.tui.widgets.entry import Entry

        if self._box() is None:
            await self.mount_all([Entry(id="filter", compact=True), LineView(id="filter-hint")])
        box = self.query_one(Entry)
        with self.prevent(Input.Changed):
            box.value = f"{text} " if text else ""
            box.cursor_position = len(box.value)
        self.screen.set_focus(box)
        self._ready = True
        ahead, self._ahead = self._ahead, ""
        self.type_ahead(ahead)
        self.hint(say("tui.filter_hint"), "dim")

    def close(self) -> None:
        self.remove_class("-open")
        self._ready = False

    def _box(self) -> Input | None:
        from textual.widgets import Input

        return next(iter(self.query(Input)), None)

    def hint(self, text: str, tone: str) -> None:
        """A sentence at the right of what is typed."""
        view = self.query_one("#filter-hint", LineView)
        self.call_after_refresh(lambda: view.show([say_line(text, tone, view.size.width)]))

    def on_input_changed(self, event: Message) -> None:
        event.stop()
        if self.open:
            self.post_message(self.Typed(getattr(event, "value", "")))

    def on_input_submitted(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Kept())

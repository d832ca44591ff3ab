"""One dialog for everything that is asked: fields, a sentence when something is wrong, keys below."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea
from textual.widgets.text_area import Edit, EditResult

from gpuready.text.fault import Fault
from gpuready.text.safe import safe
from gpuready.text.say import say
from gpuready.tui.widgets.choice import Choice
from gpuready.tui.widgets.entry import Entry, InOrder


@dataclass(frozen=True, slots=True)
class Field:
    """One thing asked.  `choices` are (value, words) to choose one from; `long` takes many lines."""

    name: str
    label: str
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    long: bool = False


class Editor(InOrder, TextArea):
    """Many lines; what is pasted is made harmless, its line ends (a terminal sends CR) kept."""

    def edit(self, edit: Edit) -> EditResult:
        edit.text = safe(edit.text.replace("\r\n", "\n").replace("\r", "\n"))
        return super().edit(edit)


Submit = Callable[[Mapping[str, str]], Awaitable[str]]
"""Takes the answers by name and carries them out; what it returns is shown in the footer.  A `Fault` keeps
the dialog open and is shown in it."""


class Dialog(ModalScreen[str]):
    """Asks the fields and submits them; its result is the sentence to show, or None when left."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [
        Binding("escape", "leave", show=False, priority=True),
        Binding("ctrl+s", "submit", show=False),  # after the letters before it, hence without priority
        # With priority, so that what is typed right behind it, in one burst of a slow line, goes to the next
        # field and not to the one that is left.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]

    def __init__(self, title: str, fields: Sequence[Field], submit: Submit) -> None:
        super().__init__()
        self._title = title
        self._fields = fields
        self._submit = submit
        self._busy = False
        self._ahead = ""

    def type_ahead(self, text: str) -> None:
        """What was typed before the dialog stood: it belongs into the first field, if that takes text."""
        if not self.focused:
            self._ahead += text
        elif isinstance(self.focused, TextArea):
            self.focused.insert(text)
        elif isinstance(self.focused, Input):
            self.focused.insert_text_at_cursor(text)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(self._title, id="dialog-title", markup=False)
            for field in self._fields:
                yield Static(field.label, classes="label", markup=False)
                yield self._widget(field)
            yield Static("", id="dialog-fault", markup=False)
            long = any(field.long for field in self._fields)
            yield Static(
                say("tui.dialog_keys_long" if long else "tui.dialog_keys"), id="dialog-keys", markup=False
            )

    def _widget(self, field: Field) -> Input | Choice | TextArea:
        id_ = f"field-{field.name}"
        if field.choices:
            return Choice(field.choices, field.default, id=id_)
        if field.long:
            area = Editor(field.default, id=id_, compact=True)
            area.cursor_blink = False  # a blinking cursor costs 2.5 kB/s over SSH
            return area
        return Entry(field.default, id=id_, compact=True)

    def on_mount(self) -> None:
        # At once, not by and by as `Widget.focus` would: who types fast must not type into another field.
        self.set_focus(self.query_one(f"#field-{self._fields[0].name}"))
        ahead, self._ahead = self._ahead, ""
        self.type_ahead(ahead)

    def answers(self) -> dict[str, str]:
        return {field.name: self._answer(field) for field in self._fields}

    def _answer(self, field: Field) -> str:
        widget = self.query_one(f"#field-{field.name}")
        assert isinstance(widget, Input | TextArea | Choice)
        return widget.text if isinstance(widget, TextArea) else widget.value

    @on(Input.Submitted)
    async def _entered(self) -> None:
        await self.action_submit()

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character:  # a field keeps its own letters: this one came too early
            self.type_ahead(event.character)
        # Enter on a choice means "this one, go on".
        if event.key == "enter" and isinstance(self.focused, Choice):
            event.stop()  # or the field that has the keys next would take it as "save"
            self.focus_next()

    async def action_submit(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            told = await self._submit(self.answers())
        except Fault as fault:
            self.query_one("#dialog-fault", Static).update(str(fault))
            self._busy = False
            return
        self.dismiss(told)

    def action_leave(self) -> None:
        self.dismiss(None)

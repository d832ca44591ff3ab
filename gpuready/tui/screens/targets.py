"""What is probed: the session's targets, and what is found on this node and could be one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from gpuready.engine.discover import Found, discover
from gpuready.engine.targets import add, parse_target, remove, targets_of
from gpuready.probes.probe import Target
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from gpuready.text.say import say
from gpuready.tui.draw.line import Line, Span, fit, line, spread
from gpuready.tui.screens.dialog import Dialog, Field
from gpuready.tui.widgets.lineview import LineView


class _Rows(LineView, can_focus=True):
    """The rows; the screen has the keys."""


class Targets(ModalScreen[None]):
    """Nothing is added without the operator's word."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("a", "add", show=False),
        Binding("f", "find", show=False),
        Binding("enter", "take", show=False),
        Binding("d,delete", "remove", show=False),
        Binding("escape,q,s", "leave", show=False),
    ]

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        super().__init__()
        self._session = session
        self._changed = changed
        self._found: tuple[Found, ...] = ()
        self._said = ""
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="reader-box"):
            yield _Rows(id="reader", pinned=1)
            yield LineView(id="consent-keys")

    def on_mount(self) -> None:
        self.query_one(_Rows).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    def _own(self) -> tuple[Target, ...]:
        return targets_of(self._session.state.settings)

    def _new(self) -> list[Found]:
        """What was found and is not a target yet."""
        known = {(each.kind, each.address) for each in self._own()}
        return [f for f in self._found if f.target and (f.target.kind, f.target.address) not in known]

    def _paint(self) -> None:
        view = self.query_one(_Rows)
        width = view.size.width
        own, new = self._own(), self._new()
        rows = [f"{each.kind:<11} {each.name:<20} {each.address}" for each in own]
        lines: list[Line] = [spread([Span(f" {say('tui.title_targets')}", "title")], [], width, "bar")]
        lines += [self._row(text, index, width) for index, text in enumerate(rows)]
        if not own:
            lines.append(line((f" {say('tui.targets_none')}", "dim")))
        if new:
            lines.append(line((f" {say('tui.targets_found')}", "title")))
        for index, each in enumerate(new, len(own)):
            assert each.target is not None
            target = each.target
            lines.append(self._row(f"{target.kind:<11} {target.name:<20} {each}", index, width))
        lines += [line(("   " + str(each), "dim")) for each in self._found if each.target is None]
        view.show(lines)
        # The cursor's line: below the title, and below the heading of what was found.
        view.follow(1 + self._at + (not own) + (bool(new) and self._at >= len(own)))
        keys = self.query_one("#consent-keys", LineView)
        said = (self._said, "warn") if self._said else (say("tui.targets_keys"), "accent")
        keys.show([spread([Span(f" {said[0]}", said[1])], [], keys.size.width)])

    def _row(self, text: str, index: int, width: int) -> Line:
        return line(fit(f" {text}", width), ground="cursor" if index == self._at else "")

    def action_move(self, by: int) -> None:
        count = len(self._own()) + len(self._new())
        self._at = max(0, min(count - 1, self._at + by))
        self._said = ""
        self._paint()

    def action_add(self) -> None:
        async def submit(answers: Mapping[str, str]) -> str:
            await add(self._session, parse_target(answers["target"]))
            return ""

        field = Field("target", say("tui.field_target"))
        self.app.push_screen(Dialog(say("acts.targets_help"), [field], submit), lambda _: self._settled())

    def action_find(self) -> None:
        self._said = say("tui.targets_looking")
        self._paint()
        self.run_worker(self._find(), exclusive=True)

    async def _find(self) -> None:
        self._found = await discover()
        self._said = "" if self._found else say("tui.targets_nothing")
        self._paint()

    def action_take(self) -> None:
        own, new = self._own(), self._new()
        chosen = new[self._at - len(own) :][:1] if self._at >= len(own) else []
        for found in chosen:
            if found.target is not None:
                self.run_worker(self._do(add(self._session, found.target)))

    def action_remove(self) -> None:
        own = self._own()
        if self._at < len(own):
            self.run_worker(self._do(remove(self._session, own[self._at].kind, own[self._at].name)))

    async def _do(self, deed: Awaitable[object]) -> None:
        try:
            await deed
        except Fault as fault:
            self._said = str(fault)
            self._paint()
        else:
            self._settled()

    def _settled(self) -> None:
        self._changed()
        self.action_move(0)

    def action_leave(self) -> None:
        self.dismiss(None)

"""What the keys of the main screen write into the session, and what they ask before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gpuready.checklist.verdict import Verdict
from gpuready.session import deeds
from gpuready.session.board import CheckStanding, ItemStanding
from gpuready.text.fault import Fault
from gpuready.text.say import say

if TYPE_CHECKING:
    from types import ModuleType

    from gpuready.tui.screens.dialog import Dialog
    from gpuready.tui.screens.main import MainScreen


class Writing:
    """The deeds of the row under the cursor.  A method refuses by raising `Fault`."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._turn = asyncio.Lock()  # two quick presses are two marks, one after the other

    def mark(self) -> None:
        """A check: pass, fail, open in turn.  An item: an override, which needs a reason."""
        standing = self._screen.outline.standing()
        if isinstance(standing, CheckStanding):
            self._run(lambda: self._turn_mark(standing.check.ref))
        elif isinstance(standing, ItemStanding):
            self.ask(self._dialogs.override(self._screen.app.session, standing))
        else:
            raise Fault("tui.choose_item")

    async def _turn_mark(self, ref: str) -> str:
        app = self._screen.app
        check = deeds.find_check(app.board, ref).check
        mark = app.session.state.check(ref).mark
        if mark is None:
            await deeds.settle(app.session, check, Verdict.PASS)
            return say("tui.marked_pass", ref=ref)
        if mark.verdict is Verdict.PASS:
            await deeds.settle(app.session, check, Verdict.FAIL)
            return say("tui.marked_fail", ref=ref)
        await deeds.clear(app.session, check)
        return say("tui.cleared", ref=ref)

    def value(self) -> None:
        check = self._check().check
        if not any(method.kind == "value" for method in check.methods):
            raise Fault("tui.no_value_here", ref=check.ref)
        self.ask(self._dialogs.value(self._screen.app.session, check))

    def attest(self) -> None:
        self.ask(self._dialogs.attest(self._screen.app.session, self._check().check))

    def waive(self) -> None:
        app = self._screen.app
        self.ask(self._dialogs.waive(app.session, self._check().check, app.board.at.date()))

    def note(self) -> None:
        if not self._screen.outline.ref:
            raise Fault("tui.choose_item")
        self.ask(self._dialogs.note(self._screen.app.session, self._screen.outline.ref))

    def owner(self) -> None:
        app = self._screen.app
        self.ask(self._dialogs.owner(app.session, self._item(), app.operator))

    def due(self) -> None:
        app = self._screen.app
        self.ask(self._dialogs.due(app.session, self._item(), app.board.at.date()))

    def undo(self) -> None:
        self._run(self._undo)

    async def _undo(self) -> str:
        event = await self._screen.app.session.undo()
        return say("tui.undone", what=f"{event.kind} {event.subject}") if event else say("tui.nothing_undo")

    def redo(self) -> None:
        self._run(self._redo)

    async def _redo(self) -> str:
        event = await self._screen.app.session.redo()
        return say("tui.redone", what=f"{event.kind} {event.subject}") if event else say("tui.nothing_redo")

    def export(self) -> None:
        app = self._screen.app
        self.ask(self._dialogs.export(app.session, app.board, app.operator, self._screen.query_in_force()))

    def history(self) -> None:
        from gpuready.tui.draw.reading import history_lines
        from gpuready.tui.screens.reader import Reader

        state, ref, zone = (
            self._screen.app.session.state,
            self._screen.outline.ref,
            self._screen.app.board.at.tzinfo,
        )
        title = say("tui.title_history", ref=ref)
        draw = lambda width: history_lines(state.history(ref), state, zone, width)  # noqa: E731
        self._screen.app.push_screen(Reader(title, draw))

    def help(self) -> None:
        from gpuready.tui.draw.reading import help_lines
        from gpuready.tui.screens.reader import Reader

        keys = self._screen.app.keys
        self._screen.app.push_screen(Reader(say("tui.title_help"), lambda width: help_lines(keys, width)))

    @property
    def _dialogs(self) -> ModuleType:
        # They bring editors and inputs along, which the first screen can do without.
        from gpuready.tui.screens import dialogs

        return dialogs

    def _check(self) -> CheckStanding:
        standing = self._screen.outline.standing()
        if not isinstance(standing, CheckStanding):
            raise Fault("tui.choose_check")
        return standing

    def _item(self) -> ItemStanding:
        item = self._screen.app.board.item_of(self._screen.outline.ref)
        if item is None:
            raise Fault("tui.choose_item")
        return item

    def ask(self, dialog: Dialog) -> None:
        """Put a question; what comes of it is told on the last line."""
        self._screen.app.push_screen(dialog, self._answered)

    def _answered(self, told: str | None) -> None:
        if told is not None:
            self._screen.app.stand_again()
            self._screen.tell(told)

    def _run(self, deed: Callable[[], Awaitable[str]]) -> None:
        async def carry_out() -> None:
            async with self._turn:
                try:
                    told = await deed()
                except Fault as fault:
                    self._screen.tell(str(fault), "bad")
                    return
                self._screen.app.stand_again()
                self._screen.tell(told)

        self._screen.run_worker(carry_out(), group="writing")

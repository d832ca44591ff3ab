"""Asks before anything is written, loaded or started: shows what it would be, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from gpuready.text.say import language, say
from gpuready.tui.draw.line import Line, Span, line, spread, wrap
from gpuready.tui.widgets.lineview import LineView

if TYPE_CHECKING:
    from gpuready.engine.plan import Plan


class _Text(LineView, can_focus=True):
    BINDINGS: ClassVar = [
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def action_scroll(self, by: int) -> None:
        self.scroll_lines(by)


class Consent(ModalScreen[bool]):
    """True: run all of it; False: only what reads; None: nothing.

    No key that is pressed by habit gives consent: it takes the letter y.
    """

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar = [
        Binding("y", "answer(True)", show=False),
        Binding("r,enter", "answer(False)", show=False),
        Binding("escape,n,q", "leave", show=False),
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        with Vertical(id="reader-box"):
            yield _Text(id="reader", pinned=1)
            yield LineView(id="consent-keys")

    def on_mount(self) -> None:
        self.query_one(_Text).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    def _paint(self) -> None:
        view = self.query_one(_Text)
        width = view.size.width
        asking = self._plan.asking
        title = say("tui.consent_title", count=len(asking))
        lines: list[Line] = [spread([Span(f" {title}", "warn")], [], width, "bar")]
        for planned in asking:
            words = f"{planned.check.ref} {planned.check.words.to(language())}"
            lines += [Line(), line((f" {words}", "strong"))]
            for step in planned.steps:
                facts = say(
                    "tui.consent_step",
                    safety=say(f"tui.safety_{step.probe.safety.name.lower()}"),
                    target=step.target.name or say("tui.here"),
                    seconds=f"{step.ask.limit:g}",
                )
                privilege = f"  ({step.probe.privilege})" if step.probe.privilege else ""
                lines.append(line((f"   {facts}{privilege}", "accent")))
                for call in step.calls:
                    lines += [line(f"     {row}") for row in wrap(call, max(10, width - 6))]
        view.show(lines)
        keys = self.query_one("#consent-keys", LineView)
        keys.show([spread([Span(f" {say('tui.consent_keys')}", "accent")], [], keys.size.width)])

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)

    def action_leave(self) -> None:
        self.dismiss(None)

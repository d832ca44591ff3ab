"""Which signals the Prometheus panel shows, chosen from all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from gpuready.prometheus.signal import Signal
from gpuready.text.say import language, say
from gpuready.tui.draw.line import Line, Span, fit, line, spread
from gpuready.tui.widgets.lineview import LineView


class SignalsScreen(ModalScreen[tuple[str, ...] | None]):
    """`ways` tells by which exporter each signal is read on this site, empty where it is not.  Returns the
    ids of the chosen ones, those that were shown before in their old order; None when it is left."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,q", "leave", show=False),
        Binding("enter", "accept", show=False),
        Binding("space,x", "turn", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home,g", "move(-1000)", show=False),
        Binding("end,G", "move(1000)", show=False),
    ]

    def __init__(self, signals: Sequence[Signal], ways: Mapping[str, str], chosen: Sequence[str]) -> None:
        super().__init__()
        # What this site has comes first, by group.
        self._signals = sorted(signals, key=lambda each: (not ways.get(each.id), each.group, each.id))
        self._ways = ways
        self._chosen = list(chosen)
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="reader-box"):
            yield LineView(id="reader", pinned=1)

    def on_mount(self) -> None:
        self.call_after_refresh(self._paint)

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    def _paint(self) -> None:
        view = self.query_one("#reader", LineView)
        width = view.size.width
        title = Span(f" {say('acts.signals')}", "title")
        lines = [spread([title], [Span(f" {say('tui.signals_keys')} ", "dim")], width, "bar")]
        at = 0
        group = None
        for index, signal in enumerate(self._signals):
            there = bool(self._ways.get(signal.id))
            if (there, signal.group) != group:
                group = (there, signal.group)
                words = signal.group if there else f"{signal.group}  {say('tui.signals_absent')}"
                lines.append(line((f" {words}", "strong" if there else "dim")))
            if index == self._at:
                at = len(lines)
            lines.append(self._row(signal, width, index == self._at))
        view.show(lines)
        view.follow(at)

    def _row(self, signal: Signal, width: int, here: bool) -> Line:
        mark = "[x]" if signal.id in self._chosen else "[ ]"
        exporter = self._ways.get(signal.id, "")
        words = fit(signal.words.to(language()), 28)
        left = [Span(f"  {mark} ", "accent"), Span(words, "" if exporter else "dim")]
        left += [Span(f" {fit(signal.id, 24)}", "dim"), Span(f" {exporter}")]
        return spread(left, [], width, "cursor" if here else "")

    def action_move(self, by: int) -> None:
        self._at = max(0, min(len(self._signals) - 1, self._at + by))
        self._paint()

    def action_turn(self) -> None:
        name = self._signals[self._at].id
        if name in self._chosen:
            self._chosen.remove(name)
        else:
            self._chosen.append(name)
        self._paint()

    def action_accept(self) -> None:
        self.dismiss(tuple(self._chosen))

    def action_leave(self) -> None:
        self.dismiss(None)

"""One signal on the whole screen, with its percentiles, its legend and the query behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from gpuready.live.source import Unheard
from gpuready.probes.duration import window_text
from gpuready.prometheus.panel.chart import WINDOWS, Chart, Charts, View
from gpuready.text.say import say
from gpuready.tui.draw.line import Line, Span, line, spread, wrap
from gpuready.tui.draw.signals import chart_lines, name_of
from gpuready.tui.draw.unheard import dimmed, said
from gpuready.tui.widgets.lineview import LineView

QUANTILES = (0.5, 0.95, 0.99)


class ChartScreen(ModalScreen[View]):
    """`look` asks the watcher for another view; what it hears then comes to `hear`.  Returns the view with
    the window that was chosen last."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,q,enter", "leave", show=False),
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("left,h,minus", "window(-1)", show=False),
        Binding("right,l,plus,W", "window(1)", show=False),
        Binding("y,c", "copy", show=False),
    ]

    def __init__(
        self, view: View, chosen: str, quantiles: Callable[[str], bool], look: Callable[[View], None]
    ) -> None:
        """`quantiles` tells whether a signal has percentiles."""
        super().__init__()
        self._view = view
        self._chosen = chosen
        self._quantiles = quantiles
        self._look = look
        self._heard: Charts | None = None
        self._unheard: Unheard | None = None
        self._said = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="chart-box"):
            yield LineView(id="chart", pinned=1)

    def on_mount(self) -> None:
        self._ask()
        self.set_interval(1.0, self._count)

    def on_resize(self) -> None:
        self._ask()

    def hear(self, heard: Charts | Unheard) -> None:
        if isinstance(heard, Unheard):
            self._unheard = heard
        else:
            self._heard, self._unheard = heard, None
        if self.is_mounted:
            self._paint()

    def _count(self) -> None:
        """While nothing comes, the seconds of silence grow."""
        if self._unheard is not None:
            self._paint()

    def _ask(self) -> None:
        """Let the watcher ask for this signal, as wide as the screen."""
        name = self._chosen.partition("@")[0]
        names = tuple(f"{name}@{q:g}" for q in QUANTILES) if self._quantiles(name) else (name,)
        columns = max(20, 2 * (self.app.size.width - 14))
        self._look(dataclasses.replace(self._view, signals=names, columns=columns))
        self.call_after_refresh(self._paint)

    def _charts(self) -> tuple[Chart, ...]:
        """Those of the chosen signal: what was asked for before may still come in."""
        name = self._chosen.partition("@")[0]
        known = self._heard.charts if self._heard else ()
        return tuple(each for each in known if each.signal.id == name)

    def _paint(self) -> None:
        view = self.query_one("#chart", LineView)
        width, height = view.size.width, view.size.height
        charts = self._charts()
        name = name_of(charts[0]).removesuffix(f" P{100 * charts[0].q:g}") if charts else self._chosen
        left = [Span(f" {name}  ", "title"), Span(window_text(self._view.window), "accent")]
        if self._view.selector:
            left.append(Span(f"  {{{self._view.selector}}}", "accent"))
        keys = self._said or say("tui.chart_keys")
        lines: list[Line] = [spread(left, [Span(f" {keys} ", "good" if self._said else "dim")], width, "bar")]
        if self._unheard is not None:
            lines += [line((f" {text}", "bad")) for text in wrap(said(self._unheard), width - 2)]
        if charts and self._heard is not None:
            drawn = chart_lines(charts, self._heard, width, height - len(lines))
            # What was heard before the silence must not look like now.
            lines += [dimmed(each) for each in drawn] if self._unheard else drawn
        elif self._unheard is None:
            lines.append(line((f" {say('tui.waiting')}", "dim")))
        view.show(lines)

    def action_window(self, by: int) -> None:
        at = min(range(len(WINDOWS)), key=lambda i: abs(WINDOWS[i] - self._view.window))
        window = WINDOWS[max(0, min(len(WINDOWS) - 1, at + by))]
        self._view = dataclasses.replace(self._view, window=window)
        self._ask()

    def action_step(self, by: int) -> None:
        names = self._view.signals
        at = names.index(self._chosen) if self._chosen in names else 0
        self._chosen = names[(at + by) % len(names)]
        self._ask()

    def action_copy(self) -> None:
        charts = self._charts()
        if charts and charts[0].query:
            self.app.copy_to_clipboard(charts[min(1, len(charts) - 1)].query)
            self._said = say("tui.copied")
            self._paint()

    def action_leave(self) -> None:
        self.dismiss(self._view)

"""The Prometheus panel: up and down choose the signal that is shown whole on enter."""

from __future__ import annotations

from gpuready.live.source import Unheard
from gpuready.prometheus.panel.chart import Chart, Charts
from gpuready.text.say import say
from gpuready.tui.draw.line import Line, Span, line, spread, wrap
from gpuready.tui.draw.signals import signals_lines
from gpuready.tui.draw.unheard import dimmed, said
from gpuready.tui.widgets.farpanel import FarPanel


class SignalsPanel(FarPanel[Charts]):
    """`chosen` is the number of the signal with the cursor."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.chosen = 0

    @property
    def chart(self) -> Chart | None:
        """The chosen one."""
        charts = self.heard.told if self.heard else ()
        return charts[min(self.chosen, len(charts) - 1)] if charts else None

    def hear(self, heard: Charts | Unheard) -> None:
        if isinstance(heard, Unheard):
            self.keep(self.heard, heard)
        else:
            self.keep(heard)

    def choose(self, by: int) -> None:
        count = len(self.heard.told) if self.heard else 0
        self.chosen = max(0, min(count - 1, self.chosen + by))
        self.paint()

    def paint(self) -> None:
        width, height = self.size.width, self.size.height
        if not width or not height or not self.display:
            return
        at = 0
        if self.heard is None:
            title = spread([Span(" Prometheus", "title")], [], width, "bar")
            lines = [title] if self.unheard else [title, line((f" {say('tui.waiting')}", "dim"))]
        else:
            lines, at = signals_lines(self.heard, width, height, self.chosen if self.has_focus else -1)
        if self.unheard is not None:
            lines[1:] = [dimmed(each) for each in lines[1:]]
            lines[1:1] = [line((f" {text}", "bad")) for text in wrap(said(self.unheard), width - 2)]
        if self.has_focus:
            lines[0] = Line(lines[0].spans, "faint")
        self.show(lines)
        if self.has_focus:
            self.follow(at)

"""The live panels: the last sample, or since when there is none."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

from gpuready.live.facts import GpuSample, NodeSample
from gpuready.live.source import Silence
from gpuready.live.words import of_silence
from gpuready.text.say import say
from gpuready.tui.draw.gpu import gpu_lines
from gpuready.tui.draw.line import Line, Span, line, spread, wrap
from gpuready.tui.draw.node import node_lines
from gpuready.tui.widgets.lineview import PaintedView


class Trail:
    """Utilisation over the last minutes, one column for `per` samples.

    Only the newest column changes from one sample to the next, and all move one place left once in
    `per` samples: a line that moves each second would be sent whole each second.
    """

    def __init__(self, per: int = 5, columns: int = 60) -> None:
        self._per = per
        self._done: deque[float | None] = deque(maxlen=columns)
        self._open: list[float] = []
        self._count = 0

    def add(self, value: float | None) -> None:
        if value is not None:
            self._open.append(value)
        self._count += 1
        if self._count == self._per:
            self._done.append(self._mean())
            self._open, self._count = [], 0

    def columns(self) -> Sequence[float | None]:
        return (*self._done, self._mean()) if self._count else tuple(self._done)

    def _mean(self) -> float | None:
        return sum(self._open) / len(self._open) if self._open else None


S = TypeVar("S", GpuSample, NodeSample)


class Panel(PaintedView, Generic[S]):
    """One source's panel."""

    def __init__(self, *, id: str, title: str) -> None:
        super().__init__(id=id, pinned=1)
        self._title = title
        self.sample: S | None = None
        self.silence: Silence | None = None

    def hear(self, heard: S | Silence) -> None:
        """A new sample, or that there is none; `paint` shows it."""
        if isinstance(heard, Silence):
            self.silence = heard
        else:
            self.sample, self.silence = heard, None

    def paint(self) -> None:
        """Show what was heard last, if the panel is in sight."""
        width, height = self.size.width, self.size.height
        if not width or not height or not self.display:
            return
        lines = self._draw(width, height)
        if self.silence is not None:
            # What is below is of the past: it must not look like now.
            lines[1:] = [Line(tuple(Span(span.text, "dim") for span in old.spans)) for old in lines[1:]]
            lines[1:1] = [line((f" {text}", "bad")) for text in wrap(of_silence(self.silence), width - 2)]
        if self.has_focus:
            lines[0] = Line(lines[0].spans, "faint")
        self.show(lines)

    def _draw(self, width: int, height: int) -> list[Line]:
        raise NotImplementedError

    def _waiting(self, width: int) -> list[Line]:
        title = spread(
            [Span(f" {say(self._title)}" if "." in self._title else f" {self._title}", "title")],
            [],
            width,
            "bar",
        )
        return [title] if self.silence else [title, line((f" {say('tui.waiting')}", "dim"))]


class GpuPanel(Panel[GpuSample]):
    """All GPUs; up and down choose the one that is shown in full."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, title="GPU")
        self._trails: dict[int, Trail] = {}
        self.chosen = 0

    def hear(self, heard: GpuSample | Silence) -> None:
        if isinstance(heard, GpuSample):
            for gpu in heard.gpus:
                self._trails.setdefault(gpu.index, Trail()).add(gpu.busy)
        super().hear(heard)

    def choose(self, by: int) -> None:
        if self.sample and self.sample.gpus:
            self.chosen = max(0, min(len(self.sample.gpus) - 1, self.chosen + by))
            self.paint()

    def _draw(self, width: int, height: int) -> list[Line]:
        if self.sample is None:
            return self._waiting(width)

        def past(index: int) -> Sequence[float | None]:
            return self._trails[index].columns() if index in self._trails else ()

        chosen = min(self.chosen, max(0, len(self.sample.gpus) - 1))
        return gpu_lines(self.sample, past, width, height, chosen)


class NodePanel(Panel[NodeSample]):
    """This machine."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, title="tui.node")

    def _draw(self, width: int, height: int) -> list[Line]:
        return node_lines(self.sample, width, height) if self.sample else self._waiting(width)

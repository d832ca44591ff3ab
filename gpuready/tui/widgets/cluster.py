"""The Kubernetes panel: up and down go over its rows, enter opens what stands there."""

from __future__ import annotations

import dataclasses

from textual import events

from gpuready.kube.panel.facts import ClusterSample, NodeFact
from gpuready.live.source import Unheard
from gpuready.text.say import say
from gpuready.tui.draw.cluster import cluster_lines
from gpuready.tui.draw.gpumap import ORDERS, Look
from gpuready.tui.draw.line import Line, Span, line, spread, wrap
from gpuready.tui.draw.unheard import dimmed, said
from gpuready.tui.widgets.farpanel import FarPanel

_FOLDS = ("open", "group", "product")


class ClusterPanel(FarPanel[ClusterSample]):
    """`chosen` is the key of the row with the cursor: it stays with what it names when rows come and go."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.look = Look()
        self.chosen = ""
        self._keys: list[str] = []
        self._at = 0

    def forget(self) -> None:
        """Another cluster is watched from now on: nothing of the one before may be taken for its."""
        self.look, self.chosen, self._keys, self._at, self.top = Look(), "", [], 0, 0
        self.keep(None)

    def hear(self, heard: ClusterSample | Unheard) -> None:
        if isinstance(heard, Unheard):
            self.keep(self.heard, heard)
        else:
            self.keep(heard)

    def choose(self, by: int) -> None:
        """Move the cursor by so many rows, over those on which there is nothing to choose."""
        rows = [index for index, key in enumerate(self._keys) if key]
        if not rows:
            self.scroll_lines(by)
            return
        at = next((n for n, index in enumerate(rows) if index >= self._at), len(rows) - 1)
        target = max(0, min(len(rows) - 1, at + by if self.chosen else at))
        self.chosen, self._at = self._keys[rows[target]], rows[target]
        self.paint(follow=True)

    def fold(self) -> bool:
        """Open or close the rows below the chosen one; False where there is nothing to open that way."""
        sort, _, name = self.chosen.partition(":")
        if sort not in _FOLDS:
            return False
        key = name if sort == "open" else self.chosen
        self.look = dataclasses.replace(self.look, opened=self.look.opened ^ {key})
        self.paint(follow=True)
        return True

    def next_order(self) -> str:
        """Order the nodes the next way; its name."""
        order = ORDERS[(ORDERS.index(self.look.order) + 1) % len(ORDERS)]
        self.look = dataclasses.replace(self.look, order=order)
        self.paint()
        return order

    def filter_by(self, text: str) -> None:
        """Show what holds all of these words."""
        self.look = dataclasses.replace(self.look, words=tuple(text.lower().split()))
        self.top = 0
        self.paint(follow=True)

    @property
    def node(self) -> NodeFact | None:
        """The chosen one, if it is a node that is still there."""
        sort, _, name = self.chosen.partition(":")
        nodes = self.heard.nodes if self.heard and sort == "node" else ()
        return next((each for each in nodes if each.name == name), None)

    def paint(self, *, follow: bool = False) -> None:
        width, height = self.size.width, self.size.height
        if not width or not height or not self.display:
            return
        trouble = wrap(said(self.unheard), width - 2) if self.unheard else []
        if self.heard is None:
            title = spread([Span(" Kubernetes", "title")], [], width, "bar")
            lines = [title] if self.unheard else [title, line((f" {say('tui.waiting')}", "dim"))]
            self._keys = [""] * len(lines)
        else:
            cursor = self.chosen if self.has_focus else ""
            drawn = cluster_lines(self.heard, self.look, width, max(2, height - len(trouble)), cursor)
            lines, self._keys = drawn.lines, drawn.keys
        if trouble:
            lines[1:] = [dimmed(each) for each in lines[1:]]
            lines[1:1] = [line((f" {text}", "bad")) for text in trouble]
            self._keys[1:1] = [""] * len(trouble)
        if self.has_focus:
            lines[0] = Line(lines[0].spans, "faint")
        if self._settle() and self.has_focus:
            self.paint(follow=follow)  # the cursor stands elsewhere now
            return
        self.show(lines)
        if follow:
            self.follow(self._at)

    def _settle(self) -> bool:
        """Keep the cursor on what it names, else about where it was; whether it names something else now."""
        if not self.chosen:
            return False
        if self.chosen in self._keys:
            self._at = self._keys.index(self.chosen)
            return False
        rows = [index for index, key in enumerate(self._keys) if key]
        self._at = min(rows, key=lambda index: abs(index - self._at), default=0)
        self.chosen = self._keys[self._at] if rows else ""
        return bool(self.chosen)

    def on_focus(self) -> None:
        if not self.chosen:
            self.choose(0)

    def on_click(self, event: events.Click) -> None:
        index = self._index(event.y)
        if index < len(self._keys) and self._keys[index]:
            self.chosen, self._at = self._keys[index], index
            self.paint()

"""What the panels of systems beyond this machine have in common: the last that was heard, or since when
there is nothing newer."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.timer import Timer

from gpuready.live.source import Unheard
from gpuready.tui.widgets.lineview import PaintedView

H = TypeVar("H")
_TICK = 1.0


class FarPanel(PaintedView, Generic[H]):
    """`heard` is the last that came; `unheard` says since when there is none newer."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, pinned=1)
        self.heard: H | None = None
        self.unheard: Unheard | None = None
        self._counting: Timer | None = None

    def keep(self, heard: H | None, unheard: Unheard | None = None) -> None:
        """That came, or nothing; and paint it."""
        self.heard, self.unheard = heard, unheard
        # Where nothing comes, only a clock lets the seconds of silence grow.
        if unheard is not None and self._counting is None:
            self._counting = self.set_interval(_TICK, self.paint)
        elif unheard is None and self._counting is not None:
            self._counting.stop()
            self._counting = None
        self.paint()

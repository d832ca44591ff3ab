"""The one way in which gpuready paints: lines in, and only those that changed are painted again.

Which of their cells go to the terminal is settled at the very end, in `gpuready.tui.driver`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gpuready.tui.draw.line import Line
from gpuready.tui.palette import style_of

_EMPTY = Line()


class LineView(ScrollView, inherit_bindings=False):
    """Shows lines; scrolls up and down when there are more than fit."""

    DEFAULT_CSS = """
    LineView { overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None, pinned: int = 0) -> None:
        """`pinned` lines at the top stay where they are when the rest scrolls."""
        super().__init__(id=id, classes=classes)
        self.pinned = pinned
        self._lines: Sequence[Line] = ()
        self._styles_by_tone: dict[tuple[str, str], Style] = {}

    @property
    def lines(self) -> Sequence[Line]:
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines from now on; repaints those that differ from what is shown."""
        old, self._lines = self._lines, lines
        width = self.size.width
        if len(old) != len(lines):
            self.virtual_size = Size(width, len(lines))
        regions = []
        for y in range(self.size.height):
            index = self._index(y)
            before = old[index] if index < len(old) else _EMPTY
            after = lines[index] if index < len(lines) else _EMPTY
            if before != after:
                regions.append(Region(0, y, width, 1))
        if regions:
            self.refresh(*regions)

    def _index(self, y: int) -> int:
        """Which line stands at row `y` of the screen."""
        return y if y < self.pinned else y + self.scroll_offset.y

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index = self._index(y)
        shown = self._lines[index] if index < len(self._lines) else _EMPTY
        segments = [Segment(text, self._style(tone, shown.ground)) for text, tone in shown.spans]
        strip = Strip(segments, shown.width)
        return strip.adjust_cell_length(width, self._style("", shown.ground))

    def _style(self, tone: str, ground: str) -> Style:
        key = (tone, ground)
        if (style := self._styles_by_tone.get(key)) is None:
            style = self.rich_style + style_of(tone, ground, self.app.theme_variables)
            self._styles_by_tone[key] = style
        return style

    def notify_style_update(self) -> None:
        self._styles_by_tone.clear()
        super().notify_style_update()

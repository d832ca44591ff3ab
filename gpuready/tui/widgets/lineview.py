"""The one way in which gpuready paints: lines in, and only those that changed are painted again.

Which of their cells go to the terminal is settled at the very end, in `gpuready.tui.driver`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from gpuready.tui.draw.line import Line, harmless
from gpuready.tui.palette import style_of

_EMPTY = Line()


class LineView(Widget, inherit_bindings=False):
    """Shows lines; `top` is how many of them are scrolled out of sight.

    A sign at the right edge tells that there is more above or below; a scroll bar would cost a column and
    a layout of the whole screen each time it comes and goes.
    """

    def __init__(self, *, id: str | None = None, pinned: int = 0) -> None:
        """`pinned` lines at the top stay where they are when the rest scrolls."""
        super().__init__(id=id)
        self.pinned = pinned
        self.top = 0
        self._lines: Sequence[Line] = ()
        self._styles_by_tone: dict[tuple[str, str], Style] = {}

    @property
    def lines(self) -> Sequence[Line]:
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines from now on; repaints those that differ from what is shown."""
        height, width = self.size.height, self.size.width
        before = [self._seen(y) for y in range(height)]
        self._lines = lines
        self.top = max(0, min(self.top, len(lines) - height))
        dirty = [Region(0, y, width, 1) for y in range(height) if self._seen(y) != before[y]]
        if dirty:
            self.refresh(*dirty)

    def scroll_lines(self, by: int) -> None:
        """Scroll by so many lines, as far as there are any."""
        top = max(0, min(self.top + by, len(self._lines) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()

    def follow(self, index: int) -> None:
        """Scroll by as little as brings that line into sight."""
        last = self.top + self.size.height - 1
        if index > last:
            self.scroll_lines(index - last)
        elif index < self.top + self.pinned:
            self.scroll_lines(index - self.pinned - self.top)

    def _index(self, y: int) -> int:
        """Which line stands at row `y` of the screen."""
        return y if y < self.pinned else y + self.top

    def _seen(self, y: int) -> tuple[Line, str]:
        """The line at row `y`, and the sign at its end that tells of more."""
        index = self._index(y)
        line = self._lines[index] if index < len(self._lines) else _EMPTY
        if y == self.pinned and self.top:
            return line, "▲"
        last = y == self.size.height - 1 and index + 1 < len(self._lines)
        return line, "▼" if last and self.size.height > 1 else ""

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        line, more = self._seen(y)
        # The last gate: whoever made the line, no control sequence of a host or a person gets through.
        segments = [Segment(harmless(text), self._style(tone, line.ground)) for text, tone in line.spans]
        strip = Strip(segments, line.width).adjust_cell_length(width, self._style("", line.ground))
        if more and width > 1:
            sign = Strip([Segment(more, self._style("accent", line.ground))], 1)
            strip = Strip.join([strip.crop(0, width - 1), sign])
        return strip

    def _style(self, tone: str, ground: str) -> Style:
        key = (tone, ground)
        if (style := self._styles_by_tone.get(key)) is None:
            style = self.rich_style + style_of(tone, ground, self.app.theme_variables)
            self._styles_by_tone[key] = style
        return style

    def notify_style_update(self) -> None:
        self._styles_by_tone.clear()
        super().notify_style_update()

    def on_mouse_scroll_down(self) -> None:
        self.scroll_lines(3)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_lines(-3)


class PaintedView(LineView, can_focus=True):
    """Paints itself anew whenever what is seen of it may have changed."""

    def paint(self) -> None:
        """Show what it has, if it is in sight."""
        raise NotImplementedError

    def on_resize(self) -> None:
        self.paint()

    def on_show(self) -> None:
        self.paint()

    def on_focus(self) -> None:
        self.paint()

    def on_blur(self) -> None:
        self.paint()

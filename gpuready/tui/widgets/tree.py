"""The checklist as a tree that is walked by keyboard."""

from __future__ import annotations

from textual import events
from textual.message import Message

from gpuready.session.board import CheckStanding, ItemStanding, ListStanding, PhaseStanding
from gpuready.session.query import Query
from gpuready.text.say import language, say
from gpuready.tui.draw.line import Line, Span, fit, line, spread, wrap
from gpuready.tui.draw.tree import Row, draw, has_people, rows
from gpuready.tui.widgets.lineview import LineView


class ChecklistTree(LineView, can_focus=True):
    """Shows one checklist; keeps a cursor and what is folded for each checklist it has shown."""

    class Moved(Message):
        """The cursor stands on another row."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, pinned=1)
        self._standing: ListStanding | None = None
        self._query: Query | None = None
        self._rows: list[Row] = []
        self._folded: dict[str, frozenset[str]] = {}
        self._chosen: dict[str, str] = {}
        self.cursor = 0

    @property
    def ref(self) -> str:
        """The ref under the cursor; empty where nothing matches."""
        return self._rows[self.cursor].ref if self._rows else ""

    def put(self, standing: ListStanding, query: Query | None) -> None:
        """Show this checklist as it stands, the cursor on the row where it was."""
        if (
            query != self._query
            or self._standing is None
            or self._standing.checklist.id != standing.checklist.id
        ):
            self.top = 0
        self._standing, self._query = standing, query
        id_ = standing.checklist.id
        # At first the items are folded: a chapter of 16 lines is read at a glance, 100 lines are not.
        self._folded.setdefault(id_, frozenset(item.ref for item in standing.checklist.items()))
        self._rows = rows(standing, self._folded[id_], query)
        self.cursor = self._position(self._chosen.get(id_, ""))
        self._paint()
        self._follow()

    def go(self, ref: str) -> None:
        """Put the cursor on that ref, opening what hides it."""
        if self._standing is None:
            return
        id_ = self._standing.checklist.id
        self._folded[id_] = frozenset(each for each in self._folded[id_] if not ref.startswith(each + "."))
        self._chosen[id_] = ref
        self.put(self._standing, self._query)

    def move(self, by: int) -> None:
        """Move the cursor by so many rows, as far as there are any."""
        to = max(0, min(len(self._rows) - 1, self.cursor + by))
        if not self._rows or to == self.cursor:
            return
        self.cursor = to
        self._remember()
        self._paint()
        self._follow()
        self.post_message(self.Moved())

    def page(self, direction: int) -> None:
        self.move(direction * max(1, self.size.height - 2))

    def toggle(self) -> bool:
        """Fold or unfold the node under the cursor; False when it is a check, which has nothing below."""
        row = self._rows[self.cursor] if self._rows else None
        if row is None or row.open is None:
            return False
        self._set_open(row, not row.open)
        return True

    def fold(self) -> None:
        """Close the node under the cursor, or go to the one it belongs to."""
        row = self._rows[self.cursor] if self._rows else None
        if row is not None and row.open:
            self._set_open(row, False)
        elif row is not None:
            above = [i for i in range(self.cursor) if row.ref.startswith(self._rows[i].ref + ".")]
            if above:
                self.move(above[-1] - self.cursor)

    def unfold(self) -> None:
        """Open the node under the cursor, or go to its first child."""
        row = self._rows[self.cursor] if self._rows else None
        if row is None or row.open is None:
            return
        if row.open:
            self.move(1)
        else:
            self._set_open(row, True)

    def _set_open(self, row: Row, open_: bool) -> None:
        if self._standing is None or (self._query and self._query.tests):
            return  # a filter decides what is seen
        id_ = self._standing.checklist.id
        self._folded[id_] = self._folded[id_] - {row.ref} if open_ else self._folded[id_] | {row.ref}
        self.put(self._standing, self._query)

    def _position(self, ref: str) -> int:
        """The row of that ref, or of the nearest thing it belongs to."""
        refs = {row.ref: index for index, row in enumerate(self._rows)}
        while ref and ref not in refs:
            ref = ref.rpartition(".")[0]
        return refs.get(ref, 0)

    def _remember(self) -> None:
        if self._standing is not None:
            self._chosen[self._standing.checklist.id] = self.ref

    def _follow(self) -> None:
        """Keep the cursor in sight.  A view that scrolls changes in every line, so it goes on by a quarter
        of the screen at a time."""
        height = self.size.height - self.pinned
        at, stride = self.cursor, max(1, height // 4)
        if height > 0 and at >= self.top + height:
            self.scroll_lines(at - height + stride - self.top)
        elif height > 0 and at < self.top:
            self.scroll_lines(at - stride + 1 - self.top)

    def _paint(self) -> None:
        width = self.size.width
        if self._standing is None or not width:
            return
        lines = [self._title(width)]
        people = has_people(self._rows)
        for index, row in enumerate(self._rows):
            here = index == self.cursor
            lines.append(draw(row, width, cursor=here, focused=self.has_focus, people=people))
        if not self._rows:
            lines += [line((f" {text}", "dim")) for text in wrap(say("tui.no_match"), width - 2)]
        self.show(lines)

    def _title(self, width: int) -> Line:
        assert self._standing is not None
        checklist = self._standing.checklist
        tone = "title" if self.has_focus else "dim"
        left = [Span(f" {checklist.ref} {checklist.words.to(language())}", tone)]
        if self._query and self._query.tests:
            count = sum(isinstance(row.standing, ItemStanding) for row in self._rows)
            left = [Span(" " + say("tui.filtered", text=self._query.text, count=count), "warn")]
        room = width - Line(tuple(left)).width - 4
        return spread(left, [Span(f" {fit(checklist.scope.to(language()), room)} ", "dim")], width, "bar")

    def standing(self) -> PhaseStanding | ItemStanding | CheckStanding | None:
        """What stands under the cursor."""
        return self._rows[self.cursor].standing if self._rows else None

    def on_resize(self) -> None:
        self._paint()
        self._follow()

    def on_focus(self) -> None:
        self._paint()

    def on_blur(self) -> None:
        self._paint()

    def on_click(self, event: events.Click) -> None:
        index = self._index(event.y) - 1
        if 0 <= index < len(self._rows):
            again = index == self.cursor
            self.move(index - self.cursor)
            if again:
                self.toggle()

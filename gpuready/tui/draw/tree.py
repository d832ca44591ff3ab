"""The checklist as rows: which are to be seen, and how each is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass

from gpuready.checklist.verdict import Status, Verdict
from gpuready.session.board import CheckStanding, ItemStanding, ListStanding, PhaseStanding
from gpuready.session.query import Query
from gpuready.text.say import language, say
from gpuready.tui.draw.line import Line, Span, fit, spread
from gpuready.tui.draw.signs import sign_of_check, sign_of_item
from gpuready.tui.draw.wording import value_text

WIDE = 52
"""From this width on owner and due date have their own columns, where any row has one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the tree: `open` tells whether its children are shown (None: it has none)."""

    standing: PhaseStanding | ItemStanding | CheckStanding
    open: bool | None = None

    @property
    def ref(self) -> str:
        if isinstance(self.standing, PhaseStanding):
            return self.standing.phase.ref
        if isinstance(self.standing, ItemStanding):
            return self.standing.item.ref
        return self.standing.check.ref


def rows(standing: ListStanding, closed: frozenset[str], query: Query | None) -> list[Row]:
    """The rows to be seen: without a query those under open nodes, with one those that match and what
    they stand under."""
    return list(_filtered(standing, query) if query and query.tests else _unfolded(standing, closed))


def _unfolded(standing: ListStanding, closed: frozenset[str]) -> Iterator[Row]:
    for phase in standing.phases:
        shown = phase.phase.ref not in closed
        yield Row(phase, shown)
        for item in phase.items if shown else ():
            unfolded = item.item.ref not in closed
            yield Row(item, unfolded)
            if unfolded:
                yield from map(Row, item.checks)


def _filtered(standing: ListStanding, query: Query) -> Iterator[Row]:
    for phase in standing.phases:
        found: list[Row] = []
        for item in phase.items:
            own, checks = query.matches(item)
            if own or checks:
                found.append(Row(item, bool(checks)))
                found.extend(map(Row, checks))
        if found:
            yield Row(phase, True)
            yield from found


def has_people(shown: Iterable[Row]) -> bool:
    """Whether any of the rows has an owner or a due date, so that columns for them are worth their room."""
    items = (row.standing for row in shown if isinstance(row.standing, ItemStanding))
    return any(item.known.owner or item.known.due for item in items)


def draw(row: Row, width: int, *, cursor: bool, focused: bool, people: bool) -> Line:
    """One row in `width` cells; `people`: with columns for owner and due date."""
    ground = ("cursor" if focused else "faint") if cursor else ""
    if isinstance(row.standing, PhaseStanding):
        return _phase(row.standing, bool(row.open), width, ground)
    if isinstance(row.standing, ItemStanding):
        return _item(row.standing, bool(row.open), width, ground, people and width >= WIDE)
    return _check(row.standing, width, ground)


def _arrow(open_: bool) -> str:
    return "▾ " if open_ else "▸ "


def _phase(phase: PhaseStanding, open_: bool, width: int, ground: str) -> Line:
    left = [Span(_arrow(open_), "dim"), Span(phase.phase.words.to(language()), "title")]
    right = [Span(" " + say("tui.early"), "warn")] if phase.early else []  # a cut title must not hide it
    done = phase.done == len(phase.items)
    right.append(Span(f" {phase.done}/{len(phase.items)} ", "good" if done else "dim"))
    return spread(left, right, width, ground)


def _item(item: ItemStanding, open_: bool, width: int, ground: str, people: bool) -> Line:
    left = [
        Span("  " + _arrow(open_), "dim"),
        sign_of_item(item),
        Span(f" {item.item.ref} ", "dim"),
        Span(item.item.words.to(language()), "strong"),
    ]
    progress = f" {item.settled}/{len(item.checks)} "
    right = [*_flags(item.disagrees, item.known.rivals, len(item.known.notes))]
    if item.status is not Status.FAILED and (failing := sum(c.verdict is Verdict.FAIL for c in item.checks)):
        right.append(Span(f" ✗{failing}", "bad"))  # a step that fails decides nothing, but is not hidden
    right.append(Span(progress, "good" if item.settled == len(item.checks) else "dim"))
    if people:
        due = item.known.due
        tone = "bad" if item.overdue else "dim"
        right += [
            Span(fit(item.known.owner or "", 8), ""),
            Span(" " + fit((("!" if item.overdue else "") + due.strftime("%m-%d")) if due else "", 6), tone),
        ]
    elif item.overdue:
        right.append(Span(" !", "bad"))
    return spread(left, right, width, ground)


def _check(check: CheckStanding, width: int, ground: str) -> Line:
    tail = check.check.ref.rpartition(".")[2]
    tone = "" if check.check.is_acceptance else "dim"
    left = [
        Span("      "),
        sign_of_check(check),
        Span(f" {tail} ", "accent" if check.check.is_acceptance else "dim"),
        Span(check.check.words.to(language()), tone),
    ]
    right = _flags(False, check.known.rivals, len(check.known.notes))
    mark = check.known.mark
    value = ""
    if mark and mark.value is not None:
        value = f" {value_text(mark.value, mark.unit)} "
    return spread(left, [*right, Span(value)] if value else right, width, ground)


def _flags(disagrees: bool, rivals: Sized, notes: int) -> list[Span]:
    """Signs that a cut title must not hide: an override that the checks deny, rivals, notes."""
    spans = [Span(" ≠", "warn")] if disagrees else []
    if len(rivals):
        spans.append(Span(" ⇄", "warn"))
    if notes:
        spans.append(Span(f" ✎{notes}", "dim"))
    return spans

"""The events of one subject, folded into its facts.

Each field is a multi-value register: the writes that no write in force has replaced are its heads.  The
head with the greatest clock is the value, the others are its rivals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from gpuready.checklist.verdict import Verdict
from gpuready.session.event import Event
from gpuready.session.facts import CheckState, ItemState, Mark, Note, Override, Rival, Waiver
from gpuready.session.write import Value, Write, note_of, write_of

T = TypeVar("T")

_BADNESS = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Fold:
    """`values` holds each field that was ever written; `heads` the ids of its writes in force, the
    winner's first."""

    values: Mapping[str, Value]
    heads: Mapping[str, tuple[str, ...]]
    rivals: tuple[Rival, ...]
    check: CheckState
    item: ItemState


def fold(events: Sequence[Event], is_live: Callable[[Event], bool]) -> Fold:
    """The facts of one subject; `events` in clock order, `is_live` tells those that are not undone."""
    fields: dict[str, list[tuple[Event, Write]]] = {}
    notes: list[Note] = []
    for event in events:
        if (text := note_of(event)) is not None and is_live(event):
            notes.append(Note(text, event.at, event.actor, event.id))
        elif write := write_of(event):
            fields.setdefault(write.field, []).append((event, write))

    values: dict[str, Value] = {}
    heads: dict[str, tuple[str, ...]] = {}
    rivals: list[Rival] = []
    orders: dict[str, tuple[str, str]] = {}
    for field, writes in sorted(fields.items()):
        live = [(event, write) for event, write in writes if is_live(event)]
        replaced = _replaced([event for event, _ in live], {event.id: event for event, _ in writes})
        standing = [each for each in reversed(live) if each[0].id not in replaced]
        heads[field] = tuple(event.id for event, _ in standing)
        values[field] = standing[0][1].value if standing else None
        orders[field] = standing[0][0].order if standing else ("", "")
        for event, write in standing[1:]:
            if event.payload != standing[0][0].payload or event.kind != standing[0][0].kind:
                rivals.append(Rival(field, write.text, event.actor, event.at, event.id))
    return _fold(values, heads, orders, tuple(notes), tuple(rivals))


def _replaced(live: Iterable[Event], known: Mapping[str, Event]) -> set[str]:
    """The ids that the live writes replace, also through writes that were undone since: to undo a write
    in the middle must not bring back what a later one had already replaced."""
    found: set[str] = set()
    todo = [each for event in live for each in event.over]
    while todo:
        if (name := todo.pop()) in known and name not in found:
            found.add(name)
            todo.extend(known[name].over)
    return found


def _fold(
    values: Mapping[str, Value],
    heads: Mapping[str, tuple[str, ...]],
    orders: Mapping[str, tuple[str, str]],
    notes: tuple[Note, ...],
    rivals: tuple[Rival, ...],
) -> Fold:
    targets = _targets(values, orders)
    shown = {"mark", "waiver", *targets}
    marks = sorted(targets.values(), key=lambda mark: (_BADNESS[mark.verdict], mark.at, mark.target))
    check = CheckState(
        mark=marks[0] if marks else _as(Mark, values.get("mark")),
        waiver=_as(Waiver, values.get("waiver")),
        notes=notes,
        rivals=tuple(each for each in rivals if each.field in shown),
        targets=tuple(marks),
    )
    item = ItemState(
        owner=_as(str, values.get("owner")),
        due=_as(date, values.get("due")),
        override=_as(Override, values.get("override")),
        notes=notes,
        rivals=tuple(each for each in rivals if each.field in ("owner", "due", "override")),
    )
    return Fold(values, heads, rivals, check, item)


def _targets(values: Mapping[str, Value], orders: Mapping[str, tuple[str, str]]) -> dict[str, Mark]:
    """The marks of single targets by field: those made since the check was last marked, or cleared, as a
    whole, which is about all of them."""
    since = orders.get("mark", ("", ""))
    return {
        field: value
        for field, value in values.items()
        if field.startswith("mark.") and isinstance(value, Mark) and orders[field] > since
    }


def _as(kind: type[T], value: Value) -> T | None:
    return value if isinstance(value, kind) else None

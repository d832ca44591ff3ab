"""The events of one subject, folded into its facts.

Each field is a multi-value register: the writes that no write in force has replaced are its heads.  The
head with the greatest clock is the value, the others are its rivals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from gpuready.session.event import Event
from gpuready.session.facts import CheckState, ItemState, Mark, Note, Override, Rival, Waiver
from gpuready.session.write import Value, Write, note_of, write_of

T = TypeVar("T")


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
    for field, writes in sorted(fields.items()):
        live = [(event, write) for event, write in writes if is_live(event)]
        replaced = _replaced([event for event, _ in live], {event.id: event for event, _ in writes})
        standing = [each for each in reversed(live) if each[0].id not in replaced]
        heads[field] = tuple(event.id for event, _ in standing)
        values[field] = standing[0][1].value if standing else None
        for event, write in standing[1:]:
            if event.payload != standing[0][0].payload or event.kind != standing[0][0].kind:
                rivals.append(Rival(field, write.text, event.actor, event.at, event.id))
    return _fold(values, heads, tuple(notes), tuple(rivals))


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
    notes: tuple[Note, ...],
    rivals: tuple[Rival, ...],
) -> Fold:
    check = CheckState(
        mark=_as(Mark, values.get("mark")),
        waiver=_as(Waiver, values.get("waiver")),
        notes=notes,
        rivals=tuple(each for each in rivals if each.field in ("mark", "waiver")),
    )
    item = ItemState(
        owner=_as(str, values.get("owner")),
        due=_as(date, values.get("due")),
        override=_as(Override, values.get("override")),
        notes=notes,
        rivals=tuple(each for each in rivals if each.field in ("owner", "due", "override")),
    )
    return Fold(values, heads, rivals, check, item)


def _as(kind: type[T], value: Value) -> T | None:
    return value if isinstance(value, kind) else None

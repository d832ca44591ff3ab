"""A session's state in memory: the projection of its events.

It is a function of the set of events alone: the order in which they arrive does not matter, and an event
that arrives twice counts once.  Only the subject that an event touches is folded again, and only when
somebody asks for it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping

from gpuready.session.event import Event, EventKind
from gpuready.session.facts import CheckState, ItemState, Mark, Note, Override, Rival, Waiver
from gpuready.session.fold import Fold, fold
from gpuready.session.write import field_of, note_of

__all__ = ["CheckState", "ItemState", "Mark", "Note", "Override", "Rival", "State", "Waiver"]

SESSION = ""
"""The subject of what concerns the session as a whole."""


class State:
    """What is known, by ref; empty facts for a ref of which nothing is known."""

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events: dict[str, Event] = {}
        self._by_subject: dict[str, list[Event]] = {}
        self._undos: dict[str, list[Event]] = {}  # by the id of what they undo
        self._folds: dict[str, Fold] = {}
        for event in events:
            self.apply(event)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return self._events == other._events and all(
            self._fold(subject) == other._fold(subject) and self.history(subject) == other.history(subject)
            for subject in self._by_subject
        )

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._events

    def __len__(self) -> int:
        return len(self._events)

    @property
    def name(self) -> str:
        """The session's name; empty when it was given none."""
        value = self._fold(SESSION).values.get("name")
        return value if isinstance(value, str) else ""

    @property
    def settings(self) -> Mapping[str, str]:
        return self._texts("setting.")

    @property
    def adopted(self) -> Mapping[str, str]:
        """The sha256 of the document in force for each checklist's id."""
        return self._texts("checklist.")

    @property
    def rivals(self) -> tuple[Rival, ...]:
        """Those of the session's own fields: name, settings, checklists."""
        return self._fold(SESSION).rivals

    def check(self, ref: str) -> CheckState:
        return self._fold(ref).check

    def item(self, ref: str) -> ItemState:
        return self._fold(ref).item

    def history(self, subject: str) -> tuple[Event, ...]:
        """All events of that subject, oldest first, undone ones and unknown kinds included."""
        return tuple(self._by_subject.get(subject, ()))

    def subjects(self) -> Iterator[str]:
        return iter(sorted(self._by_subject))

    def events(self) -> list[Event]:
        """All events, in clock order."""
        return sorted(self._events.values(), key=_order)

    def event(self, event_id: str) -> Event | None:
        return self._events.get(event_id)

    def is_live(self, event: Event) -> bool:
        """Whether it is not undone, or its undoing was undone."""
        # An undo counts only when it is later than what it names: so even forged events form no circle.
        chain = [event]
        for each in chain:
            chain.extend(undo for undo in self._undos.get(each.id, ()) if undo.order > each.order)
        undone: set[str] = set()
        for undo in reversed(chain[1:]):
            if undo.id not in undone:
                undone.add(undo.payload["event"])
        return event.id not in undone

    def heads(self, subject: str, field: str) -> tuple[str, ...]:
        """The ids of the writes in force in a field, the one shown first: what a new write replaces."""
        return self._fold(subject).heads.get(field, ())

    def in_force(self, event: Event) -> bool:
        """Whether it shows: a write that is not replaced, or a note, and not undone."""
        if note_of(event) is not None:
            return self.is_live(event)
        return event.id in self.heads(event.subject, field_of(event.kind, event.payload))

    def apply(self, event: Event) -> frozenset[str]:
        """Take the event in; the subjects whose facts or history changed (none if it was known)."""
        if event.id in self._events:
            return frozenset()
        self._events[event.id] = event
        insort(self._by_subject.setdefault(event.subject, []), event, key=_order)
        changed = {event.subject}
        if event.kind == EventKind.UNDO and isinstance(named := event.payload.get("event"), str):
            self._undos.setdefault(named, []).append(event)
            changed |= self._subject_of_undone(event)
        for subject in changed:
            self._folds.pop(subject, None)
        return frozenset(changed)

    def _subject_of_undone(self, undo: Event) -> set[str]:
        """The subject of the event at the end of a chain of undos; none while it is not known."""
        seen: set[str] = set()
        each: Event | None = undo
        while each and each.kind == EventKind.UNDO and each.id not in seen:
            seen.add(each.id)
            named = each.payload.get("event")
            each = self._events.get(named) if isinstance(named, str) else None
        return {each.subject} if each else set()

    def _fold(self, subject: str) -> Fold:
        if subject not in self._by_subject:
            return _EMPTY
        if subject not in self._folds:
            self._folds[subject] = fold(self._by_subject[subject], self.is_live)
        return self._folds[subject]

    def _texts(self, prefix: str) -> dict[str, str]:
        values = self._fold(SESSION).values
        return {
            field.removeprefix(prefix): value
            for field, value in values.items()
            if field.startswith(prefix) and isinstance(value, str)
        }


def _order(event: Event) -> tuple[str, str]:
    return event.order


_EMPTY = fold((), lambda _: True)

"""Which event an undo or a redo is about."""

from __future__ import annotations

from collections.abc import Iterator

from gpuready.session.event import Event, EventKind
from gpuready.session.state import State
from gpuready.session.write import field_of

_FIXED = (EventKind.ADOPTED,)  # to drop a definition would orphan the marks made under it


def to_undo(state: State, actor: str, subject: str | None = None) -> Event | None:
    """The actor's last change that still shows, of that subject if one is given.

    What somebody has replaced since is passed over: to undo it would change nothing on the screen.
    """
    for event in _latest_first(state, subject):
        if event.actor == actor and event.kind not in _FIXED and state.in_force(event):
            return event
    return None


def to_redo(state: State, actor: str, subject: str | None = None) -> Event | None:
    """The actor's last undo that is in force.

    One whose field was written anew since is passed over, whoever wrote: it would come back as a rival.
    """
    for undo in _latest_first(state, subject):
        if undo.actor != actor or undo.kind != EventKind.UNDO or not state.is_live(undo):
            continue
        undone = state.event(str(undo.payload.get("event")))
        if undone and undone.kind != EventKind.UNDO and not _written_since(state, undone, undo):
            return undo
    return None


def _written_since(state: State, undone: Event, undo: Event) -> bool:
    field = field_of(undone.kind, undone.payload)
    return any(
        later.order > undo.order and state.is_live(later) and field_of(later.kind, later.payload) == field
        for later in state.history(undone.subject)
        if field and later.kind != EventKind.UNDO
    )


def _latest_first(state: State, subject: str | None) -> Iterator[Event]:
    return reversed(state.events() if subject is None else state.history(subject))

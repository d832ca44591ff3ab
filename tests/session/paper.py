"""A replica on paper: events and state without a file, for tests of what events mean."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from gpuready.session.clock import tick
from gpuready.session.event import Event, EventKind, seal
from gpuready.session.state import State
from gpuready.session.undo import to_redo, to_undo
from gpuready.session.write import field_of

CHECK, ITEM = "13.1.1.1.a1", "13.1.1.1"
PASS = {"verdict": "pass", "provenance": "attested"}
FAIL = {"verdict": "fail", "provenance": "attested"}
START = 1_790_000_000_000  # milliseconds since 1970


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(each.name for each in folder.iterdir())


class Paper:
    """What one operator's copy would hold."""

    def __init__(self, replica: str, actor: str = "", ms: int = START) -> None:
        self.replica, self.actor = replica, actor or replica
        self.state = State()
        self._numbers = count(1)
        self._previous = ""
        self._ms = count(ms)

    def write(self, kind: str, subject: str, payload: Mapping[str, Any]) -> Event:
        field = field_of(kind, payload)
        last = max((event.clock for event in self.state.events()), default="")
        event = seal(
            replica=self.replica,
            seq=next(self._numbers),
            clock=tick(last, next(self._ms), self.replica),
            actor=self.actor,
            host="paper",
            kind=kind,
            subject=subject,
            payload=payload,
            over=self.state.heads(subject, field) if field else (),
            previous=self._previous,
        )
        self._previous = event.hash
        self.state.apply(event)
        return event

    def mark(self, payload: Mapping[str, Any] = PASS, subject: str = CHECK) -> Event:
        return self.write(EventKind.MARKED, subject, payload)

    def undo(self, subject: str | None = None) -> Event | None:
        return self._undo(to_undo(self.state, self.actor, subject))

    def redo(self, subject: str | None = None) -> Event | None:
        return self._undo(to_redo(self.state, self.actor, subject))

    def learn(self, other: Paper) -> None:
        for event in other.state.events():
            self.state.apply(event)

    def _undo(self, event: Event | None) -> Event | None:
        return self.write(EventKind.UNDO, event.subject, {"event": event.id}) if event else None

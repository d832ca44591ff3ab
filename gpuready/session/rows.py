"""Events as rows of the table `events`, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gpuready.session.canonical import canonical
from gpuready.session.clock import is_clock
from gpuready.session.event import Event

_COLUMNS = "id, replica, seq, clock, actor, host, kind, subject, payload, over, previous, hash"

INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
AFTER = f"SELECT n, {_COLUMNS} FROM events WHERE n > ? ORDER BY n"  # noqa: S608


def to_row(event: Event) -> tuple[str | int, ...]:
    return (
        event.id, event.replica, event.seq, event.clock, event.actor, event.host, event.kind, event.subject,
        canonical(event.payload), canonical(list(event.over)), event.previous, event.hash,
    )  # fmt: skip


def from_row(row: Sequence[Any]) -> Event:
    """The event of a row; ValueError when somebody has put there what no program of ours writes."""
    name, replica, seq, clock, actor, host, kind, subject, payload, over, previous, hashed = row
    told, seen = json.loads(payload), json.loads(over)
    texts = (name, replica, clock, actor, host, kind, subject, previous, hashed)
    if not all(isinstance(text, str) for text in texts) or not isinstance(seq, int) or not is_clock(clock):
        raise ValueError(f"event {name}")
    if not isinstance(told, dict) or not isinstance(seen, list):
        raise ValueError(f"event {name}")
    return Event(
        name, replica, seq, clock, actor, host, kind, subject, told, tuple(map(str, seen)), previous, hashed
    )

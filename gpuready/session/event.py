"""One recorded fact: never changed, never deleted, and chained to the one before it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from gpuready.session.canonical import canonical, digest, plain
from gpuready.session.clock import is_clock, ms_of
from gpuready.text.fault import Fault

PAYLOAD_LIMIT = 64 * 1024
"""Bytes of JSON in one event; what is longer belongs into evidence."""
_NAME_LIMIT = 256  # characters of an actor, a host, a kind or a ref


class EventKind(StrEnum):
    """The kinds this version understands; others are kept, exported and merged untouched."""

    NAMED = "session.named"
    SETTING = "session.setting"
    ADOPTED = "checklist.adopted"
    MARKED = "check.marked"
    CLEARED = "check.cleared"
    OWNER = "item.owner"
    DUE = "item.due"
    OVERRIDE = "item.override"
    NOTE = "note.added"
    WAIVER = "waiver.set"
    WAIVER_ENDED = "waiver.ended"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is a UUIDv7; `seq` counts the events of its `replica` from 1; `clock` is a reading of
    `gpuready.session.clock`; `subject` is the ref it is about, or empty for the session.

    `over` names the events whose field value this one replaces: what its writer had seen in force.
    `previous` is the hash of its replica's event before (empty for the first), `hash` the sha256 of the
    canonical JSON of all the rest.
    """

    id: str
    replica: str
    seq: int
    clock: str
    actor: str
    host: str
    kind: str
    subject: str
    payload: Mapping[str, Any] = field(hash=False)
    over: tuple[str, ...]
    previous: str
    hash: str

    @property
    def at(self) -> datetime:
        """When it was recorded, by its writer's clock, in UTC."""
        return datetime.fromtimestamp(ms_of(self.clock) / 1000, UTC)

    @property
    def order(self) -> tuple[str, str]:
        """What sorts events: the clock, and the id where a forged file has one reading twice."""
        return (self.clock, self.id)

    def computed_hash(self) -> str:
        """What `hash` must be if nothing was altered."""
        rest = self.to_plain()
        del rest["hash"]
        return digest(canonical(rest))

    def to_plain(self) -> dict[str, Any]:
        """All of it as JSON values, for exports; `from_plain` is the way back."""
        rest = {each.name: getattr(self, each.name) for each in fields(self)}
        return rest | {"payload": dict(self.payload), "over": list(self.over)}

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> Self:
        """The event of an export.  Fault when a field is missing or not of its kind; whether the hash is
        right is for `Session.absorb` and the audit to say."""
        name = str(raw.get("id", "?"))[:64]
        texts = ("id", "replica", "clock", "actor", "host", "kind", "subject", "previous", "hash")
        for key in texts:
            if not isinstance(raw.get(key), str) or plain(raw[key]) != raw[key]:
                raise Fault("session.event_broken", event=name, key=key)
        over, payload, seq = raw.get("over"), raw.get("payload"), raw.get("seq")
        if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq < 2**63:
            raise Fault("session.event_broken", event=name, key="seq")
        if not isinstance(over, list | tuple) or not all(isinstance(each, str) for each in over):
            raise Fault("session.event_broken", event=name, key="over")
        if not isinstance(payload, Mapping) or not _is_plain(payload):
            raise Fault("session.event_broken", event=name, key="payload")
        if not raw["id"] or not is_clock(raw["clock"]):
            raise Fault("session.event_broken", event=name, key="clock" if raw["id"] else "id")
        return cls(seq=seq, payload=dict(payload), over=tuple(over), **{key: raw[key] for key in texts})


def seal(
    *,
    replica: str,
    seq: int,
    clock: str,
    actor: str,
    host: str,
    kind: str,
    subject: str,
    payload: Mapping[str, Any],
    over: tuple[str, ...] = (),
    previous: str = "",
) -> Event:
    """A new event with its id and its hash.

    Fault ``session.too_big`` when its text is longer than `PAYLOAD_LIMIT`; TypeError when the payload
    holds what JSON cannot.
    """
    kept: dict[str, Any] = plain(payload)
    if (size := len(canonical(kept).encode())) > PAYLOAD_LIMIT:
        raise Fault("session.too_big", kib=-(-size // 1024), limit=PAYLOAD_LIMIT // 1024)
    actor, host, kind, subject = (plain(text)[:_NAME_LIMIT] for text in (actor, host, kind, subject))
    unsigned = Event(
        uuid7(ms_of(clock)), replica, seq, clock, actor, host, kind, subject, kept, over, previous, hash=""
    )
    return Event.from_plain(unsigned.to_plain() | {"hash": unsigned.computed_hash()})


def _is_plain(payload: Mapping[str, Any]) -> bool:
    try:
        return bool(plain(payload) == payload)
    except (TypeError, RecursionError):
        return False


def uuid7(ms: int) -> str:
    """A new UUID, version 7, of that millisecond."""
    number = ms << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(3 << 62) | 2 << 62
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

"""What one event writes: which field, and which value.

Events come from other versions and other people's files too, so nothing here trusts a payload: what cannot
be read writes nothing, and a verdict that this version does not know reads as unknown, never as a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Provenance, Status, Verdict
from gpuready.session.event import Event, EventKind
from gpuready.session.facts import Mark, Override, Waiver

Value = Mark | Waiver | Override | date | str | None


@dataclass(frozen=True, slots=True)
class Write:
    """`text` is the value as a person reads it, empty when the field is cleared."""

    field: str
    value: Value
    text: str


def write_of(event: Event) -> Write | None:
    """The write of an event; None for notes, undo, kinds not known and payloads that cannot be read."""
    reader = _READERS.get(event.kind)
    try:
        return reader(event, event.payload) if reader else None
    except (KeyError, ValueError, TypeError):
        return None


def note_of(event: Event) -> str | None:
    """The text of a note; None for every other event."""
    text = event.payload.get("text")
    return text if event.kind == EventKind.NOTE and isinstance(text, str) else None


def _named(event: Event, payload: Mapping[str, Any]) -> Write:
    return Write("name", _text(payload["name"]), payload["name"])


def _setting(event: Event, payload: Mapping[str, Any]) -> Write:
    value = _text_or_none(payload["value"])
    return Write("setting." + _text(payload["key"]), value, value or "")


def _adopted(event: Event, payload: Mapping[str, Any]) -> Write:
    return Write("checklist." + _text(payload["id"]), _text(payload["hash"]), payload["hash"])


def _marked(event: Event, payload: Mapping[str, Any]) -> Write:
    value = payload.get("value")
    mark = Mark(
        verdict=_verdict(payload["verdict"]),
        provenance=_provenance(payload.get("provenance")),
        at=event.at,
        by=event.actor,
        event=event.id,
        value=_scalar(value),
        evidence=tuple(_text(each) for each in payload.get("evidence") or ()),
        **{key: _text(payload.get(key) or "") for key in _MARK_TEXTS},
    )
    shown = "" if value is None else f" {value} {mark.unit}".rstrip()
    return Write("mark", mark, f"{payload['verdict']}{shown}")


_MARK_TEXTS = ("unit", "text", "link", "reason", "method", "source", "target")


def _cleared(event: Event, payload: Mapping[str, Any]) -> Write:
    return Write("mark", None, "")


def _owner(event: Event, payload: Mapping[str, Any]) -> Write:
    owner = _text_or_none(payload["owner"]) or None
    return Write("owner", owner, owner or "")


def _due(event: Event, payload: Mapping[str, Any]) -> Write:
    due = payload["due"] and date.fromisoformat(payload["due"])
    return Write("due", due or None, due.isoformat() if due else "")


def _override(event: Event, payload: Mapping[str, Any]) -> Write:
    if payload["status"] is None:
        return Write("override", None, "")
    status, reason = Status(payload["status"]), _text(payload.get("reason") or "")
    value = Override(status, reason, event.actor, event.at, event.id)
    return Write("override", value, f"{status}: {reason}" if reason else str(status))


def _waiver(event: Event, payload: Mapping[str, Any]) -> Write:
    until, reason = date.fromisoformat(payload["until"]), _text(payload["reason"])
    value = Waiver(reason, _text(payload["approver"]), until, event.actor, event.at, event.id)
    return Write("waiver", value, f"{until.isoformat()}: {reason}")


def _waiver_ended(event: Event, payload: Mapping[str, Any]) -> Write:
    return Write("waiver", None, "")


_READERS: Mapping[str, Callable[[Event, Mapping[str, Any]], Write]] = {
    EventKind.NAMED: _named,
    EventKind.SETTING: _setting,
    EventKind.ADOPTED: _adopted,
    EventKind.MARKED: _marked,
    EventKind.CLEARED: _cleared,
    EventKind.OWNER: _owner,
    EventKind.DUE: _due,
    EventKind.OVERRIDE: _override,
    EventKind.WAIVER: _waiver,
    EventKind.WAIVER_ENDED: _waiver_ended,
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _scalar(value: object) -> Scalar | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _verdict(word: object) -> Verdict:
    try:
        return Verdict(_text(word))
    except ValueError:
        return Verdict.UNKNOWN


def _provenance(word: object) -> Provenance:
    try:
        return Provenance(word)  # type: ignore[arg-type]
    except ValueError:
        return Provenance.ATTESTED  # the weakest claim

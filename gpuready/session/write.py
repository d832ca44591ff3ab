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


def field_of(kind: str, payload: Mapping[str, Any]) -> str:
    """The field that an event of that kind writes; empty when it writes none."""
    field, key = _FIELDS.get(kind, ("", ""))
    if field == "mark" and not payload.get(key):
        return field  # of the check as a whole, as people mark it
    return f"{field}.{payload.get(key)}" if key else field


def write_of(event: Event) -> Write | None:
    """The write of an event; None for notes, undo, kinds not known and payloads that cannot be read."""
    reader = _READERS.get(event.kind)
    try:
        value, text = reader(event, event.payload) if reader else (None, "")
    except (KeyError, ValueError, TypeError):
        return None
    return Write(field_of(event.kind, event.payload), value, text) if reader else None


def note_of(event: Event) -> str | None:
    """The text of a note; None for every other event."""
    text = event.payload.get("text")
    return text if event.kind == EventKind.NOTE and isinstance(text, str) else None


_FIELDS: Mapping[str, tuple[str, str]] = {  # the field, and the key of the payload that tells which of many
    EventKind.NAMED: ("name", ""),
    EventKind.SETTING: ("setting", "key"),
    EventKind.ADOPTED: ("checklist", "id"),
    EventKind.MARKED: ("mark", "target"),
    EventKind.CLEARED: ("mark", "target"),
    EventKind.OWNER: ("owner", ""),
    EventKind.DUE: ("due", ""),
    EventKind.OVERRIDE: ("override", ""),
    EventKind.WAIVER: ("waiver", ""),
    EventKind.WAIVER_ENDED: ("waiver", ""),
}

Read = tuple[Value, str]


def _named(event: Event, payload: Mapping[str, Any]) -> Read:
    name = _text(payload["name"])
    return name, name


def _setting(event: Event, payload: Mapping[str, Any]) -> Read:
    _text(payload["key"])
    value = payload["value"]
    return value if value is None else _text(value), value or ""


def _adopted(event: Event, payload: Mapping[str, Any]) -> Read:
    _text(payload["id"])
    return _text(payload["hash"]), payload["hash"]


def _marked(event: Event, payload: Mapping[str, Any]) -> Read:
    # A mark is never passed over: what it replaced must not show as if it still held.
    value, evidence = payload.get("value"), payload.get("evidence")
    mark = Mark(
        verdict=_verdict(payload.get("verdict")),
        provenance=_provenance(payload.get("provenance")),
        at=event.at,
        by=event.actor,
        event=event.id,
        value=value if value is None or isinstance(value, str | int | float | bool) else str(value),
        evidence=tuple(str(each) for each in evidence) if isinstance(evidence, list) else (),
        fields=_scalars(payload.get("fields")),
        units={name: str(unit) for name, unit in _scalars(payload.get("units")).items()},
        said=_said(payload.get("said")),
        **{key: str(payload.get(key) or "") for key in _MARK_TEXTS},
    )
    shown = "" if value is None else f" {value} {mark.unit}".rstrip()
    return mark, f"{payload.get('verdict')}{shown}"


_MARK_TEXTS = ("unit", "text", "link", "reason", "method", "source", "target", "figure")


def _cleared(event: Event, payload: Mapping[str, Any]) -> Read:
    return None, ""


def _owner(event: Event, payload: Mapping[str, Any]) -> Read:
    owner = _text(payload["owner"] or "")
    return owner or None, owner


def _due(event: Event, payload: Mapping[str, Any]) -> Read:
    due = payload["due"] and date.fromisoformat(payload["due"])
    return due or None, due.isoformat() if due else ""


def _override(event: Event, payload: Mapping[str, Any]) -> Read:
    if payload["status"] is None:
        return None, ""
    status, reason = Status(payload["status"]), _text(payload.get("reason") or "")
    value = Override(status, reason, event.actor, event.at, event.id)
    return value, f"{status}: {reason}" if reason else str(status)


def _waiver(event: Event, payload: Mapping[str, Any]) -> Read:
    until, reason = date.fromisoformat(payload["until"]), _text(payload["reason"])
    value = Waiver(reason, _text(payload["approver"]), until, event.actor, event.at, event.id)
    return value, f"{until.isoformat()}: {reason}"


_READERS: Mapping[str, Callable[[Event, Mapping[str, Any]], Read]] = {
    EventKind.NAMED: _named,
    EventKind.SETTING: _setting,
    EventKind.ADOPTED: _adopted,
    EventKind.MARKED: _marked,
    EventKind.CLEARED: _cleared,
    EventKind.OWNER: _owner,
    EventKind.DUE: _due,
    EventKind.OVERRIDE: _override,
    EventKind.WAIVER: _waiver,
    EventKind.WAIVER_ENDED: _cleared,
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _scalars(raw: object) -> dict[str, Scalar]:
    pairs = raw.items() if isinstance(raw, Mapping) else ()
    return {str(name): value for name, value in pairs if isinstance(value, str | int | float)}


def _said(raw: object) -> tuple[tuple[str, Mapping[str, Scalar]], ...]:
    pairs = raw if isinstance(raw, list) else ()
    return tuple(
        (str(each[0]), _scalars(each[1])) for each in pairs if isinstance(each, list) and len(each) == 2
    )


def _verdict(word: object) -> Verdict:
    try:
        return Verdict(_text(word))
    except (TypeError, ValueError):
        return Verdict.UNKNOWN


def _provenance(word: object) -> Provenance:
    try:
        return Provenance(_text(word))
    except (TypeError, ValueError):
        return Provenance.ATTESTED  # the weakest claim

"""What comes in by a merge, checked before any of it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gpuready.session.canonical import canonical, digest, plain
from gpuready.session.event import Event
from gpuready.session.evidence import Evidence, pack
from gpuready.text.fault import Fault

EvidenceRow = tuple[str, str, int, bytes | None]
DocumentRow = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Incoming:
    """`events` in clock order, each once; the rest as rows of their tables."""

    events: tuple[Event, ...]
    evidence: tuple[EvidenceRow, ...]
    documents: tuple[DocumentRow, ...]


def check_incoming(
    events: Iterable[Event], evidence: Iterable[Evidence], documents: Iterable[Mapping[str, Any]]
) -> Incoming:
    """All of it as it can be written.  Fault when an event or a piece of evidence does not match its hash,
    or two events have one id."""
    by_id: dict[str, Event] = {}
    for event in events:
        if not matches(event) or by_id.setdefault(event.id, event).hash != event.hash:
            raise Fault("session.tampered", event=event.id)
    for piece in (pieces := list(evidence)):
        if piece.data is not None and digest(piece.data) != piece.sha256:
            raise Fault("session.tampered_evidence", name=piece.name, sha=piece.sha256[:12])
    return Incoming(
        tuple(sorted(by_id.values(), key=lambda event: event.order)),
        tuple((piece.sha256, piece.name, piece.size, pack(piece)) for piece in pieces),
        tuple(document_row(each) for each in documents),
    )


def document_row(document: Mapping[str, Any]) -> DocumentRow:
    """The row of a checklist's document: its hash, its id, its text."""
    text = canonical(plain(document))
    return digest(text), str(document.get("id", "")), text


def matches(event: Event) -> bool:
    """Whether the event is as its writer sealed it."""
    try:
        return event.hash == event.computed_hash()
    except (TypeError, ValueError, RecursionError):
        return False  # it holds what no writer of ours could have sealed

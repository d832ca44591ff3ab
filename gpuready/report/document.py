"""A session as one document: everything in it, and where it stands; and the way back."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuready import __version__
from gpuready.report.standing import plain_board
from gpuready.session.board import Board
from gpuready.session.canonical import canonical, digest, plain
from gpuready.session.event import Event
from gpuready.session.evidence import Evidence
from gpuready.session.state import State
from gpuready.text.fault import Fault
from gpuready.text.say import say

SCHEMA = "gpuready.session/1"
_DEEPEST = 16
"""Levels of nesting that every TOML reader takes; what goes deeper travels as JSON text."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a session file holds.  `documents` are all checklists that ever were in force."""

    id: str
    state: State
    events: tuple[Event, ...]
    evidence: tuple[Evidence, ...]
    documents: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an export brings back: all that a new session needs to be its equal."""

    events: tuple[Event, ...]
    evidence: tuple[Evidence, ...]
    documents: tuple[Mapping[str, Any], ...]


def to_document(contents: Contents, board: Board, by: str) -> dict[str, Any]:
    """The session as plain data without any null, the same for JSON and for TOML.

    `board` is derived from the rest, for readers who want no more than results; the import passes it over.
    """
    return {
        "schema": SCHEMA,
        "id": contents.id,
        "name": contents.state.name,
        "exported": {"at": board.at.isoformat(timespec="seconds"), "by": by, "gpuready": __version__},
        "settings": dict(contents.state.settings),
        "board": plain_board(board),
        "checklists": [_document(each, set(contents.state.adopted.values())) for each in contents.documents],
        "evidence": [_evidence(each) for each in contents.evidence],
        "events": [_event(each) for each in contents.events],
    }


def from_document(raw: object, path: Path) -> Imported:
    """What the document holds, every part verified; `Fault` that names file and place where it is broken.

    `path` is only for that sentence.
    """
    schema = raw.get("schema") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or not isinstance(schema, str) or "/" not in schema:
        raise Fault("report.not_ours", path=path, found=_short(schema))
    family, _, version = schema.partition("/")
    if family != SCHEMA.partition("/")[0] or not version.isdecimal():
        raise Fault("report.not_ours", path=path, found=_short(schema))
    if schema != SCHEMA:
        raise Fault("report.newer", path=path, found=_short(schema), known=SCHEMA)
    reader = _Reader(path)
    return Imported(
        events=tuple(reader.event(each, place) for place, each in reader.tables(raw, "events")),
        evidence=tuple(reader.evidence(each, place) for place, each in reader.tables(raw, "evidence")),
        documents=tuple(reader.document(each, place) for place, each in reader.tables(raw, "checklists")),
    )


def _document(document: Mapping[str, Any], in_force: set[str]) -> dict[str, Any]:
    kept = plain(document)
    sha = digest(canonical(kept))
    head = {"id": str(kept.get("id", "")), "sha256": sha, "in_force": sha in in_force}
    return head | _held("document", kept)


def _event(event: Event) -> dict[str, Any]:
    raw = event.to_plain()
    return raw | _held("payload", raw.pop("payload"))


def _evidence(evidence: Evidence) -> dict[str, Any]:
    raw: dict[str, Any] = {"sha256": evidence.sha256, "name": evidence.name, "size": evidence.size}
    if evidence.data is not None:  # only hash, name and size of a large file were kept
        raw["data"] = base64.b64encode(evidence.data).decode()
    return raw


def _held(name: str, value: Any) -> dict[str, Any]:
    """The value under its name; as ``NAME_json``, a text, where TOML could not give it back unaltered."""
    return {name: value} if _fits_toml(value) else {f"{name}_json": canonical(value)}


def _fits_toml(value: Any, depth: int = 0) -> bool:
    if value is None or depth > _DEEPEST:
        return False
    if isinstance(value, int) and not isinstance(value, bool):
        return -(2**63) <= value < 2**63
    inner: Iterable[Any] = ()
    if isinstance(value, Mapping):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    return all(_fits_toml(each, depth + 1) for each in inner)


class _Reader:
    """Reads parts of a document, and names the place of what is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def broken(self, place: str, key: str, **fields: object) -> Fault:
        return Fault("report.broken", path=self.path, place=place, what=say(f"report.{key}", **fields))

    def tables(self, raw: Mapping[str, Any], key: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
        listed = raw.get(key, [])
        if not isinstance(listed, list):
            raise self.broken(key, "no_list")
        for number, each in enumerate(listed):
            if not isinstance(each, Mapping):
                raise self.broken(f"{key}[{number}]", "no_table")
            yield f"{key}[{number}]", each

    def text(self, raw: Mapping[str, Any], key: str, place: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str):
            raise self.broken(f"{place}.{key}", "no_text")
        return value

    def held(self, raw: Mapping[str, Any], name: str, place: str) -> Any:
        """What `_held` wrote."""
        if (name in raw) == (f"{name}_json" in raw):
            raise self.broken(place, "two_forms", name=name)
        if name in raw:
            return raw[name]
        try:
            return json.loads(self.text(raw, f"{name}_json", place))
        except (ValueError, RecursionError) as error:
            raise self.broken(f"{place}.{name}_json", "bad_json", error=error) from None

    def document(self, raw: Mapping[str, Any], place: str) -> Mapping[str, Any]:
        document = self.held(raw, "document", place)
        if not isinstance(document, Mapping):
            raise self.broken(f"{place}.document", "no_table")
        try:
            sha = digest(canonical(plain(document)))
        except (TypeError, ValueError, RecursionError):
            raise self.broken(f"{place}.document", "no_table") from None
        if sha != self.text(raw, "sha256", place):
            raise self.broken(f"{place}.document", "bad_hash")
        return document

    def event(self, raw: Mapping[str, Any], place: str) -> Event:
        payload = self.held(raw, "payload", place)
        try:
            event = Event.from_plain(dict(raw) | {"payload": payload})
            altered = event.computed_hash() != event.hash
        except Fault as fault:
            raise Fault("report.broken", path=self.path, place=place, what=f"{fault} ") from None
        except (TypeError, ValueError, RecursionError):
            raise self.broken(f"{place}.payload", "no_table") from None
        if altered:
            raise self.broken(place, "bad_hash")
        return event

    def evidence(self, raw: Mapping[str, Any], place: str) -> Evidence:
        sha, name, size = self.text(raw, "sha256", place), self.text(raw, "name", place), raw.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**63:
            raise self.broken(f"{place}.size", "no_size")
        if not re.fullmatch(r"[0-9a-f]{64}", sha):
            raise self.broken(f"{place}.sha256", "bad_hash")
        if "data" not in raw:
            return Evidence(sha, name, size, None)
        try:
            data = base64.b64decode(self.text(raw, "data", place), validate=True)
        except (binascii.Error, ValueError):
            raise self.broken(f"{place}.data", "bad_base64") from None
        if digest(data) != sha or len(data) != size:
            raise self.broken(f"{place}.data", "bad_hash")
        return Evidence(sha, name, size, data)


def _short(schema: object) -> str:
    return repr(schema)[:60]

"""What the events of a session come to, as facts that screens and reports read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Provenance, Status, Verdict


@dataclass(frozen=True, slots=True)
class Mark:
    """What a check was found to be; `value` is in `unit`, `evidence` are sha256 sums, `method` is the kind
    and name of the method used, `source` and `target` who was asked and about what."""

    verdict: Verdict
    provenance: Provenance
    at: datetime
    by: str
    event: str
    value: Scalar | None = None
    unit: str = ""
    text: str = ""
    link: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""
    method: str = ""
    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    at: datetime
    by: str
    event: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """`until` is its last day, inclusive; whether that day is over is for the reader to judge."""

    reason: str
    approver: str
    until: date
    by: str
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class Override:
    status: Status
    reason: str
    by: str
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class Rival:
    """A value that stands beside the one shown: neither writer had seen the other's.

    `field` is mark, waiver, owner, due, override, name or setting.KEY; `value` is it as text, empty where
    the rival cleared the field.
    """

    field: str
    value: str
    by: str
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class CheckState:
    mark: Mark | None = None
    waiver: Waiver | None = None
    notes: tuple[Note, ...] = ()
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemState:
    owner: str | None = None
    due: date | None = None
    override: Override | None = None
    notes: tuple[Note, ...] = ()
    rivals: tuple[Rival, ...] = ()

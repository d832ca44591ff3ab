"""What the events of a session come to, as facts that screens and reports read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Provenance, Status, Verdict


@dataclass(frozen=True, slots=True)
class Mark:
    """What a check was found to be; `value` is in `unit`, `evidence` are sha256 sums, `method` is the kind
    and name of the method used, `source` and `target` who was asked and about what.

    What a probe measured besides: all its `fields` in their `units`, the `figure` as text, and the sentences
    of `reason` as keys of `gpuready.text.messages` with their fields in `said`, for the other language.
    """

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
    figure: str = ""
    fields: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    units: Mapping[str, str] = field(default_factory=dict, hash=False)
    said: tuple[tuple[str, Mapping[str, Scalar]], ...] = field(default=(), hash=False)


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

    `field` is mark, mark.TARGET, waiver, owner, due, override, name or setting.KEY; `value` is it as text,
    empty where the rival cleared the field.
    """

    field: str
    value: str
    by: str
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class CheckState:
    """`targets` holds one mark for each target that was measured since somebody last marked the check as a
    whole, the worst first; `mark` is then the worst of them."""

    mark: Mark | None = None
    waiver: Waiver | None = None
    notes: tuple[Note, ...] = ()
    rivals: tuple[Rival, ...] = ()
    targets: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemState:
    owner: str | None = None
    due: date | None = None
    override: Override | None = None
    notes: tuple[Note, ...] = ()
    rivals: tuple[Rival, ...] = ()

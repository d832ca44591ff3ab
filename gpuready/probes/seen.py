"""What the judges of signals and of clusters come to; their checks make measurements of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Bounds
from gpuready.probes.probe import Remark


@dataclass(frozen=True, slots=True)
class Seen:
    """What a judge found: its declared fields, what a reader must see beside them, and the bounds of those
    that are estimates."""

    fields: Mapping[str, Scalar]
    remarks: tuple[Remark, ...] = ()
    within: Mapping[str, Bounds] = field(default_factory=dict)

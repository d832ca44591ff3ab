"""What came of running checks, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Provenance, Verdict, worst
from gpuready.engine.plan import Planned
from gpuready.probes.probe import Exchange, Target
from gpuready.text.say import say

Saying = tuple[str, Mapping[str, Scalar]]
"""A sentence as its key and its fields, so that it can be said in either language later."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one target was found to be.

    `value` is the first wanted field, in `unit`; `fields` are all that was measured, in the units `units`.
    `said` are the sentences that explain the verdict, the reason first.  `took` in seconds.
    """

    target: Target
    verdict: Verdict
    said: tuple[Saying, ...]
    at: datetime
    took: float = 0.0
    value: Scalar | None = None
    unit: str = ""
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    evidence: tuple[Exchange, ...] = ()
    provenance: Provenance = Provenance.MEASURED

    @property
    def reason(self) -> str:
        return " ".join(map(sentence, self.said))


@dataclass(frozen=True, slots=True)
class Result:
    """A check that was run: one finding for each of its targets.

    None of them where nothing could be run; `verdict` is then manual, and `planned` tells why.
    """

    planned: Planned
    findings: tuple[Finding, ...] = ()

    @property
    def ref(self) -> str:
        return self.planned.check.ref

    @property
    def verdict(self) -> Verdict:
        return worst(each.verdict for each in self.findings) if self.findings else Verdict.MANUAL

    @property
    def worst(self) -> Finding | None:
        """The finding that gives the verdict."""
        return next((each for each in self.findings if each.verdict is self.verdict), None)


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` checks; `running` are the refs under way; `left` in seconds is an estimate."""

    done: int
    total: int
    running: tuple[str, ...]
    left: float


@dataclass(frozen=True, slots=True)
class Cause:
    """A target that could not be asked, and the checks that were not tried because of it."""

    target: Target
    saying: Saying
    refs: tuple[str, ...]


def sentence(saying: Saying) -> str:
    """The sentence in the language in force; its bare words where a probe from elsewhere brought none."""
    key, fields = saying
    try:
        return say(key, **fields)
    except (KeyError, ImportError, IndexError, ValueError, AttributeError, TypeError):
        said = ", ".join(f"{name}={value}" for name, value in fields.items())
        return f"{key} ({said})" if said else key

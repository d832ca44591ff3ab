"""The seam of the probes: what one declares of itself, what it is asked, what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Bounds, Verdict
from gpuready.text.fault import Fault


class Safety(StrEnum):
    """What running it does to the machine; the first is the gentlest."""

    READ = "read-only"
    LIGHT = "light load"  # a request, a short container: nobody notices
    HEAVY = "heavy load"  # fills a link, a disk or a GPU while it runs
    CHANGES = "changes something"  # leaves something else than it found, if only for a moment


@dataclass(frozen=True, slots=True)
class Target:
    """What is probed.

    `kind` is one of `gpuready.checklist.build.ON`, or empty for this node; `name` what people call it;
    `address` a URL, HOST[:PORT], path or unix://SOCKET.  `options` are texts; secrets are named there by
    reference only (``token_env``, ``token_file``, ``password_env`` ...), never held.
    """

    kind: str = ""
    name: str = ""
    address: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


HERE = Target(name="here")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to a probe: of which target, with which parameters (the declared ones, defaults filled
    in), and within how many seconds.  `site` are all targets of the session, for probes that need to know
    of others (how many peers, which Grafana)."""

    target: Target = HERE
    params: Mapping[str, object] = field(default_factory=dict)
    limit: float = 30.0
    site: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """Evidence: what was asked, word for word, and what came back, redacted and cut to 4 KiB by
    `gpuready.text.redact.redact` before it gets here."""

    asked: str
    answered: str


Remark = tuple[str, Mapping[str, object]]
"""A sentence as its message key and its fields."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What came back.  `fields` holds declared fields only, in their declared units; a field that could
    not be known is left out, never guessed.  `remarks` are (message key, fields) of sentences that a
    reader must see beside the verdict ("no peers configured: the default gateway was asked").
    `source` is what was read: ``NVML``, ``/proc/sys``, ``Docker Engine API`` ...
    `within` tells of fields that are estimates between which bounds the true value surely lies, in the
    field's unit (infinite where there is none): a figure between them is then neither passed nor failed.
    """

    fields: Mapping[str, Scalar]
    source: str
    evidence: tuple[Exchange, ...] = ()
    remarks: tuple[Remark, ...] = ()
    within: Mapping[str, Bounds] = field(default_factory=dict)


class Outcome(Fault):
    """Why there is no measurement; raised by probes, with a key of `gpuready.text.messages.probes_*`.

    What was measured and is bad is never an outcome: it is a measurement, and the figures judge it.
    """

    verdict: Verdict = Verdict.UNKNOWN
    evidence: tuple[Exchange, ...] = ()

    def showing(self, *evidence: Exchange) -> Outcome:
        """The same, with evidence; returns itself, to be raised."""
        self.evidence = evidence
        return self


class NoData(Outcome):
    """It could not be known: unreachable, no rights, tool missing, nothing to read.  The sentence says what
    would have to change."""

    verdict = Verdict.UNKNOWN


class NotApplicable(Outcome):
    """The question makes no sense here, for a reason that was read, not assumed (no NVSwitch, no MIG)."""

    verdict = Verdict.NA


class Broken(Outcome):
    """The other side answered, but not in its own language (200 with HTML, broken JSON), or the probe
    itself failed."""

    verdict = Verdict.ERROR


@dataclass(frozen=True, slots=True)
class Probe:
    """What a probe declares.

    `fields` maps each field to its unit (empty for texts and yes/no); `params` each parameter to its
    default.  `on` is the kind of target it needs (empty: this node).  `limit` in seconds is what it may
    take at its defaults; `limit_for` where parameters change that.  `lane` names what it would share with
    others of the same lane (``disk``, ``network``, ``gpu``): they run one at a time.  `privilege` says what
    it needs beyond an ordinary user ("root", "the docker group").  `steps` tells, without doing anything,
    the exact commands, calls and paths in the order in which they will be used.  `alone`: where no target of
    its kind is known it is asked of this node, and says in a remark what it took instead.
    """

    name: str
    measure: Callable[[Ask], Awaitable[Measurement]]
    steps: Callable[[Ask], Sequence[str]]
    fields: Mapping[str, str]
    params: Mapping[str, object] = field(default_factory=dict)
    on: str = ""
    safety: Safety = Safety.READ
    limit: float = 30.0
    limit_for: Callable[[Mapping[str, object]], float] | None = None
    lane: str = ""
    privilege: str = ""
    alone: bool = False

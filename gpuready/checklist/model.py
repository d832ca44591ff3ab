"""A checklist as facts: phases of items, items of checks, and the methods that can settle a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from gpuready.text.say import Language


class Words(NamedTuple):
    """One text in both languages.  A named tuple, because the checklists hold 1,500 of them."""

    en: str
    zh: str

    def to(self, lang: Language) -> str:
        return self.zh if lang == "zh" else self.en


class Kind(StrEnum):
    """How a method settles a check."""

    PROBE = "probe"  # reads one thing
    ACTIVE = "active"  # writes, loads or starts something, so it asks first
    QUERY = "query"  # asks Prometheus for a signal
    KUBE = "kube"  # reads the Kubernetes API
    COMPARE = "compare"  # sets a measurement against a baseline
    DRILL = "drill"  # a timed exercise
    VALUE = "value"  # a number that the operator enters
    ATTEST = "attest"  # a person's word, with evidence


BY_HAND = frozenset({Kind.VALUE, Kind.ATTEST})

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Criterion:
    """The comparison that a field of a measurement must pass.

    `figure` is one value, or two (both bounds, inclusive) for ``between``, or several for ``in``.
    `unit` is one of `gpuready.checklist.units`; empty for texts and yes/no.
    """

    field: str
    op: str
    figure: Scalar | tuple[Scalar, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to settle a check.

    `name` is the probe, signal, kube read, metric or drill; empty for value and attest.  `on` is the kind
    of target it is asked of (empty: this node).  `unit` is the unit in which a value is entered; `ask`
    tells the person what to enter or to attach.
    """

    kind: Kind
    name: str = ""
    on: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    want: tuple[Criterion, ...] = ()
    unit: str = ""
    ask: Words | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One line of an item.  `review_days` is how long a verdict stays fresh (None: it does not age)."""

    ref: str
    words: Words
    why: Words
    how: Words
    fix: Words
    methods: tuple[Method, ...]
    modern: Words | None = None
    review_days: int | None = None

    @property
    def is_acceptance(self) -> bool:
        return self.ref.rpartition(".")[2].startswith("a")

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The figures of the first method that states any."""
        return next((m.want for m in self.methods if m.want), ())

    def by_hand(self) -> Method | None:
        """The method by which a person can settle it: value before attest, as the file orders them."""
        return next((m for m in self.methods if m.kind in BY_HAND), None)


@dataclass(frozen=True, slots=True)
class Item:
    """What has an owner, a due date and a status.

    `needs` are the refs of items that must be done first.  `decided_by_steps` is true for the items that
    have no acceptance line.
    """

    ref: str
    words: Words
    checks: tuple[Check, ...]
    needs: tuple[str, ...] = ()
    decided_by_steps: bool = False

    @property
    def deciding(self) -> tuple[Check, ...]:
        """The checks that decide the item's status."""
        return self.checks if self.decided_by_steps else tuple(c for c in self.checks if c.is_acceptance)


@dataclass(frozen=True, slots=True)
class Phase:
    ref: str
    words: Words
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """`id` is the word used on the command line, `ref` the chapter's section, `document` the TOML as
    plain data, from which the same checklist can be built again."""

    id: str
    ref: str
    words: Words
    scope: Words
    phases: tuple[Phase, ...]
    ordered: bool = True
    document: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    def items(self) -> Iterator[Item]:
        return (item for phase in self.phases for item in phase.items)

    def checks(self) -> Iterator[Check]:
        return (check for item in self.items() for check in item.checks)

"""Where everything stands: the checklists and the session's state, put together for screens and reports.

Nothing here is stored: a status is derived each time, from what is known and from the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gpuready.checklist.model import Check, Checklist, Item, Phase
from gpuready.checklist.verdict import SETTLED, Status, Verdict, status_of
from gpuready.session.state import CheckState, ItemState, State


@dataclass(frozen=True, slots=True)
class CheckStanding:
    """A check and what is known of it; `verdict` already counts waiver and age."""

    check: Check
    known: CheckState
    verdict: Verdict

    @property
    def settled(self) -> bool:
        return self.verdict in SETTLED


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """An item with its checks.

    `status` is what is shown: the override where there is one, else `derived`, what the checks say.
    `unmet` are the refs of items it needs that are not done.
    """

    item: Item
    known: ItemState
    checks: tuple[CheckStanding, ...]
    derived: Status
    today: date
    unmet: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        return self.known.override.status if self.known.override else self.derived

    @property
    def disagrees(self) -> bool:
        """Whether a person says something else than the checks."""
        return self.status is not self.derived

    @property
    def overdue(self) -> bool:
        due = self.known.due
        return due is not None and due < self.today and self.status is not Status.DONE

    @property
    def stale(self) -> bool:
        return any(check.verdict is Verdict.STALE for check in self.checks)

    @property
    def settled(self) -> int:
        return sum(check.settled for check in self.checks)

    @property
    def begun(self) -> bool:
        return self.known.override is not None or any(check.known.mark for check in self.checks)


@dataclass(frozen=True, slots=True)
class PhaseStanding:
    """A phase; `early` when work has begun although an earlier phase is not done."""

    phase: Phase
    items: tuple[ItemStanding, ...]
    early: bool

    @property
    def done(self) -> int:
        return sum(each.status is Status.DONE for each in self.items)


@dataclass(frozen=True, slots=True)
class ListStanding:
    checklist: Checklist
    phases: tuple[PhaseStanding, ...]

    def items(self) -> Iterator[ItemStanding]:
        return (item for phase in self.phases for item in phase.items)

    def count(self, status: Status) -> int:
        return sum(each.status is status for each in self.items())

    @property
    def total(self) -> int:
        return sum(len(phase.items) for phase in self.phases)


@dataclass(frozen=True, slots=True)
class Board:
    """All checklists as they stand at `at`."""

    at: datetime
    lists: tuple[ListStanding, ...]
    by_ref: Mapping[str, ItemStanding | CheckStanding | PhaseStanding]

    def items(self) -> Iterator[ItemStanding]:
        return (item for each in self.lists for item in each.items())

    def item_of(self, ref: str) -> ItemStanding | None:
        """The item of that ref, or to which the check of that ref belongs."""
        found = self.by_ref.get(ref)
        if isinstance(found, CheckStanding):
            found = self.by_ref.get(ref.rpartition(".")[0])
        return found if isinstance(found, ItemStanding) else None

    def phase_of(self, ref: str) -> PhaseStanding | None:
        """The phase of that ref, or in which the item or check of that ref stands."""
        while ref:
            if isinstance(found := self.by_ref.get(ref), PhaseStanding):
                return found
            ref = ref.rpartition(".")[0]
        return None


def stand(checklists: Iterable[Checklist], state: State, now: datetime) -> Board:
    """Where everything stands at `now` (aware; its time zone decides which day it is)."""
    lists = tuple(_list(checklist, state, now) for checklist in checklists)
    by_ref: dict[str, ItemStanding | CheckStanding | PhaseStanding] = {}
    for each in lists:
        for phase in each.phases:
            by_ref[phase.phase.ref] = phase
            for item in phase.items:
                by_ref[item.item.ref] = item
                by_ref.update((check.check.ref, check) for check in item.checks)
    return Board(now, lists, by_ref)


def _list(checklist: Checklist, state: State, now: datetime) -> ListStanding:
    standings = {item.ref: _item(item, state, now) for item in checklist.items()}
    done = {ref for ref, standing in standings.items() if standing.status is Status.DONE}
    phases, earlier_done = [], True
    for phase in checklist.phases:
        items = tuple(_with_needs(standings[item.ref], done) for item in phase.items)
        early = checklist.ordered and not earlier_done and any(each.begun for each in items)
        phases.append(PhaseStanding(phase, items, early))
        earlier_done = earlier_done and all(item.ref in done for item in phase.items)
    return ListStanding(checklist, tuple(phases))


def _item(item: Item, state: State, now: datetime) -> ItemStanding:
    checks = tuple(_check(check, state.check(check.ref), now) for check in item.checks)
    deciding = {check.ref for check in item.deciding}
    derived = status_of(each.verdict for each in checks if each.check.ref in deciding)
    return ItemStanding(item, state.item(item.ref), checks, derived, now.date())


def _with_needs(standing: ItemStanding, done: set[str]) -> ItemStanding:
    unmet = tuple(need for need in standing.item.needs if need not in done)
    if not unmet:
        return standing
    return ItemStanding(
        standing.item, standing.known, standing.checks, standing.derived, standing.today, unmet
    )


def _check(check: Check, known: CheckState, now: datetime) -> CheckStanding:
    return CheckStanding(check, known, _verdict(check, known, now))


def _verdict(check: Check, known: CheckState, now: datetime) -> Verdict:
    if known.waiver and now.date() <= known.waiver.until:
        return Verdict.WAIVED
    mark = known.mark
    if mark is None:
        return Verdict.MANUAL  # nothing was measured and nobody has said anything
    aged = check.review_days is not None and now - mark.at > timedelta(days=check.review_days)
    return Verdict.STALE if aged and mark.verdict in SETTLED else mark.verdict

"""Whether a session's events are as they were written: no gap, no edit, no fork."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gpuready.session.event import Event, EventKind
from gpuready.session.merging import matches
from gpuready.text.say import say


class FindingKind(StrEnum):
    ALTERED = "altered"  # its hash is not that of its contents
    GAP = "gap"  # numbers before it are missing
    LINK = "link"  # it does not follow the event before it
    FORK = "fork"  # its number was given twice
    MISSING = "missing"  # it names an event that is not there


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the event of that id; `detail` is the numbers or the id in question."""

    kind: FindingKind
    replica: str
    seq: int
    event: str
    detail: str = ""

    def __str__(self) -> str:
        """One sentence in the operator's language."""
        return say(
            f"session.audit_{self.kind}",
            event=self.event,
            replica=self.replica,
            seq=self.seq,
            detail=self.detail,
        )


def verify(events: Iterable[Event]) -> list[Finding]:
    """What is wrong with these events, by replica and number; empty when nothing is.

    They must be all the events of a file: what was cut off the end of a replica shows only where another
    event names it.
    """
    known = {(event.id, event.hash): event for event in events}  # a copy is no finding, a variant is
    by_replica: dict[str, dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in known.values():
        by_replica[event.replica][event.seq].append(event)
    ids = {event.id for event in known.values()}
    findings: list[Finding] = []
    for _, by_seq in sorted(by_replica.items()):
        before, hashes = 0, {""}
        for seq in sorted(by_seq):
            same = sorted(by_seq[seq], key=lambda event: event.order)
            for event in same:
                findings += _own(event, ids)
                if seq != before + 1:
                    missing = str(before + 1) if seq == before + 2 else f"{before + 1}-{seq - 1}"
                    findings.append(_finding(FindingKind.GAP, event, missing))
                elif event.previous not in hashes:
                    findings.append(_finding(FindingKind.LINK, event))
            findings += [_finding(FindingKind.FORK, event, same[0].id) for event in same[1:]]
            before, hashes = seq, {event.hash for event in same}
    return findings


def _own(event: Event, ids: set[str]) -> list[Finding]:
    findings = [] if matches(event) else [_finding(FindingKind.ALTERED, event)]
    named = [*event.over, str(event.payload.get("event", ""))] if event.kind == EventKind.UNDO else event.over
    return findings + [_finding(FindingKind.MISSING, event, each) for each in named if each not in ids]


def _finding(kind: FindingKind, event: Event, detail: str = "") -> Finding:
    return Finding(kind, event.replica, event.seq, event.id, detail)

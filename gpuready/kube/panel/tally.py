"""Keeps count as objects come, change and go: what a change touches is counted anew, and nothing else."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from gpuready.kube.panel.facts import Amounts, Engine, Gpus, Group, NodeFact, PodFact, WarningEvent

NEWEST = 100
"""Warnings that are told at most."""


class Nodes:
    """The nodes with what their pods request."""

    def __init__(self) -> None:
        self.pods_known = False
        self._by_uid: dict[str, NodeFact] = {}
        self._bare: dict[str, NodeFact] = {}
        self._shown: dict[str, NodeFact] = {}
        self._groups: dict[tuple[str, str, tuple[Gpus, ...]], int] = {}
        self._requested: dict[str, dict[str, int]] = defaultdict(dict)
        self._nominated: dict[str, dict[str, int]] = defaultdict(dict)
        self._offers: dict[str, Gpus] = {}
        self._dirty: set[str] = set()

    def put(self, uid: str, fact: NodeFact | None) -> None:
        """A node that came or changed; None: it went."""
        old = self._by_uid.pop(uid, None)
        if old is not None and self._bare.get(old.name) is old:
            del self._bare[old.name]
            self._dirty.add(old.name)
        if fact is not None:
            self._by_uid[uid] = self._bare[fact.name] = fact
            self._dirty.add(fact.name)

    def know_pods(self, known: bool) -> None:
        """Whether what pods request is known: without it nothing is said to be free."""
        if known != self.pods_known:
            self.pods_known = known
            self._dirty |= self._bare.keys()

    def book(self, node: str, gpus: Amounts, sign: int, *, nominated: bool = False) -> None:
        """Add what a pod requests on that node, or take it away (`sign` is 1 or -1)."""
        table = self._nominated if nominated else self._requested
        held = table[node]
        for kind, many in gpus:
            left = held.get(kind, 0) + sign * many
            if left > 0:
                held[kind] = left
            else:
                held.pop(kind, None)
        if not held:
            del table[node]
        self._dirty.add(node)

    def offer(self, node: str, gpus: Gpus | None) -> None:
        """What DRA drivers offer on that node; None: nothing."""
        if gpus is None:
            self._offers.pop(node, None)
        else:
            self._offers[node] = gpus
        self._dirty.add(node)

    def count(self, most: int) -> bool:
        """Count up to `most` of the nodes anew that something has touched; whether there are more."""
        for name in [self._dirty.pop() for _ in range(min(most, len(self._dirty)))]:
            if (old := self._shown.get(name)) is not None:
                self._group(old, -1)
            bare = self._bare.get(name)
            if bare is None:
                self._shown.pop(name, None)
            else:
                self._shown[name] = self._counted(bare)
                self._group(self._shown[name], 1)
        return bool(self._dirty)

    def all(self) -> tuple[NodeFact, ...]:
        """The nodes as they were counted last, in the order in which they came."""
        return tuple(self._shown.values())

    def groups(self) -> tuple[Group, ...]:
        """The nodes of `all` by what they look like."""
        return tuple(Group(*key, count) for key, count in self._groups.items())

    def _group(self, node: NodeFact, sign: int) -> None:
        key = node.product, node.state, node.gpus
        if count := self._groups.get(key, 0) + sign:
            self._groups[key] = count
        else:
            del self._groups[key]

    def _counted(self, bare: NodeFact) -> NodeFact:
        held, waits = self._requested.get(bare.name, {}), self._nominated.get(bare.name, {})
        kinds = {each.kind: each for each in bare.gpus}
        for kind in held.keys() - kinds.keys():
            kinds[kind] = Gpus(kind, 0, 0)  # requested by what stands there, though the node no longer has it
        gpus = [
            replace(
                each,
                requested=held.get(each.kind, 0) if self.pods_known else None,
                nominated=waits.get(each.kind, 0),
            )
            for each in kinds.values()
        ]
        if bare.name in self._offers and not any(each.capacity for each in bare.gpus):
            gpus.append(self._offers[bare.name])  # else the device plugin counts the same GPUs
        return replace(bare, gpus=tuple(gpus)) if gpus else bare


class Pods:
    """The pods by uid, and what they request booked on their nodes."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._all: dict[str, PodFact] = {}
        self._pending: dict[str, PodFact] = {}
        self._failing: dict[str, PodFact] = {}
        self.idle_pending = 0
        self.idle_failing = 0

    def put(self, uid: str, fact: PodFact | None) -> None:
        old = self._all.pop(uid, None)
        if old is not None:
            self._book(uid, old, -1)
        if fact is not None:
            self._all[uid] = fact
            self._book(uid, fact, 1)

    def _book(self, uid: str, fact: PodFact, sign: int) -> None:
        if fact.gpus and fact.holds:
            self._nodes.book(fact.node, fact.gpus, sign)
        if fact.gpus and fact.nominated and not fact.node:
            self._nodes.book(fact.nominated, fact.gpus, sign, nominated=True)
        if fact.state == "running":
            return
        is_pending = fact.state == "pending"
        if fact.wants_gpu:
            kept = self._pending if is_pending else self._failing
            kept.pop(uid, None)
            if sign > 0:
                kept[uid] = fact
        elif is_pending:
            self.idle_pending += sign
        else:
            self.idle_failing += sign

    def all(self) -> tuple[PodFact, ...]:
        return tuple(self._all.values())

    def pending(self) -> tuple[PodFact, ...]:
        """Those with GPUs that wait, the longest wait first."""
        return tuple(sorted(self._pending.values(), key=_since))

    def failing(self) -> tuple[PodFact, ...]:
        """Those with GPUs that fail, the newest first."""
        return tuple(sorted(self._failing.values(), key=_since, reverse=True))


def engines(found: Iterable[Engine]) -> tuple[Engine, ...]:
    """Those that lack replicas first.  An InferenceService counts only while nothing was made for it."""
    known = list(found)
    made = {(each.namespace, each.service) for each in known if each.kind != "InferenceService"}
    kept = [
        each for each in known if each.kind != "InferenceService" or (each.namespace, each.name) not in made
    ]
    return tuple(sorted(kept, key=lambda each: (each.ready >= each.desired, each.title)))


def newest(found: Iterable[WarningEvent]) -> tuple[WarningEvent, ...]:
    """The newest warnings, newest first."""
    return tuple(heapq.nlargest(NEWEST, found, key=lambda each: each.last))


def _since(pod: PodFact) -> tuple[float, str]:
    return pod.since, pod.title

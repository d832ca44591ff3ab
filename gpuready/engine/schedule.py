"""In which order steps run, and which may run beside each other."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from gpuready.engine.causes import group
from gpuready.engine.plan import Step
from gpuready.probes.probe import Probe, Safety, Target

_Key = tuple[Hashable, str]  # group and lane: what decides whether a job may start
_ORDER = list(Safety)
_ALONE = ("alone",)


@dataclass(frozen=True, slots=True)
class Job:
    """One question, asked once in a run however many checks it answers: `number` tells it from others."""

    number: int
    step: Step
    refs: tuple[str, ...]

    @property
    def probe(self) -> Probe:
        return self.step.probe

    @property
    def target(self) -> Target:
        return self.step.target

    @property
    def heavy(self) -> bool:
        return self.probe.safety is Safety.HEAVY


def question(step: Step) -> Hashable:
    """What two steps share when one answer serves both."""
    params = tuple(sorted((name, repr(value)) for name, value in step.ask.params.items()))
    return step.probe.name, step.target.kind, step.target.name, step.target.address, params


class Schedule:
    """The jobs that wait; `next` gives the one to start now.

    Of a lane one runs at a time, and of a group that was not heard of yet too: when its target cannot be
    reached, one time limit is spent on finding out.  A heavy load runs alone and last: whatever is measured
    beside it is not what it would be.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        ranked = sorted(jobs, key=lambda job: (job.heavy, _ORDER.index(job.probe.safety), job.number))
        self._queues: dict[_Key, deque[tuple[int, Job]]] = {}  # each job with its rank
        for rank, job in enumerate(ranked):
            self._queues.setdefault(_key(job), deque()).append((rank, job))
        # A queue is either in the heap, by the rank of its first job, or parked until what it waits for
        # ends: so a job is looked at a few times at most, however many there are.
        self._heap = [(queue[0][0], number, key) for number, (key, queue) in enumerate(self._queues.items())]
        self._parked: dict[Hashable, list[_Key]] = {}
        self._numbers = {key: number for number, key in enumerate(self._queues)}
        self._lanes: set[str] = set()
        self._scouts: set[Hashable] = set()
        self._heard: set[Hashable] = set()
        self._running = 0
        self._heavy = False
        self._waiting = len(ranked)

    def __len__(self) -> int:
        return self._waiting

    def waiting(self) -> list[Job]:
        return [job for queue in self._queues.values() for _, job in queue]

    def next(self) -> Job | None:
        """The job to start now, which counts as running from here on; None when none may start."""
        while self._heap and not self._heavy:
            _, _, key = heapq.heappop(self._heap)
            queue = self._queues[key]
            if not queue:
                continue
            if obstacle := self._obstacle(key, queue[0][1]):
                self._parked.setdefault(obstacle, []).append(key)
                continue
            _, job = queue.popleft()
            self._waiting -= 1
            self._running += 1
            self._heavy = job.heavy
            self._lanes |= {job.probe.lane} - {""}
            if key[0] is not None and key[0] not in self._heard:
                self._scouts.add(key[0])
            self._push(key)
            return job
        return None

    def ended(self, job: Job, *, heard: bool) -> None:
        """Tell that the job runs no more; `heard` when its group was found to answer."""
        key = _key(job)
        self._running -= 1
        self._heavy = False
        self._lanes.discard(job.probe.lane)
        self._scouts.discard(key[0])
        if heard:
            self._heard.add(key[0])
        self._unpark(("lane", job.probe.lane))
        self._unpark(("group", key[0]))
        if not self._running:
            self._unpark(_ALONE)

    def drop(self, key: Hashable) -> list[Job]:
        """Take out the waiting jobs of that group."""
        dropped = []
        for (each, _), queue in self._queues.items():
            if each == key:
                dropped += [job for _, job in queue]
                queue.clear()
        self._waiting -= len(dropped)
        return dropped

    def _obstacle(self, key: _Key, job: Job) -> Hashable:
        """What the job must wait for; None when nothing."""
        if job.probe.lane in self._lanes:
            return "lane", job.probe.lane
        if key[0] in self._scouts:
            return "group", key[0]
        return _ALONE if job.heavy and self._running else None

    def _unpark(self, obstacle: Hashable) -> None:
        for key in self._parked.pop(obstacle, ()):
            self._push(key)

    def _push(self, key: _Key) -> None:
        if queue := self._queues[key]:
            heapq.heappush(self._heap, (queue[0][0], self._numbers[key], key))


def _key(job: Job) -> _Key:
    return group(job.step), job.probe.lane

"""Keeps the panel of a cluster: watches its parts, and tells what it has come to twice a second at most."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Generic, TypeVar

from gpuready.kube.access import connected
from gpuready.kube.discovery import Served
from gpuready.kube.lists import refusal
from gpuready.kube.look import Obj
from gpuready.kube.panel import dra, reduce, tally
from gpuready.kube.panel.facts import PARTS, ClusterSample, Saying
from gpuready.kube.read.gpus import CLAIMS, SLICES
from gpuready.kube.request import Question, request
from gpuready.kube.watch import Watched
from gpuready.live.source import Unheard
from gpuready.probes.probe import Outcome, Target

INTERVAL = 0.5
"""Seconds between two samples at least."""
PULSE = 10.0
"""Seconds between two questions whether the server answers: an open watch on which nothing comes looks the
same whether the server has nothing to tell or hangs."""
LONGEST_PAUSE = 30.0
FORBIDDEN = "kube.forbidden"
"""What a part says that may not be read: of no other part anything follows from it."""

_CHUNK = 500  # objects counted at a time: what waits for the event loop is let in between
_LIMIT = 10.0  # seconds in which the server tells its version
_VERSION = Served("", "", "version")

F = TypeVar("F")
Listener = Callable[[ClusterSample | Unheard], None]


class _Part(Generic[F]):
    """One resource that is watched, and which of its objects have changed since they were counted."""

    def __init__(
        self,
        part: str,
        target: Target,
        resource: str,
        fact_of: Callable[[Obj], F | None],
        wake: Callable[[], None],
        select: str = "",
    ) -> None:
        self.part = part
        self.changed: set[str] = set()
        self.unread = 0
        self.is_read = False
        self._fact_of = fact_of
        self._wake = wake
        self.watched: Watched[F] = Watched(target, resource, self._reduce, self._heard, select=select)

    def _reduce(self, obj: Obj) -> F | None:
        try:
            return self._fact_of(obj)
        except (TypeError, ValueError, KeyError, AttributeError):
            self.unread += 1  # it is no such object: told, and the others are shown
            return None

    def _heard(self, uids: frozenset[str]) -> None:
        self.changed |= uids
        # Not before: between the reading and this call the facts are there, and their uids are not yet.
        self.is_read = self.watched.is_read
        self._wake()

    def take(self) -> frozenset[str]:
        """The uids of what has changed since the last time."""
        uids, self.changed = frozenset(self.changed), set()
        return uids

    @property
    def has_trouble(self) -> bool:
        """Whether something keeps it from being read that may concern the whole server."""
        problem = self.watched.problem
        return problem is not None and problem.key != FORBIDDEN

    def note(self) -> Saying | None:
        """Why something of it is missing or may be out of date."""
        if (problem := self.watched.problem) is not None:
            return problem.key, problem.fields
        if self.unread:
            return "cluster.unread", {"count": self.unread, "resource": self.watched.resource}
        return None


class Watcher:
    """Watches one cluster for the panel; calls the listener on the event loop."""

    def __init__(self, target: Target, listener: Listener, interval: float = INTERVAL) -> None:
        self.target = target
        self._listener = listener
        self._interval = interval
        self._wake = asyncio.Event()
        self._doubt = asyncio.Event()
        self._context = self._version = ""
        self._unheard: Unheard | None = None
        self._troubled: set[_Part[Any]] = set()
        self._task: asyncio.Task[None] | None = None
        self._nodes = tally.Nodes()
        self._pods = tally.Pods(self._nodes)
        self._devices = dra.Devices()
        part = partial(self._part, target=target)
        self._node_part = part("nodes", "nodes", reduce.node)
        self._pod_part = part("pods", "pods", reduce.pod)
        self._event_part = part("events", "events", reduce.event, select="type=Warning")
        self._slice_part = part("devices", SLICES, dra.slice_fact)
        self._claim_part = part("devices", CLAIMS, dra.claim_fact)
        self._engine_parts = [
            part("engines", resource, partial(reduce.engine, kind=kind))
            if kind != "InferenceService"
            else part("engines", resource, reduce.inference_service)
            for kind, resource in reduce.ENGINES.items()
        ]
        self._parts = [
            self._node_part,
            self._pod_part,
            self._slice_part,
            self._claim_part,
            self._event_part,
            *self._engine_parts,
        ]
        self._told = ClusterSample("", "", 0.0)

    def _part(
        self, part: str, resource: str, fact_of: Callable[[Obj], Any], *, target: Target, select: str = ""
    ) -> _Part[Any]:
        return _Part(part, target, resource, fact_of, self._wake.set, select)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pulse())
            for part in self._parts:
                group.create_task(part.watched.run())
            while True:
                await self._wake.wait()
                self._wake.clear()
                self._told = await self._counted()
                if self._unheard is not None:
                    self._listener(self._unheard)
                elif self._told.read or self._told.notes:
                    self._listener(self._told)
                await asyncio.sleep(self._interval)

    async def _pulse(self) -> None:
        """Ask now and then whether the server answers, and at once where a watch has trouble."""
        failures, since = 0, 0.0
        while True:
            self._doubt.clear()
            pause = PULSE
            try:
                self._context, self._version = await self._asked()
                failures, self._unheard = 0, None
            except Outcome as outcome:
                since = since if failures else time.time()
                failures += 1
                pause = min(LONGEST_PAUSE, 2.0**failures)
                self._unheard = Unheard(since, (outcome.key, outcome.fields), pause)
            self._wake.set()
            await asyncio.sleep(1.0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._doubt.wait(), pause - 1.0)

    async def _asked(self) -> tuple[str, str]:
        """The context in use and the server's version; the version is empty where it may not be asked."""
        async with connected(self.target) as connection:
            answer = await request(connection, Question("/version", limit=_LIMIT))
            if answer.status >= 500 or answer.status == 404:
                raise refusal(answer, _VERSION, "get")
            told = answer.json() if answer.status == 200 else {}
            version = str(told.get("gitVersion") or "").removeprefix("v")
            return (await connection.ready()).context, version

    async def _counted(self) -> ClusterSample:
        """The sample, of which only what changed is made anew."""
        told, read, claims_known = self._told, self._read(), self._claim_part.is_read
        # All at one moment: what changes while this is counted is for the next time.
        taken = {part: part.take() for part in self._parts}
        changed = {part.part for part, uids in taken.items() if uids}
        for part, put in (
            (self._node_part, self._nodes.put),
            (self._pod_part, self._pods.put),
            (self._slice_part, self._devices.put_slice),
            (self._claim_part, self._devices.put_claim),
        ):
            await _put(part, taken[part], put)
        self._devices.settle(self._nodes, claims_known=claims_known)
        self._nodes.know_pods("pods" in read)
        while self._nodes.count(_CHUNK):  # noqa: ASYNC110 - it works, it does not wait
            await asyncio.sleep(0)
        if "pods" in changed:
            told = replace(
                told,
                pods=self._pods.all(),
                pending=self._pods.pending(),
                failing=self._pods.failing(),
                idle_pending=self._pods.idle_pending,
                idle_failing=self._pods.idle_failing,
            )
        if "engines" in changed:
            found = (each for part in self._engine_parts for each in part.watched.facts.values())
            told = replace(told, engines=tally.engines(found))
        if "events" in changed:
            warnings = self._event_part.watched.facts
            told = replace(told, warnings=tally.newest(warnings.values()), warning_count=len(warnings))
        return replace(
            told,
            context=self._context,
            version=self._version,
            at=time.time(),
            nodes=self._nodes.all(),
            groups=self._nodes.groups(),
            read=read,
            notes=self._notes(),
        )

    def _read(self) -> frozenset[str]:
        """The parts that have been read whole."""
        missing = {part.part for part in self._parts if not part.is_read}
        return frozenset(PARTS) - missing

    def _notes(self) -> Mapping[str, Saying]:
        """For each part why something of it is missing; of several reasons the first."""
        notes: dict[str, Saying] = {}
        for part in self._parts:
            if (note := part.note()) is not None:
                notes.setdefault(part.part, note)
        troubled = {part for part in self._parts if part.has_trouble}
        if troubled - self._troubled:
            self._doubt.set()
        self._troubled = troubled
        return notes


async def _put(part: _Part[F], uids: frozenset[str], put: Callable[[str, F | None], None]) -> None:
    """Count what has changed, what went first: a node that came again has another uid and the same name."""
    facts = part.watched.facts
    for number, uid in enumerate(sorted(uids, key=facts.__contains__), 1):
        put(uid, facts.get(uid))
        if number % _CHUNK == 0:
            await asyncio.sleep(0)

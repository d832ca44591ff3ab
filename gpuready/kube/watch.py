"""A resource kept current: listed once, then followed change by change."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Generic, TypeVar

from gpuready.kube.access import Connection, connected
from gpuready.kube.discovery import Served, find
from gpuready.kube.lists import read_list, refusal
from gpuready.kube.look import Obj
from gpuready.kube.request import Answer, Question, failure, opened
from gpuready.probes.probe import Broken, NoData, Outcome, Target

F = TypeVar("F")

EVERY = 0.5
"""Seconds at most between a change and the listener's hearing of it, and at least between two such calls."""
ABSENT = 30.0
"""Seconds after which is asked again for what is not served or may not be read."""

_LASTS = (100, 140)  # seconds of one watch: short, so that a dead line is noticed
_BREATH = 0.1  # seconds between two readings of a busy watch: many changes at once cost less
_LONGEST = 16 * 2**20  # bytes of one change
_SLOWEST = 30.0  # seconds between two attempts
_HELD = 5.0  # seconds after which a watch counts as one that works


class _Gone(Exception):
    """What came after the last known version is forgotten: list again."""


class Watched(Generic[F]):
    """The facts of all objects of one resource, by uid.

    `reduce` makes a small fact of an object, or None of one that is of no interest; it must be quick and
    touch nothing else, since a long list is reduced in a thread.  `changed` is called in the event loop with
    the uids that came, changed or went, at most every `EVERY` seconds, and with none when only `problem`
    changed.  `select` is a field selector.
    """

    def __init__(
        self,
        target: Target,
        resource: str,
        reduce: Callable[[Obj], F | None],
        changed: Callable[[frozenset[str]], None] = lambda uids: None,
        *,
        select: str = "",
    ) -> None:
        self.target = target
        self.resource = resource
        self.problem: Outcome | None = None
        """Why the facts may be out of date; None while they are current (or not read yet)."""
        self.is_read = False
        """Whether they have been read at all."""
        self.is_served = True
        """Whether the server has such a resource."""
        self._reduce = reduce
        self._changed = changed
        self._select = select
        self._facts: dict[str, F] = {}
        self._dirty: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._version = ""
        self._server = ""

    @property
    def facts(self) -> Mapping[str, F]:
        """The facts as they are now; it changes with them."""
        return MappingProxyType(self._facts)

    async def run(self) -> None:
        """Keep the facts current until cancelled; what fails is told in `problem` and tried again."""
        tries = 0
        try:
            while True:
                began = asyncio.get_running_loop().time()
                wait = 0.0
                try:
                    async with connected(self.target) as connection:
                        await self._follow(connection)
                except _Gone:
                    self._version = ""
                except Outcome as outcome:
                    self._tell(outcome)
                    wait = ABSENT if outcome.key == "kube.forbidden" else 0.0
                if asyncio.get_running_loop().time() - began > _HELD:
                    tries = 0
                tries += 1
                pause = min(2.0 ** (tries - 1), _SLOWEST) * random.uniform(0.3, 0.6)  # noqa: S311 - to spread
                await asyncio.sleep(max(wait, pause))
        finally:
            if self._timer is not None:
                self._timer.cancel()

    async def _follow(self, connection: Connection) -> None:
        served, _ = await find(connection, self.resource)
        self.is_served = served is not None
        server = (await connection.ready()).server
        if server != self._server:
            self._server, self._version = server, ""  # another cluster counts its versions otherwise
        if served is None:
            self._replace({})
            await asyncio.sleep(ABSENT)
            raise _Gone
        if not self._version:
            listed = await read_list(connection, served, self._pair, self._select)
            self._replace({uid: fact for uid, fact in listed.objects if fact is not None})  # type: ignore[misc]
            self._version = listed.version
        while True:
            await self._watch(connection, served)

    async def _watch(self, connection: Connection, served: Served) -> None:
        """Follow the changes until the server ends the watch, as it does after some minutes."""
        seconds = random.randint(*_LASTS)  # noqa: S311 - to spread the requests
        question = Question(
            served.path,
            {
                "watch": "1",
                "allowWatchBookmarks": "true",
                "resourceVersion": self._version,
                "timeoutSeconds": seconds,
                **({"fieldSelector": self._select} if self._select else {}),
            },
        )
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(seconds + 10), aclosing(_lines(connection, question, served)) as lines:
                async for batch in lines:
                    self._tell(None)
                    for line in batch:
                        self._take(line, question)
        except TimeoutError:
            raise NoData("kube.watch_silent", server=connection.server, resource=served.name) from None
        if asyncio.get_running_loop().time() - began < 1.0:
            raise NoData("kube.watch_ended", server=connection.server, resource=served.name)

    def _take(self, line: bytes, question: Question) -> None:
        try:
            change = json.loads(line)
            kind, obj = change["type"], change["object"]
            version = str((obj.get("metadata") or {}).get("resourceVersion") or "")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Broken("kube.broken_json", asked=str(question)) from None
        if kind == "ERROR":
            if obj.get("code") == 410:
                raise _Gone
            told = str(obj.get("message") or obj.get("reason") or "?")[:300]
            raise NoData("kube.refused", asked=str(question), error=told)
        if kind in ("ADDED", "MODIFIED", "DELETED"):
            uid, fact = self._pair(obj)
            if kind == "DELETED" or fact is None:
                if self._facts.pop(uid, None) is not None:
                    self._mark(uid)
            elif self._facts.get(uid) != fact:
                self._facts[uid] = fact
                self._mark(uid)
        self._version = version or self._version  # a bookmark brings nothing else

    def _pair(self, obj: Obj) -> tuple[str, F | None]:
        meta = obj.get("metadata") or {}
        return str(meta.get("uid") or f"{meta.get('namespace', '')}/{meta.get('name', '')}"), self._reduce(
            obj
        )

    def _replace(self, facts: dict[str, F]) -> None:
        """Take a new list: of what stayed as it was nobody hears."""
        old, self._facts = self._facts, facts
        self.is_read = True
        self._dirty |= {uid for uid in old.keys() | facts.keys() if old.get(uid) != facts.get(uid)}
        self._tell(None)
        self._schedule()

    def _mark(self, uid: str) -> None:
        self._dirty.add(uid)
        self._schedule()

    def _tell(self, problem: Outcome | None) -> None:
        if (problem and problem.key) != (self.problem and self.problem.key):
            self._schedule()
        self.problem = problem

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._flush)

    def _flush(self) -> None:
        self._timer = None
        dirty, self._dirty = frozenset(self._dirty), set()
        self._changed(dirty)


async def _lines(
    connection: Connection, question: Question, served: Served
) -> AsyncGenerator[list[bytes], None]:
    """The changes as they come, several at a time; an empty list when the watch has begun.

    `_Gone` for a version that is forgotten; outcomes as for a request.
    """
    used = await connection.ready()
    for renewed in (False, True):
        try:
            async with opened(used.client, question) as response:
                if response.status != 200:
                    body = await response.content.read(2**16)
                    answer = Answer(response.status, response.content_type, body, question)
                    if answer.status == 401 and not renewed:
                        used = await connection.ready(after=used)
                        continue
                    if answer.status == 410:
                        raise _Gone
                    raise refusal(answer, served, "watch")
                yield []
                rest = b""
                while chunk := await response.content.readany():
                    *lines, rest = (rest + chunk).split(b"\n")
                    if len(rest) > _LONGEST:
                        raise Broken("kube.too_big", asked=str(question), size=_LONGEST // 2**20)
                    if whole := [each for each in lines if each.strip()]:
                        yield whole
                    await asyncio.sleep(_BREATH)
                return
        except (Outcome, _Gone, GeneratorExit):
            raise
        except TimeoutError:
            raise
        except Exception as error:
            raise failure(error, connection, question) from None

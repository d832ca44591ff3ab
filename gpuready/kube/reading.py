"""One check's look at one cluster: what it declared, read once for all checks of a run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

from gpuready.kube.access import Connection, connected
from gpuready.kube.discovery import Served, find, resource_at
from gpuready.kube.lists import Listed, forbidden, read_list, refusal
from gpuready.kube.look import Obj
from gpuready.kube.request import Answer, Question, request
from gpuready.kube.rights import may
from gpuready.probes.probe import Ask, Broken, Exchange, NoData
from gpuready.text.redact import redact
from gpuready.text.safe import safe

T = TypeVar("T")

KEEP = 10.0
"""Seconds for which what was read is shared, as long as some check of the run still looks."""
LOG = 64 * 2**10
"""Bytes of a container's log that are kept: its end."""
_LOG_READ = 2**20  # bytes of a log that are read
_LOGS = "pods/log"


@asynccontextmanager
async def looking(ask: Ask, reads: Iterable[str]) -> AsyncIterator[Looking]:
    """The look that a check with these `reads` has at the target of `ask`.

    `NoData` at once when the cluster cannot be reached or its access is not described (no such context, an
    exec plugin that fails ...), and when it has not told enough within the limit of `ask`.
    """
    async with connected(ask.target) as connection:
        connection.looks += 1
        try:
            look = Looking(ask, tuple(reads), connection)
            await look.meet()
            yield look
        finally:
            connection.looks -= 1
            if not connection.looks:
                connection.once.forget()  # who looks again after a repair wants to see it


class Looking:
    """`gpuready.kube.look.Look`, with its evidence."""

    def __init__(self, ask: Ask, reads: tuple[str, ...], connection: Connection) -> None:
        self._ask = ask
        self._reads = reads
        self._connection = connection
        self._now = datetime.now(UTC)
        self._version = ""
        self._shown: dict[Exchange, None] = {}
        # A little before the engine ends it: our sentence says more.
        self._until = asyncio.get_running_loop().time() + ask.limit * 0.95

    @property
    def ask(self) -> Ask:
        return self._ask

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def source(self) -> str:
        return f"Kubernetes API v{self._version}" if self._version else "Kubernetes API"

    @property
    def remarks(self) -> tuple[tuple[str, Mapping[str, object]], ...]:
        """What must be said beside anything that was read: a server whose certificate nobody verified."""
        if not self._connection.is_insecure:
            return ()
        return (("kube.insecure", {"server": self._connection.server}),)

    def evidence(self) -> tuple[Exchange, ...]:
        """What was asked and what came back, in that order, each once."""
        return tuple(self._shown)

    async def meet(self) -> None:
        """Whether anybody answers, and which version that is; an account may be kept from knowing it."""
        answer = await self._in_time(self._connection.once.get("version", KEEP, self._version_of))
        if answer.status == 200:
            told = str(answer.json().get("gitVersion") or "")
            found = re.match(r"v?(\d+(?:\.\d+)+)", told)
            self._version = found[1] if found else ""
            self._show(answer.shows(f"gitVersion {told}"))
        else:
            self._show(answer.shows())

    async def list(self, resource: str) -> tuple[Obj, ...]:
        self._declared(resource)
        served = await self._find(resource)
        if served is None:
            return ()
        listed: Listed = await self._in_time(self._listed(served))
        self._show(listed.exchange)
        return listed.objects

    async def has(self, resource: str) -> bool:
        self._declared(resource)
        return await self._find(resource) is not None

    async def once(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        return await self._in_time(self._connection.once.get(key, KEEP, make))

    async def version(self) -> str:
        if not self._version:
            raise NoData("kube.no_version").showing(*self.evidence())
        return self._version

    async def text(self, path: str) -> str:
        self._declared(path)
        key, ask = ("text", path), Question(path, accept="*/*", again=False)
        answer = await self._in_time(
            self._connection.once.get(key, KEEP, lambda: request(self._connection, ask))
        )
        if answer.status == 403:
            if about := resource_at(path):
                raise forbidden(*about, "get").showing(answer.shows())
            raise NoData("kube.forbidden_path", path=path.partition("?")[0]).showing(answer.shows())
        if answer.is_page:
            raise Broken("kube.not_kubernetes", asked=str(ask)).showing(answer.shows())
        self._show(answer.shows(redact(answer.text)))
        return answer.text

    async def logs(
        self, namespace: str, pod: str, container: str = "", *, lines: int = 200, previous: bool = False
    ) -> str:
        assert _LOGS in self._reads, f"{_LOGS} is not among the declared reads"
        query: dict[str, str | int] = {"tailLines": lines, "limitBytes": _LOG_READ}
        if container:
            query["container"] = container
        if previous:
            query["previous"] = "true"
        ask = Question(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", query, accept="*/*")
        answer = await self._in_time(
            self._connection.once.get(str(ask), KEEP, lambda: request(self._connection, ask))
        )
        # 400: it has not started, or there is no container before this one; 404: it is gone.
        if answer.status in (400, 404):
            self._show(answer.shows())
            return ""
        if answer.status != 200:
            raise refusal(answer, Served("", "v1", _LOGS), "get")
        text = safe(answer.body[-LOG:].decode(errors="replace"))
        self._show(answer.shows(f"{len(answer.body)} bytes\n{redact(text)}"))
        return text

    async def _find(self, resource: str) -> Served | None:
        served, exchanges = await self._in_time(find(self._connection, resource))
        for each in exchanges:
            self._show(each)
        return served

    async def _listed(self, served: Served) -> Listed:
        allowed, exchange = await may(self._connection, "list", served.group, served.plural)
        if exchange is not None:
            self._show(exchange)
        if allowed is False:
            raise forbidden(served.group, served.plural, "list").showing(*self.evidence())
        return await self._connection.once.get(
            ("list", served.path), KEEP, lambda: read_list(self._connection, served)
        )

    async def _version_of(self) -> Answer:
        return await request(self._connection, Question("/version"))

    async def _in_time(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(self._until):
                return await work
        except TimeoutError:
            seconds = f"{self._ask.limit:g}"
            raise NoData("kube.late", server=self._connection.server, seconds=seconds).showing(
                *self.evidence()
            ) from None

    def _show(self, exchange: Exchange) -> None:
        self._shown.setdefault(exchange)

    def _declared(self, what: str) -> None:
        """A check that reads more than it says cannot be shown before it runs: that is a mistake in it."""
        fits = any(what == each or what.partition("?")[0] == each.partition("?")[0] or _like(each, what)
                   for each in self._reads)  # fmt: skip
        assert fits, f"{what} is not among the declared reads: {', '.join(self._reads)}"


def _like(declared: str, path: str) -> bool:
    """Whether the path is the declared one with its ``{names}`` filled in."""
    if "{" not in declared:
        return False
    pattern = re.sub(r"\\\{\w+\\\}", "[^/?]+", re.escape(declared))
    return re.fullmatch(pattern, path) is not None

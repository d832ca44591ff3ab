"""One run of an active check: its objects are created, watched, read and removed, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from gpuready.kube.jobs.leftovers import remove, sweep
from gpuready.kube.jobs.manifests import Manifest, Run, lease, yaml_of
from gpuready.kube.jobs.options import namespace
from gpuready.kube.jobs.paths import of_kind, of_pods
from gpuready.kube.jobs.rights import BASE, Right, require
from gpuready.kube.jobs.standing import ABSENT, Standing, standing
from gpuready.probes.leftover import mark
from gpuready.probes.probe import Ask, Broken, Exchange, NoData, Outcome, Remark
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

if TYPE_CHECKING:
    from gpuready.kube.access import Connection
    from gpuready.kube.reading import Looking
    from gpuready.kube.request import Answer

T = TypeVar("T")

EVERY = (0.2, 1.0)
"""Seconds between two looks at the pods: at first, and when nothing has come for a while."""
AFTER = 15.0
"""Seconds of a check's limit that are kept for what comes before and after its pods."""
_LOG = 2**18  # bytes


@dataclass(frozen=True, slots=True)
class Order:
    """What a check needs: `reads` as a check of the API declares them, `rights` besides the base ones, and
    the image of which its policies may be asked."""

    check: str
    reads: tuple[str, ...]
    rights: tuple[Right, ...] = ()


def planned_run(ask: Ask, order: Order) -> Run:
    """The run as a plan shows it, before its id is drawn."""
    return Run(order.check, "RUN", mark(), namespace(ask), int(ask.limit))


@asynccontextmanager
async def working(ask: Ask, order: Order) -> AsyncIterator[Work]:
    """A run of the check at the target of `ask`.

    `NoData` before anything is created when a right is missing.  Afterwards, and when this is cancelled, all
    that was created is removed; an outcome that passes through here gets the evidence.
    """
    from gpuready.kube.access import connected  # brings the Kubernetes client along
    from gpuready.kube.reading import looking

    run = Run(order.check, secrets.token_hex(4), mark(), namespace(ask), int(ask.limit))
    async with looking(ask, order.reads) as look, connected(ask.target) as connection:
        work = Work(ask, run, look, connection)
        try:
            work.show(*await require(connection, run.namespace, BASE + order.rights))
            work.tell(*await sweep(connection, run.namespace))
            try:
                yield work
            finally:
                await work.end()
        except Outcome as outcome:
            raise outcome.showing(*(outcome.evidence or ()), *work.evidence()) from None


class Work:
    """The run in progress: `look` reads the cluster, `until` is the loop's time at which its pods' time is
    over.  `begin` comes before the first `create`."""

    def __init__(self, ask: Ask, run: Run, look: Looking, connection: Connection) -> None:
        self.ask = ask
        self.run = run
        self.look = look
        self.until = asyncio.get_running_loop().time() + max(ask.limit - AFTER, 1.0)
        self._connection = connection
        self._lease: asyncio.Task[Manifest] | None = None
        self._uid = ""
        self._shown: list[Exchange] = []
        self._remarks: list[Remark] = []
        self._last = Exchange(of_pods(run.namespace), "-")

    @property
    def source(self) -> str:
        return self.look.source

    @property
    def owner(self) -> str:
        """The uid of the lease, which owns all else."""
        return self._uid

    @property
    def remarks(self) -> tuple[Remark, ...]:
        return (*self.look.remarks, *self._remarks)

    def evidence(self) -> tuple[Exchange, ...]:
        return (*self.look.evidence(), *self._shown)

    def show(self, *exchanges: Exchange) -> None:
        self._shown += [each for each in exchanges if each not in self._shown]

    def tell(self, *remarks: Remark) -> None:
        self._remarks += [each for each in remarks if each not in self._remarks]

    def left(self, most: float = float("inf")) -> float:
        """Seconds until the pods' time is over, at most so many."""
        return max(0.0, min(most, self.until - asyncio.get_running_loop().time()))

    async def begin(self, image: str) -> None:
        """Create the lease."""
        # The server may take it although nobody waits for its answer any more: the removal waits for it.
        self._lease = asyncio.create_task(self._created(lease(self.run, image)))
        self._uid = str((await asyncio.shield(self._lease))["metadata"].get("uid") or "")
        if not self._uid:
            raise Broken("kube_jobs.no_uid", name=self.run.name())

    async def create(self, manifest: Manifest) -> Manifest:
        """The object as the server took it.  `NoData` when a quota, a policy or the API refuses it."""
        return await self._created(manifest)

    async def _created(self, manifest: Manifest) -> Manifest:
        from gpuready.kube.request import Question, request

        path = of_kind(manifest["kind"], self.run.namespace)
        question = Question(path, method="POST", body=manifest)
        answer = await request(self._connection, question)
        self.show(Exchange(str(question), redact(f"{answer.status}\n{yaml_of(manifest)}")))
        if answer.status == 409:  # our own: the answer to the first try was lost on the way
            answer = await request(self._connection, Question(f"{path}/{manifest['metadata']['name']}"))
        if answer.status not in (200, 201, 202):
            raise _refused(answer, manifest, self.run.namespace)
        return answer.json()

    async def pods(self) -> dict[str, Standing]:
        """How each pod of the run stands, by its role."""
        from gpuready.kube.request import Question, request

        question = Question(of_pods(self.run.namespace), {"labelSelector": self.run.selector, "limit": 500})
        answer = await request(self._connection, question)
        if answer.status != 200:
            raise NoData("kube_jobs.no_pods", error=_words(answer)).showing(answer.shows())
        items = answer.json().get("items")
        if not isinstance(items, list):
            raise Broken("kube.no_list", asked=str(question)).showing(answer.shows("no list"))
        prefix = self.run.name("")
        found = {
            str(each["metadata"]["name"]).removeprefix(f"{prefix}-"): standing(each)
            for each in items
            if isinstance(each, dict)
        }
        self._last = Exchange(
            str(question), redact("\n".join(f"{role}: {each}" for role, each in sorted(found.items())))
        )
        return found

    async def wait(
        self, roles: Iterable[str], enough: Callable[[Standing], bool], seconds: float
    ) -> dict[str, Standing]:
        """How those pods stand once there is enough of each, nothing more to wait for, or the time over."""
        roles = tuple(roles)
        end = asyncio.get_running_loop().time() + self.left(seconds)
        pause, longest = EVERY
        while True:
            found = await self.pods()
            stand = {role: found.get(role, ABSENT) for role in roles}
            rest = end - asyncio.get_running_loop().time()
            if rest <= 0 or all(each.is_final or enough(each) for each in stand.values()):
                self.show(self._last)
                return stand
            await asyncio.sleep(min(pause, rest))
            pause = min(pause * 1.2, longest)

    async def log(self, role: str) -> str:
        """What that pod has printed."""
        from gpuready.kube.request import Question, request

        path = f"{of_pods(self.run.namespace)}/{self.run.name(role)}/log"
        answer = await request(self._connection, Question(path, {"limitBytes": _LOG}, accept="*/*"))
        self.show(answer.shows(redact(answer.text) if answer.status == 200 else ""))
        if answer.status != 200:
            raise NoData("kube_jobs.no_log", pod=self.run.name(role), error=_words(answer))
        return answer.text

    async def result(self, role: str) -> dict[str, Any]:
        """The last line of JSON that the pod printed; `Broken` when there is none."""
        found = await self.results(role)
        if not found:
            raise Broken("kube_jobs.no_result", pod=self.run.name(role))
        if missing := found[-1].get("missing"):
            raise NoData("kube_jobs.no_tool", tool=safe_line(str(missing))[:40], pod=self.run.name(role))
        return found[-1]

    async def results(self, role: str) -> list[dict[str, Any]]:
        """Every line of JSON that the pod printed."""
        return [each for line in (await self.log(role)).splitlines() if (each := _object(line)) is not None]

    async def reason(self, name: str) -> str:
        """The newest warning about an object, as events have it; empty when none can be read."""
        from gpuready.kube.request import Question, request

        query: dict[str, str | int] = {"fieldSelector": f"involvedObject.name={name}", "limit": 100}
        with contextlib.suppress(Outcome, LookupError, TypeError, AttributeError):
            answer = await request(
                self._connection, Question(f"/api/v1/namespaces/{self.run.namespace}/events", query)
            )
            items = answer.json().get("items") if answer.status == 200 else None
            told = [str(each.get("message")) for each in items or () if each.get("type") == "Warning"]
            if told:
                self.show(answer.shows(told[-1]))
                return safe_line(redact(told[-1]))[:300]
        return ""

    async def end(self) -> None:
        """Remove all that was created; shielded, and without a second Ctrl-C's cutting it short."""
        if self._lease is not None:
            await asyncio.shield(asyncio.create_task(self._removed(self._lease)))

    async def _removed(self, making: asyncio.Task[Manifest]) -> None:
        await asyncio.wait({making}, timeout=1.0)
        if not making.done():
            making.cancel()
        with contextlib.suppress(Outcome, asyncio.CancelledError):
            await making
        exchange, is_gone = await remove(self._connection, self.run.namespace, self.run.name())
        self.show(exchange)
        if not is_gone:
            fields = {"name": self.run.name(), "namespace": self.run.namespace, "seconds": self.run.seconds}
            self.tell(("kube_jobs.left", fields))


def _refused(answer: Answer, manifest: Mapping[str, Any], space: str) -> Exception:
    told = _words(answer)
    kind = str(manifest["kind"])
    fields = {"kind": kind, "namespace": space, "error": told}
    if answer.status == 404:
        key = "kube_jobs.no_namespace"
    elif "exceeded quota" in told or "must specify" in told:
        key = "kube_jobs.quota"
    elif answer.status == 403 and "cannot create resource" in told:
        key = "kube_jobs.forbidden"
    else:
        key = "kube_jobs.refused"
    return NoData(key, **fields)


def _words(answer: Answer) -> str:
    from gpuready.kube.request import message

    return message(answer) or f"HTTP {answer.status}"


def _object(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def gathered(works: Iterable[Awaitable[T]]) -> list[T | Outcome]:
    """What each came to, outcomes in place of answers."""

    async def one(work: Awaitable[T]) -> T | Outcome:
        try:
            return await work
        except Outcome as outcome:
            return outcome

    return list(await asyncio.gather(*(one(work) for work in works)))

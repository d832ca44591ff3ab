"""A cluster in memory, for tests of rules: what a check lists is given as objects, what is denied by name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from unittest.mock import patch

from gpuready.checklist.load import load_all
from gpuready.checklist.model import Kind, Method
from gpuready.checklist.verdict import Verdict, judge
from gpuready.kube import reading
from gpuready.kube.look import Obj
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Target
from gpuready.text.say import say, set_language

T = TypeVar("T")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_BUILT_IN = frozenset(
    {"apps", "batch", "autoscaling", "policy", "networking.k8s.io", "storage.k8s.io", "scheduling.k8s.io"}
    | {"rbac.authorization.k8s.io", "apiregistration.k8s.io", "apiextensions.k8s.io", "coordination.k8s.io"}
    | {"events.k8s.io", "discovery.k8s.io", "admissionregistration.k8s.io", "resource.k8s.io", "node.k8s.io"}
)


@dataclass
class Memory:
    """A cluster: `objects` by resource (``deployments.apps``); built-in resources are served though empty, a
    CRD's only when named.  `forbidden` resources and paths raise NoData as the real look does; `missing`
    built-in ones are not served at all (an old server)."""

    objects: Mapping[str, Sequence[Obj]] = field(default_factory=dict)
    forbidden: frozenset[str] | set[str] = frozenset()
    missing: frozenset[str] | set[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    pod_logs: Mapping[str, str] = field(default_factory=dict)  # "NAMESPACE/POD/CONTAINER[/previous]"
    now: datetime = NOW
    git_version: str = "1.34.2"
    source: str = "Kubernetes API"
    remarks: tuple[tuple[str, Mapping[str, object]], ...] = ()
    ask: Ask = field(default_factory=Ask)
    reads: Sequence[str] = ()

    async def list(self, resource: str) -> tuple[Obj, ...]:
        self._allow(resource)
        return tuple(self.objects.get(resource, ())) if await self.has(resource) else ()

    async def has(self, resource: str) -> bool:
        self._declared(resource)
        if resource in self.missing:
            return False
        return resource in self.objects or resource.partition(".")[2] in _BUILT_IN | {""}

    async def once(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        return await make()

    async def version(self) -> str:
        return self.git_version

    async def text(self, path: str) -> str:
        self._allow(path)
        return self.texts.get(path, "404 page not found")

    async def logs(
        self, namespace: str, pod: str, container: str = "", *, lines: int = 200, previous: bool = False
    ) -> str:
        self._allow("pods/log")
        kept = self.pod_logs.get(f"{namespace}/{pod}/{container}" + ("/previous" if previous else ""), "")
        return "\n".join(kept.splitlines()[-lines:])

    def evidence(self) -> tuple[Exchange, ...]:
        return ()

    def _declared(self, what: str) -> None:
        assert what in self.reads, f"{what} is read but not declared"

    def _allow(self, what: str) -> None:
        self._declared(what)
        if what in self.forbidden:
            raise NoData("probes.no_tool", tool=what)


async def measure(probe: Probe, cluster: Memory, **params: object) -> Measurement:
    """What the probe measures of the cluster, on its own path; its outcome is raised."""
    ask = Ask(Target("kubernetes", "test"), {**probe.params, **params})

    @asynccontextmanager
    async def looking(ask: Ask, reads: Sequence[str]) -> AsyncIterator[Memory]:
        cluster.ask, cluster.reads = ask, reads
        yield cluster

    with patch.object(reading, "looking", looking):
        measured = await probe.measure(ask)
    assert set(measured.fields) <= set(probe.fields), "a field is not declared"
    return measured


@dataclass(frozen=True)
class Judged:
    """What a reader would see of it."""

    verdict: Verdict
    fields: Mapping[str, Any]
    said: str  # the remarks, or the outcome's sentence, in English

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


async def judged(probe: Probe, cluster: Memory, ref: str = "", **params: object) -> Judged:
    """The verdict by the shipped figures of the probe (of `ref`, where several lines use it)."""
    method = shipped(probe, ref)
    try:
        measured = await measure(probe, cluster, **{**dict(method.params), **params})
    except Outcome as outcome:
        return Judged(outcome.verdict, {}, str(outcome.key))
    verdict = judge(method.want, measured.fields, probe.fields, measured.within)
    return Judged(verdict, measured.fields, sentences(measured.remarks))


def sentences(remarks: Iterable[tuple[str, Mapping[str, object]]]) -> str:
    """The remarks in English; each must have a Chinese sentence too."""
    said = []
    for key, fields in remarks:
        set_language("zh")
        try:
            assert say(key, **fields)
        finally:
            set_language("en")
        said.append(say(key, **fields))
    return " ".join(said)


def shipped(probe: Probe, ref: str = "") -> Method:
    """The first method of the shipped checklists that this probe carries out."""
    return next(
        method
        for checklist in load_all()
        for phase in checklist.phases
        for item in phase.items
        for check in item.checks
        if ref in ("", check.ref)
        for method in check.methods
        if method.kind is Kind.KUBE and f"kube.{method.name}" == probe.name
    )

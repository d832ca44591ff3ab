"""The seam between the checks of a cluster and the reading of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from gpuready.probes.probe import Ask

T = TypeVar("T")

Obj = Mapping[str, Any]
"""One object as the API gives it in JSON: ``metadata``, ``spec``, ``status`` ...  Never changed."""


class Look(Protocol):
    """One check's look at one cluster.

    A resource is named as kubectl names it: ``nodes``, ``deployments.apps``,
    ``clusterpolicies.nvidia.com``; it is read at the version that the server prefers, whole, over all
    namespaces, and kept for a few seconds, so that many checks of one run read it once.  A check may read
    only what its declaration names.
    """

    @property
    def ask(self) -> Ask: ...

    @property
    def now(self) -> datetime:
        """The moment of the look, with a time zone."""

    async def list(self, resource: str) -> tuple[Obj, ...]:
        """All objects of the resource; none where the server does not know it (see `has`).

        `NoData` with the rule to grant when the account may not list them, or when the server cannot be
        read; `Broken` when what answers is no Kubernetes API.
        """

    async def has(self, resource: str) -> bool:
        """Whether the server serves the resource at all: a CRD that is not installed is not."""

    async def version(self) -> str:
        """The server's version, like ``1.31.4``."""

    async def text(self, path: str) -> str:
        """What a path that is no resource answers, like ``/readyz?verbose``, whatever its status."""

    async def logs(
        self, namespace: str, pod: str, container: str = "", *, lines: int = 200, previous: bool = False
    ) -> str:
        """The last lines of a container, 64 KiB at most; empty when there are none."""

    async def once(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives, made once for all checks that look at the cluster at the same time."""

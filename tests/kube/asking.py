"""What the tests of reading share: the question that they ask of the served cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gpuready.kube.reading import Looking, looking
from gpuready.probes.probe import Ask, Outcome, Target
from tests.kube.apiserver import Api


def target(cluster: Api, context: str = "") -> Target:
    mark = f"#{context}" if context else ""
    return Target("kubernetes", "test", f"{cluster.kubeconfig}{mark}")


@asynccontextmanager
async def look(cluster: Api, *reads: str, limit: float = 30.0, context: str = "") -> AsyncIterator[Looking]:
    async with looking(Ask(target(cluster, context), {}, limit), reads) as found:
        yield found


async def outcome(cluster: Api, resource: str, *, limit: float = 30.0, context: str = "") -> Outcome:
    """What comes instead of the list."""
    try:
        async with look(cluster, resource, limit=limit, context=context) as found:
            objects = await found.list(resource)
    except Outcome as raised:
        str(raised)  # its sentence has all its fields
        return raised
    raise AssertionError(f"{len(objects)} objects instead of an outcome")

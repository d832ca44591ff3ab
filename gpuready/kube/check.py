"""How a check of a cluster is declared: what it reads, and how it counts what it saw."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from gpuready.kube.apart import apart
from gpuready.kube.look import Look
from gpuready.probes.probe import Ask, Measurement, Probe
from gpuready.probes.seen import Seen

Judge = Callable[[Look], Coroutine[Any, Any, Seen]]

DECLARED: dict[str, tuple[str, ...]] = {}
"""What each check reads, by its probe's name: the role to grant is made of it."""


def check(
    name: str,
    judge: Judge,
    *,
    reads: Sequence[str],
    fields: Mapping[str, str],
    params: Mapping[str, object] | None = None,
    limit: float = 30.0,
) -> Probe:
    """The probe ``kube.NAME``.

    `reads` are the resources and paths that the judge may look at; ``pods/log`` among them allows `logs`.
    `fields` map each field to its unit, `params` each parameter to its default; `limit` in seconds.
    """
    reads = DECLARED[f"kube.{name}"] = tuple(reads)

    async def measure(ask: Ask) -> Measurement:
        from gpuready.kube.reading import looking  # brings the Kubernetes client along

        async with looking(ask, reads) as look:
            seen = await apart(judge, look)
            return Measurement(
                seen.fields, look.source, look.evidence(), (*seen.remarks, *look.remarks), seen.within
            )

    def steps(ask: Ask) -> Sequence[str]:
        from gpuready.kube.calls import calls

        return calls(reads)

    return Probe(
        name=f"kube.{name}",
        measure=measure,
        steps=steps,
        fields=fields,
        params=params or {},
        on="kubernetes",
        limit=limit,
    )

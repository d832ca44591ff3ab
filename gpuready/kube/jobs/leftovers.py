"""Removing a run, and the runs that were killed before they could."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gpuready.kube.jobs.manifests import OWNER, ROLE
from gpuready.kube.jobs.paths import of_jobs
from gpuready.kube.read.conditions import age
from gpuready.kube.read.naming import labels_of, listed, name_of
from gpuready.probes.leftover import gone
from gpuready.probes.probe import Exchange, NoData, Outcome, Remark

if TYPE_CHECKING:
    from gpuready.kube.access import Connection

SELECTOR = f"app.kubernetes.io/managed-by=gpuready,{ROLE}=lease"
STALE = 300.0
"""Seconds beyond its deadline after which a run of another machine is a leftover for certain."""
REMOVAL: Mapping[str, str] = {
    "kind": "DeleteOptions",
    "apiVersion": "v1",
    "propagationPolicy": "Background",
}
_LIMIT = 10.0  # seconds


async def remove(connection: Connection, namespace: str, name: str) -> tuple[Exchange, bool]:
    """Delete a run's lease; the garbage collector deletes what it owns.  Whether it is gone."""
    from gpuready.kube.request import Question, request

    question = Question(f"{of_jobs(namespace)}/{name}", method="DELETE", body=REMOVAL, limit=_LIMIT)
    try:
        answer = await request(connection, question)
    except Outcome as outcome:
        return Exchange(str(question), str(outcome)), False
    return answer.shows(), answer.status in (200, 202, 404)


async def sweep(connection: Connection, namespace: str) -> tuple[Remark, ...]:
    """Remove the runs whose process has ended (or, of another machine, whose time has long been over), and
    tell of them."""
    from gpuready.kube.request import Question, message, request

    answer = await request(
        connection, Question(of_jobs(namespace), {"labelSelector": SELECTOR, "limit": 500})
    )
    if answer.status == 404:
        raise NoData("kube_jobs.no_namespace", namespace=namespace, kind="Job", error=message(answer))
    if answer.status != 200:
        return ()
    items = [each for each in answer.json().get("items") or () if isinstance(each, dict)]
    old = [name_of(each) for each in items if _is_left(each)]
    removed = [name for name in old if (await remove(connection, namespace, name))[1]]
    return (("kube_jobs.swept", {"names": listed(removed), "namespace": namespace}),) if removed else ()


def _is_left(job: Mapping[str, Any]) -> bool:
    if gone(str(labels_of(job).get(OWNER) or "")):
        return True
    lived = age((job.get("metadata") or {}).get("creationTimestamp"), datetime.now(UTC))
    may = (job.get("spec") or {}).get("activeDeadlineSeconds")
    return lived is not None and isinstance(may, int) and lived > may + STALE

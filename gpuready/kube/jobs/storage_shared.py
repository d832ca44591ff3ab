"""Whether pods on different nodes share one volume: each writes, and reads what the others wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.kube.jobs import options
from gpuready.kube.jobs.classes import CLASSES, chosen, planned
from gpuready.kube.jobs.manifests import FOLDER, Manifest, Place, Run, Task, claim, pod
from gpuready.kube.jobs.nodes import place, usable
from gpuready.kube.jobs.plan import UID, shown
from gpuready.kube.jobs.rights import CLAIMS
from gpuready.kube.jobs.run import AFTER, Order, Work, working
from gpuready.kube.jobs.scripts import SHARER
from gpuready.kube.jobs.standing import Standing, State
from gpuready.kube.jobs.troubles import trouble
from gpuready.kube.read.naming import name_of
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, NotApplicable, Probe, Safety
from gpuready.text.safe import safe_line

ORDER = Order("storage.shared", ("nodes", CLASSES), CLAIMS)
MOST = 8  # pods
WAIT = 120
"""Seconds for which a pod waits for the others' files: an NFS client may believe that a file is not there for
a minute."""
_START = 120.0  # seconds for the volume to be made and the pods to start
_MULTI = "Multi-Attach error"  # how the attach controller begins to say that another node has it
_SLOW = 20.0  # MiB/s at which it must get through


def _pods(ask: Ask) -> int:
    return options.number(ask, "pods", 2, MOST)


def _task(run: Run, number: int, many: int, image: str, size: int) -> Task:
    env = {
        "ME": str(number),
        "OTHERS": " ".join(str(each) for each in range(1, many + 1) if each != number),
        "MIB": str(size // 2**20),
        "WAIT": str(WAIT),
        "FOLDER": FOLDER,
    }
    return Task(f"pod-{number}", image, SHARER, env, claim=run.name("data"), cpu="1", memory="128Mi")


def _steps(ask: Ask) -> Sequence[str]:
    try:
        image, size, storage_class, many = options.image(ask), options.size(ask), planned(ask), _pods(ask)
    except NoData as outcome:
        return (str(outcome),)

    def manifests(run: Run) -> list[Manifest]:
        tasks = [_task(run, number, many, image, size) for number in range(1, many + 1)]
        volume = claim(run, UID, storage_class, "ReadWriteMany", 2 * many * size)
        return [volume, *(pod(run, UID, each, Place(f"NODE-{n}")) for n, each in enumerate(tasks, 1))]

    return shown(ask, ORDER, image, manifests)


async def _measure(ask: Ask) -> Measurement:
    image, size, many = options.image(ask), options.size(ask), _pods(ask)
    async with working(ask, ORDER) as work:
        nodes, classes = await asyncio.gather(work.look.list("nodes"), work.look.list(CLASSES))
        storage_class = chosen(ask, classes)
        if len(nodes) == 1:
            raise NotApplicable("kube_jobs.one_node", node=name_of(nodes[0]))
        able = usable(nodes)
        if len(able) < many:
            raise NoData("kube_jobs.few_nodes", able=len(able), total=len(nodes))
        await work.begin(image)
        run = work.run
        await work.create(claim(run, work.owner, storage_class, "ReadWriteMany", 2 * many * size))
        tasks = [_task(run, number, many, image, size) for number in range(1, many + 1)]
        for task, node in zip(tasks, able, strict=False):
            await work.create(pod(run, work.owner, task, place(node)))
        stand = await _ended(work, [task.role for task in tasks], image, storage_class)
        mounted = [each for each in stand.values() if each.state is not State.PENDING]
        fields: dict[str, Scalar] = {
            "nodes": len({each.node for each in mounted}),
            "pods": len(mounted),
            "size": size,
            "storage_class": storage_class,
        }
        if len(mounted) == many:
            fields["mismatches"] = mismatches(await _results(work, tasks, stand))
    return Measurement(fields, work.source, work.evidence(), work.remarks)


async def _results(
    work: Work, tasks: Sequence[Task], stand: Mapping[str, Standing]
) -> dict[str, dict[str, Any]]:
    """What each pod wrote and saw, by its number."""
    results: dict[str, dict[str, Any]] = {}
    for task in tasks:
        told = _checked(await work.result(task.role), task.role, stand[task.role])
        if missing := len(tasks) - 1 - len(told["seen"]):
            fields = {"node": stand[task.role].node, "count": missing, "seconds": WAIT}
            work.tell(("kube_jobs.unseen", fields))
        results[task.env["ME"]] = told
    return results


async def _ended(work: Work, roles: Sequence[str], image: str, storage_class: str) -> dict[str, Standing]:
    """How the pods ended; the outcome of the first that did not, unless the volume is kept from it because
    another node has it: that is an answer."""
    stand = await work.wait(roles, lambda each: each.state is State.RUNNING, _START)
    if all(each.state in (State.RUNNING, State.ENDED) for each in stand.values()):
        stand = await work.wait(roles, lambda _: False, work.left())
    pending = [role for role, each in stand.items() if each.state is State.PENDING]
    if pending and (why := await work.reason(work.run.name("data"))):
        raise NoData("kube_jobs.no_volume", name=storage_class, why=why)
    why = await work.reason(work.run.name(pending[0])) if pending else ""  # FailedMount, FailedAttachVolume
    if _MULTI in why:
        node = stand[pending[0]].node
        work.tell(("kube_jobs.multi_attach", {"node": node, "name": storage_class, "why": why}))
        return stand
    for role, each in stand.items():
        if each.state is not State.ENDED:
            raise trouble(work.run.name(role), each, image, why if role in pending else "")
    return stand


def _checked(result: dict[str, Any], role: str, stand: Standing) -> dict[str, Any]:
    if error := result.get("error"):
        raise NoData("kube_jobs.not_written", node=stand.node, why=safe_line(str(error))[:200])
    own, seen = result.get("own"), result.get("seen")
    if not isinstance(own, str) or len(own) != 64 or not isinstance(seen, dict):
        raise Broken("kube_jobs.no_result", pod=role)
    return result


def mismatches(results: Mapping[str, Mapping[str, Any]]) -> int:
    """How often what a pod saw of another's file is not what was written there; one that it never saw
    counts too."""
    return sum(
        told["seen"].get(other) != results[other]["own"]
        for number, told in results.items()
        for other in results
        if other != number
    )


def limit_for(params: Mapping[str, object]) -> float:
    """Seconds: for the volume and the pods to come, for writing and reading, for slow clients of NFS."""
    size, many = str(params.get("size")), params.get("pods")
    mib = int(size[:-1]) * (1024 if size.endswith("G") else 1) if size[:-1].isdecimal() else 256
    pods = min(max(many, 2), MOST) if isinstance(many, int) else 2
    return min(_START + WAIT + AFTER + mib * pods / _SLOW, 3600.0)


PROBE = Probe(
    name="storage.shared",
    measure=_measure,
    steps=_steps,
    fields={"nodes": "count", "pods": "count", "mismatches": "count", "size": "B", "storage_class": ""},
    params={"pods": 2, "size": "256M"},
    on="kubernetes",
    safety=Safety.CHANGES,
    limit=limit_for({"size": "256M"}),
    limit_for=limit_for,
    lane="disk",
    privilege="gpuready targets kubernetes --rbac --active",
)
"""A new ReadWriteMany claim, on the class of the option ``storage_class`` or the cluster's default one, and a
pod on each of so many nodes: it writes `size` of random bytes and compares the checksums of what the others
wrote.  The volume is removed with the claim; a class that keeps its volumes is not used."""

"""How fast a volume of a StorageClass is written and read from a pod, by fio with direct I/O."""

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
from gpuready.kube.jobs.scripts import FIO
from gpuready.kube.jobs.standing import State
from gpuready.kube.jobs.troubles import trouble
from gpuready.kube.read.naming import name_of
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Probe, Safety
from gpuready.probes.storage_answer import worst_of
from gpuready.text.safe import safe_line

ORDER = Order("storage.class_speed", ("nodes", CLASSES), CLAIMS)
ROLE = "fio"
DEPTH = 32
_START = 180.0  # seconds for the volume to be made and the image to be pulled
_GRACE = 20.0  # seconds beyond fio's own time for each direction


def _image(ask: Ask) -> str:
    """An image with fio is never assumed."""
    image = options.option(ask, "fio_image")
    if not image:
        raise NoData("kube_jobs.no_fio_image")
    return image


def _task(run: Run, image: str, size: int, seconds: int) -> Task:
    env = {
        "FOLDER": FOLDER,
        "SIZE": str(size),
        "SECONDS_AT_MOST": str(seconds),
        "DEPTH": str(DEPTH),
        "ENGINE": "libaio",
    }
    return Task(ROLE, image, FIO, env, claim=run.name("data"), cpu="2", memory="512Mi")


def _seconds(ask: Ask) -> int:
    return options.number(ask, "seconds", 1, 600)


def _steps(ask: Ask) -> Sequence[str]:
    try:
        image, size, storage_class = _image(ask), options.size(ask), planned(ask)
    except NoData as outcome:
        return (str(outcome),)

    def manifests(run: Run) -> list[Manifest]:
        task = _task(run, image, size, _seconds(ask))
        return [
            claim(run, UID, storage_class, "ReadWriteOnce", 2 * size),
            pod(run, UID, task, Place("NODE-1")),
        ]

    return shown(ask, ORDER, image, manifests)


async def _measure(ask: Ask) -> Measurement:
    image, size = _image(ask), options.size(ask)
    async with working(ask, ORDER) as work:
        nodes, classes = await asyncio.gather(work.look.list("nodes"), work.look.list(CLASSES))
        storage_class = chosen(ask, classes)
        able = usable(nodes)
        if not able:
            raise NoData("kube_jobs.no_node", total=len(nodes))
        await work.begin(image)
        await work.create(claim(work.run, work.owner, storage_class, "ReadWriteOnce", 2 * size))
        task = _task(work.run, image, size, _seconds(ask))
        await work.create(pod(work.run, work.owner, task, place(able[0])))
        await _ended(work, image, storage_class)
        fields = figures(await work.results(ROLE), work.run.name(ROLE))
        fields |= {"storage_class": storage_class, "node": name_of(able[0])}
    return Measurement(fields, work.source, work.evidence(), work.remarks)


async def _ended(work: Work, image: str, storage_class: str) -> None:
    stand = (await work.wait([ROLE], lambda _: False, work.left()))[ROLE]
    if stand.state is State.ENDED:
        return
    why = ""
    if stand.state is State.PENDING:
        if why := await work.reason(work.run.name("data")):
            raise NoData("kube_jobs.no_volume", name=storage_class, why=why)
        why = await work.reason(work.run.name(ROLE))
    raise trouble(work.run.name(ROLE), stand, image, why)


def figures(lines: Sequence[Mapping[str, Any]], name: str) -> dict[str, Scalar]:
    """What fio told, direction by direction: ``{"way": ...}``, and after it fio's own answer.

    `NoData` when it could not do it, `Broken` when it says that it did and tells no figures.
    """
    fields: dict[str, Scalar] = {}
    for each in lines:
        if tool := each.get("missing"):
            raise NoData("kube_jobs.no_tool", tool=safe_line(str(tool))[:40], pod=name)
    for at, each in enumerate(lines):
        way = each.get("way")
        if way not in ("write", "read"):
            continue
        if each.get("code") != 0:
            why = safe_line(str(each.get("err") or f"exit {each.get('code')}"))[:200]
            raise NoData("kube_jobs.fio_failed", way=way, why=why)
        answer = lines[at + 1] if at + 1 < len(lines) else {}
        try:
            job = answer["jobs"][0]
            told, error = job[way], int(job["error"])
            many, rate = int(told["io_bytes"]), float(told["bw_bytes"])
        except (LookupError, TypeError, ValueError):
            raise Broken("kube_jobs.no_result", pod=name) from None
        if error or many <= 0 or rate <= 0:
            raise Broken("kube_jobs.no_result", pod=name)
        fields[way] = rate
        if (worst := worst_of(told)) is not None:
            fields[f"{way}_p99"] = worst
        if way == "write":
            fields["size"] = many
    if "read" not in fields or "write" not in fields:
        raise Broken("kube_jobs.no_result", pod=name)
    return fields


def limit_for(params: Mapping[str, object]) -> float:
    """Seconds: for the volume and the image to come, and for both directions."""
    seconds = params.get("seconds")
    each = min(max(float(seconds) if isinstance(seconds, int | float) else 30.0, 1.0), 600.0)
    return _START + 2 * (each + _GRACE) + AFTER


PROBE = Probe(
    name="storage.class_speed",
    measure=_measure,
    steps=_steps,
    fields={
        "read": "B/s",
        "write": "B/s",
        "read_p99": "ms",
        "write_p99": "ms",
        "size": "B",
        "storage_class": "",
        "node": "",
    },
    params={"size": "4G", "seconds": 30},
    on="kubernetes",
    safety=Safety.HEAVY,
    limit=limit_for({}),
    limit_for=limit_for,
    lane="disk",
    privilege="gpuready targets kubernetes --rbac --active",
)
"""Sequential write, then read of what was written, in requests of 1 MiB with 32 in flight, on a new volume of
the class of the option ``storage_class`` (or the default one), in a pod with the image of ``fio_image`` on a
node with a GPU where there is one.  Each direction ends at the size or after the seconds."""

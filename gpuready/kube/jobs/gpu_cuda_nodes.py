"""Whether CUDA works in a pod on each GPU node that has a GPU free."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gpuready.checklist.model import Scalar
from gpuready.kube.jobs import options
from gpuready.kube.jobs.cuda import PROGRAM, SCRIPT
from gpuready.kube.jobs.manifests import Manifest, Place, Run, Task, pod
from gpuready.kube.jobs.nodes import is_open, place
from gpuready.kube.jobs.plan import UID, shown
from gpuready.kube.jobs.run import AFTER, Order, Work, gathered, working
from gpuready.kube.jobs.standing import Standing, State
from gpuready.kube.jobs.troubles import trouble
from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import is_true
from gpuready.kube.read.gpus import allocatable, is_gpu_node, is_over, product, requested
from gpuready.kube.read.naming import listed, name_of
from gpuready.probes.probe import Ask, Measurement, NoData, NotApplicable, Outcome, Probe, Safety
from gpuready.text.safe import safe_line

ORDER = Order("gpu.cuda_nodes", ("nodes", "pods"))
BATCH = 16
"""Pods at a time."""
_START = 120.0  # seconds for an image to be pulled
_RUN = 60.0  # seconds for CUDA to come up and do it
_OURS = "nvidia.com/"
_AT_FAULT = re.compile(r"(?i)gpu|nvidia|nvml|cuda|\bcdi\b|device plugin")


@dataclass(frozen=True, slots=True)
class Source:
    """The image, where it was taken from, and what its pods need besides."""

    image: str
    runtime: str = ""
    taken_from: str = ""


@dataclass(frozen=True, slots=True)
class Free:
    """A GPU node, and the extended resource of which it has one free."""

    place: Place
    resource: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """The GPU nodes by what can be asked of them: `free` ones, `busy` and `cordoned` ones (not asked, and
    that is no fault), and those that should answer and cannot (not ready, or without a GPU to hand out)."""

    free: tuple[Free, ...]
    busy: tuple[str, ...]
    cordoned: tuple[str, ...]
    unable: tuple[str, ...]


def fleet(nodes: Iterable[Obj], pods: Iterable[Obj]) -> Fleet:
    """What the GPU nodes have free by now."""
    taken: Counter[tuple[str, str]] = Counter()
    for each in pods:
        node = (each.get("spec") or {}).get("nodeName")
        if node and not is_over(each):
            taken.update({(node, name): many for name, many in requested(each).items()})
    free, busy, cordoned, unable = [], [], [], []
    for node in nodes:
        if not is_gpu_node(node) or _is_of_others(node):
            continue
        name = name_of(node)
        offers = {key: many for key, many in allocatable(node).items() if key.startswith(_OURS)}
        left = [key for key, many in offers.items() if many - taken[name, key] > 0]
        if (node.get("spec") or {}).get("unschedulable"):
            cordoned.append(name)
        elif not is_true(node, "Ready") or not is_open(node) or not any(offers.values()):
            unable.append(name)
        elif left:
            free.append(Free(place(node), left[0]))
        else:
            busy.append(name)
    return Fleet(tuple(free), tuple(busy), tuple(cordoned), tuple(unable))


def _is_of_others(node: Obj) -> bool:
    """Whether its GPUs are another maker's: CUDA is no question there."""
    offers = allocatable(node)
    model = product(node).lower()
    return bool(offers) and not any(key.startswith(_OURS) for key in offers) and "nvidia" not in model


def source(ask: Ask, pods: Iterable[Obj]) -> Source:
    """The image of the option ``cuda_image``, or that of most of the containers that have a GPU now: it is on
    the nodes already.  `NoData` when there is neither.  The RuntimeClass is the option's, or theirs."""
    runtime = options.option(ask, "runtime_class")
    image_given = options.option(ask, "cuda_image")
    found: Counter[tuple[str, str]] = Counter()
    for each in pods:
        spec = each.get("spec") or {}
        if (each.get("status") or {}).get("phase") != "Running":
            continue
        for container in spec.get("containers") or ():
            limits = (container.get("resources") or {}).get("limits") or {}
            if any(key.startswith(_OURS) for key in limits):
                found[str(container.get("image")), str(spec.get("runtimeClassName") or "")] += 1
    if not found and not image_given:
        raise NoData("kube_jobs.no_cuda_image")
    image, theirs = found.most_common(1)[0][0] if found else ("", "")
    return Source(image_given or image, runtime or theirs, "" if image_given else image)


def _manifest(run: Run, owner: str, number: int, take: Source, at: Free) -> Manifest:
    env = {"PROGRAM": PROGRAM, "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
    task = Task(
        f"gpu-{number}",
        take.image,
        SCRIPT,
        env,
        cpu="1",
        memory="1Gi",
        gpu=at.resource,
        runtime=take.runtime,
    )
    return pod(run, owner, task, at.place)


def _steps(ask: Ask) -> Sequence[str]:
    try:
        image = options.option(ask, "cuda_image") or "IMAGE-OF-THE-RUNNING-ENGINES"
        take = Source(image, options.option(ask, "runtime_class"))
    except NoData as outcome:
        return (str(outcome),)

    def manifests(run: Run) -> list[Manifest]:
        return [_manifest(run, UID, 1, take, Free(Place("EACH-GPU-NODE"), "nvidia.com/gpu"))]

    return shown(ask, ORDER, image, manifests)


@dataclass(frozen=True, slots=True)
class Told:
    """What a node's pod came to: `error` empty where CUDA works; `is_busy` when its GPU was gone by then."""

    error: str = ""
    is_busy: bool = False


async def _measure(ask: Ask) -> Measurement:
    async with working(ask, ORDER) as work:
        nodes, pods = await work.look.list("nodes"), await work.look.list("pods")
        found = fleet(nodes, pods)
        if not any((found.free, found.busy, found.cordoned, found.unable)):
            raise NotApplicable("kube_jobs.no_nvidia_node", total=len(nodes))
        if not found.free and not found.unable:
            raise NotApplicable("kube_jobs.no_free_gpu", names=listed(found.busy + found.cordoned))
        if not found.free:
            raise NoData("kube_jobs.no_able_node", names=listed(found.unable))
        take = source(ask, pods)
        asked = found.free[: options.number(ask, "most", 1, 512)]
        await work.begin(take.image)
        told: dict[str, Told | Outcome] = {}
        for start in range(0, len(asked), BATCH):
            told |= await _batch(work, take, asked[start : start + BATCH], start)
        fields, silent = _counted(work, found, asked, told)
        if not fields["nodes_tested"]:
            raise _nothing(told, found)
        if take.taken_from:
            work.tell(("kube_jobs.engine_image", {"image": take.image}))
        fields["image"] = take.image
    failed = int(fields["nodes_failed"])
    within = {"nodes_failed": (float(failed), float(failed + silent))} if silent else {}
    return Measurement(fields, work.source, work.evidence(), work.remarks, within)


async def _batch(work: Work, take: Source, some: Sequence[Free], start: int) -> dict[str, Told | Outcome]:
    numbers = {f"gpu-{start + index}": free for index, free in enumerate(some, 1)}
    made = await gathered(
        work.create(_manifest(work.run, work.owner, int(role[4:]), take, free))
        for role, free in numbers.items()
    )
    refused = {role: each for role, each in zip(numbers, made, strict=True) if isinstance(each, Outcome)}
    roles = [role for role in numbers if role not in refused]
    stand = await work.wait(roles, lambda each: each.is_unschedulable, min(_START + _RUN, work.left()))

    async def read(role: str) -> Told:
        if role in refused:
            raise refused[role]
        return await _told(work, role, stand[role], take)

    answers = await gathered(read(role) for role in numbers)
    return {free.place.node: each for free, each in zip(numbers.values(), answers, strict=True)}


async def _told(work: Work, role: str, stand: Standing, take: Source) -> Told:
    """What that pod says of its node; an outcome when it says nothing of it."""
    if (stand.is_unschedulable and f"Insufficient {_OURS}" in stand.message) or stand.reason.startswith(
        f"OutOf{_OURS}"
    ):
        return Told(is_busy=True)
    is_refusal = stand.state is State.NOT_STARTED or stand.reason == "UnexpectedAdmissionError"
    if is_refusal and _AT_FAULT.search(stand.message):
        return Told(stand.told)
    if stand.state is not State.ENDED:
        raise trouble(work.run.name(role), stand, take.image)
    result = await work.result(role)
    if missing := result.get("no_libcuda"):
        if not take.runtime:  # where pods need a RuntimeClass for it, ours had none
            raise NoData("kube_jobs.no_libcuda", node=stand.node)
        return Told(safe_line(str(missing))[:300])
    if untold := result.get("untold"):
        raise NoData("kube_jobs.cuda_untold", node=stand.node, why=safe_line(str(untold))[:200])
    if error := result.get("error"):
        return Told(safe_line(str(error))[:300])
    if result.get("ok") is not True:
        raise NoData("kube_jobs.no_result", pod=work.run.name(role))
    return Told()


def _counted(
    work: Work, found: Fleet, asked: Sequence[Free], told: Mapping[str, Told | Outcome]
) -> tuple[dict[str, Scalar], int]:
    """The fields, and how many nodes ought to have told something and did not."""
    for node, each in sorted(told.items()):
        if isinstance(each, Outcome):
            work.tell(("kube_jobs.node_silent", {"node": node, "why": str(each)}))
        elif each.error:
            work.tell(("kube_jobs.node_failed", {"node": node, "why": each.error}))
    answers = [each for each in told.values() if isinstance(each, Told)]
    late = [node for node, each in told.items() if isinstance(each, Told) and each.is_busy]
    left = [each.place.node for each in found.free[len(asked) :]]
    silent = len(told) - len(answers) + len(left) + len(found.unable)
    busy = (*found.busy, *late, *found.cordoned)
    for key, names in (("nodes_busy", busy), ("nodes_left", left), ("nodes_unable", found.unable)):
        if names:
            work.tell((f"kube_jobs.{key}", {"count": len(names), "names": listed(names)}))
    return {
        "nodes_tested": sum(not each.is_busy for each in answers),
        "nodes_failed": sum(bool(each.error) for each in answers),
        "nodes_busy": len(busy),
        "nodes_silent": silent,
    }, silent


def _nothing(told: Mapping[str, Told | Outcome], found: Fleet) -> Outcome:
    """Why not one node was tested."""
    for each in told.values():
        if isinstance(each, Outcome):
            return each
    return NotApplicable("kube_jobs.no_free_gpu", names=listed([*told, *found.busy]))


def limit_for(params: Mapping[str, object]) -> float:
    """Seconds: for each batch of nodes the image and the test."""
    most = params.get("most")
    batches = -(-min(max(most if isinstance(most, int) else 32, 1), 512) // BATCH)
    return batches * (_START + _RUN) + AFTER


PROBE = Probe(
    name="gpu.cuda_nodes",
    measure=_measure,
    steps=_steps,
    fields={
        "nodes_tested": "count",
        "nodes_failed": "count",
        "nodes_busy": "count",
        "nodes_silent": "count",
        "image": "",
    },
    params={"most": 32},
    on="kubernetes",
    safety=Safety.CHANGES,
    limit=limit_for({}),
    limit_for=limit_for,
    lane="gpu",
    privilege="gpuready targets kubernetes --rbac --active",
)
"""A pod on each GPU node that asks for one GPU, copies 4 MiB to it and back, and runs a small kernel over it.

`nodes_busy` had no GPU free, or are cordoned: not tested, and no fault.  `nodes_silent` ought to have told
something and did not (not ready, no image, more than `most`): `nodes_failed` may be as much higher.
"""

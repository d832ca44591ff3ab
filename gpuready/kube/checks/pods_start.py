"""Pods whose image or libraries are missing, and the first error in the logs of those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import newest
from gpuready.kube.read.gpus import claim_names, requested
from gpuready.kube.read.naming import full_name, listed, name_of, namespace_of
from gpuready.kube.read.pods import PULL_REASONS, Container, containers, phase
from gpuready.probes.container_causes import Found, recognise, root
from gpuready.probes.probe import NoData, Outcome, Probe, Remark
from gpuready.probes.seen import Seen
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

_IN_IMAGE = frozenset({"exec_format", "no_program", "missing_library", "kernel_image", "image_pull"})
_MOST_SAID = 6  # pods whose first error is told in full
_AT_ONCE = 6
_OF_PODS = frozenset({"no_gpu", "shm"})  # causes whose advice differs from that for a bare container


async def _images(look: Look) -> Seen:
    """Pods whose image cannot be had, or lacks what its container starts with."""
    pods = await look.list("pods")
    if not pods:
        raise NoData("kube_pods.no_pods")
    pulls, starts = {}, {}
    for pod in pods:
        if phase(pod) == "Succeeded":
            continue
        for each in containers(pod):
            if each.waiting in PULL_REASONS:
                pulls[full_name(pod)] = _cut(f"{each.image}: {each.message or each.waiting}")
            elif not each.ready and (found := root(recognise([each.message]))) and found.cause in _IN_IMAGE:
                starts[full_name(pod)] = _cut(f"{each.image}: {each.message}")
    remarks: list[Remark] = []
    if pulls:
        remarks.append(("kube_pods.pull_errors", {"names": _named(pulls)}))
    if starts:
        remarks.append(("kube_pods.image_lacks", {"names": _named(starts)}))
    troubled = len({*pulls, *starts})
    return Seen({"pull_errors": troubled, "image_lacks": len(starts), "pods": len(pods)}, tuple(remarks))


@dataclass(frozen=True, slots=True)
class _Log:
    """A log to read: of which container, of its last run or of the present one."""

    pod: Obj
    container: str
    previous: bool
    failing: bool


async def _logs(look: Look) -> Seen:
    """The first error in the logs of the pods that fail, or else of the GPU pods that started last."""
    pods = await look.list("pods")
    most, lines = int(str(look.ask.params["pods"])), int(str(look.ask.params["lines"]))
    failing = sorted(_failing(pods), key=lambda log: full_name(log.pod))
    wanted = failing[:most] or list(_newest_gpu_pods(pods, most))
    if not wanted:
        raise NoData("kube_pods.no_logs")
    gate = asyncio.Semaphore(_AT_ONCE)
    read = await asyncio.gather(*(_read(look, log, lines, gate) for log in wanted))
    if all(isinstance(text, Outcome) for text in read):
        raise next(text for text in read if isinstance(text, Outcome))
    got = sum(isinstance(text, str) for text in read)
    remarks: list[Remark] = [
        ("kube_pods.failing_read", {"read": got, "of": len(failing)})
        if failing
        else ("kube_pods.newest_read", {"read": got})
    ]
    told, errors, silent, unread = 0, 0, [], []
    for log, text in zip(wanted, read, strict=True):
        if isinstance(text, Outcome):
            unread.append(text)
            continue
        found = recognise(text.splitlines())
        if not log.failing:  # the log of what serves well is full of harmless errors
            found = [one for one in found if one.cause != "other"]
        errors += len(found)
        first = root(found)
        if first is None:
            if log.failing:
                silent.append(full_name(log.pod))
        elif (told := told + 1) <= _MOST_SAID:
            remarks += _telling(log, first)
    if told > _MOST_SAID:
        remarks.append(("kube_pods.more_errors", {"many": told - _MOST_SAID}))
    if silent:
        remarks.append(("kube_pods.silent", {"names": listed(silent)}))
    if unread:
        remarks.append(("kube_pods.unread", {"many": len(unread), "why": str(unread[0])}))
    fields = {"pods_read": got, "pods_failing": len(failing), "unexplained": len(silent)}
    if errors or not (silent or unread or len(failing) > len(wanted)):
        fields["errors"] = errors  # none found where a pod fails is no proof that there is none
    return Seen(fields, tuple(remarks))


async def _read(look: Look, log: _Log, lines: int, gate: asyncio.Semaphore) -> str | Outcome:
    """The log, or why it could not be read: the kubelet of one node may be gone while the others answer."""
    async with gate:
        where = namespace_of(log.pod), name_of(log.pod), log.container
        try:
            text = await look.logs(*where, lines=lines, previous=log.previous)
            if not text and log.previous:  # the node may have thrown away the log of the last run
                text = await look.logs(*where, lines=lines)
        except Outcome as outcome:
            return outcome
        return text


def _failing(pods: Iterable[Obj]) -> Iterator[_Log]:
    """A log of each pod that crashes, has failed, or runs without getting ready after a crash."""
    for pod in pods:
        if phase(pod) == "Succeeded" or (pod.get("metadata") or {}).get("deletionTimestamp"):
            continue
        for each in containers(pod):
            if _crashed(each) and not each.ready:
                again = each.restarts > 0 and (each.running or bool(each.waiting))
                yield _Log(pod, each.name, previous=again, failing=True)
                break


def _crashed(container: Container) -> bool:
    if container.waiting in PULL_REASONS:
        return False
    return container.waiting == "CrashLoopBackOff" or (container.code or 0) != 0


def _newest_gpu_pods(pods: Iterable[Obj], most: int) -> Iterator[_Log]:
    """The running GPU pods, those that started last first: their start logs are still there."""
    running = [pod for pod in pods if phase(pod) == "Running" and (requested(pod) or claim_names(pod))]
    running.sort(key=lambda pod: (_started(pod), full_name(pod)), reverse=True)
    for pod in running[:most]:
        asking = next((each for each in (pod["spec"].get("containers") or ()) if _asks(each)), None)
        first: Obj = asking or next(iter(pod["spec"].get("containers") or ()), {})
        yield _Log(pod, str(first.get("name") or ""), previous=False, failing=False)


def _asks(container: Obj) -> bool:
    return bool(
        requested({"spec": {"containers": [container]}}) or container.get("resources", {}).get("claims")
    )


def _started(pod: Obj) -> float:
    moment = newest([(pod.get("status") or {}).get("startTime")])
    return moment.timestamp() if moment else 0.0


def _telling(log: _Log, first: Found) -> list[Remark]:
    said = _cut(redact(first.text))
    area = "kube_pods" if first.cause in _OF_PODS else "probes_container"
    return [
        ("kube_pods.first_error", {"pod": full_name(log.pod), "container": log.container or "-"}),
        (f"{area}.cause_{first.cause}", {"line": first.line, "said": said}),
    ]


def _cut(text: str) -> str:
    line = safe_line(text).strip()
    return line if len(line) <= 180 else f"{line[:177]}..."


def _named(found: dict[str, str]) -> str:
    return listed(f"{name} ({said})" for name, said in found.items())


CHECKS: tuple[Probe, ...] = (
    check(
        "pods.images",
        _images,
        reads=("pods",),
        fields={"pull_errors": "count", "image_lacks": "count", "pods": "count"},
    ),
    check(
        "pods.logs",
        _logs,
        reads=("pods", "pods/log"),
        fields={"errors": "count", "pods_read": "count", "pods_failing": "count", "unexplained": "count"},
        params={"lines": 500, "pods": 20},
        limit=60.0,
    ),
)

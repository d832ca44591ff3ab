"""Whether the engines' autoscalers have scaled, and how long their new replicas took to be Ready."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read import autoscalers as auto
from gpuready.kube.read.autoscalers import HPAS, SCALED_OBJECTS
from gpuready.kube.read.conditions import condition, newest, status, when
from gpuready.kube.read.naming import full_name, listed, name_of, namespace_of
from gpuready.kube.read.pods import containers, is_ready
from gpuready.kube.read.rescales import EVENTS, Rescale, rescales
from gpuready.kube.read.workloads import READS, Key, Workload, engines, running
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_READS = (*READS, HPAS, SCALED_OBJECTS, EVENTS)
_KNATIVE = "serving.knative.dev/revision"
_FOLLOWS = timedelta(minutes=2)  # in which a controller has made the pods of its new size
_SKEW = timedelta(seconds=5)  # between the clocks of event and pod, which are written in whole seconds


@dataclass(frozen=True, slots=True)
class _Scaled:
    """The engines that run, and the autoscalers that have one of them as their target."""

    engines: dict[Key, Workload]
    hpas: tuple[Obj, ...]
    scaled: tuple[Obj, ...]

    @property
    def targets(self) -> frozenset[Key]:
        return frozenset(auto.target(each) for each in (*self.hpas, *self.scaled))


@dataclass(frozen=True, slots=True)
class _Wait:
    """How many seconds after the rescale a new pod was Ready, or has waited if `open`; `late` where it has
    restarted, so that it may have been Ready before."""

    pod: str
    seconds: float
    open: bool
    late: bool


async def _events(look: Look) -> Seen:
    """Whether the engines' autoscalers are active, and which way they have scaled."""
    found = await _of_engines(look)
    ours = {(namespace_of(each), name_of(each)) for each in found.hpas}
    told = [each for each in rescales(await look.list(EVENTS)) if (each.namespace, each.hpa) in ours]
    idle = [each for each in found.hpas if status(each, "ScalingActive") != "True" and not _is_off(each)]
    broken = [each for each in found.scaled if auto.is_paused(each) or status(each, "Ready") != "True"]
    bare = [each.title for key, each in found.engines.items() if key not in found.targets]
    remarks: list[Remark] = []
    if idle or broken:
        remarks.append(("kube_autoscaling.inactive", {"names": listed(map(_why, (*idle, *broken)))}))
    if bare:
        remarks.append(("kube_autoscaling.without_autoscaler", {"names": listed(bare)}))
    if told:
        named = listed(
            f"{each.hpa} {each.direction or '?'} {each.size}{' (min/maxReplicas)' * each.by_bounds}"
            for each in told
        )
        remarks.append(("kube_autoscaling.scaled", {"names": named}))
    fields: dict[str, bool | int] = {
        "scaling_active": not idle and not broken,
        "autoscalers": len(found.hpas) + len(found.scaled),
    }
    last = newest((each.get("status") or {}).get("lastScaleTime") for each in found.hpas)
    for direction in ("up", "down"):
        # None within the hour that events last is no proof that there was never one.
        if count := sum(each.direction == direction and not each.by_bounds for each in told):
            fields[f"scale_{direction}s"] = count
        else:
            when_last = f"{last:%Y-%m-%d %H:%M} UTC" if last else "-"
            remarks.append((f"kube_autoscaling.no_{direction}", {"last": when_last}))
    return Seen(fields, tuple(remarks))


async def _duration(look: Look) -> Seen:
    """From each scale-up to its new pods Ready; the slowest counts."""
    found = await _of_engines(look)
    by_hpa = {(namespace_of(each), name_of(each)): each for each in found.hpas}
    ups = [each for each in rescales(await look.list(EVENTS)) if each.direction == "up"]
    waits = [
        wait
        for each in ups
        if (hpa := by_hpa.get((each.namespace, each.hpa))) is not None
        for wait in _waits(each, found.engines[auto.target(hpa)], look.now)
    ]
    if not waits:
        raise NoData("kube_autoscaling.no_scale_up")
    worst = max(waits, key=lambda wait: wait.seconds)
    minutes = worst.seconds / 60
    remarks = [*_named("still_waiting", (each for each in waits if each.open)),
               *_named("restarted", (each for each in waits if each.late))]  # fmt: skip
    fields = {"slowest": minutes, "new_pods": len(waits)}
    low = max((each.seconds / 60 for each in waits if not each.late), default=0.0)
    high = inf if any(each.open for each in waits) else minutes
    within = {} if low == high else {"slowest": (low, high)}
    return Seen(fields, tuple(remarks), within)


async def _of_engines(look: Look) -> _Scaled:
    up = {(each.namespace, each.kind, each.name): each for each in running(await engines(look))}
    if not up:
        raise NoData("kube_autoscaling.no_engine")
    hpas = tuple(each for each in await look.list(HPAS) if auto.target(each) in up)
    scaled = tuple(each for each in await look.list(SCALED_OBJECTS) if auto.target(each) in up)
    if not hpas and not scaled:
        names = listed(each.title for each in up.values())
        if any(each.kind == "RayService" or _KNATIVE in each.labels for each in up.values()):
            raise NoData("kube_autoscaling.own_autoscaler", names=names)
        raise _Unscaled(names)
    return _Scaled(up, hpas, scaled)


class _Unscaled(Exception):
    """Engines run, and nothing scales them; holds their names."""


async def _events_or_none(look: Look) -> Seen:
    try:
        return await _events(look)
    except _Unscaled as unscaled:
        remark = ("kube_autoscaling.no_autoscaler_on_engine", {"names": str(unscaled)})
        return Seen({"scaling_active": False, "autoscalers": 0}, (remark,))


async def _duration_or_none(look: Look) -> Seen:
    try:
        return await _duration(look)
    except _Unscaled as unscaled:
        raise NoData("kube_autoscaling.no_autoscaler_on_engine", names=str(unscaled)) from None


def _waits(rescale: Rescale, engine: Workload, now: datetime) -> Iterable[_Wait]:
    """The pods that the rescale made: those created soon after it."""
    for pod in engine.serving:
        made = when((pod.get("metadata") or {}).get("creationTimestamp"))
        if made is None or not rescale.at - _SKEW <= made <= rescale.at + _FOLLOWS:
            continue
        since = when((condition(pod, "Ready") or {}).get("lastTransitionTime"))
        up = is_ready(pod) and since is not None
        end = since if up and since is not None else now
        late = any(each.restarts for each in containers(pod))
        yield _Wait(full_name(pod), max((end - rescale.at).total_seconds(), 0.0), not up, late)


def _named(key: str, waits: Iterable[_Wait]) -> list[Remark]:
    names = [each.pod for each in waits]
    return [(f"kube_autoscaling.{key}", {"names": listed(names)})] if names else []


def _is_off(hpa: Obj) -> bool:
    return (condition(hpa, "ScalingActive") or {}).get("reason") == "ScalingDisabled"


def _why(autoscaler: Obj) -> str:
    reason = auto.trouble(autoscaler) or auto.scaled_object_trouble(autoscaler)
    return f"{full_name(autoscaler)} ({reason or 'not active'})"


CHECKS: tuple[Probe, ...] = (
    check(
        "autoscaling.events",
        _events_or_none,
        reads=_READS,
        fields={
            "scaling_active": "",
            "scale_ups": "count",
            "scale_downs": "count",
            "autoscalers": "count",
        },
    ),
    check(
        "autoscaling.duration",
        _duration_or_none,
        reads=_READS,
        fields={"slowest": "min", "new_pods": "count"},
    ),
)

"""What is paid for and not used: idle GPUs, and workloads that ask for more than they use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gpuready.checklist.verdict import Bounds
from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.expression import fill
from gpuready.prometheus.look import Look, selector_asked, window_asked
from gpuready.prometheus.read import busy, pods
from gpuready.prometheus.read.busy import HOURS, MEANS, Held, index_of, scale_of, workload_of
from gpuready.prometheus.read.raw import NAMES, TARGETS, answered, listed, scraped
from gpuready.text.say import say

IDLE_MOST = 50.0
"""Percent above which nobody would call a GPU idle."""
OVER_ASKED = 0.3
"""A workload that uses less than this share of what it asks for asks for too much."""
_CPU, _MEMORY = "container_cpu_usage_seconds_total", "container_memory_working_set_bytes"
USED = {
    "cpu": f'sum by ({pods.POD}) (rate({_CPU}{{container!="",$sel}}[$window]))',
    # Memory must be there at the peak, CPU only on average.
    "memory": f'sum by ({pods.POD}) (max_over_time({_MEMORY}{{container!="",$sel}}[$window]))',
}


def _limit(look: Look) -> float:
    given = look.ask.params.get("busy_below_percent")
    if not isinstance(given, int | float) or not 0 < given <= IDLE_MOST:
        raise NoData("prometheus_cost.bad_idle", found=str(given)[:40], most=f"{IDLE_MOST:g}")
    return float(given)


async def _idle(look: Look) -> Seen:
    """GPUs that one workload held for the whole window and that did next to nothing in it."""
    limit = _limit(look)
    metric, gpus = await busy.held(look)
    covered = await look.covered(metric, say("prometheus_cost.gpu_busy"), look.window)
    allocated = await _allocated(look)
    owned = [each for each in gpus if each.owner]
    if not owned:
        return _unmapped(gpus, allocated, limit, covered)
    idle = [each for each in owned if each.throughout and each.busy < limit]
    count = len({each.gpu for each in idle})
    fields = {
        "value": count,
        "held": len({each.gpu for each in owned}),
        "gpus": len({each.gpu for each in gpus}),
    }
    said: list[Remark] = [*covered, *_owners(idle, look)]
    within: dict[str, Bounds] = {}
    unseen = round((allocated or 0) - fields["held"])
    if unseen > 0:
        said.append(("prometheus_cost.unseen", {"count": unseen}))
        within["value"] = (count, count + unseen)
    return Seen(fields, tuple(said), within)


def _unmapped(
    gpus: tuple[Held, ...], allocated: float | None, limit: float, covered: tuple[Remark, ...]
) -> Seen:
    """Without the pods it is not known which GPUs are held, but how many at least."""
    idle = len({each.gpu for each in gpus if each.busy < limit})
    total = len({each.gpu for each in gpus})
    said = list(covered)
    if idle and allocated is None:
        raise NoData("prometheus_cost.unmapped", idle=idle)
    requested = round(allocated or 0)
    unseen = max(0, requested - total)
    least = max(0, idle + min(requested, total) - total) if idle else 0
    most = min(idle, requested) + unseen
    if idle:
        said.append(("prometheus_cost.unmapped", {"idle": idle}))
    if unseen:
        said.append(("prometheus_cost.unseen", {"count": unseen}))
    within = {"value": (float(least), float(most))} if least != most else {}
    return Seen({"value": least, "gpus": total}, tuple(said), within)


async def _allocated(look: Look) -> float | None:
    """How many GPUs running pods ask for, as Kubernetes has it; None where it is not told."""
    names = await look.names()
    if not {pods.REQUESTS, pods.PHASE} <= names:
        return None
    return (await look.query(pods.GPUS_ALLOCATED)).value


def _owners(idle: list[Held], look: Look) -> tuple[Remark, ...]:
    if not idle:
        return ()
    counts = Counter(each.owner for each in idle)
    names = listed(f"{owner} ({count})" for owner, count in counts.items())
    return (("prometheus_cost.idle", {"names": names, "window": window_text(look.window)}),)


async def _ratio(look: Look) -> Seen:
    """Idle GPU-hours of all GPU-hours; hours that nobody watched may have been either."""
    limit = _limit(look)
    way, means = await answered(look, MEANS, "prometheus_cost.gpu_busy")
    metric = way.needs[0]
    covered = await look.covered(metric, say("prometheus_cost.gpu_busy"), look.window)
    hour = HOURS[index_of(metric)]
    idle = (await look.query(_idle_hours(hour, limit / scale_of(metric)))).value or 0.0
    every = (await look.query(_all_hours(hour))).value
    if not every:
        raise NoData("prometheus_cost.gpus_gone", metric=metric)
    there = (await look.query(pods.ALLOCATABLE)).value
    known = len({busy.gpu_name(each).split(" MIG ")[0] for each in means.series})
    expected = max(every, (there or known) * look.window / 3600)
    fields = {"value": 100 * idle / every, "idle_hours": idle, "hours": every}
    words = {"idle": f"{idle:.0f}", "hours": f"{every:.0f}", "gpus": f"{there or known:.0f}"}
    said: list[Remark] = [*covered, ("prometheus_cost.hours", words)]
    within: dict[str, Bounds] = {}
    unwatched = expected - every
    if unwatched > 0.05 * expected:
        said.append(("prometheus_cost.unwatched", {"hours": f"{unwatched:.0f}"}))
        within["value"] = (100 * idle / expected, 100 * (idle + unwatched) / expected)
    return Seen(fields, tuple(said), within)


def _idle_hours(hour: str, limit: float) -> str:
    return f"sum(count_over_time(({hour} < {limit:g})[$window:1h]))"


def _all_hours(hour: str) -> str:
    return f"sum(count_over_time({hour}[$window:1h]))"


async def _requests(look: Look) -> Seen:
    """What workloads ask for against what they use; those that ask for too much by name."""
    if not {pods.REQUESTS, pods.PHASE} <= await look.names():
        wanted = f"{pods.REQUESTS}, {pods.PHASE}"
        raise NoData("prometheus.no_metric", signal=say("prometheus_cost.requests"), wanted=wanted)
    compared: set[str] = set()
    over: dict[str, list[str]] = {}
    asked_at_all = False
    covered: tuple[Remark, ...] = ()
    for resource, query in USED.items():
        asked = _by_workload(pods.by_pod(await look.query(pods.requested(resource))))
        used = _by_workload(pods.by_pod(await look.query(query)))
        asked_at_all = asked_at_all or bool(asked)
        both = {name for name in asked if name in used and asked[name] > 0}
        compared |= both
        for name in sorted(both):
            if used[name] < OVER_ASKED * asked[name]:
                over.setdefault(name, []).append(f"{resource} {100 * used[name] / asked[name]:.0f} %")
        if both and not covered:
            metric = _CPU if resource == "cpu" else _MEMORY
            covered = await look.covered(metric, say("prometheus_cost.requests"), look.window)
    if not asked_at_all:
        raise NoData(
            "prometheus.no_samples",
            signal=say("prometheus_cost.requests"),
            window=window_text(look.window),
            metric=pods.REQUESTS,
        )
    said: list[Remark] = list(covered)
    fields = {"value": len(compared), "over_asked": len(over)}
    if not compared:
        await scraped(look)
        said.append(("prometheus_cost.no_use", {}))
    if over:
        names = listed((f"{name} ({', '.join(parts)})" for name, parts in over.items()), 20)
        said.append(("prometheus_cost.over_asked", {"names": names, "window": window_text(look.window)}))
    said += await _idle_workloads(look, fields)
    return Seen(fields, tuple(said))


async def _idle_workloads(look: Look, fields: dict[str, int]) -> list[Remark]:
    """GPU workloads that did nothing in the window; the field stays away where it is not told."""
    try:
        metric, gpus = await busy.held(look)
        await look.covered(metric, say("prometheus_cost.gpu_busy"), look.window)
    except NoData as outcome:
        return [("prometheus_cost.gpu_unknown", {"why": str(outcome)})]
    owned = [each for each in gpus if each.owner]
    if not owned:
        why = say("prometheus_cost.unmapped", idle=len(gpus))
        return [("prometheus_cost.gpu_unknown", {"why": why})]
    busiest: dict[str, float] = {}
    lasting = {each.owner for each in owned if each.throughout}
    for each in owned:
        busiest[each.owner] = max(busiest.get(each.owner, 0.0), each.busy)
    limit = _limit(look)
    idle = [each for each in owned if each.owner in lasting and busiest[each.owner] < limit]
    fields["idle"] = len({each.owner for each in idle})
    return list(_owners(idle, look))


def _by_workload(found: Mapping[tuple[str, str], float]) -> dict[str, float]:
    summed: dict[str, float] = {}
    for (namespace, pod), value in found.items():
        name = f"{namespace}/{workload_of(pod)}"
        summed[name] = summed.get(name, 0.0) + value
    return summed


def _hour_lines(ask: Ask) -> Iterable[str]:
    """The queries of the hours, whose threshold is a parameter."""
    limit = ask.params.get("busy_below_percent")
    window = seconds_of(window_asked(ask))
    for raw, hour in zip(MEANS, HOURS, strict=True):
        least = float(limit) / scale_of(raw.needs[0]) if isinstance(limit, int | float) else 0.0
        for query in (_idle_hours(hour, least), _all_hours(hour)):
            yield f"  [{raw.exporter}] {fill(query, window, selector_asked(ask))}"


CHECKS = (
    check(
        "idle_gpus",
        _idle,
        queries=(*busy.QUERIES, pods.GPUS_ALLOCATED),
        calls=(NAMES,),
        fields={"value": "count", "held": "count", "gpus": "count"},
        params={"window": "1h", "busy_below_percent": 5},
    ),
    check(
        "idle_gpu_ratio",
        _ratio,
        queries=(*(raw.query for raw in MEANS), pods.ALLOCATABLE),
        calls=(NAMES,),
        fields={"value": "%", "idle_hours": "h", "hours": "h"},
        params={"window": "30d", "busy_below_percent": 5},
        limit=120.0,
        more=_hour_lines,
    ),
    check(
        "request_vs_use",
        _requests,
        queries=(
            *(pods.requested(resource) for resource in USED),
            *USED.values(),
            *busy.QUERIES,
            TARGETS,
        ),
        calls=(NAMES,),
        fields={"value": "count", "over_asked": "count", "idle": "count"},
        params={"window": "7d", "busy_below_percent": 5},
        limit=60.0,
    ),
)

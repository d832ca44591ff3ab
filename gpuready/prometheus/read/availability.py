"""Availability by time: the share of a window in which something was up, and what gaps leave open."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean

from gpuready.checklist.verdict import Bounds
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import Answer, label_of
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.raw import listed

REQUESTS = "service"
"""The word for: by the requests that succeeded, whatever gauges there are."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A metric that is 1 while something is up.  `labels` name the thing, in order of preference; `mean` when
    the mean of all things counts (each serves a part), else the worst does."""

    name: str
    metric: str
    labels: tuple[str, ...]
    mean: bool = False

    @property
    def _by(self) -> str:
        return ", ".join(self.labels)

    @property
    def ups(self) -> str:
        return f"sum by ({self._by}) (sum_over_time({self.metric}{{$sel}}[$window]))"

    @property
    def samples(self) -> str:
        return f"sum by ({self._by}) (count_over_time({self.metric}{{$sel}}[$window]))"

    @property
    def minutes(self) -> str:
        """For how many minutes of the window there was a sample."""
        return f"count_over_time((group by ({self._by}) ({self.metric}{{$sel}}))[$window:1m])"


GAUGES = (
    Gauge("probe", "probe_success", ("instance",)),
    # As each node sees it: redis_up stays 1 while the cluster refuses to answer.
    Gauge("cache", "redis_cluster_state", ("exported_pod", "pod", "instance")),
    Gauge("cache", "redis_up", ("exported_pod", "pod", "instance"), mean=True),
)


@dataclass(frozen=True, slots=True)
class Uptime:
    """`up` is the share (0 to 1) of samples that were up, `present` the share of the window with samples."""

    up: float
    present: float

    @property
    def within(self) -> Bounds:
        """While there was no sample it may have been down or up."""
        low = self.up * self.present
        return low, low + 1 - self.present


def gauge_queries() -> tuple[str, ...]:
    return tuple(query for each in GAUGES for query in (each.ups, each.samples, each.minutes))


async def gauges_of(look: Look, word: str) -> tuple[Gauge, ...]:
    """The gauges of that word that this site knows, in order; without a word those of probes.  None for: by
    requests."""
    if word == REQUESTS:
        return ()
    known = dict.fromkeys(each.name for each in GAUGES)
    if word and word not in known:
        raise NoData("prometheus_levels.bad_signal", found=word[:40], known=", ".join((*known, REQUESTS)))
    names = await look.names()
    fitting = [each for each in GAUGES if each.name == (word or "probe")]
    found = tuple(each for each in fitting if each.metric in names)
    if word and not found:
        wanted = ", ".join(each.metric for each in fitting)
        raise NoData("prometheus.no_metric", signal=word, wanted=wanted)
    return found


async def uptimes(look: Look, gauge: Gauge) -> dict[str, Uptime]:
    """Each thing's share of time, by its name; empty where nothing has a sample in the window."""
    ups = _summed(await look.query(gauge.ups), gauge)
    samples = _summed(await look.query(gauge.samples), gauge)
    minutes = _summed(await look.query(gauge.minutes), gauge)
    whole = max(1.0, look.window / 60)
    return {
        name: Uptime(min(1.0, ups.get(name, 0.0) / count), min(1.0, minutes.get(name, 0.0) / whole))
        for name, count in samples.items()
        if count > 0
    }


async def by_time(look: Look, gauge: Gauge) -> Seen | None:
    """The availability in % by that gauge, with the bounds that its gaps leave; None without samples."""
    things = await uptimes(look, gauge)
    if not things:
        return None
    fold: Callable[[Iterable[float]], float] = fmean if gauge.mean else min
    value = fold(each.up for each in things.values())
    low, high = (fold(each.within[end] for each in things.values()) for end in (0, 1))
    worst = min(things, key=lambda name: things[name].up)
    measured = min(each.present for each in things.values())
    key = "mean_up" if gauge.mean else "worst_up"
    words = {"metric": gauge.metric, "worst": worst, "value": f"{100 * things[worst].up:.5g}"}
    said: list[Remark] = [(f"prometheus_levels.{key}", words | {"count": len(things)})]
    within: dict[str, Bounds] = {}
    if gaps := [name for name, each in things.items() if each.present < 1]:
        lost = 100 * (1 - measured)
        said.append(("prometheus_levels.gaps", {"names": listed(gaps), "share": f"{lost:.3g}"}))
        within["value"] = (100 * low, 100 * high)
    fields = {"value": 100 * value, "worst": 100 * things[worst].up, "measured": 100 * measured}
    return Seen(fields, tuple(said), within)


def _summed(answer: Answer, gauge: Gauge) -> dict[str, float]:
    """By name: one pod keeps its name when its address changes."""
    found: dict[str, float] = {}
    for series in answer.series:
        if math.isfinite(series.value):
            name = label_of(series.labels, *gauge.labels)
            found[name] = found.get(name, 0.0) + series.value
    return found

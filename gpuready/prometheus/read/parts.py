"""A signal that several exporters tell, each of a part of the site: two engines, two versions of one.

One expression reads one exporter.  What the others tell belongs to the same claim: an engine that is slow is
not made fast by another that is read first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from gpuready.probes.probe import NoData, Remark
from gpuready.prometheus.look import Look, Reading
from gpuready.prometheus.signal import Way
from gpuready.prometheus.table import signals
from gpuready.text.say import language

TARGETS = "group by (job, instance) ($metric{$sel})"
"""Who tells a metric now."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`readings` of all exporters that tell the signal; `open` says of which part of the site it cannot be
    known."""

    readings: tuple[Reading, ...]
    open: tuple[Remark, ...] = ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What a reader must know of all of them, and what each tells where there are several."""
        every = [remark for reading in self.readings for remark in reading.remarks]
        if len(self.readings) > 1:
            said = "; ".join(f"{one.way.exporter} {one.value:.4g} {one.signal.unit}" for one in self.readings)
            every.append(("prometheus.parts", {"parts": said}))
        return (*every, *self.open)


def texts(*names: str) -> tuple[str, ...]:
    """The queries by which it is found out who tells these signals, as `check` wants them declared."""
    metrics = dict.fromkeys(_sign(way) for name in names for way in signals()[name].ways)
    return tuple(TARGETS.replace("$metric", metric) for metric in metrics)


async def ways_of(look: Look, name: str) -> tuple[tuple[Way, ...], tuple[Way, ...]]:
    """The ways in which this site tells the signal, each of targets that none before it tells of; and those
    that cannot tell it, of targets that nothing else tells of.  `NoData` where there is none at all."""
    names = await look.names()
    fitting = [way for way in look.signal(name).ways if names.issuperset(way.needs)]
    try:
        first = await look.way(name)
    except NoData:
        if all(way.cannot for way in fitting):
            raise
        first = next(way for way in fitting if not way.cannot)
    if len(fitting) < 2:
        return (first,), ()
    told = await _targets(look, first)
    able: list[Way] = [first]
    unable: list[Way] = []
    # who can tell it comes first: an engine may sit behind a server that cannot
    for way in sorted(fitting, key=lambda way: way.cannot is not None):
        if way is first or not (there := await _targets(look, way)) - told:
            continue
        told |= there
        (unable if way.cannot else able).append(way)
    return tuple(able), tuple(unable)


async def parts_of(look: Look, name: str, *, q: float = 0.95) -> Parts:
    """The signal by each of its exporters.  One without requests has nothing to tell; one that tells too
    little leaves its part open.  `NoData` where none can be read."""
    able, unable = await ways_of(look, name)
    found: list[Reading] = []
    left: list[Remark] = []
    why: NoData | None = None
    for way in able:
        try:
            found.append(await look.read(name, q=q, way=way))
        except NoData as outcome:
            why = why or outcome
            if outcome.key != "prometheus.no_traffic":
                left.append((outcome.key, outcome.fields))
    if not found:
        assert why is not None
        raise why
    for way in unable:
        assert way.cannot is not None
        what = {"exporter": way.exporter, "what": way.cannot.to(language())}
        left.append(("prometheus.cannot", {"signal": look.signal(name).words.to(language()), **what}))
    return Parts(tuple(found), tuple(left))


async def worst(look: Look, name: str, *, q: float = 0.95) -> Reading:
    """The exporter whose reading is worst, with bounds for all of them: what one part of the site does not
    tell may be worse than anything that is known."""
    return worst_of(await parts_of(look, name, q=q))


def worst_of(parts: Parts) -> Reading:
    """The same of readings that are there already."""
    is_high_good = parts.readings[0].signal.better == "higher"
    pick = min if is_high_good else max
    chosen = pick(parts.readings, key=lambda one: one.value)
    bounds = [one.within or (one.value, one.value) for one in parts.readings]
    low, high = (pick(each[end] for each in bounds) for end in (0, 1))
    if parts.open:
        low, high = (-math.inf, high) if is_high_good else (low, math.inf)
    within = None if low == high else (low, high)
    return replace(chosen, within=within, remarks=parts.remarks)


async def _targets(look: Look, way: Way) -> set[tuple[str, str]]:
    answer = await look.query(TARGETS.replace("$metric", _sign(way)))
    return {(one.labels.get("job", ""), one.labels.get("instance", "")) for one in answer.series}


def _sign(way: Way) -> str:
    return way.needs[0]

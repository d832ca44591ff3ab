"""Which alerts fired in a period: episodes with start and end, out of the history of ``ALERTS``.

Prometheus keeps no list of what fired, only a series that is there while an alert fires.  Where it begins and
where it ends is asked for on a grid of whole minutes of the clock, so that the same episode is found at the
same minute whenever, and over whichever period, one asks: its id is made of its labels and that minute.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, NoData, Remark, Target
from gpuready.prometheus.answer import Answer
from gpuready.prometheus.expression import fill
from gpuready.prometheus.look import ENOUGH, MOMENTS, WHOLE, Look, looking

STEP = 60
"""Seconds of the grid."""
SPAN = 300
"""Seconds that one point of the grid looks back: longer than any evaluation interval in use."""
BRIDGE = 600
"""Seconds of silence that are no end: a restart of Prometheus, samples that are five minutes apart."""
FLAP = 3600
"""Seconds within which the same labels firing again are the same alert: flapping counts as one."""
PIECE = 6 * 86400
"""Seconds of one request: fewer points than the 11,000 that Prometheus gives."""
LONGEST = 92 * 86400
"""Seconds of a period at most."""
MOST = 5000
"""Starts of alerts at most: nobody judges more than that one by one."""
PATIENCE = 60.0
"""Seconds that a whole list may take."""
ALWAYS = "Watchdog,InfoInhibitor"
"""Alerts that fire by design and tell of nothing."""

REPLICAS = ("prometheus_replica", "__replica__", "receive_replica", "rule_replica", "thanos_replica")
"""Labels by which replicas of one Prometheus are told apart: what both saw fired once."""
_NAME = re.compile(r"[A-Za-z0-9_]{1,200}")
_HIDDEN = frozenset({"__name__", "alertstate", "alertname"})

_ONCE = f"max without ({', '.join(REPLICAS)})"
_FIRED = 'ALERTS{alertstate="firing",$but,$sel}'
_FIRING = f"{_ONCE} (max_over_time({_FIRED}[5m]))"
_BEFORE = f"{_ONCE} (max_over_time({_FIRED}[5m] offset 1m))"
SAMPLED = "count(up) or count(prometheus_build_info) or count(ALERTS)"
"""Whether there are samples of anything: where there are none, no alert proves nothing."""


@dataclass(frozen=True, slots=True)
class Queries:
    """With ``$sel``: where on the grid alerts start and end, and which fire at a moment.  `but` is the
    matcher in them of what is left out."""

    but: str
    starts: str
    ends: str
    now: str


def queries(leave_out: str = ALWAYS) -> Queries:
    """The queries for all alerts but those of the names in `leave_out`, which commas part."""
    names = [re.escape(name) for each in leave_out.split(",") if _NAME.fullmatch(name := each.strip())]
    but = f'alertname!~"{"|".join(names)}"' if names else 'alertname!=""'
    firing, before, fired = (each.replace("$but", but) for each in (_FIRING, _BEFORE, _FIRED))
    return Queries(but, f"{firing} unless {before}", f"{before} unless {firing}", f"{_ONCE} ({fired})")


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its first to its last firing, as Unix times to the minute.

    `end` is None while it fires; `firing` the seconds that it fired, without the pauses of one that flaps.
    `whole` is false where it fired already when the history asked for began: start and id are not known then.
    """

    id: str
    name: str
    severity: str
    start: float
    end: float | None
    firing: float
    whole: bool = True
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def about(self) -> str:
        """Its other labels, as text."""
        return ", ".join(f"{key}={value}" for key, value in sorted(self.labels.items()) if key != "severity")


@dataclass(frozen=True, slots=True)
class Period:
    """What fired between two Unix times.  `episodes` are those that began in it, newest first; `before`
    those that began earlier and ended in it, or still fire.  `remarks` tell of gaps in the samples."""

    start: float
    end: float
    episodes: tuple[Episode, ...]
    before: tuple[Episode, ...] = ()
    remarks: tuple[Remark, ...] = ()


async def period(look: Look, window: float, *, leave_out: str = ALWAYS) -> Period:
    """The alerts of the last `window` seconds, but those of the names in `leave_out`.

    `NoData` when there are no samples in most of it, when it is too long, or when there are too many to be
    judged by anybody.  That none fired is an empty period.
    """
    if window > LONGEST:
        raise NoData("prometheus_alerts.too_long", window=window_text(window), longest=LONGEST // 86400)
    # Longer than asked for by what makes out whether one at its beginning is new or fires again.
    end = int(look.now) // STEP * STEP
    first = end - int(window) - 2 * FLAP
    remarks = await _sampled(look, window)
    these = queries(leave_out)
    pieces = [(at, min(at + PIECE, end)) for at in range(first, end, PIECE)]
    asked = [
        look.range(fill(query, SPAN, look.selector), to - at, STEP, end=to)
        for at, to in pieces
        for query in (these.starts, these.ends)
    ]
    answers = await asyncio.gather(*asked)
    firing = await look.query(these.now, at=float(end))
    found = _episodes(_points(answers[::2]), _points(answers[1::2]), _keys(firing), first, end)
    since = look.now - window
    new = [each for each in found if each.whole and each.start >= since]
    old = [each for each in found if each not in new and (each.end is None or each.end >= since)]
    newest = sorted(new, key=lambda each: (-each.start, each.name, each.id))
    return Period(since, look.now, tuple(newest), tuple(old), remarks)


async def _sampled(look: Look, window: float) -> tuple[Remark, ...]:
    answer = await look.range(SAMPLED, window, window / MOMENTS)
    moments = {at for series in answer.series for at, _ in series.points}
    share = len(moments) / (MOMENTS + 1)
    said = {"window": window_text(window), "share": f"{100 * share:.0f}"}
    if share < ENOUGH:
        raise NoData("prometheus_alerts.short", **said)
    return () if share >= WHOLE else (("prometheus_alerts.partly", said),)


_Key = tuple[tuple[str, str], ...]


def _key(labels: Mapping[str, str]) -> _Key:
    """The labels that make it this alert."""
    return tuple(sorted((name, value) for name, value in labels.items() if name != "alertstate"))


def _keys(answer: Answer) -> set[_Key]:
    return {_key(series.labels) for series in answer.series}


def _points(answers: Iterable[Answer]) -> dict[_Key, set[int]]:
    """By alert the moments of its starts, or of its ends."""
    found: dict[_Key, set[int]] = {}
    count = 0
    for answer in answers:
        for series in answer.series:
            times = found.setdefault(_key(series.labels), set())
            times |= {round(at) for at, _ in series.points}
            count += len(series.points)
            if count > MOST:
                raise NoData("prometheus_alerts.too_many", most=MOST)
    return found


def _episodes(
    starts: Mapping[_Key, set[int]], ends: Mapping[_Key, set[int]], now: set[_Key], first: int, last: int
) -> list[Episode]:
    found = []
    for key in {*starts, *ends, *now}:
        spans = _spans(sorted(starts.get(key, ())), sorted(ends.get(key, ())), key in now, first, last)
        found += [_episode(key, group, first, last) for group in _grouped(spans)]
    return found


def _spans(
    starts: list[int], ends: list[int], fires: bool, first: int, last: int
) -> list[tuple[int, int | None]]:
    """From..to of each time that it fired; the end is None where it fires still.  The end is seen `SPAN`
    seconds late, since a point of the grid looks back that far."""
    spans: list[tuple[int, int | None]] = []
    marks = sorted([(at, True) for at in starts] + [(at - SPAN, False) for at in ends])
    begun: int | None = None
    for at, begins in marks:
        if begins:
            begun = at if begun is None else begun
        else:
            spans.append((first if begun is None else begun, at))
            begun = None
    if begun is not None or (fires and not marks):
        start = first if begun is None else begun
        spans.append((start, None if fires else last))
    return spans


def _grouped(spans: list[tuple[int, int | None]]) -> list[list[tuple[int, int | None]]]:
    """Those that follow within `FLAP` belong together; pauses up to `BRIDGE` are none."""
    groups: list[list[tuple[int, int | None]]] = []
    for start, end in spans:
        before = groups[-1][-1] if groups else None
        if before is None or before[1] is None or start - before[1] > FLAP:
            groups.append([(start, end)])
        elif start - before[1] <= BRIDGE:
            groups[-1][-1] = (before[0], end)
        else:
            groups[-1].append((start, end))
    return groups


def _episode(key: _Key, spans: list[tuple[int, int | None]], first: int, last: int) -> Episode:
    labels = dict(key)
    start, end = spans[0][0], spans[-1][1]
    seconds = sum((last if to is None else to) - at + STEP for at, to in spans)
    return Episode(
        id=id_of(labels, start),
        name=labels.get("alertname", "-"),
        severity=labels.get("severity", ""),
        start=float(start),
        end=None if end is None else float(end),
        firing=float(seconds),
        whole=start - first > FLAP + SPAN,
        labels={name: value for name, value in labels.items() if name not in _HIDDEN},
    )


def id_of(labels: Mapping[str, str], start: float) -> str:
    """What an episode is called wherever it is seen: ten signs."""
    text = json.dumps([sorted(labels.items()), int(start)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


async def fired(target: Target, since: str, site: tuple[Target, ...] = ()) -> Period:
    """The alerts of that Prometheus over a period like ``30d``; a `Fault` or an `Outcome` says why not."""
    seconds_of(since)
    async with looking(Ask(target, {"window": since}, PATIENCE, site)) as look:
        return await period(look, look.window)

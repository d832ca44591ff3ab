"""Servers that have a past: back-filled blocks, so that a test has a year of history in a second.

A series is written as Prometheus prints it, ``name{label="value"}``; its values are a number (a constant
gauge) or f(t) with t in seconds from now (t <= 0: the past), None where there is no sample.

What to know:
- Counters are `counter(rate)`: they never start at 0 within the history, so increase() is not bent by it.
  A restart of the exporter is `resets(counter(rate), every=seconds)`.
- Histograms come whole from `histogram()`: cumulative, with le="+Inf", _sum and _count.
- Staleness: an instant query sees a sample for five minutes; `until(-900, 91.0)` is a series that ended.  The
  stale marker of a vanished target cannot be back-filled: `push` it, or close an Exporter.
- rate(x[5m]) needs two samples in its window: with a step above 150 s it is empty, as in downsampled data.
  Give `recent=3600` to have the last hour in steps of 15 s too (which then weighs more in avg_over_time).
- The samples reach `ahead` seconds into the future, so that the server does not go stale while a module's
  tests run.  As long, Prometheus refuses new samples as too old: with targets, rules or `push`, `ahead` has
  to be 0 (targets and rules given at the start see to that).
- A year in steps of 15 s is two million samples a series: give step=3600 with days=365.
"""

from __future__ import annotations

import math
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from tests.prometheus.real import Prometheus, running

Function = Callable[[float], float | None]
Value = float | Function
Series = Mapping[str, Value]

STEP = 15.0
_YEARS = 4e8  # seconds: what a counter has counted before the longest history
_COUNTED = 1e8  # what one with a changing rate has counted by now
_ONE_BLOCK = "90000h"  # promtool reads the whole input once for each block


@dataclass(frozen=True)
class Cases:
    """One server with several data sets, told apart by the label `case`."""

    server: Prometheus
    names: tuple[str, ...]

    @property
    def url(self) -> str:
        return self.server.url

    def selector(self, case: str) -> str:
        """What a check's selector has to be to see this case alone: case="pass"."""
        assert case in self.names, f"no case {case!r} among {self.names}"
        return f'case="{case}"'


@contextmanager
def prom(
    series: Series,
    *,
    days: float = 0.25,
    step: float = STEP,
    recent: float = 0.0,
    ahead: float = 600.0,
    **settings: Any,
) -> Iterator[Prometheus]:
    """A running server that has these series over the last `days`.

    Args:
        series: by the series as Prometheus prints it, a number or f(seconds from now).
        step: seconds between samples.
        recent: over this many last seconds there is a sample every 15 s, whatever the step.
        ahead: how far the samples reach into the future, in seconds; 0 with targets or rules.
        settings: those of Prometheus: rules, targets, prefix, basic, tls, flags...
    """
    if settings.get("targets") or settings.get("rules"):
        ahead = 0.0
    with tempfile.TemporaryDirectory(prefix="gpuready-prometheus-") as folder:
        server = Prometheus(Path(folder), **settings)
        fill(server.data, series, times(days, step, recent, ahead))
        with running(server):
            yield server


@contextmanager
def cases(
    sets: Mapping[str, Series],
    *,
    days: float = 0.25,
    step: float = STEP,
    recent: float = 0.0,
    ahead: float = 600.0,
    **settings: Any,
) -> Iterator[Cases]:
    """One running server with every case's series, each with the label case="its name"."""
    every: dict[str, Value] = {}
    for case, series in sets.items():
        for name, value in series.items():
            every[with_labels(name, f'case="{case}"')] = value
    with prom(every, days=days, step=step, recent=recent, ahead=ahead, **settings) as server:
        yield Cases(server, tuple(sets))


def times(days: float, step: float, recent: float = 0.0, ahead: float = 600.0) -> list[float]:
    """The seconds from now at which there are samples, ascending; 0 is always one of them."""
    past = [-number * step for number in range(int(days * 86400 / step), 0, -1)]
    if recent:
        past = [t for t in past if t < -recent] + [-n * STEP for n in range(int(recent / STEP), 0, -1)]
    # coarse steps would leave the near future without a sample for longer than the staleness
    near = min(step, 60.0)
    return [*past, 0.0, *(number * near for number in range(1, int(ahead / near) + 1))]


def fill(data: Path, series: Series, at: Sequence[float], now: float | None = None) -> None:
    """Writes blocks with these series, sampled at these seconds from now, into a data folder.

    Raises:
        AssertionError: promtool refuses the series; with its words.
    """
    data.mkdir(parents=True, exist_ok=True)
    if not series:
        return
    whole = math.floor(time.time() if now is None else now)
    stamps = [f"{whole + t:.3f}" for t in at]
    text = data / "history.txt"
    with text.open("w", encoding="utf-8") as out:
        for name, value in series.items():
            out.writelines(_lines(name, value, at, stamps))
        out.write("# EOF\n")
    words = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q"]
    done = subprocess.run(
        [*words, f"--max-block-duration={_ONE_BLOCK}", str(text), str(data)], capture_output=True, text=True
    )
    text.unlink()
    assert done.returncode == 0, f"promtool refuses the history: {done.stderr[-2000:]}"


def _lines(name: str, value: Value, at: Sequence[float], stamps: Sequence[str]) -> Iterator[str]:
    if not callable(value):
        constant = f"{name} {_number(value)} "
        yield from (f"{constant}{stamp}\n" for stamp in stamps)
        return
    for t, stamp in zip(at, stamps, strict=True):
        found = value(t)
        if found is not None:
            yield f"{name} {_number(found)} {stamp}\n"


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))


def with_labels(series: str, labels: str) -> str:
    """The series with more labels: ("up", 'case="a"') gives up{case="a"}."""
    if not labels:
        return series
    name, brace, rest = series.partition("{")
    if not brace or rest.strip() == "}":
        return f"{name}{{{labels}}}"
    return f"{name}{{{labels},{rest}"


def counter(per_second: float | Callable[[float], float], step: float = 60.0) -> Function:
    """A counter with a constant rate, or with the rate f(t), which may change every `step` seconds."""
    if not callable(per_second):
        rate = per_second
        return lambda t: rate * (t + _YEARS) + 1.0
    changing = per_second
    before, after = [_COUNTED], [_COUNTED]  # the counts at 0, -step, -2 step... and at 0, step, 2 step...

    def total(t: float) -> float:
        number = math.floor(t / step)
        while len(before) <= -number:
            before.append(before[-1] - changing(-len(before) * step) * step)
        while len(after) <= number:
            after.append(after[-1] + changing((len(after) - 1) * step) * step)
        whole = after[number] if number >= 0 else before[-number]
        return whole + changing(number * step) * (t - number * step)

    return total


def resets(value: Function, every: float) -> Function:
    """The counter as of an exporter that starts anew every so many seconds (first: at `now`)."""

    def since_start(t: float) -> float | None:
        there, start = value(t), value(math.floor(t / every) * every)
        return None if there is None or start is None else there - start

    return since_start


def until(end: float, value: Value) -> Function:
    """The series up to `end` (seconds from now, so -900 is a quarter of an hour ago), then no more."""
    return lambda t: _at(value, t) if t <= end else None


def since(start: float, value: Value) -> Function:
    """No sample before `start` (seconds from now)."""
    return lambda t: _at(value, t) if t >= start else None


def between(start: float, end: float, value: Value, otherwise: Value) -> Function:
    """One value from `start` up to `end` (seconds from now), another before and after."""
    return lambda t: _at(value, t) if start <= t < end else _at(otherwise, t)


def stamp(ago: float) -> float:
    """A gauge that holds a time (of a backup, an expiry): Unix seconds, `ago` seconds before now."""
    return math.floor(time.time()) - ago


def histogram(
    name: str,
    buckets: Mapping[str, float],
    *,
    labels: str = "",
    within: Callable[[float], float] | None = None,
) -> dict[str, Value]:
    """The series of a classic histogram: _bucket, _sum and _count.

    Args:
        buckets: by upper edge, ascending, how many observations a second fall into this bucket alone (not
            into those below); le="+Inf" is added if it is not there.
        within: f(t) >= 0 multiplies all of them, for traffic that comes and goes.
    """
    edges = {**buckets, "+Inf": buckets.get("+Inf", 0.0)}
    finite = [edge for edge in edges if edge != "+Inf"]
    mean = {
        edge: (float(finite[number - 1]) if number else 0.0) / 2 + float(edge) / 2
        for number, edge in enumerate(finite)
    }
    mean["+Inf"] = float(finite[-1]) * 1.5 if finite else 1.0
    found: dict[str, Value] = {}
    seconds = counter(within) if within else counter(1.0)  # of full traffic

    def counted(rate: float) -> Function:
        return lambda t: rate * (seconds(t) or 0.0)

    for edge, rate in zip(edges, accumulate(edges.values()), strict=True):
        found[with_labels(f'{name}_bucket{{le="{edge}"}}', labels)] = counted(rate)
    found[with_labels(f"{name}_sum", labels)] = counted(sum(mean[edge] * edges[edge] for edge in edges))
    found[with_labels(f"{name}_count", labels)] = counted(sum(edges.values()))
    return found


def summary(
    name: str, quantiles: Mapping[str, float], *, labels: str = "", rate: float = 10.0
) -> dict[str, Value]:
    """The series of a summary, such as Triton's: {"0.5": 900.0, "0.95": 4000.0}, with _sum and _count."""
    middle = quantiles.get("0.5", 1.0)
    return {
        **{with_labels(f'{name}{{quantile="{q}"}}', labels): value for q, value in quantiles.items()},
        with_labels(f"{name}_sum", labels): counter(rate * middle),
        with_labels(f"{name}_count", labels): counter(rate),
    }


def alert(
    name: str, firing: Sequence[tuple[float, float]], *, labels: str = 'severity="critical"'
) -> dict[str, Value]:
    """The ALERTS series of an alert that fired from..to (seconds from now; to = inf fires still)."""
    series = with_labels(f'ALERTS{{alertname="{name}",alertstate="firing"}}', labels)
    return {series: lambda t: 1.0 if any(start <= t <= end for start, end in firing) else None}


def _at(value: Value, t: float) -> float | None:
    return value(t) if callable(value) else value

"""Events of a window, out of counters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gpuready.prometheus.look import Look


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter of events.  `matchers` choose its series, ending in a comma where there are any; `traffic` is
    a query for all requests of the window, of which these events are some."""

    exporter: str
    metric: str
    matchers: str = ""
    traffic: str = ""

    @property
    def series(self) -> str:
        return f"{self.metric}{{{self.matchers}$sel}}"

    @property
    def rise(self) -> str:
        return f"sum(increase({self.series}[$window]))"

    @property
    def appeared(self) -> str:
        """What series counted that began within the window on targets that were scraped before it: a counter
        that is made by its first event is never seen at 0, and increase() leaves that event out."""
        before = f"({self.series} offset $window)"
        return (
            f"sum((min_over_time({self.series}[$window]) unless {before}) "
            "and on (job, instance) (up{$sel} offset $window))"
        )

    @property
    def queries(self) -> tuple[str, ...]:
        return tuple(each for each in (self.rise, self.appeared, self.traffic) if each)


def texts(counters: Iterable[Counted]) -> tuple[str, ...]:
    """All their queries, as `check` wants them declared."""
    return tuple(dict.fromkeys(query for counter in counters for query in counter.queries))


async def present(look: Look, counters: Sequence[Counted]) -> tuple[Counted, ...]:
    """Those whose metric this site knows."""
    names = await look.names()
    return tuple(counter for counter in counters if counter.metric in names)


async def events(look: Look, counter: Counted) -> float | None:
    """How many events there were in the window; None where the counter has no sample: none was ever counted,
    or nobody counts, which the requests beside it tell apart."""
    rise = (await look.query(counter.rise)).value
    appeared = (await look.query(counter.appeared)).value
    if rise is None and appeared is None:
        return None
    return _whole((rise or 0.0) + (appeared or 0.0))


async def requests(look: Look, counter: Counted) -> float:
    """All requests of the window on that counter's exporter; 0 where there were none or none is known."""
    return (await look.query(counter.traffic)).value or 0.0


def _whole(number: float) -> float:
    """increase() extrapolates to the ends of the window; a trace of an event is one."""
    return float(max(1, round(number))) if number > 1e-9 else 0.0

"""Events of a window, out of counters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gpuready.checklist.verdict import Bounds
from gpuready.prometheus.look import Look

# By its target and not by the selector, which may be about labels that only the counter has.
_SCRAPED = "last_over_time(up[1h] offset $window)"


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
    def _begun(self) -> str:
        """The first values of series that began within the window: a counter that is made by its first event
        is never seen at 0, and increase() leaves that event out."""
        return (
            f"min_over_time({self.series}[$window]) unless last_over_time({self.series}[1h] offset $window)"
        )

    @property
    def appeared(self) -> str:
        """What they counted on targets that were scraped before: it came in the window."""
        return f"sum({self._begun} and on (job, instance) {_SCRAPED})"

    @property
    def strange(self) -> str:
        """What they counted on other targets: they may have counted for long before anybody scraped them."""
        return f"sum({self._begun} unless on (job, instance) {_SCRAPED})"

    @property
    def queries(self) -> tuple[str, ...]:
        return tuple(each for each in (self.rise, self.appeared, self.strange, self.traffic) if each)


def texts(counters: Iterable[Counted]) -> tuple[str, ...]:
    """All their queries, as `check` wants them declared."""
    return tuple(dict.fromkeys(query for counter in counters for query in counter.queries))


async def present(look: Look, counters: Sequence[Counted]) -> tuple[Counted, ...]:
    """Those whose metric this site knows."""
    names = await look.names()
    return tuple(counter for counter in counters if counter.metric in names)


async def events(look: Look, counter: Counted) -> Bounds:
    """How many events there were in the window, at least and at most; none where the counter has no sample:
    then none was ever counted, or nobody counts, which the requests beside it tell apart."""
    sure = 0.0
    for query in (counter.rise, counter.appeared):
        sure += (await look.query(query)).value or 0.0
    strange = (await look.query(counter.strange)).value or 0.0
    return _whole(sure), _whole(sure + strange)


async def requests(look: Look, counter: Counted) -> float:
    """All requests of the window on that counter's exporter; 0 where there were none or none is known."""
    return (await look.query(counter.traffic)).value or 0.0


def _whole(number: float) -> float:
    """increase() extrapolates to the ends of the window; a trace of an event is one."""
    return float(max(1, round(number))) if number > 1e-9 else 0.0

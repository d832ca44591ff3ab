"""What the panel shows, as facts: charts of signals, firing alerts, the error budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gpuready.prometheus.signal import Signal

Saying = tuple[str, Mapping[str, object]]

SHOWN = (
    "gpu_busy", "gpu_memory_used", "gpu_power", "gpu_temperature", "request_rate", "request_success_ratio",
    "ttft", "inter_token", "e2e", "queue_depth", "kv_cache_use", "generation_tokens",
)  # fmt: skip
"""The signals that the panel begins with."""
WINDOWS = (900.0, 3600.0, 21600.0, 86400.0, 604800.0)
"""Seconds: 15 minutes, an hour, six, a day, a week."""


@dataclass(frozen=True, slots=True)
class View:
    """What the operator wants to see: signals by id (``ttft@0.99`` for another quantile than `q`), the
    window in seconds, matchers, the quantile of latencies, and how many points fit on the screen."""

    signals: tuple[str, ...] = SHOWN
    window: float = 3600.0
    selector: str = ""
    q: float = 0.95
    columns: int = 60


@dataclass(frozen=True, slots=True)
class Chart:
    """One signal over the window: `points` one for each step, oldest first, None where there was no sample;
    `now` the newest value.  Values in the signal's unit.  `query` is the PromQL behind them, `exporter` whose
    metrics it reads.  `why` says why there is nothing, where there is nothing."""

    signal: Signal
    q: float = 0.95
    exporter: str = ""
    query: str = ""
    points: Sequence[float | None] = ()
    now: float | None = None
    why: Saying | None = None

    @property
    def tone(self) -> str:
        """``bad`` beyond the figure, ``good`` within it, empty where there is none or nothing is known."""
        low, high = self.signal.low, self.signal.high
        if self.now is None or (low is None and high is None):
            return ""
        beyond = (low is not None and self.now < low) or (high is not None and self.now > high)
        return "bad" if beyond else "good"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as Prometheus has it: `state` is ``firing`` or ``pending``, `since` a Unix time."""

    name: str
    state: str
    severity: str
    since: float
    labels: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Charts:
    """One refresh of the panel: of the target `source`, which calls itself `product`.

    `end` is the Unix time of the newest points, `step` the seconds between two.  `alerts` is None while it
    is not known whether any fire; `budget` the share of the error budget that is left in %, None when it is
    not known.
    """

    source: str
    product: str
    view: View
    step: float
    end: float
    charts: tuple[Chart, ...]
    alerts: tuple[Alert, ...] | None = None
    budget: float | None = None

    @property
    def told(self) -> tuple[Chart, ...]:
        """The charts of what this Prometheus has."""
        return tuple(each for each in self.charts if each.why is None)

    @property
    def untold(self) -> tuple[Chart, ...]:
        """Those of what it has not, or refuses."""
        return tuple(each for each in self.charts if each.why is not None)

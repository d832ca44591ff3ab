"""The rules that Prometheus (or Loki's ruler) evaluates, and what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gpuready.probes.duration import seconds_of
from gpuready.prometheus.alerts.promql import Parts, parts_of
from gpuready.prometheus.signal import Signal
from gpuready.text.fault import Fault

RULES = "rules"
"""The path of the API."""
WITHOUT_ALERTS = {"exclude_alerts": "true"}
"""So that a rule with a thousand alerts is not a thousand times as long; older servers pay no heed."""

_ANOMALY = re.compile(r"anomal|z_?score|outlier", re.I)
_SPREAD = frozenset({"stddev", "stdvar", "stddev_over_time", "stdvar_over_time", "mad_over_time"})
_SMOOTH = frozenset({"holt_winters", "double_exponential_smoothing"})
_BURN = re.compile(r"burn|error.?budget", re.I)
_SLI = re.compile(r"^sl[io]:|[:_]sli[:_]|burnrate", re.I)
# In the line or label filters of LogQL, or in the matchers and names of metrics made out of logs.
_ERROR = re.compile(r"error|err\b|fatal|critical|panic|exception|traceback|xid|nccl|oom|failed", re.I)
_LOGGED = re.compile(r"(?:^|[_:])logs?(?:[_:]|$)|logback|log4j|promtail_custom|fluentd|vector_log", re.I)
_LOG_LEVEL = re.compile(r"\b(?:level|severity|loglevel|detected_level)\s*=~?\s*[\"'`]", re.I)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.  `lasting` is its ``for`` and `interval` its group's, in seconds; `interval` is None where
    the server does not tell it.  `health` is ``ok``, ``err`` or ``unknown``, `error` what failed."""

    name: str
    alerts: bool
    expr: str
    group: str = ""
    interval: float | None = None
    lasting: float = 0.0
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    health: str = ""
    error: str = ""

    @property
    def ok(self) -> bool:
        return self.health == "ok"


def rules_of(data: Any) -> tuple[Rule, ...] | None:
    """The rules of ``/api/v1/rules``; None for what has another shape."""
    groups = data.get("groups") if isinstance(data, Mapping) else None
    if not isinstance(groups, list):
        return None
    found = []
    for group in groups:
        if not isinstance(group, Mapping) or not isinstance(group.get("rules"), list):
            return None
        found += [_rule(row, group) for row in group["rules"] if isinstance(row, Mapping)]
    return tuple(found)


def _rule(row: Mapping[str, Any], group: Mapping[str, Any]) -> Rule:
    return Rule(
        name=str(row.get("name", "-")),
        alerts=row.get("type") == "alerting",
        expr=str(row.get("query", "")),
        group=str(group.get("name", "")),
        interval=_seconds(group.get("interval")),
        lasting=_seconds(row.get("duration")) or 0.0,
        labels={str(k): str(v) for k, v in dict(row.get("labels") or {}).items()},
        health=str(row.get("health", "")),
        error=str(row.get("lastError", "")),
    )


def _seconds(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return seconds_of(value) if isinstance(value, str) else None
    except Fault:
        return None


class Book:
    """Rules that can be read together: an alert on a recorded series is about what that was recorded from."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._records: dict[str, list[Rule]] = {}
        for rule in rules:
            if not rule.alerts and rule.ok:
                self._records.setdefault(rule.name, []).append(rule)

    @property
    def alerts(self) -> tuple[Rule, ...]:
        """The alert rules that are evaluated without error."""
        return tuple(rule for rule in self.rules if rule.alerts and rule.ok)

    @property
    def records(self) -> tuple[Rule, ...]:
        """The recording rules that are evaluated without error."""
        return tuple(rule for rule in self.rules if not rule.alerts and rule.ok)

    @property
    def sick(self) -> tuple[Rule, ...]:
        """The rules that fail, or were never evaluated."""
        return tuple(rule for rule in self.rules if not rule.ok)

    def behind(self, rule: Rule) -> tuple[Parts, ...]:
        """The parts of the rule's expression, and of all recording rules that it is built upon."""
        seen: dict[str, Parts] = {}
        todo = [rule.expr]
        while todo and len(seen) < 200:
            expr = todo.pop()
            if expr in seen:
                continue
            seen[expr] = parts_of(expr)
            for metric in seen[expr].metrics:
                todo += [each.expr for each in self._records.get(metric, ())]
        return tuple(seen.values())

    def metrics(self, rule: Rule) -> frozenset[str]:
        """All metrics behind the rule, recorded ones included."""
        return frozenset(metric for parts in self.behind(rule) for metric in parts.metrics)

    def about(self, rule: Rule, metrics: frozenset[str]) -> bool:
        """Whether the rule looks at one of these metrics."""
        return bool(self.metrics(rule) & metrics)

    def is_anomaly(self, rule: Rule) -> bool:
        """Whether it compares with what is usual: a spread, a smoothed past, the same hour of another day."""
        if _ANOMALY.search(rule.name) or any(_ANOMALY.search(metric) for metric in self.metrics(rule)):
            return True
        every = self.behind(rule)
        if any(parts.functions & (_SPREAD | _SMOOTH) for parts in every):
            return True
        return any((_seconds(each) or 0.0) >= 86400 for parts in every for each in parts.offsets)

    def is_burn(self, rule: Rule, metrics: frozenset[str]) -> bool:
        """Whether it is an alert on how fast the error budget of an SLI is spent: by its name or labels, or
        since it holds a service level over two windows at once."""
        if not rule.alerts or not self.is_sli(rule, metrics):
            return False
        if _BURN.search(f"{rule.name} {' '.join(rule.labels)} {' '.join(self.metrics(rule))}"):
            return True
        own = parts_of(rule.expr)
        windows = {each for parts in self.behind(rule) for each in parts.windows}
        return "and" in own.words and len(windows) >= 2

    def is_sli(self, rule: Rule, metrics: frozenset[str]) -> bool:
        """Whether it reads a service level: one of these metrics, or a series that is named for one."""
        named = {rule.name, *self.metrics(rule)} if not rule.alerts else self.metrics(rule)
        return any(_SLI.search(each) for each in named) or self.about(rule, metrics)


def is_log_error(rule: Rule) -> bool:
    """Whether an alert of Prometheus looks at errors in logs: a metric made out of logs, by its name or by a
    matcher of levels, together with a word for an error."""
    for selector in parts_of(rule.expr).selectors:
        text = f"{selector.metric} {selector.matchers}"
        if _ERROR.search(text) and (_LOGGED.search(selector.metric) or _LOG_LEVEL.search(selector.matchers)):
            return True
    return False


def is_logql_error(rule: Rule) -> bool:
    """Whether an alert of Loki's ruler looks for errors: in a line filter, a matcher or a parsed label."""
    quoted = re.findall(r'"(?:[^"\\]|\\.)*"|`[^`]*`', rule.expr)
    return any(_ERROR.search(each) for each in quoted)


def metrics_of(signals: Iterable[Signal]) -> frozenset[str]:
    """The metrics by which these signals are read, in all their ways.  The count of a histogram is left
    out: it tells how many there were, not how long they took."""
    found: set[str] = set()
    for signal in signals:
        for way in signal.ways:
            if way.cannot is not None:
                continue
            found |= set(way.needs)
            if way.histogram:
                found |= {f"{way.histogram}_bucket", f"{way.histogram}_sum", way.histogram}
            if way.summary:
                found |= {way.summary, f"{way.summary}_sum"}
    return frozenset(found)


def named(rules: Iterable[Rule], limit: int = 10) -> str:
    """Their names for a sentence: each once, the first few, and how many more there are."""
    names = list(dict.fromkeys(rule.name for rule in rules))
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" (+{more})" if more > 0 else "")

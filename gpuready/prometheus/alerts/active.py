"""Alerts as Prometheus tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gpuready.prometheus.panel.chart import Alert

_GRAVE = ("critical", "page", "error")


def alerts_of(data: Any) -> tuple[Alert, ...]:
    """The alerts of ``/api/v1/alerts``: firing ones first, grave ones before others, then by age."""
    rows = data.get("alerts") if isinstance(data, Mapping) else None
    found = [_alert(row) for row in rows or () if isinstance(row, Mapping)]
    return tuple(
        sorted(found, key=lambda each: (each.state != "firing", each.severity not in _GRAVE, each.since))
    )


def _alert(row: Mapping[str, Any]) -> Alert:
    labels = {str(k): str(v) for k, v in dict(row.get("labels") or {}).items()}
    notes = dict(row.get("annotations") or {})
    return Alert(
        name=labels.get("alertname", "-"),
        state=str(row.get("state", "")),
        severity=labels.get("severity", ""),
        since=_time(str(row.get("activeAt", ""))),
        labels=labels,
        summary=str(notes.get("summary") or notes.get("description") or ""),
    )


def _time(text: str) -> float:
    """A Unix time; 0 when there is none.  Prometheus writes nanoseconds, which Python does not read."""
    head, dot, rest = text.partition(".")
    zone = rest.lstrip("0123456789") if dot else ""
    try:
        return datetime.fromisoformat(head + zone if dot else head).timestamp()
    except ValueError:
        return 0.0

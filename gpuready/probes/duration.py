"""Durations as Prometheus and many after it write them: ``5m``, ``1h30m``, ``30d``."""

from __future__ import annotations

import re

from gpuready.text.fault import Fault

_DURATION = re.compile(r"(\d+)(ms|[smhdwy])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}


def seconds_of(text: str) -> float:
    """A duration as Prometheus writes it (``5m``, ``1h30m``) in seconds; `Fault` when it is none."""
    parts = _DURATION.findall(text)
    total = sum(int(number) * _SECONDS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or total <= 0:
        raise Fault("prometheus.bad_window", found=text)
    return total


def window_text(seconds: float) -> str:
    """Seconds as the shortest duration that Prometheus reads; at least ``1s``."""
    whole = max(1, round(seconds))
    for unit in ("w", "d", "h", "m"):
        if whole % int(_SECONDS[unit]) == 0:
            return f"{whole // int(_SECONDS[unit])}{unit}"
    return f"{whole}s"

"""Lengths of time as people write them: 30, "30s", "15m", "1h"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gpuready.probes.probe import Broken

LONGEST = 6 * 3600.0  # seconds: longer windows are Prometheus' business
_OF_UNIT = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|)\s*")


def seconds_of(params: Mapping[str, object], *, least: float = 0.0) -> float:
    """The window in seconds: the parameter `window` where it is given, else `seconds`.  `Broken` when that
    is no length of time between `least` and six hours."""
    given = params.get("window") or params.get("seconds", 0)
    match = _LENGTH.fullmatch(str(given))
    found = float(match[1]) * _OF_UNIT[match[2]] if match else -1.0
    if not least <= found <= LONGEST:
        raise Broken("probes_node.bad_window", given=given, least=f"{least:g}")
    return found


def limit_of(params: Mapping[str, object]) -> float:
    """The time limit of a probe with such a window: the window and half a minute.  A window that cannot be
    read is left to the probe, which says what is wrong with it."""
    try:
        return seconds_of(params) + 30.0
    except Broken:
        return 30.0

"""A hybrid logical clock as text: it sorts as time does, and never sorts an event before what it knew of.

``01930f3c2a10:0003:5f1c09ab77de`` is the millisecond since 1970 (12 hex digits), a counter for events of
the same millisecond (4 hex digits) and the replica, which settles what is left equal.
"""

from __future__ import annotations

import re

_CLOCK = re.compile(r"[0-9a-f]{12}:[0-9a-f]{4}:[0-9A-Za-z_.-]{1,64}")
_LAST_MS = 253_402_300_799_999  # the last millisecond of the year 9999, where datetime ends
_COUNTS = 0x10000


def tick(last: str, ms: int, replica: str) -> str:
    """The reading after `last` (empty: none yet) when the wall clock shows `ms` milliseconds since 1970.

    It follows the wall clock, and counts up from `last` while the wall clock stands still or has been
    set back.
    """
    ms, count = min(max(ms, 0), _LAST_MS), 0
    if last and ms <= (before := ms_of(last)):
        ms, count = before, count_of(last) + 1
        if count == _COUNTS:
            ms, count = before + 1, 0
    return f"{ms:012x}:{count:04x}:{replica}"


def ms_of(clock: str) -> int:
    """Its milliseconds since 1970."""
    return int(clock[:12], 16)


def count_of(clock: str) -> int:
    """Its place among the events of one millisecond."""
    return int(clock[13:17], 16)


def bound(ms: int) -> str:
    """A text that sorts before every reading of that millisecond and after all earlier ones."""
    return f"{min(max(ms, 0), _LAST_MS):012x}"


def is_clock(text: str) -> bool:
    """Whether the text is a reading, of a moment that the calendar has."""
    return _CLOCK.fullmatch(text) is not None and ms_of(text) <= _LAST_MS

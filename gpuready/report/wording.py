"""Times as people read them in a report."""

from __future__ import annotations

from datetime import datetime


def time_text(at: datetime, now: datetime) -> str:
    """A moment to the minute, in the time zone of `now`."""
    return at.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")

"""Days as operators type them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from gpuready.text.fault import Fault

_SPAN = re.compile(r"\+?(\d{1,4})([dwm])")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_day(text: str, today: date) -> date:
    """The day that the text means, seen from today.

    ``2026-12-01``, ``12-01`` (the next one), ``today``, ``tomorrow``, ``fri`` (the next one), ``+7d``,
    ``2w``, ``1m`` (30 days).  `Fault` for anything else.
    """
    word = text.strip().casefold()
    if word in ("today", "今天"):
        return today
    if word in ("tomorrow", "明天"):
        return today + timedelta(days=1)
    for number, name in enumerate(_WEEKDAYS):
        if len(word) >= 3 and name.startswith(word):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    if span := _SPAN.fullmatch(word):
        return today + timedelta(days=int(span[1]) * {"d": 1, "w": 7, "m": 30}[span[2]])
    try:
        if re.fullmatch(r"\d{1,2}-\d{1,2}", word):
            month, day = map(int, word.split("-"))
            this_year = date(today.year, month, day)
            return this_year if this_year >= today else date(today.year + 1, month, day)
        return date.fromisoformat(word)
    except ValueError:
        raise Fault("board.bad_day", found=text) from None

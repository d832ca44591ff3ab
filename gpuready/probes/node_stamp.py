"""When a line of a log was written, as far as the line itself tells."""

from __future__ import annotations

import re
import time
from datetime import datetime

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?")
_UNIX = re.compile(r"^(\d{9,10}\.\d{3,6})\s")
_SYSLOG = re.compile(r"^([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)\s")
_DMESG = re.compile(r"^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})\]")
_VLLM = re.compile(r"\b(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) (\d\d)-(\d\d) (\d\d:\d\d:\d\d)\b")
_DOCKER = re.compile(r'"time":"([^"]{10,40})"\}?$')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = 86400.0


def stamp_of(line: str, now: float | None = None) -> float | None:
    """The line's own time in Unix seconds; None when it has none that is worth anything: seconds since some
    boot, as ``dmesg`` prints them, are not.

    Known are ISO 8601, syslog's "Nov 24 08:00:00" (of the last twelve months, local time), ``dmesg -T``,
    ``journalctl -o short-unix``, vLLM's "INFO 11-24 08:00:00" and Docker's json-file.
    """
    now = time.time() if now is None else now
    if docker := _DOCKER.search(line[-60:]):
        return _iso(_ISO.match(docker[1]))
    head = line[:160]
    if unix := _UNIX.match(head):
        return float(unix[1])
    if syslog := _SYSLOG.match(head):
        return _yearless(syslog[1], syslog[2], syslog[3], now)
    if dmesg := _DMESG.match(head):
        return _local(int(dmesg[4]), dmesg[1], dmesg[2], dmesg[3])
    if vllm := _VLLM.search(head):
        month = int(vllm[1])
        return _yearless(_MONTHS[month - 1], vllm[2], vllm[3], now) if 1 <= month <= 12 else None
    return _iso(_ISO.search(head))


def _iso(match: re.Match[str] | None) -> float | None:
    if match is None:
        return None
    day, clock, part, zone = match.groups()
    try:
        # without a zone it is this machine's own time, which is what timestamp() assumes
        at = datetime.fromisoformat(f"{day}T{clock}{zone or ''}").timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return at + (float(f"0.{part}") if part else 0.0)


def _local(year: int, month: str, day: str, clock: str) -> float | None:
    try:
        return datetime.fromisoformat(
            f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02}T{clock}"
        ).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _yearless(month: str, day: str, clock: str, now: float) -> float | None:
    year = datetime.fromtimestamp(now).year
    at = _local(year, month, day, clock)
    # in January a line of December is of last year; 29 February exists only in some
    return _local(year - 1, month, day, clock) if at is None or at > now + _DAY else at

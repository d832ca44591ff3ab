"""The busiest processes, at a price that stays small on machines with thousands."""

from __future__ import annotations

import os
import time

from gpuready.live.facts import Process
from gpuready.live.owners import Owners

MOST = 8
EVERY = 3.0  # seconds between two scans
_SHARE = 400  # a scan may cost one part in so many of the time until the next one
_LONGEST = 30.0
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Top:
    """`processes` are those of the last scan, by processor time since the scan before, then by memory.

    Reading ``/proc/PID/stat`` directly takes a fifth of what psutil's iterator takes.
    """

    def __init__(self, owners: Owners) -> None:
        self.processes: tuple[Process, ...] = ()
        self.count: int | None = None
        self._owners = owners
        self._due = 0.0
        self._scanned_at: float | None = None
        self._ticks: dict[int, tuple[bytes, int]] = {}

    def look(self, now: float) -> None:
        """Scan if it is time to; `now` is monotonic.  Before the second scan nothing is known."""
        if now < self._due:
            return
        begun = time.thread_time()
        before, at = self._ticks, self._scanned_at
        rows = self._scan()
        self._scanned_at = now
        self.count = len(rows)
        if at is not None and now > at:
            self._rank(rows, before, (now - at) * _TICK)
            cost = time.thread_time() - begun
            self._due = now + min(max(EVERY, cost * _SHARE), _LONGEST) - 0.05
        else:
            self._due = now + 0.5

    def _scan(self) -> list[tuple[int, bytes, int, bytes, int]]:
        rows, ticks = [], {}
        for entry in os.listdir("/proc"):  # noqa: PTH208 (hot)
            if not entry.isdigit():
                continue
            try:
                file = os.open(f"/proc/{entry}/stat", os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                data = os.read(file, 1024)
            except OSError:
                continue
            finally:
                os.close(file)
            # the name stands in brackets and may hold brackets itself
            head, _, tail = data.rpartition(b") ")
            words = tail.split(None, 22)
            if len(words) < 23:
                continue
            pid, spent = int(entry), int(words[11]) + int(words[12])
            ticks[pid] = (words[19], spent)  # the start time tells a reused PID
            rows.append((pid, head, spent, words[19], int(words[21])))
        self._ticks = ticks
        return rows

    def _rank(
        self,
        rows: list[tuple[int, bytes, int, bytes, int]],
        before: dict[int, tuple[bytes, int]],
        passed: float,
    ) -> None:
        ranked = []
        for pid, head, spent, started, pages in rows:
            old = before.get(pid)
            since = spent - old[1] if old is not None and old[0] == started else spent
            ranked.append((since, pages, pid, head))
        ranked.sort(reverse=True)
        self.processes = tuple(
            Process(
                pid,
                head.partition(b"(")[2].decode("utf-8", "replace"),
                self._owners.of(pid),
                round(max(100 * since / passed, 0.0), 1),
                pages * _PAGE,
            )
            for since, pages, pid, head in ranked[:MOST]
        )

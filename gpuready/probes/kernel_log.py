"""The kernel's log: the given file, /dev/kmsg, the journal, or syslog's files, whichever reaches back far
enough.  A log that cannot be read is never an empty one."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gpuready.probes.command import run
from gpuready.probes.node_files import in_time, number, root_of, text_of, within
from gpuready.probes.node_stamp import stamp_of
from gpuready.probes.probe import Ask, Broken, NoData, Outcome

PARAMS: Mapping[str, object] = {"log": "", "since_hours": 24, "root": "/"}
"""The parameters of every probe that reads the kernel's log: `log` a file to read instead, `since_hours`
how far to look back, `root` where /dev, /proc and /var are."""

_TAIL = 16 * 2**20  # bytes of the end of a log file
_RECORDS = 200_000  # of /dev/kmsg: 512 MiB of ring buffer do not hold more
_JOURNAL_LINES = 20_000
_FILES = ("var/log/kern.log", "var/log/syslog", "var/log/messages")
_SLACK = 300.0  # seconds by which a log may begin late (the first lines after boot) and still be whole


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `at` in Unix seconds, None where the log does not tell."""

    at: float | None
    text: str


@dataclass(frozen=True, slots=True)
class KernelLog:
    """The lines within the window, the oldest first.

    `source` is the file, or ``journal``; `hours` is how far it reaches back, at most what was asked;
    `whole` whether that is the whole window, or all since boot.  `dated` is false when the lines carry no
    time, so that all of them count.
    """

    lines: tuple[Line, ...]
    source: str
    hours: float
    whole: bool
    dated: bool = True

    def remarks(self) -> tuple[tuple[str, Mapping[str, object]], ...]:
        """What a reader must know of the log before believing a zero."""
        said: list[tuple[str, Mapping[str, object]]] = []
        if not self.dated:
            said.append(("probes_node.log_undated", {"log": self.source}))
        elif not self.whole:
            said.append(("probes_node.log_short", {"log": self.source, "hours": f"{self.hours:.1f}"}))
        return tuple(said)


def kernel_log_steps(ask: Ask) -> tuple[str, ...]:
    """What `kernel_log` may read, in that order: it stops at the first that reaches back far enough."""
    if given := str(ask.params.get("log") or ""):
        return (f"read {given}",)
    root = root_of(ask)
    files = [f"read {root / name}.1, {root / name}" for name in _FILES]
    return (f"read {root / 'dev/kmsg'}", " ".join(_journalctl(root)), *files)


async def kernel_log(ask: Ask) -> KernelLog:
    """The kernel's log of the last `since_hours`.

    `NoData` names what was tried when none could be read; `Broken` when the given file is no text.
    """
    hours = number(ask, "since_hours", least=0.01, most=24 * 366)
    if given := str(ask.params.get("log") or ""):
        lines = await in_time(ask, lambda: _lines_of(Path(given)), given)
        # whoever names a log vouches for it: it is whole from its first line on
        return _window(lines, given, hours, 0.0, vouched=True)
    root = root_of(ask)
    boot = _boot(root)
    best: KernelLog | None = None
    tried: list[str] = []
    for attempt in (_kmsg, _journal, *_FILES):
        try:
            if isinstance(attempt, str):
                found = await _file(ask, root / attempt, hours, boot)
            else:
                found = await attempt(ask, root, hours, boot)
        except Outcome as why:
            tried.append(str(why))
            continue
        if found.whole:
            return found
        if best is None or found.hours > best.hours:
            best = found
    if best is None:
        raise NoData("probes_node.no_kernel_log", tried=" ".join(dict.fromkeys(tried)))
    return best


# --- /dev/kmsg ------------------------------------------------------------------------------------------


async def _kmsg(ask: Ask, root: Path, hours: float, boot: float) -> KernelLog:
    path = root / "dev/kmsg"
    records = await in_time(ask, lambda: _records(path), str(path))
    if not records:
        raise NoData("probes_node.log_empty", log=path)
    whole = records[0].partition(",")[2].startswith("0,")  # the very first record is still in the buffer
    offset = time.time() - time.monotonic()
    lines = [line for record in records if (line := _of_record(record, offset))]
    return _window(lines, str(path), hours, boot, vouched=whole)


def _records(path: Path) -> list[str]:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from None
    found: list[str] = []
    try:
        device = stat.S_ISCHR(os.fstat(handle).st_mode)
        while len(found) < _RECORDS:
            try:
                data = os.read(handle, 8192 if device else _TAIL)
            except BlockingIOError:
                break  # that was the newest record
            except OSError as error:
                if error.errno == errno.EPIPE:
                    continue  # overwritten while we read: the next read gives the oldest that is left
                raise _unreadable(path, error) from None
            if not data:
                break
            found += data.decode("utf-8", "replace").splitlines()
    finally:
        os.close(handle)
    return [record for record in found if not record.startswith(" ")]  # those are a record's key=value


def _of_record(record: str, offset: float) -> Line | None:
    """``priority,number,microseconds,flags;text``; the time is the monotonic clock's."""
    head, semicolon, text = record.partition(";")
    words = head.split(",")
    if not semicolon or len(words) < 3 or not words[2].isdigit():
        return None
    return Line(int(words[2]) / 1e6 + offset, text)


# --- the journal ----------------------------------------------------------------------------------------


def _journalctl(root: Path) -> list[str]:
    where = [] if root == Path("/") else ["--directory", str(root / "var/log/journal")]
    shape = ["--no-pager", "--quiet", "--output", "short-unix", "--lines", str(_JOURNAL_LINES)]
    return ["journalctl", *where, *shape, "_TRANSPORT=kernel"]


async def _journal(ask: Ask, root: Path, hours: float, boot: float) -> KernelLog:
    done = await run(_journalctl(root), limit=within(ask))
    lines = [_line(line, time.time()) for line in done.out.splitlines()]
    if done.code or not lines:
        # without the rights journalctl shows nothing and calls it a success
        raise NoData("probes_node.journal_empty").showing(done.exchange)
    return _window(lines, "journal", hours, boot)


# --- files ----------------------------------------------------------------------------------------------


async def _file(ask: Ask, path: Path, hours: float, boot: float) -> KernelLog:
    lines = await in_time(ask, lambda: _rotated(path), str(path))
    return _window(lines, str(path), hours, boot)


def _rotated(path: Path) -> list[Line]:
    before = path.with_name(path.name + ".1")
    return (_lines_of(before) if before.is_file() else []) + _lines_of(path)


def _lines_of(path: Path) -> list[Line]:
    return [_line(line, time.time()) for line in tail_of(path).splitlines()]


def tail_of(path: Path) -> str:
    """The last 16 MiB of a log file.  `NoData` when it cannot be read or is empty, `Broken` when it is no
    text."""
    try:
        with open(_unblocked(path), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NoData("probes_node.log_no_file", log=path)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            data = file.read(_TAIL)
    except OSError as error:
        raise _unreadable(path, error) from None
    if not data.strip():
        raise NoData("probes_node.log_empty", log=path)
    if data.count(0) > len(data) / 20:  # a few come from a crash, many mean something else than a log
        raise Broken("probes_node.log_binary", log=path)
    text = data.decode("utf-8", "replace")
    return text.partition("\n")[2] if size > _TAIL else text


def _unblocked(path: Path) -> int:
    """The file, opened without waiting for whoever writes into it, should it be a pipe."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def _line(text: str, now: float) -> Line:
    return Line(stamp_of(text, now), text)


def _unreadable(path: Path, error: OSError) -> NoData:
    return NoData("probes_node.log_unreadable", log=path, error=error.strerror or error)


# --- the window -----------------------------------------------------------------------------------------


def _boot(root: Path) -> float:
    for line in (text_of(root / "proc/stat") or "").splitlines():
        if line.startswith("btime ") and line[6:].isdigit():
            return float(line[6:])
    return 0.0


def _window(
    lines: Iterable[Line], source: str, hours: float, boot: float, *, vouched: bool = False
) -> KernelLog:
    """The lines of the last `hours`; a line without a time is as old as the one before it."""
    now = time.time()
    since = now - hours * 3600
    first: float | None = None
    last: float | None = None
    kept = []
    for line in lines:
        last = last if line.at is None else line.at
        if first is None and last is not None:
            first = last
        if last is None or last >= since:
            kept.append(Line(last, line.text))
    if first is None:
        return KernelLog(tuple(kept), source, hours, vouched, dated=False)
    reaches = min(hours, max(0.0, (now - first) / 3600))
    whole = vouched or first <= max(since, boot) + _SLACK
    return KernelLog(tuple(kept), source, reaches, whole)

"""Are the last lines of a log JSON, each with a time, a level and a message?"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.places import at_home
from gpuready.probes.deadline import Deadline
from gpuready.probes.engine_api import container, engine_of, inspect, log_lines, log_tail, part, plan
from gpuready.probes.node_files import in_time
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

MOST = 10_000
"""Lines that are read, whatever is asked for."""

TAIL = 8 * 2**20
"""Bytes of a file's end that are read."""

_TIME = ("time", "ts", "timestamp", "@timestamp", "datetime", "asctime", "date", "t", "eventtime")
_LEVEL = ("level", "lvl", "severity", "levelname", "loglevel", "log.level", "severitytext", "severity_text")
_MESSAGE = ("message", "msg", "event", "body", "text", "textpayload")
_ENGINES_OWN = ({"log", "stream", "time"}, {"log", "stream", "time", "attrs"})
_CRI = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] (.*)$", re.S)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines were read, and of them those without what; `examples` are the first that failed."""

    lines: int = 0
    not_json: int = 0
    without_time: int = 0
    without_level: int = 0
    without_message: int = 0
    unparsed: int = 0
    levels: Mapping[str, int] | None = None
    examples: tuple[str, ...] = ()


def bare(line: str) -> str:
    """The line as the program wrote it, out of what container engines wrap around it in their files: Docker
    its own JSON, Kubernetes (CRI) time, stream and flag."""
    if match := _CRI.match(line):
        return match[1]
    if line.startswith('{"log":'):
        try:
            table = json.loads(line)
        except ValueError:
            return line
        if isinstance(table, dict) and set(table) in _ENGINES_OWN and isinstance(table["log"], str):
            return table["log"].rstrip("\r\n")
    return line


def tally(lines: Sequence[str]) -> Tally:
    """Count what the lines have; empty lines are none."""
    counts: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    examples: list[str] = []
    told = [line for raw in lines if (line := bare(raw)).strip()]
    for line in told:
        table = _table(line)
        lacks = ["not_json"] if table is None else _lacks(table)
        counts.update(lacks)
        if lacks:
            counts["unparsed"] += 1
            if len(examples) < 5:
                examples.append(line[:300])
        if table is not None and (level := _find(table, _LEVEL)) is not None:
            levels[str(level).lower()[:16]] += 1
    return Tally(len(told), **counts, levels=dict(levels.most_common(8)), examples=tuple(examples))


def _table(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _find(table: Mapping[str, Any], names: Sequence[str]) -> object:
    lower = {str(name).lower(): value for name, value in table.items()}
    for name in names:
        found = lower.get(name)
        if found is None and "." in name:  # ECS writes log.level nested too
            first, _, rest = name.partition(".")
            inner = lower.get(first)
            found = inner.get(rest) if isinstance(inner, dict) else None
        if found not in (None, ""):
            return found
    return None


def _lacks(table: Mapping[str, Any]) -> list[str]:
    wanted = {"without_time": _TIME, "without_level": _LEVEL, "without_message": _MESSAGE}
    return [name for name, names in wanted.items() if _find(table, names) is None]


def _count(ask: Ask) -> int:
    return max(1, min(int(str(ask.params.get("lines", 200))), MOST))


def _file(ask: Ask) -> str:
    """The file to read: option ``file``, or an address that is a path."""
    given = ask.target.options.get("file", "")
    return given or (ask.target.address if ask.target.address.startswith("/") else "")


async def _format(ask: Ask) -> Measurement:
    """A line counts as unparsed when it is no JSON object, or lacks a time, a level or a message under one
    of their usual names.  The lines of a traceback are unparsed, each of them."""
    count, file = _count(ask), _file(ask)
    if file:
        lines = await in_time(ask, lambda: _tail(Path(file), count), file)
        source = file
    else:
        name = ask.target.address or ask.target.name
        async with engine_of(ask, Deadline(ask).left) as engine:
            found = await container(engine, name)
            lines = await log_lines(engine, name, count, tty=bool(part(found, "Config", "Tty")))
        source = f"the log of {name}"
    seen = tally(lines)
    if not seen.lines:
        raise NoData("probes_logs.no_lines", source=safe_line(source))
    fields: dict[str, Scalar] = {
        "lines": seen.lines,
        "unparsed": seen.unparsed,
        "not_json": seen.not_json,
        "without_time": seen.without_time,
        "without_level": seen.without_level,
        "without_message": seen.without_message,
        "levels": ", ".join(f"{safe_line(level)} {many}" for level, many in (seen.levels or {}).items()),
    }
    shown = Exchange(f"the last {count} lines of {source}", redact("\n".join(seen.examples or lines[:3])))
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if seen.lines < count:
        remarks.append(("probes_logs.fewer_lines", {"lines": seen.lines, "count": count}))
    if seen.unparsed:
        remarks.append(("probes_logs.unparsed", {"line": redact(safe_line(seen.examples[0][:100]))}))
    return Measurement(fields, source, (shown,), tuple(remarks))


def _tail(path: Path, count: int) -> list[str]:
    try:
        path = at_home(path)
        if not path.is_file():  # a pipe or a device would never end
            raise FileNotFoundError(2, "not a file")
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            data = file.read(TAIL)
    except OSError as error:
        raise NoData("probes_logs.no_file", path=path, why=error.strerror) from None
    lines = data.decode(errors="replace").splitlines()
    if size > TAIL and len(lines) <= count:
        lines = lines[1:]  # the first is cut
    return list(deque(lines, count))


def _steps(ask: Ask) -> Sequence[str]:
    count, file = _count(ask), _file(ask)
    if file:
        return (f"READ the last {count} lines of {file}",)
    name = ask.target.address or ask.target.name
    return plan(ask, (inspect(name), log_tail(name, count)))


FORMAT = Probe(
    name="logs.format",
    measure=_format,
    steps=_steps,
    fields={
        "unparsed": "count",
        "lines": "count",
        "not_json": "count",
        "without_time": "count",
        "without_level": "count",
        "without_message": "count",
        "levels": "",
    },
    params={"lines": 200},
    on="container",
    limit=20,
    privilege="the docker group, or the right to read the file",
)

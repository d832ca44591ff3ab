"""How often something stands in the last lines of a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import time as now

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.generic_read import path_of, tail
from gpuready.probes.generic_regex import search
from gpuready.probes.node_files import in_time
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

MOST = 100_000
"""Lines that are read, whatever is asked for."""

_LINE = 10_000  # characters of one line in which something is looked for


def _count(ask: Ask) -> int:
    try:
        return max(1, min(int(float(str(ask.params.get("lines", 1000)))), MOST))
    except (ValueError, OverflowError):
        raise Broken("probes_generic.bad_lines", found=safe_line(str(ask.params.get("lines")))[:40]) from None


def _steps(ask: Ask) -> Sequence[str]:
    try:
        return (f"read the last {_count(ask)} lines of {path_of(ask)}",)
    except Broken as fault:
        return (str(fault),)


async def _log(ask: Ask) -> Measurement:
    """`matches` counts the lines in which ``regex`` is found.  A log that is missing, empty or not to be read
    is `NoData`: no line is no sign that nothing happened."""
    path, count, time = path_of(ask), _count(ask), Deadline(ask)
    pattern = str(ask.params.get("regex") or "")
    if not pattern:
        raise Broken("probes_generic.no_regex")
    lines, written = await in_time(ask, lambda: tail(path, count), safe_line(str(path)))
    if not any(line.strip() for line in lines):
        raise NoData("probes_generic.empty_log", path=safe_line(str(path)))
    asked = f"read the last {count} lines of {path}"
    try:
        found = await search(pattern, [line[:_LINE] for line in lines], time.left)
    except Outcome as fault:
        raise fault.showing(Exchange(asked, redact("\n".join(lines[-20:])))) from None
    fields: dict[str, Scalar] = {"matches": found.count, "lines": len(lines)}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if (age := now() - written) >= -1:
        fields["age"] = max(0.0, age)
    if found.matched:
        fields["last"] = redact(safe_line(found.last))[:300]
    if len(lines) < count:
        remarks.append(("probes_generic.fewer_lines", {"lines": len(lines), "count": count}))
    shown = Exchange(asked, redact(found.last or "\n".join(lines[-20:])))
    return Measurement(fields, str(path), (shown,), tuple(remarks))


LOG = Probe(
    name="log",
    measure=_log,
    steps=_steps,
    fields={"matches": "count", "lines": "count", "age": "s", "last": ""},
    params={"path": "", "regex": "", "lines": 1000},
    limit=20,
    privilege="the right to read the log",
)
"""`age` is how long nothing was written; `last` the last line that matches."""

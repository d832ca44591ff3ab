"""The last lines of a container's log, read for known causes of trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.container_causes import recognise, root
from gpuready.probes.engine_api import container, engine_of, inspect, log_lines, log_tail, part, pick, plan
from gpuready.probes.probe import Ask, Measurement, NoData, Probe
from gpuready.text.safe import safe_line

MOST_LINES = 10_000
_AROUND = 5  # lines of evidence on either side of the first error


def _lines(ask: Ask) -> int:
    asked = ask.params["lines"]
    return min(max(asked, 1), MOST_LINES) if isinstance(asked, int) else 500


def _steps(ask: Ask) -> Sequence[str]:
    name = ask.target.address
    return plan(ask, (inspect(name), log_tail(name, _lines(ask))))


async def _logs(ask: Ask) -> Measurement:
    name, count = ask.target.address, _lines(ask)
    async with engine_of(ask) as engine:
        found = await container(engine, name)
        engine.note(inspect(name), pick(found, "State.Status", "State.ExitCode", "State.Error"))
        lines = await log_lines(engine, name, count, tty=part(found, "Config", "Tty") is True)
        read = len(lines)
        if why := part(found, "State", "Error"):
            lines.append(str(why))  # why the engine could not start it: no log of its own tells
        if not lines:
            engine.note(log_tail(name, count), "no line at all")
            raise NoData("probes_container.empty_log", name=name).showing(*engine.evidence)
        troubles = recognise(lines)
        first = root(troubles)
        at = first.line if first else len(lines)
        shown = lines[max(0, at - 1 - _AROUND) : at + _AROUND]
        engine.note(log_tail(name, count), "\n".join(shown))
    causes = Counter(trouble.cause for trouble in troubles)
    fields: dict[str, Scalar] = {"lines": read, "errors": len(troubles)}
    if first is None:
        return Measurement(fields, "Docker Engine API", tuple(engine.evidence))
    fields |= {
        "cause": first.cause,
        "causes": ", ".join(f"{cause} {times}" for cause, times in causes.most_common()),
        "first_error": safe_line(first.text.strip())[:300],
    }
    remark = (first.advice, {"line": first.line, "said": fields["first_error"]})
    return Measurement(fields, "Docker Engine API", tuple(engine.evidence), (remark,))


LOGS = Probe(
    name="container.logs",
    measure=_logs,
    steps=_steps,
    fields={"errors": "count", "lines": "count", "cause": "", "causes": "", "first_error": ""},
    params={"lines": 500},
    on="container",
    limit=15.0,
    privilege="the docker group",
)
"""Counts the lines that name trouble among the last ``lines`` of the log, together with the engine's own
error for a container that it could not start.  An empty log is no data."""

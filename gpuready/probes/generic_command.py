"""A program of the operator's own, run without a shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gpuready.checklist.model import Scalar
from gpuready.probes.command import run
from gpuready.probes.deadline import Deadline
from gpuready.probes.generic_value import FIELDS, PARAMS, taken
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Probe, Safety
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

LONGEST = 600
"""Seconds that a program may take, whatever is asked for."""

_STREAMS = ("stdout", "stderr", "both")


def _argv(ask: Ask) -> tuple[str, ...]:
    """The argument list; `Broken` when it is none (a text would need a shell to take it apart)."""
    given = ask.params.get("argv")
    words = given if isinstance(given, list | tuple) else ()
    fine = all(isinstance(word, str | int | float) and not isinstance(word, bool) for word in words)
    argv = tuple(map(str, words))
    if not argv or not fine or not argv[0].strip() or any("\0" in word for word in argv):
        raise Broken("probes_generic.bad_argv", found=redact(safe_line(str(given)))[:80])
    return argv


def _steps(ask: Ask) -> Sequence[str]:
    try:
        return (shlex.join(_argv(ask)),)
    except Broken as fault:
        return (str(fault),)


async def _command(ask: Ask) -> Measurement:
    """`exit_code` is negative for a signal.  With an exit code that is not among ``ok`` the program did not
    do what it should: then `text` is what it printed, `value` is left out, and so is a `matched` that would
    be false.  Its environment is bare (PATH, HOME, LANG=C)."""
    argv, time = _argv(ask), Deadline(ask)
    stream = str(ask.params.get("stream") or "stdout")
    if stream not in _STREAMS:
        raise Broken("probes_generic.bad_stream", found=safe_line(stream)[:40], known=", ".join(_STREAMS))
    seconds = min(_seconds(ask.params), time.left)
    try:
        done = await run(argv, limit=seconds)
    except OSError as error:  # a script without its interpreter, another machine's binary
        why = error.strerror or str(error)
        raise NoData("probes_generic.no_start", program=safe_line(argv[0]), why=why) from None
    shown = replace(done.exchange, asked=redact(done.exchange.asked))
    said = {"stdout": done.out, "stderr": done.err, "both": done.out + done.err}[stream]
    fields: dict[str, Scalar] = {"exit_code": done.code}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    right = done.code in _ok(ask)
    try:
        found = await taken(ask if right else _without_json(ask), said, safe_line(argv[0]), time.left)
    except (Broken, NoData) as fault:
        raise fault.showing(shown) from None
    fields |= found.fields
    if right:
        remarks += found.remarks
    else:
        fields.pop("value", None)
        if fields.get("matched") is False:
            del fields["matched"]  # who did not get to say anything did not deny it either
        last = next((line for line in reversed((done.err or done.out).splitlines()) if line.strip()), "-")
        remarks.append(("probes_generic.failed", {"code": done.code, "said": redact(safe_line(last))[:200]}))
    return Measurement(fields, safe_line(argv[0]), (shown,), tuple(remarks))


def _without_json(ask: Ask) -> Ask:
    return replace(ask, params={**ask.params, "json": ""})


def _ok(ask: Ask) -> frozenset[int]:
    """The exit codes with which the program did what it should (``grep -c`` ends with 1 when it counts 0)."""
    given = ask.params.get("ok", (0,))
    codes = given if isinstance(given, list | tuple) else (given,)
    return frozenset(code for code in codes if isinstance(code, int) and not isinstance(code, bool))


def _seconds(params: Mapping[str, object]) -> float:
    try:
        return max(0.1, min(float(str(params.get("seconds", 20))), LONGEST))
    except ValueError:
        return 20.0


COMMAND = Probe(
    name="command",
    measure=_command,
    steps=_steps,
    fields={"exit_code": "", **FIELDS},
    params={"argv": [], "stream": "stdout", "seconds": 20, "ok": [0], **PARAMS},
    safety=Safety.CHANGES,
    limit=25,
    limit_for=lambda params: _seconds(params) + 5,
)
"""Nobody but its author knows what a program does, so it asks first, as what changes something does."""

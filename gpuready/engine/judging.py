"""From what a probe answered to a finding: judged by the figures, explained in a sentence."""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from gpuready.checklist.figure import figure_text, value_text
from gpuready.checklist.model import Criterion, Method, Scalar
from gpuready.checklist.units import convert
from gpuready.checklist.verdict import Bounds, Verdict, judge
from gpuready.engine.plan import Step
from gpuready.engine.registry import unit_of
from gpuready.engine.result import Finding, Saying
from gpuready.probes.probe import Exchange, Measurement, Outcome
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

_TEXT_LIMIT = 2000  # characters of one field or one argument of a sentence
_WORDY = ("", "version", "date")  # units whose values are texts; all others measure with numbers
_MANY = 200  # fields of a measurement, exchanges of evidence


def finding_of(answer: object, step: Step, method: Method, took: float) -> Finding:
    """The finding for what `Probe.measure` returned or raised; `took` in seconds.

    Whatever that is: what is no measurement by the probe's own declaration is an error, never a pass.
    """
    at = datetime.now(UTC)
    if isinstance(answer, Outcome):
        return Finding(
            step.target, _verdict(answer), (_saying(answer),), at, took, evidence=_evidence(answer.evidence)
        )
    if isinstance(answer, BaseException):
        return _crash(answer, step, at, took)
    if not isinstance(answer, Measurement):
        return _broken(step, at, took, "engine.no_measurement", found=type(answer).__name__)
    try:
        return _judged(answer, step, method, at, took)
    except Exception as error:  # a measurement with parts of the wrong kind
        return _crash(error, step, at, took)


def blocked(step: Step, what: str, why: Saying) -> Finding:
    """The finding for a step that was not tried: it waits for `what`, because of `why`."""
    return Finding(step.target, Verdict.BLOCKED, (("engine.blocked", {"what": what}), why), datetime.now(UTC))


def _judged(answer: Measurement, step: Step, method: Method, at: datetime, took: float) -> Finding:
    probe = step.probe
    if stray := sorted(set(answer.fields) - set(probe.fields)):
        return _broken(step, at, took, "engine.stray_field", probe=probe.name, field=safe_line(str(stray[0])))
    for name, raw in answer.fields.items():
        is_word = isinstance(raw, str | bool)
        if not isinstance(raw, str | int | float) or (is_word and probe.fields[name] not in _WORDY):
            return _broken(step, at, took, "engine.odd_field", probe=probe.name, field=name)
    fields = {name: _bounded(value) for name, value in list(answer.fields.items())[:_MANY]}
    figures = {each.field: each.unit for each in method.want}
    units = {name: unit_of(name, probe, step.ask.params, figures.get(name, "")) for name in fields}
    verdict = judge(method.want, fields, units, answer.within)
    value, unit = _first(method.want, fields, units)
    reason = _reason(verdict, method.want, fields, units, answer.within)
    remarks = tuple((str(key), plain(some)) for key, some in answer.remarks)
    return Finding(
        step.target,
        verdict,
        (*reason, *remarks),
        at,
        took,
        value,
        unit,
        fields,
        units,
        safe_line(redact(str(answer.source)))[:200],
        _evidence(answer.evidence),
    )


def _reason(
    verdict: Verdict,
    want: Iterable[Criterion],
    fields: Mapping[str, Scalar],
    units: Mapping[str, str],
    within: Mapping[str, Bounds],
) -> tuple[Saying, ...]:
    """One sentence: what holds, or each figure that does not, with what was measured."""
    met, unmet, missing = [], [], []
    unsettled: list[Saying] = []
    for criterion in want:
        shown = _shown(criterion, fields, units)
        one = judge([criterion], fields, units, within)
        if one is Verdict.PASS:
            met.append(f"{shown} ({figure_text(criterion)})")
        elif one is Verdict.FAIL:
            unmet.append(f"{shown} ({figure_text(criterion)})")
        elif criterion.field in within and shown:
            unsettled.append(_unsettled(criterion, within[criterion.field], units))
        else:
            missing.append(criterion.field)
    said: list[Saying] = []
    if unmet:
        said.append(("engine.unmet", {"what": "; ".join(unmet)}))
    if missing:
        said.append(("engine.not_known", {"what": ", ".join(missing)}))
    said += unsettled
    if verdict is Verdict.PASS:
        said.append(("engine.met", {"what": "; ".join(met)}))
    return tuple(said) or (("engine.no_figure", {}),)


def _unsettled(criterion: Criterion, bounds: Bounds, units: Mapping[str, str]) -> Saying:
    """That the figure lies where the true value may lie on either side of it."""
    unit = units.get(criterion.field, "")
    low, high = (
        value_text(float(f"{convert(each, unit, criterion.unit):.6g}"), criterion.unit) for each in bounds
    )
    figure = figure_text(criterion)
    if math.isinf(bounds[1]):
        return "engine.lies_above", {"low": low, "figure": figure}
    if math.isinf(bounds[0]):
        return "engine.lies_below", {"high": high, "figure": figure}
    return "engine.lies_between", {"low": low, "high": high, "figure": figure}


def _shown(criterion: Criterion, fields: Mapping[str, Scalar], units: Mapping[str, str]) -> str:
    value, unit = _in_figure(criterion, fields, units)
    name = "" if criterion.field == "value" else f"{criterion.field} "
    return "" if value is None else f"{name}{value_text(value, unit)}"


def _first(
    want: tuple[Criterion, ...], fields: Mapping[str, Scalar], units: Mapping[str, str]
) -> tuple[Scalar | None, str]:
    return _in_figure(want[0], fields, units) if want else (None, "")


def _in_figure(
    criterion: Criterion, fields: Mapping[str, Scalar], units: Mapping[str, str]
) -> tuple[Scalar | None, str]:
    """The value in the figure's unit, so that the two can be read against each other: in six figures, and in
    all of them where those six would be the figure itself."""
    value, unit = fields.get(criterion.field), units.get(criterion.field, "")
    if value is None or isinstance(value, str | bool) or (unit == criterion.unit and isinstance(value, int)):
        return value, unit
    exact = convert(value, unit, criterion.unit)
    short = float(f"{exact:.6g}")
    figures = criterion.figure if isinstance(criterion.figure, tuple) else (criterion.figure,)
    shown = exact if short in figures and not math.isclose(short, exact, rel_tol=1e-12) else short
    return (int(shown) if shown.is_integer() else shown), criterion.unit


def _verdict(outcome: Outcome) -> Verdict:
    """What an outcome may say: no pass and no fail, since nothing was measured."""
    may = (Verdict.UNKNOWN, Verdict.NA, Verdict.ERROR, Verdict.BLOCKED)
    return outcome.verdict if outcome.verdict in may else Verdict.ERROR


def _crash(error: BaseException, step: Step, at: datetime, took: float) -> Finding:
    what = safe_line(redact(f"{type(error).__name__}: {error}"))[:200]
    # The traceback is for whoever mends the probe: it is kept as evidence and shown to nobody else.
    trace = redact("".join(traceback.format_exception(error)))
    said: Saying = ("engine.crash", {"probe": step.probe.name, "error": what})
    return Finding(
        step.target, Verdict.ERROR, (said,), at, took, evidence=(Exchange(step.probe.name, trace),)
    )


def _broken(step: Step, at: datetime, took: float, key: str, **fields: Scalar) -> Finding:
    said: Saying = (key, {"probe": step.probe.name} | fields)
    return Finding(step.target, Verdict.ERROR, (said,), at, took)


def _saying(outcome: Outcome) -> Saying:
    return outcome.key, plain(outcome.fields)


def plain(fields: Mapping[str, object]) -> dict[str, Scalar]:
    """The fields of a sentence as values that a session keeps."""
    return {
        str(name): value if isinstance(value, bool | int) else _bounded(value) if isinstance(value, float)
        else safe_line(redact(str(value)))[:_TEXT_LIMIT]
        for name, value in fields.items()
    }  # fmt: skip


def _bounded(value: Scalar) -> Scalar:
    if isinstance(value, str):
        return safe_line(redact(value))[:_TEXT_LIMIT]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**63:
        return float(value)
    # An infinity is no measurement: it reads like NaN, which no figure passes.
    return math.nan if isinstance(value, float) and not math.isfinite(value) else value


def _evidence(given: object) -> tuple[Exchange, ...]:
    exchanges = given if isinstance(given, tuple | list) else ()
    kept = [each for each in exchanges[:_MANY] if isinstance(each, Exchange)]
    # Redacted by the probe; once more here, since not every probe is ours.
    return tuple(Exchange(redact(each.asked), redact(each.answered)) for each in kept)

"""Results as a document of JSON values, from which the other formats are made, and as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gpuready.checklist.figure import figures_text, value_text
from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Verdict, worst
from gpuready.engine.plan import Planned
from gpuready.engine.record import gives_way
from gpuready.engine.registry import Problem
from gpuready.engine.result import Finding, Result, Saying, sentence
from gpuready.engine.trend import Point, regressed, trend
from gpuready.session.facts import Mark
from gpuready.session.state import State
from gpuready.text.say import language, say

SCHEMA = "gpuready.results/1"
UNDETERMINED = frozenset(
    {Verdict.UNKNOWN, Verdict.ERROR, Verdict.BLOCKED, Verdict.MANUAL, Verdict.STALE}
)  # what --strict does not let pass


def results_document(
    results: Sequence[Result],
    *,
    selector: str,
    at: datetime,
    session: str = "",
    state: State | None = None,
    complete: bool = True,
    problems: Iterable[Problem] = (),
) -> dict[str, Any]:
    """All results; `state` gives the earlier values.  `complete` is false when the run was stopped: then
    these are the results that came until then."""
    entries = [entry(each, state) for each in results]
    verdicts = [each["verdict"] for each in entries]
    return {
        "schema": SCHEMA,
        "at": _time(at),
        "session": session or None,
        "selector": selector,
        "complete": complete,
        "worst": str(worst(map(Verdict, verdicts))),
        "counts": {str(v): verdicts.count(v) for v in Verdict if v in verdicts},
        "causes": _causes(entries),
        "problems": [{"where": each.where, "what": str(each)} for each in problems],
        "results": [{name: value for name, value in each.items() if name != "cause"} for each in entries],
    }


def entry(result: Result, state: State | None = None) -> dict[str, Any]:
    """One check: what it comes to, and each target by itself.

    A waiver in force stands over what was found, and a person's word over findings that hold no data;
    `found` tells what was found then.
    """
    planned = result.planned
    check, standing = planned.check, planned.standing
    known = standing.known
    plain: dict[str, Any] = {
        "ref": check.ref,
        "en": check.words.en,
        "zh": check.words.zh,
        "role": "acceptance" if check.is_acceptance else "step",
        "method": f"{planned.method.kind} {planned.method.name}".strip() if planned.method else None,
        "verdict": str(result.verdict),
        "provenance": None,
        "value": None,
        "unit": "",
        "figure": figures_text((planned.method.want if planned.method else ()) or check.criteria),
        "reason": "",
        "source": "",
        "target": "",
        "at": None,
        "targets": [_target(each, result, state) for each in result.findings],
        "passed_over": [
            {"method": f"{each.method.kind} {each.method.name}", "why": str(each)} for each in planned.passed
        ],
        "cause": None,
    }
    finding = result.worst
    speaks = finding is None or all(gives_way(each, known) for each in result.findings)
    if speaks and known.mark:
        plain |= _marked(known.mark) | {"verdict": str(standing.verdict)}
        if finding:
            plain |= {"found": str(finding.verdict)}
            plain["reason"] = f"{plain['reason']} {say('engine.found_nothing', why=finding.reason)}".strip()
    elif finding:
        plain |= _found(finding) | {"reason": _reason(result, finding)}
        if finding.verdict is Verdict.BLOCKED:
            plain["cause"] = finding.said
    else:
        plain["reason"] = waiting_text(planned)
    if standing.verdict is Verdict.WAIVED and known.waiver:
        waiver = known.waiver
        plain |= {"verdict": str(Verdict.WAIVED), "found": plain.get("found") or plain["verdict"]}
        said = say(
            "engine.waived", reason=waiver.reason, approver=waiver.approver, until=waiver.until.isoformat()
        )
        plain["reason"] = f"{said} {plain['reason']}".strip()
    plain["reason"] = plain["reason"] or say("engine.no_reason")
    return plain


def waiting_text(planned: Planned) -> str:
    """Why a check waits for a person, and what is asked of them."""
    why = "; ".join(dict.fromkeys(map(str, planned.passed)))
    ask = planned.method.ask.to(language()).rstrip(".。") if planned.method and planned.method.ask else ""
    text = say("engine.by_hand", ask=ask) if ask else say("engine.by_hand_plain")
    return f"{text} {say('engine.because', what=why)}" if why else text


def text_of(document: Mapping[str, Any]) -> str:
    """The document for people: a line for each check and why it is not a pass; then what it comes to."""
    lines = []
    for each in document["results"]:
        verdict = say(f"board.{each['verdict']}")
        value = "" if each["value"] is None else value_text(each["value"], each["unit"])
        facts = ", ".join(filter(None, (value, each["target"], each["source"])))
        lines.append(f"{verdict:<8} {each['ref']:<12} {each[language()]}" + (f"  [{facts}]" if facts else ""))
        lines.append(f"{'':<22}{each['reason']}")
        if len(each["targets"]) > 1:
            lines += [f"{'':<22}{_line(target)}" for target in each["targets"]]
    for cause in document["causes"]:
        said = say("engine.cause", count=len(cause["refs"]), what=cause["what"], why=cause["why"])
        lines += ["", said, f"  {', '.join(cause['refs'])}"]
    counts = ", ".join(f"{count} {say(f'board.{v}')}" for v, count in document["counts"].items())
    lines += ["", say("engine.summary", total=len(document["results"]), counts=counts)]
    if not document["complete"]:
        lines.append(say("engine.stopped"))
    return "\n".join(lines) + "\n"


def exit_code(verdicts: Iterable[str], *, strict: bool = False, nagios: bool = False) -> int:
    """0 when nothing failed, 1 when something did, 3 when `strict` and something could not be determined.

    With `nagios`: 0 ok, 1 warning (warn, stale), 2 critical (fail), 3 unknown.
    """
    found = set(map(Verdict, verdicts))
    doubtful = found & (UNDETERMINED if strict else UNDETERMINED - {Verdict.MANUAL, Verdict.STALE})
    if nagios:
        if Verdict.FAIL in found:
            return 2
        return 3 if doubtful else int(bool(found & {Verdict.WARN, Verdict.STALE}))
    if Verdict.FAIL in found:
        return 1
    return 3 if strict and doubtful else 0


def _reason(result: Result, finding: Finding) -> str:
    """With several targets: how many of them pass, and which is the worst."""
    if len(result.findings) < 2:
        return finding.reason
    good = sum(each.verdict in (Verdict.PASS, Verdict.NA) for each in result.findings)
    if good == len(result.findings):
        return say("engine.all_targets", total=good, reason=finding.reason)
    bad = [each for each in result.findings if each.verdict is finding.verdict]
    names = ", ".join(each.target.name for each in bad[:8]) + (", ..." if len(bad) > 8 else "")
    return say(
        "engine.some_targets",
        good=good,
        total=len(result.findings),
        verdict=say(f"board.{finding.verdict}"),
        names=names,
        reason=finding.reason,
    )


def _found(finding: Finding) -> dict[str, Any]:
    return {
        "verdict": str(finding.verdict),
        "provenance": str(finding.provenance),
        "value": _plain(finding.value),
        "unit": finding.unit,
        "source": finding.source,
        "target": finding.target.name,
        "at": _time(finding.at),
    }


def _target(finding: Finding, result: Result, state: State | None) -> dict[str, Any]:
    plain = _found(finding) | {
        "on": finding.target.kind,
        "reason": finding.reason,
        "took": round(finding.took, 3),
        "fields": {name: _plain(value) for name, value in finding.fields.items()},
        "units": {name: unit for name, unit in finding.units.items() if unit},
        "regressed": None,
    }
    if state is not None and finding.verdict is Verdict.FAIL:
        # Recorded or not, this run's own finding is the last point.
        now = Point(finding.at, finding.verdict, finding.value, finding.unit, finding.target.name, "")
        regression = regressed((*trend(state, result.ref, finding.target.name), now))
        if regression:
            times = {"good": _time(regression.good), "since": _time(regression.since)}
            plain["regressed"] = times
            plain["reason"] = f"{plain['reason']} {say('engine.regressed', **times)}"
    return plain


def _marked(mark: Mark) -> dict[str, Any]:
    said = " ".join(map(sentence, mark.said)) or mark.reason or mark.text
    how = say("engine.known", how=say(f"board.{mark.provenance}"), by=mark.by, at=_time(mark.at))
    return {
        "provenance": str(mark.provenance),
        "value": _plain(mark.value),
        "unit": mark.unit,
        "reason": f"{how} {said}".strip(),
        "source": mark.source,
        "target": mark.target,
        "at": _time(mark.at),
    }


def _causes(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each cause once, with the checks that wait for it."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in entries:
        if each["cause"]:
            first: Saying
            first, *rest = each["cause"]
            what = str(first[1].get("what", ""))
            found.setdefault((what, " ".join(map(sentence, rest))), []).append(each["ref"])
    return [{"what": what, "why": why, "refs": refs} for (what, why), refs in found.items()]


def _line(target: Mapping[str, Any]) -> str:
    value = "" if target["value"] is None else f" {value_text(target['value'], target['unit'])}"
    return f"{target['target']}: {say('board.' + target['verdict'])}{value}  {target['reason']}"


def _plain(value: Scalar | None) -> Scalar | None:
    """JSON knows no NaN."""
    return None if value != value else value


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")

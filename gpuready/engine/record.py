"""Findings into the session: a mark for each target, with its evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gpuready.checklist.figure import figures_text
from gpuready.checklist.verdict import SETTLED, Provenance, Verdict
from gpuready.engine.result import Finding, Result
from gpuready.engine.targets import LOCAL, targets_of
from gpuready.session.event import Event, EventKind
from gpuready.session.facts import CheckState

if TYPE_CHECKING:
    from gpuready.session.store import Session

EVIDENCE_SCHEMA = "gpuready.evidence/1"
_BY_PERSON = (Provenance.ENTERED, Provenance.ATTESTED)
_EMPTY_HANDED = (Verdict.UNKNOWN, Verdict.ERROR, Verdict.BLOCKED)


async def record(session: Session, result: Result) -> tuple[Event, ...]:
    """Mark the check for each target that was asked; the events, in the targets' order.

    What brought no data does not take the place of a person's word.  Marks of targets that neither this run
    nor the session knows any more are cleared.  `Fault` when the session cannot be written.
    """
    known = session.state.check(result.ref)
    marks = [await _mark(session, result, each) for each in result.findings if not gives_way(each, known)]
    gone = [
        await session.append(EventKind.CLEARED, result.ref, {"target": name})
        for name in _gone(session, result)
    ]
    return (*marks, *gone)


def gives_way(finding: Finding, known: CheckState) -> bool:
    """Whether a person's word on the check stands against the finding, since it holds no data."""
    mark = known.mark
    spoken = mark is not None and mark.provenance in _BY_PERSON and mark.verdict in (*SETTLED, Verdict.FAIL)
    return finding.verdict in _EMPTY_HANDED and spoken


async def _mark(session: Session, result: Result, finding: Finding) -> Event:
    evidence = []
    if finding.evidence:
        evidence.append(await session.attach(_document(result, finding), f"{result.ref}.json"))
    method = result.planned.method
    said: dict[str, Any] = {
        "value": finding.value,
        "unit": finding.unit,
        "figure": figures_text(method.want) if method else "",
        "reason": finding.reason,
        "said": [[key, dict(fields)] for key, fields in finding.said],
        "source": finding.source,
        "target": finding.target.name,
        "on": finding.target.kind,
        "method": f"{method.kind} {method.name}" if method else "",
        "fields": dict(finding.fields),
        "units": {name: unit for name, unit in finding.units.items() if unit},
        "evidence": evidence,
    }
    # What is empty is left out, as for marks by hand; False and 0 are values, and equal to none of these.
    rest = {key: value for key, value in said.items() if value not in (None, "", [], {})}
    payload = {"verdict": finding.verdict, "provenance": finding.provenance} | rest
    return await session.append(EventKind.MARKED, result.ref, payload)


def _document(result: Result, finding: Finding) -> bytes:
    probe = result.planned.probe
    target = finding.target
    document = {
        "schema": EVIDENCE_SCHEMA,
        "probe": probe.name if probe else "",
        "target": {"kind": target.kind, "name": target.name, "address": target.address},
        "exchanges": [{"asked": each.asked, "answered": each.answered} for each in finding.evidence],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _gone(session: Session, result: Result) -> list[str]:
    """The targets that still carry a mark of the check and are no more."""
    method, probe = result.planned.method, result.planned.probe
    if method is None or probe is None or (method.on or probe.on) in LOCAL:
        return []  # a node that is not this one may be measured by another program
    known = {finding.target.name for finding in result.findings}
    known |= {target.name for target in targets_of(session.state.settings)}
    return [mark.target for mark in session.state.check(result.ref).targets if mark.target not in known]

"""Where everything stands, as plain values: what a document and the command line's JSON say of a check."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gpuready.checklist.figure import figure_text
from gpuready.checklist.verdict import Verdict
from gpuready.report.plainlist import criterion, words
from gpuready.session.board import Board, CheckStanding, ItemStanding, ListStanding, PhaseStanding
from gpuready.session.state import Mark, Note, Rival


def plain_board(board: Board) -> dict[str, Any]:
    """The whole board; what is not known is left out, since TOML has no null."""
    return {"at": _time(board.at), "checklists": [_list(each) for each in board.lists]}


def plain_check(standing: CheckStanding) -> dict[str, Any]:
    """A check's result, in the words of the command line's JSON."""
    check, known = standing.check, standing.known
    plain: dict[str, Any] = {
        "ref": check.ref,
        **words(check.words),
        "role": "acceptance" if check.is_acceptance else "step",
        "verdict": str(standing.verdict),
        "figure": "; ".join(figure_text(each) for each in check.criteria),
        "criteria": [criterion(each) for each in check.criteria],
    }
    if known.mark:
        plain |= _mark(known.mark, standing.verdict)
    if known.waiver:
        w = known.waiver
        plain["waiver"] = {
            "reason": w.reason,
            "approver": w.approver,
            "until": w.until.isoformat(),
            "by": w.by,
            "at": _time(w.at),
        }
    return plain | _notes(known.notes, known.rivals)


def plain_item(standing: ItemStanding) -> dict[str, Any]:
    """An item with its checks; `status` is what is shown, `derived` what the checks say."""
    item, known = standing.item, standing.known
    plain: dict[str, Any] = {
        "ref": item.ref,
        **words(item.words),
        "status": str(standing.status),
        "derived": str(standing.derived),
        "overdue": standing.overdue,
        "stale": standing.stale,
        "unmet": list(standing.unmet),
    }
    if known.owner:
        plain["owner"] = known.owner
    if known.due:
        plain["due"] = known.due.isoformat()
    if known.override:
        o = known.override
        plain["override"] = {"status": str(o.status), "reason": o.reason, "by": o.by, "at": _time(o.at)}
    plain |= _notes(known.notes, known.rivals)
    return plain | {"checks": [plain_check(each) for each in standing.checks]}


def _list(standing: ListStanding) -> dict[str, Any]:
    checklist = standing.checklist
    return {
        "id": checklist.id,
        "ref": checklist.ref,
        **words(checklist.words),
        "phases": [_phase(each) for each in standing.phases],
    }


def _phase(standing: PhaseStanding) -> dict[str, Any]:
    return {
        "ref": standing.phase.ref,
        **words(standing.phase.words),
        "early": standing.early,
        "items": [plain_item(each) for each in standing.items],
    }


def _mark(mark: Mark, verdict: Verdict) -> dict[str, Any]:
    plain: dict[str, Any] = {"provenance": str(mark.provenance), "at": _time(mark.at), "by": mark.by}
    if mark.verdict is not verdict:
        plain["marked"] = str(mark.verdict)  # what was found, before a waiver or its age
    if mark.value is not None:
        plain["value"] = mark.value
    for name in ("unit", "text", "link", "reason", "method", "source", "target"):
        if text := getattr(mark, name):
            plain[name] = text
    if mark.evidence:
        plain["evidence"] = list(mark.evidence)
    return plain


def _notes(notes: tuple[Note, ...], rivals: tuple[Rival, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if notes:
        plain["notes"] = [{"text": n.text, "by": n.by, "at": _time(n.at)} for n in notes]
    if rivals:
        plain["rivals"] = [
            {"field": r.field, "value": r.value, "by": r.by, "at": _time(r.at)} for r in rivals
        ]
    return plain


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")

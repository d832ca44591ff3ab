"""What people do to a session: mark, enter, attest, waive, override, own, date, note.

The screen and the command line both go through here, so that the same slip gets the same answer: each
deed checks what it is given, raises `Fault` before anything is written, and returns the event it wrote.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from gpuready.checklist.model import Check, Item, Kind
from gpuready.checklist.verdict import Provenance, Status, Verdict, judge
from gpuready.session.board import Board, CheckStanding, ItemStanding, PhaseStanding
from gpuready.session.dates import parse_day
from gpuready.session.entry import parse_entry, value_method
from gpuready.session.event import Event, EventKind
from gpuready.text.fault import Fault
from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.session.store import Session  # brings SQLite along; its callers have it already

BY_PERSON = (Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.NA)
"""The verdicts that a person can give; the others are found, never said."""

_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+|mailto:\S+")
_SHA = re.compile(r"[0-9a-f]{64}")


def find_check(board: Board, ref: str) -> CheckStanding:
    """The check of that ref; `Fault` that tells what the ref is instead, or which one is near."""
    found = board.by_ref.get(ref)
    if isinstance(found, CheckStanding):
        return found
    if found is None:
        raise _unknown(board, ref)
    item = found if isinstance(found, ItemStanding) else found.items[0]
    raise Fault("deeds.not_check", ref=ref, near=", ".join(c.check.ref for c in item.checks[:4]))


def find_item(board: Board, ref: str) -> ItemStanding:
    """The item of that ref; `Fault` as for `find_check`."""
    found = board.by_ref.get(ref)
    if isinstance(found, ItemStanding):
        return found
    if isinstance(found, PhaseStanding):
        raise Fault("deeds.not_item", ref=ref, near=", ".join(i.item.ref for i in found.items[:4]))
    if item := board.item_of(ref):
        raise Fault("deeds.not_item", ref=ref, near=item.item.ref)
    raise _unknown(board, ref)


def known_ref(board: Board, ref: str) -> str:
    """The ref itself when a phase, item or check has it; else `Fault`."""
    if ref not in board.by_ref:
        raise _unknown(board, ref)
    return ref


async def settle(
    session: Session,
    check: Check,
    verdict: Verdict,
    *,
    text: str = "",
    link: str = "",
    evidence: Sequence[str] = (),
    reason: str = "",
) -> Event:
    """A person's word on a check: pass, warn, fail, or n/a with the reason why.  Provenance attested.

    `evidence` are sha256 sums that `Session.attach_file` returned.  A value entered where no figure judges
    it stays with the mark: the person's word is then about that value.
    """
    if verdict not in BY_PERSON:
        raise Fault("deeds.verdict", found=str(verdict), known=", ".join(BY_PERSON))
    if verdict is Verdict.NA:
        reason = _filled(reason, "reason")
    return await _mark(
        session,
        check,
        {"verdict": verdict, "provenance": Provenance.ATTESTED, "method": str(Kind.ATTEST)}
        | _unjudged(session, check),
        text=text,
        link=link,
        evidence=evidence,
        reason=reason,
    )


async def enter(
    session: Session,
    check: Check,
    raw: str,
    *,
    unit: str | None = None,
    text: str = "",
    link: str = "",
    evidence: Sequence[str] = (),
) -> Event:
    """A value that a person read somewhere, judged by the figures of the check's value method.

    `raw` is ``12.3``, ``12.3 Gbit/s``, ``1,000``, ``yes``; see `parse_entry`.  Provenance entered.
    """
    method = value_method(check)
    value, used = parse_entry(check, method, raw, unit)
    # A value method asks for one value, so every figure it states is about that one.
    fields = {criterion.field: value for criterion in method.want}
    verdict = judge(method.want, fields, dict.fromkeys(fields, used))
    payload = {
        "verdict": verdict,
        "provenance": Provenance.ENTERED,
        "value": value,
        "unit": used,
        "method": str(Kind.VALUE),
    }
    return await _mark(session, check, payload, text=text, link=link, evidence=evidence)


async def clear(session: Session, check: Check) -> Event:
    """Take the mark away: the check waits again."""
    known = session.state.check(check.ref)
    if known.mark is None and not any(rival.field == "mark" for rival in known.rivals):
        raise Fault("deeds.nothing_to_clear", ref=check.ref)
    return await session.append(EventKind.CLEARED, check.ref, {})


async def own(session: Session, item: Item, owner: str) -> Event:
    """Give the item to somebody; an empty text gives it to nobody."""
    name = " ".join(owner.split())
    return await session.append(EventKind.OWNER, item.ref, {"owner": name or None})


async def due(session: Session, item: Item, raw: str, today: date) -> Event:
    """Set the day by which the item must be done, as `parse_day` reads it; an empty text takes it away."""
    day = parse_day(raw, today) if raw.strip() else None
    return await session.append(EventKind.DUE, item.ref, {"due": day.isoformat() if day else None})


async def note(session: Session, ref: str, text: str) -> Event:
    """Add a note to a check, an item or a phase, or to the session itself (empty ref)."""
    return await session.append(EventKind.NOTE, ref, {"text": _filled(text, "note")})


async def waive(
    session: Session, check: Check, reason: str, approver: str, raw_until: str, today: date
) -> Event:
    """Let the check rest until the end of that day: somebody else answers for it."""
    payload = {"reason": _filled(reason, "reason"), "approver": _filled(approver, "approver")}
    until = parse_day(raw_until, today)
    if until < today:
        raise Fault("deeds.until_past", day=until.isoformat(), today=today.isoformat())
    return await session.append(EventKind.WAIVER, check.ref, payload | {"until": until.isoformat()})


async def unwaive(session: Session, check: Check) -> Event:
    """End the waiver before its last day."""
    if session.state.check(check.ref).waiver is None:
        raise Fault("deeds.nothing_waived", ref=check.ref)
    return await session.append(EventKind.WAIVER_ENDED, check.ref, {})


async def override(session: Session, item: Item, status: Status | None, reason: str) -> Event:
    """Say what the item is, whatever its checks say; None lifts the override."""
    if status is None:
        if session.state.item(item.ref).override is None:
            raise Fault("deeds.not_overridden", ref=item.ref)
        return await session.append(EventKind.OVERRIDE, item.ref, {"status": None, "reason": reason.strip()})
    payload = {"status": status, "reason": _filled(reason, "reason")}
    return await session.append(EventKind.OVERRIDE, item.ref, payload)


async def _mark(
    session: Session,
    check: Check,
    payload: dict[str, Any],
    *,
    text: str = "",
    link: str = "",
    evidence: Sequence[str] = (),
    reason: str = "",
) -> Event:
    link = link.strip()
    if link and not _LINK.fullmatch(link):
        raise Fault("deeds.bad_link", found=link)
    for sha in evidence:
        if not _SHA.fullmatch(sha):
            raise Fault("deeds.bad_evidence", found=sha)
    said = {"text": text.strip(), "link": link, "reason": reason.strip(), "evidence": list(evidence)}
    # What is empty is left out: a mark reads the same, and the file and its exports stay small.
    rest = {key: value for key, value in said.items() if value}
    if payload.get("unit") == "":
        del payload["unit"]
    return await session.append(EventKind.MARKED, check.ref, payload | rest)


def _unjudged(session: Session, check: Check) -> dict[str, Any]:
    """The value in force that no figure judges."""
    mark = session.state.check(check.ref).mark
    if mark is None or mark.value is None or check.criteria:
        return {}
    return {"value": mark.value, "unit": mark.unit}


def _filled(text: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise Fault("deeds.empty", what=say(f"deeds.{what}"))
    return text


def _unknown(board: Board, ref: str) -> Fault:
    near = difflib.get_close_matches(ref, board.by_ref, n=3, cutoff=0.8)
    if near:
        return Fault("deeds.unknown_ref_near", ref=ref, near=", ".join(near))
    return Fault("deeds.unknown_ref", ref=ref)

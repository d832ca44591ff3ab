"""Probes of the session itself: whether its chain of events holds, and how old its newest report is."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe
from gpuready.session.audit import FindingKind, verify
from gpuready.session.event import Event
from gpuready.text.fault import Fault
from gpuready.text.redact import redact

if TYPE_CHECKING:
    from gpuready.session.store import Session

EXPORTED = "report.exported"
"""The kind of the event that an export leaves behind: {format, sha256, path}."""

_SHOWN = 20  # findings of an audit in the evidence


async def exported(session: Session, form: str, sha256: str, path: str = "") -> Event:
    """Record that the session was exported in that format; `path` is empty for an export to stdout."""
    payload = {"format": form, "sha256": sha256} | ({"path": path} if path else {})
    return await session.append(EXPORTED, "", payload)


def _steps(ask: Ask) -> tuple[str, ...]:
    return (f"read {ask.target.address} (events, in read-only mode)",)


async def _events(ask: Ask) -> list[Event]:
    """All events of the target's file; `NoData` when it cannot be read, `Broken` when it is damaged."""
    from gpuready.session.store import Session

    try:
        async with asyncio.timeout(ask.limit):
            session = await Session.open(
                Path(ask.target.address), actor="", create=False, read_only=True, patience=ask.limit / 2
            )
            async with session:
                return await session.events()
    except TimeoutError:
        raise NoData("engine.session_slow", path=ask.target.address, seconds=f"{ask.limit:g}") from None
    except Fault as fault:
        kind = Broken if fault.key in ("session.corrupt", "session.tampered") else NoData
        raise kind("engine.session_unread", why=str(fault)) from None


async def _audit(ask: Ask) -> Measurement:
    events = await _events(ask)
    if not events:
        raise NoData("engine.session_empty", path=ask.target.address)
    found = await asyncio.to_thread(verify, events)
    kinds = Counter(each.kind for each in found)
    text = "\n".join(map(str, found[:_SHOWN])) or "-"
    return Measurement(
        {
            "chain_valid": not found,
            "events": len(events),
            "replicas": len({event.replica for event in events}),
            "findings": len(found),
            **{f"{kind}_events": kinds[kind] for kind in FindingKind},
        },
        "session events",
        (Exchange(_steps(ask)[0], redact(text)),),
    )


async def _report(ask: Ask) -> Measurement:
    exports = [event for event in await _events(ask) if event.kind == EXPORTED]
    if not exports:
        raise NoData("engine.never_exported", path=ask.target.address)
    newest = max(exports, key=lambda event: event.order)
    age = (datetime.now(UTC) - newest.at).total_seconds() / 86400
    if age < -0.01:  # written by a clock that runs ahead, or this one is behind: no age can be told
        raise NoData("engine.export_ahead", at=newest.at.isoformat(timespec="seconds"))
    form, path = (str(newest.payload.get(key) or "-") for key in ("format", "path"))
    said = f"{newest.at.isoformat(timespec='seconds')} {form} {path} by {newest.actor}"
    return Measurement(
        {
            "age": round(max(0.0, age), 3),
            "exports": len(exports),
            "format": form,
            "newest": newest.at.date().isoformat(),
        },
        "session events",
        (Exchange(_steps(ask)[0], redact(said)),),
    )


PROBES: tuple[Probe, ...] = (
    Probe(
        "session.audit",
        _audit,
        _steps,
        fields={
            "chain_valid": "",
            "events": "count",
            "replicas": "count",
            "findings": "count",
            **{f"{kind}_events": "count" for kind in FindingKind},
        },
        on="session",
        limit=30.0,
    ),
    Probe(
        "session.report",
        _report,
        _steps,
        fields={"age": "d", "exports": "count", "format": "", "newest": "date"},
        on="session",
        limit=30.0,
    ),
)

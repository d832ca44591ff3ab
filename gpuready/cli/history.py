"""``gpuready undo``, ``history`` and ``audit``: what was recorded, by whom, and whether it is unaltered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gpuready.cli.options import Command, Group, format_option
from gpuready.cli.printing import out, out_json, talk
from gpuready.text.fault import Fault
from gpuready.text.say import say

if TYPE_CHECKING:
    from datetime import datetime

    from gpuready.session.event import Event
    from gpuready.session.state import State

HISTORY_SCHEMA = "gpuready.history/1"
AUDIT_SCHEMA = "gpuready.audit/1"
UNDO_SCHEMA = "gpuready.undo/1"


@click.command("undo", cls=Command, help=say("cli.undo_help"))
@click.argument("ref", metavar=say("cli.ref"), required=False)
@format_option()
@click.pass_context
def undo_command(ctx: click.Context, ref: str | None, form: str) -> None:
    import asyncio

    asyncio.run(_undo(ctx, ref, form))


@click.command("history", cls=Command, help=say("cli.history_help"))
@click.argument("ref", metavar=say("cli.ref"))
@format_option()
@click.pass_context
def history_command(ctx: click.Context, ref: str, form: str) -> None:
    import asyncio

    asyncio.run(_history(ctx, ref, form))


@click.group("audit", cls=Group, help=say("cli.audit_help"))
def audit_command() -> None:
    """Holds the others."""


@audit_command.command("verify", help=say("cli.audit_verify_help"))
@format_option()
@click.pass_context
def verify_command(ctx: click.Context, form: str) -> int:
    import asyncio

    return asyncio.run(_verify(ctx, form))


async def _undo(ctx: click.Context, ref: str | None, form: str) -> None:
    from gpuready.cli.desk import now, writing
    from gpuready.session.deeds import known_ref

    async with writing(ctx, create=False) as desk:
        if ref is not None and not desk.session.state.history(ref):
            known_ref(desk.board(), ref)  # says what is wrong with the ref before there is nothing to undo
        event = await desk.session.undo(ref)
        if event is None:
            raise Fault("cli.nothing_to_undo", by=desk.session.actor)
        undone = desk.session.state.event(str(event.payload["event"]))
        if form == "json":
            plain = undone.to_plain() if undone else None
            out_json({"schema": UNDO_SCHEMA, "event": event.to_plain(), "undone": plain})
        elif undone:
            out(say("cli.undone", what=_line(undone, desk.session.state, now())))


async def _history(ctx: click.Context, ref: str, form: str) -> None:
    from gpuready.cli.desk import now, reading
    from gpuready.session.deeds import known_ref

    async with reading(ctx) as desk:
        state = desk.session.state
        events = state.history(ref)
        if not events:
            known_ref(desk.board(), ref)
        if form == "json":
            rows = [event.to_plain() | _shown(event, state) for event in events]
            out_json({"schema": HISTORY_SCHEMA, "ref": ref, "events": rows})
            return
        if not events:
            talk(say("cli.no_history", ref=ref))
        for event in events:
            out(_line(event, state, now()))


async def _verify(ctx: click.Context, form: str) -> int:
    from gpuready.cli.desk import reading
    from gpuready.session.audit import verify

    async with reading(ctx) as desk:
        events = await desk.session.events()
        findings = verify(events)
        if form == "json":
            rows = [_finding(each) for each in findings]
            out_json({"schema": AUDIT_SCHEMA, "ok": not findings, "events": len(events), "findings": rows})
        else:
            for each in findings:
                out(str(each))
            replicas = len({event.replica for event in events})
            key = "cli.audit_bad" if findings else "cli.audit_good"
            out(say(key, events=len(events), replicas=replicas, findings=len(findings)))
        return int(bool(findings))


def _finding(finding: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(finding), "text": str(finding)}


def _shown(event: Event, state: State) -> dict[str, Any]:
    return {"at": event.at.isoformat(timespec="milliseconds"), "undone": not state.is_live(event)}


def _line(event: Event, state: State, now: datetime) -> str:
    from gpuready.report.wording import time_text
    from gpuready.session.event import EventKind
    from gpuready.session.write import note_of, write_of

    write = write_of(event)
    text = note_of(event) or (write.text if write else "")
    kind = say(f"cli.kind_{event.kind}") if event.kind in set(EventKind) else event.kind
    undone = "" if state.is_live(event) else f" {say('cli.is_undone')}"
    subject = f"{event.subject} " if event.subject else ""
    body = f"{time_text(event.at, now)} {event.actor}@{event.host} {subject}{kind}"
    return f"{body}{': ' if text else ''}{text}{undone}"

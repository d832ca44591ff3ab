"""The questions of the main screen: each is a title, fields, and the deed that the answers become."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import date

from gpuready.checklist.model import Check, Item
from gpuready.checklist.verdict import Status, Verdict
from gpuready.places import at_home
from gpuready.session import deeds
from gpuready.session.board import Board, ItemStanding
from gpuready.session.entry import value_method
from gpuready.session.query import Query
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from gpuready.text.say import language, say
from gpuready.tui.screens.dialog import Dialog, Field


def note(session: Session, ref: str) -> Dialog:
    async def submit(answers: Mapping[str, str]) -> str:
        await deeds.note(session, ref, answers["note"])
        return say("tui.saved", ref=ref)

    return Dialog(
        f"{ref}  {say('acts.note_help')}", [Field("note", say("tui.field_note"), long=True)], submit
    )


def owner(session: Session, standing: ItemStanding, operator: str) -> Dialog:
    item = standing.item

    async def submit(answers: Mapping[str, str]) -> str:
        await deeds.own(session, item, answers["owner"])
        return say("tui.saved", ref=item.ref)

    # An unowned item is most often taken by the one who asks.
    field = Field("owner", say("tui.field_owner"), standing.known.owner or operator)
    return Dialog(_title(item), [field], submit)


def due(session: Session, standing: ItemStanding, today: date) -> Dialog:
    item, day = standing.item, standing.known.due

    async def submit(answers: Mapping[str, str]) -> str:
        await deeds.due(session, item, answers["due"], today)
        return say("tui.saved", ref=item.ref)

    return Dialog(_title(item), [Field("due", say("tui.field_due"), day.isoformat() if day else "")], submit)


def value(session: Session, check: Check) -> Dialog:
    """`Fault` when the check has no value to enter."""
    method = value_method(check)

    async def submit(answers: Mapping[str, str]) -> str:
        evidence = await _evidence(session, answers["file"])
        event = await deeds.enter(
            session, check, answers["value"], text=answers["text"], link=answers["link"], evidence=evidence
        )
        verdict = say(f"board.{event.payload['verdict']}")
        return say("tui.saved_value", ref=check.ref, verdict=verdict)

    label = say("tui.field_value", unit=method.unit or "-")
    if method.ask:
        label += f": {method.ask.to(language())}"
    return Dialog(_title(check), [Field("value", label), *_proof()], submit)


def attest(session: Session, check: Check) -> Dialog:
    async def submit(answers: Mapping[str, str]) -> str:
        verdict, text = Verdict(answers["status"]), answers["text"]
        await deeds.settle(
            session,
            check,
            verdict,
            text="" if verdict is Verdict.NA else text,
            reason=text if verdict is Verdict.NA else "",
            link=answers["link"],
            evidence=await _evidence(session, answers["file"]),
        )
        return say("tui.saved_value", ref=check.ref, verdict=say(f"board.{verdict}"))

    choices = tuple(
        (str(v), say(f"board.{v}")) for v in (Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NA)
    )
    status = Field("status", say("tui.field_status"), str(Verdict.PASS), choices)
    return Dialog(_title(check), [status, *_proof()], submit)


def waive(session: Session, check: Check, today: date) -> Dialog:
    async def submit(answers: Mapping[str, str]) -> str:
        await deeds.waive(session, check, answers["reason"], answers["approver"], answers["until"], today)
        return say("tui.saved", ref=check.ref)

    known = session.state.check(check.ref).waiver
    fields = [
        Field("reason", say("tui.field_reason"), known.reason if known else ""),
        Field("approver", say("tui.field_approver"), known.approver if known else ""),
        Field("until", say("tui.field_until"), known.until.isoformat() if known else ""),
    ]
    return Dialog(_title(check), fields, submit)


def override(session: Session, standing: ItemStanding) -> Dialog:
    item, known = standing.item, standing.known.override

    async def submit(answers: Mapping[str, str]) -> str:
        status = Status(answers["status"]) if answers["status"] else None
        await deeds.override(session, item, status, answers["reason"])
        return say("tui.saved", ref=item.ref)

    choices = [(str(s), say(f"board.{s}")) for s in (Status.DONE, Status.FAILED, Status.OPEN)]
    if known:
        choices.append(("", say("tui.clear_override")))
    fields = [
        Field("status", say("tui.field_status"), str(known.status if known else Status.DONE), tuple(choices)),
        Field("reason", say("tui.field_reason"), known.reason if known else ""),
    ]
    return Dialog(_title(item), fields, submit)


def export(session: Session, board: Board, operator: str, query: Query | None) -> Dialog:
    async def submit(answers: Mapping[str, str]) -> str:
        form, name = answers["format"], answers["path"].strip()
        if not name:
            raise Fault("tui.no_path")
        path = at_home(name)
        if path.suffix not in (".json", ".toml", ".md"):
            path = path.with_name(f"{path.name}.{form}")
        from gpuready.engine.own import exported
        from gpuready.report.export import export_text
        from gpuready.report.save import save

        text = await export_text(session, board, form, operator, query if form == "md" else None)  # type: ignore[arg-type]
        await asyncio.to_thread(save, path, text, force=False)
        await exported(session, form, hashlib.sha256(text.encode()).hexdigest(), str(path))
        return say("tui.exported", path=path)

    choices = tuple((form, say(f"tui.format_{form}")) for form in ("md", "json", "toml"))
    fields = [
        Field("format", say("tui.field_format"), "md", choices),
        Field("path", say("tui.field_path"), f"gpuready-{board.at:%Y-%m-%d-%H%M}"),
    ]
    return Dialog(say("acts.export_help"), fields, submit)


def _title(subject: Item | Check) -> str:
    return f"{subject.ref} {subject.words.to(language())}"


def _proof() -> list[Field]:
    return [
        Field("text", say("tui.field_text")),
        Field("link", say("tui.field_link")),
        Field("file", say("tui.field_file")),
    ]


async def _evidence(session: Session, path: str) -> list[str]:
    if not path.strip():
        return []
    expanded = at_home(path.strip())
    return [await session.attach_file(expanded)]

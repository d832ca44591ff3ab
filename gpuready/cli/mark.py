"""``gpuready mark``: what a person says of a check or an item, without the screen."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_json
from gpuready.text.fault import Fault
from gpuready.text.say import language, say

if TYPE_CHECKING:
    from gpuready.session.board import Board
    from gpuready.session.event import Event
    from gpuready.session.state import State

Deed = Callable[[Any], Awaitable["Event"]]
"""Something to do to a session (or to its rehearsal)."""

SCHEMA = "gpuready.mark/1"


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options, as given; None where one was not."""

    passes: bool
    fails: bool
    na: str | None
    clear: bool
    value: str | None
    attest: str | None
    unit: str | None
    link: str
    evidence: tuple[Path, ...]
    waive: str | None
    unwaive: bool
    approver: str | None
    until: str | None
    owner: str | None
    due: str | None
    override: str | None
    reason: str | None
    note: str | None


@click.command("mark", cls=Command, help=say("cli.mark_help"))
@click.argument("ref", metavar=say("cli.ref"))
@click.option("--pass", "passes", is_flag=True, help=say("cli.mark_pass"))
@click.option("--fail", "fails", is_flag=True, help=say("cli.mark_fail"))
@click.option("--na", metavar=say("cli.reason"), help=say("cli.mark_na"))
@click.option("--value", metavar=say("cli.number"), help=say("cli.mark_value"))
@click.option("--unit", metavar=say("cli.unit"), help=say("cli.mark_unit"))
@click.option("--attest", metavar=say("cli.text"), help=say("cli.mark_attest"))
@click.option("--clear", is_flag=True, help=say("cli.mark_clear"))
@click.option("--link", metavar="URL", default="", help=say("cli.mark_link"))
@click.option(
    "--evidence",
    metavar=say("cli.file"),
    multiple=True,
    type=click.Path(path_type=Path),
    help=say("cli.mark_evidence"),
)
@click.option("--owner", metavar=say("cli.name"), help=say("cli.mark_owner"))
@click.option("--due", metavar=say("cli.day"), help=say("cli.mark_due"))
@click.option("--note", metavar=say("cli.text"), help=say("cli.mark_note"))
@click.option("--waive", metavar=say("cli.reason"), help=say("cli.mark_waive"))
@click.option("--approver", metavar=say("cli.name"), help=say("cli.mark_approver"))
@click.option("--until", metavar=say("cli.day"), help=say("cli.mark_until"))
@click.option("--unwaive", is_flag=True, help=say("cli.mark_unwaive"))
@click.option(
    "--override", type=click.Choice(("done", "failed", "open", "none")), help=say("cli.mark_override")
)
@click.option("--reason", metavar=say("cli.text"), help=say("cli.mark_reason"))
@format_option()
def mark_command(ref: str, form: str, **given: Any) -> None:
    import asyncio

    ctx = click.get_current_context()
    wishes = Wishes(**given)
    _require_sense(wishes)
    asyncio.run(_mark(ctx, ref, form, wishes))


def _require_sense(wishes: Wishes) -> None:
    """Slips in the options themselves: two verdicts at once, a unit without a value."""
    verdicts = {
        "--pass": wishes.passes,
        "--fail": wishes.fails,
        "--na": wishes.na is not None,
        "--value": wishes.value is not None,
        "--attest": wishes.attest is not None,
        "--clear": wishes.clear,
    }
    said = [name for name, there in verdicts.items() if there]
    if len(said) > 1:
        raise click.UsageError(say("cli.one_of", names=", ".join(said)))
    backed = bool(said) and said != ["--clear"]
    needs = {
        "--unit": (wishes.unit is not None, said == ["--value"], "--value"),
        "--link": (bool(wishes.link), backed, "--pass, --fail, --na, --value, --attest"),
        "--evidence": (bool(wishes.evidence), backed, "--pass, --fail, --na, --value, --attest"),
        "--approver": (wishes.approver is not None, wishes.waive is not None, "--waive"),
        "--until": (wishes.until is not None, wishes.waive is not None, "--waive"),
        "--reason": (
            wishes.reason is not None, wishes.override is not None or wishes.fails, "--override, --fail",
        ),
    }  # fmt: skip
    for name, (there, allowed, partner) in needs.items():
        if there and not allowed:
            raise click.UsageError(say("cli.goes_with", name=name, partner=partner))
    if wishes.waive is not None:
        if wishes.unwaive:
            raise click.UsageError(say("cli.one_of", names="--waive, --unwaive"))
        for name, value in (("--approver", wishes.approver), ("--until", wishes.until)):
            if value is None:
                raise click.UsageError(say("cli.also_needs", name="--waive", partner=name))
    rest = (wishes.waive, wishes.owner, wishes.due, wishes.note, wishes.override)
    if not said and not wishes.unwaive and all(each is None for each in rest):
        raise click.UsageError(say("cli.nothing_to_mark"))


async def _mark(ctx: click.Context, ref: str, form: str, wishes: Wishes) -> None:
    from gpuready.checklist.load import load_all
    from gpuready.cli.desk import adopt_all, now, session_path, writing
    from gpuready.session.board import stand
    from gpuready.session.evidence import of_file
    from gpuready.session.state import State
    from gpuready.settings import load_settings

    shas = [of_file(path).sha256 for path in wishes.evidence]
    note = _note(wishes.note)
    if not session_path(ctx, load_settings()).exists():
        # A slip must not leave a new file behind.
        board = stand(load_all(), State(), now())
        await _rehearse(_deeds(board, ref, wishes, note, shas), State())
    async with writing(ctx) as desk:
        deeds = _deeds(desk.board(), ref, wishes, note, shas)
        await _rehearse(deeds, desk.session.state)
        for path in wishes.evidence:
            await desk.session.attach_file(path)
        await adopt_all(desk)
        events = [await deed(desk.session) for deed in deeds]
        _report(desk.board(), ref, form, events)


def _deeds(board: Board, ref: str, wishes: Wishes, note: str | None, shas: list[str]) -> list[Deed]:
    """What the options ask for, in the order in which it is done.  `Fault` for a ref of the wrong kind."""
    from gpuready.checklist.verdict import Status, Verdict
    from gpuready.session import deeds

    today: date = board.at.date()
    asked: list[Deed] = []
    verdict = Verdict.PASS if wishes.passes or wishes.attest is not None else None
    verdict = Verdict.FAIL if wishes.fails else Verdict.NA if wishes.na is not None else verdict
    if verdict:
        check, reason = deeds.find_check(board, ref).check, (wishes.na or "") + (wishes.reason or "")
        if wishes.attest is not None and not wishes.attest.strip():
            raise Fault("deeds.empty", what=say("deeds.attestation"))
        if wishes.override is not None:
            reason = wishes.na or ""
        given: dict[str, Any] = {
            "text": wishes.attest or "",
            "link": wishes.link,
            "evidence": shas,
            "reason": reason,
        }
        asked.append(lambda s: deeds.settle(s, check, verdict, **given))
    if (value := wishes.value) is not None:
        valued = deeds.find_check(board, ref).check
        asked.append(
            lambda s: deeds.enter(s, valued, value, unit=wishes.unit, link=wishes.link, evidence=shas)
        )
    if wishes.clear:
        cleared = deeds.find_check(board, ref).check
        asked.append(lambda s: deeds.clear(s, cleared))
    if (why := wishes.waive) is not None:
        waived = deeds.find_check(board, ref).check
        who, until = wishes.approver or "", wishes.until or ""
        asked.append(lambda s: deeds.waive(s, waived, why, who, until, today))
    if wishes.unwaive:
        unwaived = deeds.find_check(board, ref).check
        asked.append(lambda s: deeds.unwaive(s, unwaived))
    if (owner := wishes.owner) is not None:
        owned = deeds.find_item(board, ref).item
        asked.append(lambda s: deeds.own(s, owned, owner))
    if (day := wishes.due) is not None:
        dated = deeds.find_item(board, ref).item
        asked.append(lambda s: deeds.due(s, dated, day, today))
    if (status := wishes.override) is not None:
        item = deeds.find_item(board, ref).item
        wanted = None if status == "none" else Status(status)
        asked.append(lambda s: deeds.override(s, item, wanted, wishes.reason or ""))
    if note is not None:
        named = deeds.known_ref(board, ref)
        asked.append(lambda s: deeds.note(s, named, note))
    return asked


class _Rehearsal:
    """Stands in for a session: the deeds check what they are given, and nothing is written."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def append(self, kind: str, subject: str, payload: dict[str, Any]) -> Event:
        from gpuready.session.clock import tick
        from gpuready.session.event import seal

        clock = tick("", time.time_ns() // 1_000_000, "rehearsal")
        return seal(
            replica="-", seq=1, clock=clock, actor="", host="", kind=kind, subject=subject, payload=payload
        )


async def _rehearse(deeds: list[Deed], state: State) -> None:
    """Do it all for show, so that a slip in the last deed stops the first one too."""
    for deed in deeds:
        await deed(_Rehearsal(state))


def _note(text: str | None) -> str | None:
    if text != "-":
        return text
    return sys.stdin.buffer.read().decode(errors="replace") if sys.stdin else ""


def _report(board: Board, ref: str, form: str, events: list[Event]) -> None:
    from gpuready.checklist.figure import figure_text, value_text
    from gpuready.report.standing import plain_check, plain_item
    from gpuready.session.board import CheckStanding, ItemStanding

    standing = board.by_ref[ref]
    if form == "json":
        document: dict[str, Any] = {"schema": SCHEMA, "ref": ref}
        if isinstance(standing, CheckStanding):
            document["check"] = plain_check(standing)
        if item := board.item_of(ref):
            document["item"] = {k: v for k, v in plain_item(item).items() if k != "checks"}
        out_json(document | {"events": [event.to_plain() for event in events]})
        return
    if isinstance(standing, CheckStanding):
        mark, check = standing.known.mark, standing.check
        parts = [f"{check.ref} {check.words.to(language())}: {say(f'board.{standing.verdict}')}"]
        if mark and mark.value is not None:
            parts.append(value_text(mark.value, mark.unit))
            parts += [f"({figure_text(each)})" for each in check.criteria]
        out(" ".join(parts))
    elif isinstance(standing, ItemStanding):
        item_state = say(f"board.{standing.status}")
        parts = [f"{ref} {standing.item.words.to(language())}: {item_state}"]
        if standing.known.owner:
            parts.append(say("report.owner", owner=standing.known.owner))
        if standing.known.due:
            parts.append(say("report.due", day=standing.known.due.isoformat()))
        out(" · ".join(parts))
    else:
        out(say("cli.noted", ref=ref))

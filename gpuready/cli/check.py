"""``gpuready check``: measure, judge, record; for people, cron and CI."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_exact, out_json, talk
from gpuready.cli.site import (
    PATIENCE,
    Ending,
    allow_option,
    drive,
    selector_argument,
    site,
    stopping,
    target_option,
)
from gpuready.text.fault import Fault
from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.engine.result import Progress, Result

FORMS = ("text", "json", "junit", "tap", "prometheus")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options, as given."""

    selector: str
    allow: str | None
    strict: bool
    exit_code: str
    form: str
    jobs: int
    dry_run: bool
    given: tuple[str, ...]
    no_record: bool
    output: Path | None

    @property
    def nagios(self) -> bool:
        return self.exit_code == "nagios"


@click.command("check", cls=Command, help=say("engine.check_help"), epilog=say("engine.selector_text"))
@selector_argument()
@allow_option()
@click.option("--strict", is_flag=True, help=say("engine.option_strict"))
@click.option(
    "--exit-code", type=click.Choice(("plain", "nagios")), default="plain", help=say("engine.option_exit")
)
@format_option(FORMS)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=8, show_default=True, help=say("engine.option_jobs")
)
@click.option("--dry-run", is_flag=True, help=say("engine.option_dry"))
@target_option()
@click.option("--no-record", is_flag=True, help=say("engine.option_no_record"))
@click.option(
    "-o",
    "--output",
    metavar=say("cli.file"),
    type=click.Path(path_type=Path),
    help=say("engine.option_output"),
)
def check_command(**options: Any) -> int:
    ctx = click.get_current_context()
    wishes = Wishes(**options)
    try:
        if wishes.dry_run:
            return _show_plan(ctx, wishes)
        return drive(_check(ctx, wishes))
    except Fault as fault:
        if not wishes.nagios:
            raise
        # To Nagios 2 means critical: what could not be checked is unknown.
        talk(str(fault))
        return 3


def _show_plan(ctx: click.Context, wishes: Wishes) -> int:
    from gpuready.cli.plan import show

    if wishes.form not in ("text", "json"):
        raise Fault("engine.dry_format", form=wishes.form)
    asyncio.run(show(ctx, wishes.selector, wishes.allow is not None, wishes.given, wishes.form))
    return 0


async def _check(ctx: click.Context, wishes: Wishes) -> Ending:
    from gpuready.engine.conduct import conduct
    from gpuready.engine.output import exit_code, results_document
    from gpuready.engine.registry import installed
    from gpuready.engine.run import hung, tidy

    came: list[Result] = []

    async def hear(result: Result | None, progress: Progress) -> None:
        if result is not None:
            came.append(result)
        _show_progress(progress)

    async with site(ctx, wishes.given, record=not wishes.no_record) as here:
        allow = wishes.allow is not None
        plan = here.plan(wishes.selector, allow)
        session = None if wishes.no_record else here.session
        task = asyncio.create_task(conduct(plan, session, jobs=wishes.jobs, allow_active=allow, tell=hear))
        with stopping(task) as signalled:
            try:
                results = await task
            except asyncio.CancelledError:
                if not signalled():
                    raise
                results = tuple(sorted(came, key=_place(plan)))
            _clear_progress()
            document = results_document(
                results,
                selector=wishes.selector,
                at=here.board.at,
                session=str(here.session.path) if here.session else "",
                state=here.state,
                complete=not signalled(),
                problems=installed().problems,
            )
            _print(document, wishes)
            if await tidy(0):
                talk(say("engine.tidying"))
                await tidy(PATIENCE)
            code = signalled() or exit_code(
                (each["verdict"] for each in document["results"]), strict=wishes.strict, nagios=wishes.nagios
            )
    return Ending(code, abrupt=bool(signalled() or hung()))


def _place(plan: Any) -> Any:
    places = {each.check.ref: number for number, each in enumerate(plan.checks)}
    return lambda result: places[result.ref]


def _print(document: dict[str, Any], wishes: Wishes) -> None:
    from gpuready.engine.formats import FORMATS
    from gpuready.engine.output import text_of
    from gpuready.report.format import json_text
    from gpuready.report.save import save

    if wishes.output is not None and str(wishes.output) != "-":
        writers = {"json": json_text, "text": text_of, **FORMATS}
        save(wishes.output, writers[wishes.form](document), force=True)
    elif wishes.form == "json":
        out_json(document)
    elif wishes.form == "text":
        out(text_of(document))
    else:
        out_exact(FORMATS[wishes.form](document))


def _show_progress(progress: Progress) -> None:
    """On a terminal one line that is written over; elsewhere stderr stays quiet."""
    if sys.stderr.isatty():
        said = say(
            "engine.progress",
            done=progress.done,
            total=progress.total,
            running=" ".join(progress.running[:3]),
            left=f"{progress.left:.0f}",
        )
        sys.stderr.write(f"\r\x1b[K{said[:78]}")
        sys.stderr.flush()


def _clear_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

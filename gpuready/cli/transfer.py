"""``gpuready export``, ``import`` and ``merge``: a session leaves its file, and comes back."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_exact, out_json, talk
from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.cli.desk import Desk
    from gpuready.report.export import Form

MERGE_SCHEMA = "gpuready.merge/1"


@click.command("export", cls=Command, help=say("cli.export_help"))
@format_option(("json", "toml", "md"), default=None)
@click.option(
    "-o", "--output", metavar=say("cli.file"), type=click.Path(path_type=Path), help=say("cli.export_output")
)
@click.option("--force", is_flag=True, help=say("cli.export_force"))
@click.option("--filter", "filtered", metavar=say("cli.text"), help=say("cli.export_filter"))
@click.pass_context
def export_command(
    ctx: click.Context, form: Form, output: Path | None, force: bool, filtered: str | None
) -> None:
    import asyncio

    if filtered is not None and form != "md":
        raise click.UsageError(say("cli.filter_md"))
    asyncio.run(_export(ctx, form, output, force, filtered))


@click.command("import", cls=Command, help=say("cli.import_help"))
@click.argument("file", metavar=say("cli.file"), type=click.Path(path_type=Path))
@format_option()
@click.pass_context
def import_command(ctx: click.Context, file: Path, form: str) -> None:
    import asyncio

    asyncio.run(_import(ctx, file, form))


@click.command("merge", cls=Command, help=say("cli.merge_help"))
@click.argument("files", metavar=say("cli.files"), nargs=-1, required=True, type=click.Path(path_type=Path))
@format_option()
@click.pass_context
def merge_command(ctx: click.Context, files: tuple[Path, ...], form: str) -> None:
    import asyncio

    asyncio.run(_merge(ctx, files, form))


async def _export(
    ctx: click.Context, form: Form, output: Path | None, force: bool, filtered: str | None
) -> None:
    from gpuready.cli.desk import reading
    from gpuready.report.save import save

    async with reading(ctx) as desk:
        text = await _text(desk, form, filtered)
        path = None if output is None or str(output) == "-" else output
        if path:
            save(path, text, force=force)
            talk(say("cli.exported", path=path))
        else:
            out_exact(text)
        session, by = desk.session.path, desk.settings.operator
    if form == "md" and filtered is None:  # the others are copies of the session, and stay exact ones
        await _leave_trace(session, by, form, text, path)


async def _leave_trace(session: Path, by: str, form: Form, text: str, path: Path | None) -> None:
    """Record the export, so that the age of the newest report can be told (checks 13.3.3.4.s3, 13.4.3.1.s3).

    A session that can only be read is exported all the same.
    """
    from hashlib import sha256

    from gpuready.engine.own import exported
    from gpuready.session.store import Session
    from gpuready.text.fault import Fault

    with contextlib.suppress(Fault):
        async with await Session.open(session, actor=by, create=False, patience=1.0) as opened:
            await exported(opened, form, sha256(text.encode()).hexdigest(), str(path or ""))


async def _text(desk: Desk, form: Form, filtered: str | None) -> str:
    from gpuready.report.export import export_text
    from gpuready.session.query import parse_query

    board, by = desk.board(), desk.settings.operator
    query = parse_query(filtered, by, board.at.date()) if filtered else None
    return await export_text(desk.session, board, form, by, query)


async def _import(ctx: click.Context, file: Path, form: str) -> None:
    from gpuready.cli.desk import session_path
    from gpuready.report.gather import restore
    from gpuready.settings import load_settings

    settings = load_settings()
    path = session_path(ctx, settings)
    count = await restore(file, path, settings.operator)
    if form == "json":
        out_json({"schema": MERGE_SCHEMA, "session": str(path), "new_events": count})
    else:
        out(say("cli.imported", path=path, count=count))


async def _merge(ctx: click.Context, files: tuple[Path, ...], form: str) -> None:
    from gpuready.cli.desk import writing
    from gpuready.report.gather import gather
    from gpuready.session.store import Session

    # All are read before anything is written: a broken one stops the merge of the good ones too.
    contents = []
    for path in files:
        async with await Session.open(path, actor="", create=False, read_only=True) as other:
            contents.append(await gather(other))
    async with writing(ctx, create=False) as desk:
        counts = [await desk.session.absorb(c.events, c.evidence, c.documents) for c in contents]
        rivals = [item.item.ref for item in desk.board().items() if item.known.rivals]
        rivals += [c.check.ref for i in desk.board().items() for c in i.checks if c.known.rivals]
        if form == "json":
            rows = [{"file": str(p), "new_events": n} for p, n in zip(files, counts, strict=True)]
            session = str(desk.session.path)
            out_json({"schema": MERGE_SCHEMA, "session": session, "merged": rows, "conflicts": rivals})
            return
        for path, count in zip(files, counts, strict=True):
            out(say("cli.merged", path=path, count=count))
        if rivals:
            out(say("cli.conflicts", refs=", ".join(rivals)))

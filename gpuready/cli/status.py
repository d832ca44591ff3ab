"""``gpuready status``: where the session stands."""

from __future__ import annotations

import click

from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_json
from gpuready.text.say import say


@click.command("status", cls=Command, help=say("cli.status_help"))
@format_option()
@click.pass_context
def status_command(ctx: click.Context, form: str) -> None:
    import asyncio

    asyncio.run(_status(ctx, form))


async def _status(ctx: click.Context, form: str) -> None:
    from gpuready.cli.desk import reading
    from gpuready.report.status import status_document, status_text

    async with reading(ctx) as desk:
        board, path, name = desk.board(), str(desk.session.path), desk.session.state.name
        if form == "json":
            out_json(status_document(board, path, name))
        else:
            out(status_text(board, path, name))

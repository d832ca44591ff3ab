"""``gpuready plan``: what a check would run, word for word."""

from __future__ import annotations

import click

from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_json
from gpuready.cli.site import allow_option, selector_argument, target_option
from gpuready.text.say import say


@click.command("plan", cls=Command, help=say("engine.plan_help"), epilog=say("engine.selector_text"))
@selector_argument()
@allow_option()
@target_option()
@format_option()
@click.pass_context
def plan_command(
    ctx: click.Context, selector: str, allow: str | None, given: tuple[str, ...], form: str
) -> None:
    import asyncio

    asyncio.run(show(ctx, selector, allow is not None, given, form))


async def show(
    ctx: click.Context, selector: str, allow_active: bool, given: tuple[str, ...], form: str
) -> None:
    """Print the plan; nothing is run and nothing is written."""
    from gpuready.cli.site import site
    from gpuready.engine.planned import plan_document, plan_text
    from gpuready.engine.registry import installed

    async with site(ctx, given, record=False) as here:
        document = plan_document(here.plan(selector, allow_active), selector, installed().problems)
    if form == "json":
        out_json(document)
    else:
        out(plan_text(document))

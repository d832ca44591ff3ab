"""``gpuready probe``: one probe by itself, and what it measured as JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import click

from gpuready.checklist.figure import value_text
from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_json
from gpuready.cli.site import Ending, allow_option, drive, site, stopping, target_option
from gpuready.text.fault import Fault
from gpuready.text.say import say


@click.command("probe", cls=Command, help=say("engine.probe_help"))
@click.argument("name", metavar=say("engine.probe_meta"), required=False)
@click.option("--with", "raw", metavar="JSON", default="{}", help=say("engine.option_with"))
@target_option()
@allow_option()
@click.option("--dry-run", is_flag=True, help=say("engine.option_dry"))
@click.option("--list", "listing", is_flag=True, help=say("engine.option_list"))
@format_option()
@click.pass_context
def probe_command(
    ctx: click.Context,
    name: str | None,
    raw: str,
    given: tuple[str, ...],
    allow: str | None,
    dry_run: bool,
    listing: bool,
    form: str,
) -> int:
    if listing:
        return _list(form)
    if name is None:
        raise click.MissingParameter(ctx=ctx, param=ctx.command.params[0])
    return drive(_probe(ctx, name, _params(raw), given, allow is not None, dry_run, form))


def _params(raw: str) -> dict[str, object]:
    try:
        params = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Fault("engine.param_json", error=error) from None
    if not isinstance(params, dict):
        raise Fault("engine.param_json", error=type(params).__name__)
    return params


async def _probe(
    ctx: click.Context,
    name: str,
    params: dict[str, object],
    given: tuple[str, ...],
    allow_active: bool,
    dry_run: bool,
    form: str,
) -> Ending:
    from gpuready.engine.alone import measure, steps_alone
    from gpuready.engine.registry import installed
    from gpuready.engine.run import hung, tidy

    async with site(ctx, given, record=False) as here:
        targets = here.targets
    steps = steps_alone(name, params, installed(), targets, allow_active=allow_active or dry_run)
    if dry_run:
        calls = [{"target": each.target.name, "calls": list(each.calls)} for each in steps]
        if form == "json":
            out_json({"schema": "gpuready.steps/1", "probe": name, "steps": calls})
        else:
            out("\n".join(f"{each['target']}: {call}" for each in calls for call in each["calls"]))
        return Ending()
    documents: list[dict[str, Any]] = []
    code = 0
    for each in steps:
        task = asyncio.create_task(measure(each))
        with stopping(task) as signalled:
            try:
                documents.append(await task)
            except asyncio.CancelledError:
                if not signalled():
                    raise
                await tidy(10.0)
                return Ending(signalled(), abrupt=True)
    for document in documents:
        code = code or (0 if document["measured"] else 3)
    if form == "json":
        one = len(documents) == 1
        out_json(documents[0] if one else {"schema": "gpuready.measurements/1", "measurements": documents})
    else:
        out("\n".join(map(_text, documents)))
    return Ending(code, abrupt=bool(hung()))


def _text(document: dict[str, Any]) -> str:
    target = document["target"]
    head = f"{document['probe']}  {target['name']} {target['address']}".rstrip()
    units = document["units"]
    rows = [
        f"  {name:<24} {'-' if value is None else value_text(value, units.get(name, ''))}"
        for name, value in document["fields"].items()
    ]
    said = [f"  {document['reason']}"] if document["reason"] else []
    facts = f"  {document['source']}  {document['at']}  {document['took']} s".replace("    ", "  ")
    return "\n".join([head, *rows, *said, facts])


def _list(form: str) -> int:
    from gpuready.engine.alone import LIST_SCHEMA, probe_document
    from gpuready.engine.registry import installed

    registry = installed()
    if form == "json":
        problems = [{"where": each.where, "what": str(each)} for each in registry.problems]
        probes = [probe_document(each) for each in registry.probes.values()]
        out_json({"schema": LIST_SCHEMA, "probes": probes, "problems": problems})
        return 0
    lines = []
    for each in registry.probes.values():
        params = " ".join(f"{name}={json.dumps(value)}" for name, value in each.params.items())
        lines.append(f"{each.name:<24} {each.on or '-':<12} {each.safety:<18} {each.limit:g} s")
        lines.append(f"    {', '.join(each.fields)}")
        if params:
            lines.append(f"    {params}")
    lines += [f"! {each.where}: {each}" for each in registry.problems]
    out("\n".join(lines))
    return 0

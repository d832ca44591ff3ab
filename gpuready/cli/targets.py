"""``gpuready targets``: what is probed, and what could be."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any

import click

from gpuready.cli.options import Command, Group, format_option
from gpuready.cli.printing import out, out_json
from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.engine.discover import Found
    from gpuready.probes.probe import Target

SCHEMA = "gpuready.targets/1"


@click.group("targets", cls=Group, help=say("engine.targets_help"), invoke_without_command=True)
@format_option()
@click.pass_context
def targets_command(ctx: click.Context, form: str) -> None:
    if ctx.invoked_subcommand is None:
        asyncio.run(_list(ctx, form))


@targets_command.command("list", cls=Command, help=say("engine.targets_list_help"))
@format_option()
@click.pass_context
def list_command(ctx: click.Context, form: str) -> None:
    asyncio.run(_list(ctx, form))


@targets_command.command("find", cls=Command, help=say("engine.targets_find_help"))
@format_option()
@click.pass_context
def find_command(ctx: click.Context, form: str) -> None:
    asyncio.run(_find(ctx, form))


@targets_command.command("add", cls=Command, help=say("engine.targets_add_help"))
@click.argument("texts", metavar=say("engine.target_meta") + "...", nargs=-1, required=True)
@format_option()
@click.pass_context
def add_command(ctx: click.Context, texts: tuple[str, ...], form: str) -> None:
    asyncio.run(_add(ctx, texts, form))


@targets_command.command("remove", cls=Command, help=say("engine.targets_remove_help"))
@click.argument("kind", metavar=say("engine.kind_meta"))
@click.argument("name", metavar=say("engine.name_meta"))
@format_option()
@click.pass_context
def remove_command(ctx: click.Context, kind: str, name: str, form: str) -> None:
    asyncio.run(_remove(ctx, kind, name, form))


@targets_command.command("kubernetes", cls=Command, help=say("kube.targets_help"))
@click.option("--rbac", is_flag=True, help=say("kube.rbac_help"))
@click.option("--active", is_flag=True, help=say("kube_jobs.active_help"))
@format_option()
@click.pass_context
def kubernetes_command(ctx: click.Context, rbac: bool, active: bool, form: str) -> None:
    if active and not rbac:
        raise click.UsageError(say("cli.goes_with", name="--active", partner="--rbac"))
    if active:
        _active_rbac(form)
    elif rbac:
        _rbac(form)
    else:
        asyncio.run(_contexts(ctx, form))


def _rbac(form: str) -> None:
    from gpuready.kube import checks  # so that all of them have declared what they read
    from gpuready.kube.check import DECLARED
    from gpuready.kube.rights import rbac_yaml

    own = {probe.name for probe in checks.PROBES}
    manifest = rbac_yaml(read for name, reads in DECLARED.items() if name in own for read in reads)
    if form == "json":
        out_json({"schema": SCHEMA, "rbac": manifest})
    else:
        out(manifest.rstrip("\n"))


def _active_rbac(form: str) -> None:
    from gpuready.kube.jobs.rights import active_rbac_yaml

    manifest = active_rbac_yaml()
    if form == "json":
        out_json({"schema": SCHEMA, "rbac": manifest})
    else:
        out(manifest.rstrip("\n"))


async def _contexts(ctx: click.Context, form: str) -> None:
    from gpuready.cli.site import site
    from gpuready.kube.kubeconfig import choices

    async with site(ctx, (), record=False) as here:
        known = [each for each in here.targets if each.kind == "kubernetes"]
    found = await asyncio.to_thread(choices, tuple(each.address for each in known))
    if form == "json":
        out_json({"schema": SCHEMA, "contexts": [{"address": each} for each in found]})
    else:
        out("\n".join(found) or say("kube.no_contexts"))


async def _list(ctx: click.Context, form: str) -> None:
    from gpuready.cli.site import site

    async with site(ctx, (), record=False) as here:
        known = [each for each in here.targets if each.kind != "session"]
    if form == "json":
        out_json({"schema": SCHEMA, "targets": [_plain(each) for each in known]})
    else:
        out("\n".join(map(_line, known)) or say("engine.no_targets"))


async def _find(ctx: click.Context, form: str) -> None:
    from gpuready.cli.site import site
    from gpuready.engine.discover import discover

    async with site(ctx, (), record=False) as here:
        known = {(each.kind, each.address) for each in here.targets}
    found = await discover()
    if form == "json":
        out_json({"schema": SCHEMA, "found": [_found(each, known) for each in found]})
    else:
        out("\n".join(_found_line(each, known) for each in found) or say("engine.none_found"))


async def _add(ctx: click.Context, texts: tuple[str, ...], form: str) -> None:
    from gpuready.cli.desk import writing
    from gpuready.engine.targets import add, parse_target

    wanted = [parse_target(text) for text in texts]  # all are read before the first is kept
    async with writing(ctx) as desk:
        for target in wanted:
            await add(desk.session, target)
    if form == "json":
        out_json({"schema": SCHEMA, "added": [_plain(each) for each in wanted]})
    else:
        out("\n".join(say("engine.target_added", **_names(each)) for each in wanted))


async def _remove(ctx: click.Context, kind: str, name: str, form: str) -> None:
    from gpuready.cli.desk import writing
    from gpuready.engine.targets import remove

    async with writing(ctx, create=False) as desk:
        await remove(desk.session, kind, name)
    if form == "json":
        out_json({"schema": SCHEMA, "removed": [{"kind": kind, "name": name}]})
    else:
        out(say("engine.target_removed", kind=kind, name=name))


def _names(target: Target) -> dict[str, Any]:
    return {"kind": target.kind, "name": target.name, "address": target.address}


def _plain(target: Target) -> dict[str, Any]:
    return _names(target) | {"options": dict(target.options)}


def _line(target: Target) -> str:
    options = " ".join(f"{key}={value}" for key, value in target.options.items())
    return f"{target.kind:<12} {target.name:<24} {target.address} {options}".rstrip()


def _found(found: Found, known: set[tuple[str, str]]) -> dict[str, Any]:
    target = found.target
    return {
        "target": _plain(target) if target else None,
        "why": str(found),
        "known": bool(target and (target.kind, target.address) in known),
    }


def _found_line(found: Found, known: set[tuple[str, str]]) -> str:
    target = found.target
    if target is None:
        return f"{'-':<12} {found}"
    text = shlex.quote(f"{target.kind}={target.name}={target.address}")
    is_known = (target.kind, target.address) in known
    return f"{target.kind:<12} {found}\n{'':<13}" + (
        say("engine.is_known") if is_known else say("engine.add_with", text=text)
    )

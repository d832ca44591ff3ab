"""``gpuready alerts``: which alerts fired, and whether they were right."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gpuready.cli.options import Command, Group, format_option
from gpuready.cli.printing import out, out_json, talk
from gpuready.cli.site import Ending, drive, site, stopping, target_option
from gpuready.text.fault import Fault
from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.probes.probe import Target
    from gpuready.prometheus.alerts.ledger import Episode, Period

F = TypeVar("F", bound=Callable[..., Any])

SCHEMA = "gpuready.alerts/1"
SINCE = "30d"
VERDICTS = {"true": True, "false": False, "unknown": None}


def _since_option() -> Callable[[F], F]:
    return click.option("--since", default=SINCE, show_default=True, help=say("prometheus_alerts.since_help"))


@click.group("alerts", cls=Group, help=say("prometheus_alerts.help"), invoke_without_command=True)
@_since_option()
@target_option()
@format_option()
@click.pass_context
def alerts_command(ctx: click.Context, since: str, given: tuple[str, ...], form: str) -> int | None:
    if ctx.invoked_subcommand is not None:
        return None
    return drive(_list(ctx, since, given, form))


@alerts_command.command("list", cls=Command, help=say("prometheus_alerts.list_help"))
@_since_option()
@target_option()
@format_option()
@click.pass_context
def list_command(ctx: click.Context, since: str, given: tuple[str, ...], form: str) -> int:
    return drive(_list(ctx, since, given, form))


@alerts_command.command("judge", cls=Command, help=say("prometheus_alerts.judge_help"))
@click.argument("id", metavar=say("prometheus_alerts.id_meta"))
@click.argument("verdict", metavar=say("prometheus_alerts.verdict_meta"), type=click.Choice(list(VERDICTS)))
@_since_option()
@target_option()
@format_option()
@click.pass_context
def judge_command(
    ctx: click.Context, id: str, verdict: str, since: str, given: tuple[str, ...], form: str
) -> int:
    return drive(_judge(ctx, id, verdict, since, given, form))


async def _list(ctx: click.Context, since: str, given: tuple[str, ...], form: str) -> Ending:
    from gpuready.prometheus.alerts.judgement import judgements_of

    async with site(ctx, given, record=False) as here:
        targets = _asked(here.targets)
        known = judgements_of(here.state.settings)
    heard, code = await _heard(targets, since)
    if code:
        return Ending(code)
    if form == "json":
        rows = [
            _plain(each, target, known, began=began)
            for target, seen, _ in heard
            for began, episodes in ((True, seen.episodes), (False, seen.before))
            for each in episodes
        ]
        failed = [{"target": target.name, "why": why} for target, _, why in heard if why]
        out_json({"schema": SCHEMA, "since": since, "alerts": rows, "failed": failed})
    else:
        _show(heard, known, since)
    for _, seen, why in heard:
        for text in (why, *(say(key, **fields) for key, fields in seen.remarks)):
            if text:
                talk(text)
    return Ending(3 if all(why for _, _, why in heard) else 0)


async def _judge(
    ctx: click.Context, id: str, verdict: str, since: str, given: tuple[str, ...], form: str
) -> Ending:
    from gpuready.prometheus.alerts.judgement import judge_alert

    async with site(ctx, given, record=True) as here:
        assert here.session is not None
        heard, code = await _heard(_asked(here.targets), since)
        if code:
            return Ending(code)
        if whys := [why for _, _, why in heard if why]:
            raise Fault("prometheus_alerts.not_asked", why=whys[0])
        episode = _found([each for _, seen, _ in heard for each in seen.episodes], id, since)
        event = await judge_alert(here.session, episode, VERDICTS[verdict])
    if form == "json":
        said = {"id": episode.id, "name": episode.name, "judged": VERDICTS[verdict]}
        out_json({"schema": SCHEMA, "alert": said, "event": event.to_plain() if event else None})
    else:
        out(judged_text(episode, VERDICTS[verdict], changed=event is not None))
    return Ending()


def judged_text(episode: Episode, verdict: bool | None, *, changed: bool) -> str:
    """What was judged, as a sentence."""
    if not changed:
        return say("prometheus_alerts.as_before", name=episode.name, id=episode.id)
    if verdict is None:
        return say("prometheus_alerts.taken_back", name=episode.name, id=episode.id)
    word = say("prometheus_alerts.is_true" if verdict else "prometheus_alerts.is_false")
    return say("prometheus_alerts.judged", name=episode.name, id=episode.id, verdict=word)


def _asked(targets: Sequence[Target]) -> list[Target]:
    found = [each for each in targets if each.kind == "prometheus"]
    if not found:
        raise Fault("prometheus_alerts.no_target")
    return found


async def _heard(targets: Sequence[Target], since: str) -> tuple[list[tuple[Target, Period, str]], int]:
    """Of each target what fired, or the sentence why that is not known; the exit code of a signal."""
    from gpuready.probes.probe import Outcome
    from gpuready.prometheus.alerts.ledger import Period, fired
    from gpuready.prometheus.look import source_of

    async def ask() -> list[tuple[Target, Period, str]]:
        heard = []
        for target in targets:
            try:
                heard.append((target, await fired(target, since), ""))
            except Outcome as outcome:
                heard.append((target, Period(0.0, 0.0, ()), f"{target.name}: {outcome}"))
            finally:
                source_of(target).close()
        return heard

    task = asyncio.create_task(ask())
    with stopping(task) as signalled:
        try:
            return await task, 0
        except asyncio.CancelledError:
            if not signalled():
                raise
            return [], signalled()


def _found(episodes: Sequence[Episode], id: str, since: str) -> Episode:
    """The one alert whose id begins so."""
    found = {each.id: each for each in episodes if id and each.id.startswith(id.lower())}
    if len(found) > 1:
        raise Fault("prometheus_alerts.ambiguous_id", id=id, found=", ".join(sorted(found)[:4]))
    if not found:
        raise Fault("prometheus_alerts.unknown_id", id=id[:40], since=since)
    return next(iter(found.values()))


def _plain(episode: Episode, target: Target, known: dict[str, bool], *, began: bool) -> dict[str, Any]:
    return {
        "id": episode.id if began else None,
        "target": target.name,
        "name": episode.name,
        "severity": episode.severity,
        "labels": dict(episode.labels),
        "start": _iso(episode.start),
        "end": None if episode.end is None else _iso(episode.end),
        "firing_seconds": episode.firing,
        "began_in_period": began,
        "judged": known.get(episode.id) if began else None,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _show(heard: Sequence[tuple[Target, Period, str]], known: dict[str, bool], since: str) -> None:
    from rich.cells import cell_len

    from gpuready.cli.desk import now
    from gpuready.tui.draw.ledger import columns

    moment = now()
    every = [each for _, seen, _ in heard for each in seen.episodes]
    rows = [columns(each, known.get(each.id), moment) for _, seen, _ in heard for each in seen.episodes]
    rows += [columns(each, None, moment) for _, seen, _ in heard for each in seen.before]
    if not rows:
        if not any(why for _, _, why in heard):
            out(say("prometheus_alerts.ledger_none"))
        return
    widths = [max(cell_len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = [
        "  ".join(text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
        for row in rows
    ]
    judged = [known[each.id] for each in every if each.id in known]
    said = {"count": len(every), "waiting": len(every) - len(judged), "true": sum(judged)}
    lines.append(say("prometheus_alerts.ledger_count", **said, false=len(judged) - sum(judged)))
    out("\n".join(line.rstrip() for line in lines))

"""``gpuready signals``: the signals there are, and what of them a Prometheus has."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_json, talk
from gpuready.cli.site import Ending, drive, site, stopping, target_option
from gpuready.text.fault import Fault
from gpuready.text.say import language, say

if TYPE_CHECKING:
    from gpuready.probes.probe import Target
    from gpuready.prometheus.resolved import Resolved
    from gpuready.prometheus.signal import Signal, Way

SCHEMA = "gpuready.signals/1"


@click.command("signals", cls=Command, help=say("prometheus.signals_help"))
@click.argument("only", nargs=-1, metavar=say("prometheus.signals_only"))
@click.option("--window", default="5m", show_default=True, help=say("prometheus.signals_window"))
@click.option("--selector", default="", help=say("prometheus.signals_selector"))
@click.option(
    "--quantile",
    type=click.FloatRange(0, 1),
    default=0.95,
    show_default=True,
    help=say("prometheus.signals_quantile"),
)
@target_option()
@format_option()
@click.pass_context
def signals_command(
    ctx: click.Context,
    only: tuple[str, ...],
    window: str,
    selector: str,
    quantile: float,
    given: tuple[str, ...],
    form: str,
) -> int:
    return drive(_signals(ctx, _chosen(only), window, selector, quantile, given, form, bool(only)))


def _chosen(only: Sequence[str]) -> list[Signal]:
    """The signals of these groups and ids; all where none is given."""
    from gpuready.prometheus.table import signals

    table = signals()
    groups = {signal.group for signal in table.values()}
    for name in only:
        if name not in table and name not in groups:
            raise Fault("prometheus.signals_unknown", name=name)
    return [each for each in table.values() if not only or each.id in only or each.group in only]


async def _signals(
    ctx: click.Context,
    chosen: list[Signal],
    window: str,
    selector: str,
    q: float,
    given: tuple[str, ...],
    form: str,
    fully: bool,
) -> Ending:
    from gpuready.probes.duration import seconds_of
    from gpuready.prometheus import expression

    seconds_of(window)  # a slip is told before anything is opened or asked
    expression.matchers(selector)
    async with site(ctx, given, record=False) as here:
        targets = [each for each in here.targets if each.kind == "prometheus"]
    if not targets:
        _list(chosen, form, fully)
        return Ending()
    task = asyncio.create_task(_resolved(targets, chosen, window, selector, q))
    with stopping(task) as signalled:
        try:
            sites = await task
        except asyncio.CancelledError:
            if not signalled():
                raise
            return Ending(signalled())
    if form == "json":
        found = [
            {
                "target": {"kind": target.kind, "name": target.name, "address": target.address},
                "window": window,
                "selector": selector,
                "quantile": q,
                "reason": problem,
                "signals": [_plain_resolved(each) for each in rows],
            }
            for target, rows, problem in sites
        ]
        out_json({"schema": SCHEMA, "signals": [_plain(each) for each in chosen], "sites": found})
    else:
        if texts := [_site_text(target, rows) for target, rows, problem in sites if not problem]:
            out("\n\n".join(texts))
        for _, _, problem in sites:
            if problem:
                talk(problem)
    return Ending(3 if all(problem for _, _, problem in sites) else 0)


async def _resolved(
    targets: Sequence[Target], chosen: Sequence[Signal], window: str, selector: str, q: float
) -> list[tuple[Target, tuple[Resolved, ...], str]]:
    """For each target its signals, or the sentence why it could not be asked."""
    from gpuready.probes.probe import Outcome
    from gpuready.prometheus.look import source_of
    from gpuready.prometheus.resolved import resolve

    sites: list[tuple[Target, tuple[Resolved, ...], str]] = []
    for target in targets:
        try:
            sites.append((target, await resolve(target, chosen, window=window, selector=selector, q=q), ""))
        except Outcome as outcome:
            sites.append((target, (), str(outcome)))
        finally:
            source_of(target).close()
    return sites


def _list(chosen: Sequence[Signal], form: str, fully: bool) -> None:
    from gpuready.places import own_signals

    if form == "json":
        out_json({"schema": SCHEMA, "signals": [_plain(each) for each in chosen], "sites": []})
        return
    lines: list[str] = []
    for group in dict.fromkeys(each.group for each in chosen):
        lines.append(group)
        for signal in (each for each in chosen if each.group == group):
            lines.append(f"  {signal.id:<24} {_words(signal)}")
            if fully:
                lines += [line for way in signal.ways for line in _way_lines(way)]
            else:
                lines.append(f"      {', '.join(dict.fromkeys(way.exporter for way in signal.ways))}")
    out("\n".join([*lines, say("prometheus.signals_own", path=own_signals())]))


def _words(signal: Signal) -> str:
    unit = f" ({signal.unit})" if signal.unit else ""
    return f"{signal.words.to(language())}{unit}"


def _way_lines(way: Way) -> list[str]:
    said = way.cannot.to(language()) if way.cannot else way.each or way.expr or way.histogram or way.summary
    scaled = f"  × {way.scale:g}" if way.scale != 1 else ""
    return [f"      {way.exporter}", f"        {said}{scaled}"]


def _site_text(target: Target, rows: Sequence[Resolved]) -> str:
    """What has a value first, group by group, then what has none and why."""
    have = [row for row in rows if row.value is not None]
    lines = [
        f"{target.name}  {target.address}",
        say("prometheus.signals_have", have=len(have), all=len(rows)),
    ]
    for group in dict.fromkeys(row.signal.group for row in have):
        lines.append(group)
        for row in (each for each in have if each.signal.group == group):
            exporter = row.way.exporter if row.way else ""
            value = f"{row.value:.6g} {row.signal.unit}".rstrip()
            lines.append(f"  {row.signal.id:<24} {value:>16}  {row.signal.words.to(language())}, {exporter}")
            lines.append(f"      {row.query}")
            lines += [f"      {remark}" for remark in row.remarks]
    for row in rows:
        if row.value is None:
            lines.append(f"- {row.signal.id:<24} {row.reason}")
            if row.query:
                lines.append(f"      {row.query}")
    return "\n".join(lines)


def _plain(signal: Signal) -> dict[str, Any]:
    return {
        "id": signal.id,
        "en": signal.words.en,
        "zh": signal.words.zh,
        "unit": signal.unit,
        "group": signal.group,
        "better": signal.better,
        "quantiles": signal.quantiles,
        "ways": [
            {
                "exporter": way.exporter,
                "needs": list(way.needs),
                "expression": way.each or way.expr or way.histogram or way.summary,
                "scale": way.scale,
                "cannot": way.cannot.to(language()) if way.cannot else None,
            }
            for way in signal.ways
        ],
    }


def _plain_resolved(row: Resolved) -> dict[str, Any]:
    return {
        "id": row.signal.id,
        "exporter": row.way.exporter if row.way else None,
        "query": row.query or None,
        "value": row.value,
        "unit": row.signal.unit,
        "reason": row.reason or None,
        "remarks": list(row.remarks),
    }

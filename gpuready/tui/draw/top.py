"""The lines around the panes: header, checklist tabs, live strip, footer."""

from __future__ import annotations

from collections.abc import Sequence

from gpuready.checklist.verdict import Status
from gpuready.live.facts import GpuSample, NodeSample
from gpuready.session.board import Board
from gpuready.text.say import language, say
from gpuready.tui.draw.bars import DASH, gib, number
from gpuready.tui.draw.gpu import remarks
from gpuready.tui.draw.line import Line, Span, harmless, spread


def header_line(
    board: Board, site: str, file: str, operator: str, remarks_: Sequence[Span], width: int
) -> Line:
    """Which session this is, whose hands are on it, and how far it has come."""
    items = list(board.items())
    totals = say(
        "tui.totals",
        done=sum(item.status is Status.DONE for item in items),
        total=len(items),
        failed=sum(item.status is Status.FAILED for item in items),
        overdue=sum(item.overdue for item in items),
    )
    left = [Span(" gpuready", "title"), Span(f"  {harmless(site)}" if site else "", "strong")]
    left += [Span(f"  {harmless(file)}", "dim"), Span(f"  {harmless(operator)}"), *remarks_]
    # Where there is no room for both, what the frame must say goes first.
    return spread(left, [Span(f" {totals} ")] if width >= 60 or not remarks_ else [], width, "bar")


def tabs_line(board: Board, current: int, width: int) -> Line:
    """The checklists with their progress: full titles where they fit, else only the current one's."""
    for full in (True, False):
        spans: list[Span] = []
        for number_, each in enumerate(board.lists):
            here = number_ == current
            words = each.checklist.words.to(language())
            title = words if full or here else ""
            done, failed = each.count(Status.DONE), each.count(Status.FAILED)
            spans.append(Span(f" {number_ + 1} {title} ".replace("  ", " "), "title" if here else "dim"))
            spans.append(
                Span(f"{done}/{each.total}", "good" if done == each.total else "strong" if here else "dim")
            )
            spans.append(Span(f" ✗{failed}" if failed else "", "bad"))
            spans.append(Span("  "))
        if sum(Line((span,)).width for span in spans) <= width:
            break
    return spread([span for span in spans if span.text], [], width)


def strip_line(gpu: GpuSample | None, node: NodeSample | None, trouble: Sequence[Span], width: int) -> Line:
    """The machine on one line, for screens that show one pane at a time."""
    spans: list[Span] = []
    if gpu and gpu.gpus:
        busy = [g.busy for g in gpu.gpus if g.busy is not None]
        used = [g.memory_used for g in gpu.gpus if g.memory_used is not None]
        total = [g.memory_total for g in gpu.gpus if g.memory_total is not None]
        power = [g.power for g in gpu.gpus if g.power is not None]
        heat = [g.temperature for g in gpu.gpus if g.temperature is not None]
        text = say(
            "tui.strip",
            count=len(gpu.gpus),
            busy=number(sum(busy) / len(busy) if busy else None, "%"),
            used=gib(sum(used), 0) if used else DASH,
            total=gib(sum(total), 0) if total else DASH,
            power=number(sum(power) / 1000 if power else None, "", 1),
            heat=number(max(heat) if heat else None, "°"),
        )
        spans.append(Span(text))
        for each in gpu.gpus:
            grave = [r for r in remarks(each) if r.tone in ("bad", "warn")]
            if each.lost or grave:
                spans.append(Span(f" {each.index}: {each.lost or grave[0].text.strip()} ", "bad"))
                break
    elif gpu and gpu.trouble:
        spans.append(Span(f" GPU {DASH} ", "warn"))
    if node:
        memory = None
        if node.memory_total and node.memory_available is not None:
            memory = 100 * (1 - node.memory_available / node.memory_total)
        load = f"{node.load[0]:.1f}" if node.load else DASH
        spans.append(
            Span(say("tui.strip_node", cpu=number(node.cpu, "%"), memory=number(memory, "%"), load=load))
        )
    return spread([*spans, *trouble], [], width, "bar")


def footer_line(keys: Sequence[tuple[str, str]], width: int) -> Line:
    """Keys with what they do, as many as fit."""
    spans: list[Span] = []
    room = width
    for key, label in keys:
        pair = [Span(f" {key}", "accent"), Span(f" {label} ", "dim")]
        room -= sum(Line((span,)).width for span in pair)
        if room < 0:
            break
        spans += pair
    return spread(spans, [], width)


def say_line(text: str, tone: str, width: int) -> Line:
    """A message in the footer's place."""
    return spread([Span(f" {harmless(text)}", tone)], [], width)

"""Help and history as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import tzinfo

from gpuready.checklist.verdict import Verdict
from gpuready.session.event import Event
from gpuready.session.state import State
from gpuready.text.say import say
from gpuready.tui.acts import GROUPS, Act, key_text
from gpuready.tui.draw.line import Line, Span, fit, line, wrap
from gpuready.tui.draw.signs import sign_of_verdict


def help_lines(keys: Mapping[Act, str], width: int) -> list[Line]:
    """Every key with what it does, by chapter, then the signs."""
    lines: list[Line] = []
    for group in GROUPS:
        lines.append(line((f" {say(f'acts.group_{group}')}", "title")))
        for act, combination in keys.items():
            if act.group != group:
                continue
            for row, text in enumerate(wrap(act.help, max(10, width - 20))):
                key = fit(key_text(combination) if row == 0 else "", 16)
                lines.append(line((f"  {key} ", "accent"), text))
        lines.append(Line())
    lines.append(line((f" {say('tui.signs')}", "title")))
    return lines + [line("  ", sign_of_verdict(v), f"  {say(f'board.{v}')}") for v in Verdict]


def history_lines(events: Iterable[Event], state: State, zone: tzinfo | None, width: int) -> list[Line]:
    """Events, the newest first: when, who, what, and whether it was undone."""
    lines: list[Line] = []
    for event in sorted(events, key=lambda e: e.clock, reverse=True):
        at = event.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        undone = not state.is_live(event)
        head = [
            Span(f" {at} ", "dim"),
            Span(f"{event.actor}@{event.host} ", "accent"),
            Span(str(event.kind), "strong"),
        ]
        lines.append(line(*head, (" ↶", "warn") if undone else ""))
        payload = json.dumps(event.payload, ensure_ascii=False, sort_keys=True)
        lines += [line((f"   {text}", "dim" if undone else "")) for text in wrap(payload, max(10, width - 5))]
    return lines or [line((f" {say('tui.no_history')}", "dim"))]

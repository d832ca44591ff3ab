"""Facts as short phrases: figures, marks, ages, days."""

from __future__ import annotations

from datetime import date, datetime

from gpuready.checklist.catalogue import available
from gpuready.checklist.model import Kind, Method, Scalar
from gpuready.session.state import Mark
from gpuready.text.say import language, say
from gpuready.tui.draw.bars import DASH


def value_text(value: Scalar | None, unit: str = "") -> str:
    """A value as people read it: four significant figures at most, words for yes and no."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return say("tui.yes") if value else say("tui.no")
    if isinstance(value, float) and not value.is_integer():
        text = f"{value:.4g}" if abs(value) < 10000 else f"{value:,.0f}"
    elif isinstance(value, int | float):
        text = f"{int(value):,}"
    else:
        text = value
    return f"{text} {unit}" if unit not in ("", "count", "version", "date") else text


def method_text(method: Method) -> str:
    """One method: its kind, what it asks of which target, and whether it can be used."""
    what = f"{method.kind} {method.name}".strip()
    if method.on:
        what += f" @ {method.on}"
    if method.ask:
        what += f": {method.ask.to(language())}"
    if method.kind is Kind.ACTIVE:
        what += f" [{say('tui.asks_first')}]"
    return what if available(method) else f"{what} ({say('tui.not_yet')})"


def mark_text(mark: Mark, now: datetime) -> str:
    """How a verdict is known: ``12.3 Gbit/s, entered by ana 2 h ago``."""
    value = f"{value_text(mark.value, mark.unit)}, " if mark.value is not None else ""
    return value + say("tui.known", how=say(f"board.{mark.provenance}"), by=mark.by, age=age(mark.at, now))


def reason_text(mark: Mark) -> str:
    """The sentences that explain it, in the language in force where a probe said them."""
    if not mark.said:
        return mark.reason
    from gpuready.engine.result import sentence  # brings the probes' declarations along

    return " ".join(sentence(saying) for saying in mark.said)


def age(then: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits: 5 min, 3 h, 12 d."""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return say("tui.moments")


def due_text(due: date, today: date) -> str:
    """A due date with how far it is."""
    days = (due - today).days
    if days < 0:
        return say("tui.due_past", day=due.isoformat(), days=-days)
    return say("tui.due_today" if days == 0 else "tui.due_in", day=due.isoformat(), days=days)

"""The alerts that fired, as lines: state, name, since when, how long, and what was said of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

from gpuready.text.safe import safe_line
from gpuready.text.say import say
from gpuready.tui.draw.line import Line, Span, fit, spread, wrap

if TYPE_CHECKING:
    from gpuready.prometheus.alerts.ledger import Episode, Period

_NAME, _SEVERITY = 26, 9


def columns(episode: Episode, judged: bool | None, now: datetime) -> tuple[str, ...]:
    """Id, judgement, state, name, severity, start, duration, labels; `now` gives the time zone."""
    return (
        episode.id if episode.whole else "-",
        judged_word(episode, judged),
        say("prometheus_alerts.firing" if episode.end is None else "prometheus_alerts.over"),
        safe_line(episode.name),
        safe_line(episode.severity) or "-",
        start_text(episode, now),
        duration_text(episode.firing),
        safe_line(episode.about),
    )


def judged_word(episode: Episode, judged: bool | None) -> str:
    if judged is None:
        return say("prometheus_alerts.is_waiting") if episode.whole else "-"
    return say("prometheus_alerts.is_true" if judged else "prometheus_alerts.is_false")


def start_text(episode: Episode, now: datetime) -> str:
    at = datetime.fromtimestamp(episode.start).astimezone(now.tzinfo)
    return ("" if episode.whole else "<") + at.strftime("%Y-%m-%d %H:%M")


def duration_text(seconds: float) -> str:
    """``4 min``, ``3.5 h``, ``12 d``."""
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172800 else f"{seconds / 86400:.0f} d"


def title_line(since: str, keys: str, tone: str, width: int) -> Line:
    left = Span(f" {say('prometheus_alerts.ledger_title', since=since)}", "title")
    return spread([left], [Span(f" {keys} ", tone)], width, "bar")


def count_line(episodes: Sequence[Episode], judged: Mapping[str, bool], width: int, only: str) -> Line:
    """How many there are and how many wait; `only` is the filter in force."""
    said = [judged[each.id] for each in episodes if each.id in judged]
    text = say(
        "prometheus_alerts.ledger_count",
        count=len(episodes),
        waiting=len(episodes) - len(said),
        true=sum(said),
        false=len(said) - sum(said),
    )
    return spread([Span(f" {text}", "dim")], [Span(f"/{only} ", "accent")] if only else [], width)


def row(episode: Episode, judged: bool | None, now: datetime, width: int, *, here: bool) -> Line:
    """One alert on one line; its labels get what is left."""
    _, word, state, name, severity, start, duration, about = columns(episode, judged, now)
    tone = {True: "good", False: "warn", None: "dim"}[judged]
    short = start if width >= 90 else start[-11:]
    spans = [
        Span(f" {fit(word, 8)}", tone),
        Span(fit(state, 8), "bad" if episode.end is None else "dim"),
        Span(fit(name, _NAME if width >= 90 else 22) + " "),
        *([Span(fit(severity, _SEVERITY) + " ", "dim")] if width >= 90 else []),
        Span(short, "accent"),
        Span(f" {fit(duration, 8, right=True)}  "),
    ]
    taken = sum(cell_len(span.text) for span in spans)
    return spread(
        [*spans, Span(fit(about, max(0, width - taken)), "dim")], [], width, "cursor" if here else ""
    )


def remark_lines(seen: Period, width: int) -> list[Line]:
    texts = [say(key, **fields) for key, fields in seen.remarks]
    return [spread([Span(f" {text}", "warn")], [], width) for each in texts for text in wrap(each, width - 2)]


def matches(episode: Episode, text: str) -> bool:
    """Whether the filter's words all stand somewhere in it."""
    whole = f"{episode.name} {episode.severity} {episode.about} {episode.id}".lower()
    return all(word in whole for word in text.lower().split())

"""What is known of the chosen row: a phase, an item with its checks, or one check with its guidance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gpuready.checklist.figure import figures_text
from gpuready.checklist.verdict import Status, Verdict
from gpuready.engine.trend import regressed, trend
from gpuready.session.board import Board, CheckStanding, ItemStanding, PhaseStanding
from gpuready.session.state import CheckState, ItemState, Mark, Note, State
from gpuready.text.say import language, say
from gpuready.tui.draw.line import Line, Span, fit, line, spread, wrap
from gpuready.tui.draw.signs import sign_of_check, sign_of_item, sign_of_verdict
from gpuready.tui.draw.wording import age, due_text, mark_text, method_text, reason_text, value_text

_STATUS_TONES = {Status.DONE: "good", Status.FAILED: "bad", Status.OPEN: "dim"}


def detail_lines(board: Board, state: State, ref: str, width: int) -> list[Line]:
    """Everything about that ref, for a pane of that width; `state` knows how it came to stand there."""
    standing = board.by_ref.get(ref)
    if isinstance(standing, PhaseStanding):
        return _phase(standing, width)
    if isinstance(standing, ItemStanding):
        return _item(standing, board, width)
    if isinstance(standing, CheckStanding):
        return _check(standing, board, state, width)
    return [line((say("tui.nothing_chosen"), "dim"))]


def _head(ref: str, title: str, state: str, tone: str, width: int) -> list[Line]:
    lines = wrap(f"{ref} {title}", max(10, width - len(state) - 4))
    first = spread([Span(f" {lines[0]}", "title")], [Span(f" {state} ", tone)], width, "bar")
    return [first, *(Line((Span(fit(f" {text}", width), "title"),), "bar") for text in lines[1:])]


def _phase(standing: PhaseStanding, width: int) -> list[Line]:
    words = standing.phase.words.to(language())
    lines = _head(standing.phase.ref, words, f"{standing.done}/{len(standing.items)}", "dim", width)
    if standing.early:
        lines += [line((f" {text}", "warn")) for text in wrap(say("tui.early_long"), width - 1)]
    for item in standing.items:
        right = [Span(f" {say(f'board.{item.status}')}", _STATUS_TONES[item.status])]
        lines.append(
            spread([Span(" "), sign_of_item(item), Span(f" {item.item.words.to(language())}")], right, width)
        )
    return lines


def _item(standing: ItemStanding, board: Board, width: int) -> list[Line]:
    item, known = standing.item, standing.known
    state = f"{say(f'board.{standing.status}')} {standing.settled}/{len(standing.checks)}"
    lines = _head(item.ref, item.words.to(language()), state, _STATUS_TONES[standing.status], width)
    lines.append(_owner(standing, width))
    if known.override:
        text = say(
            "tui.override",
            status=say(f"board.{known.override.status}"),
            by=known.override.by,
            reason=known.override.reason,
            derived=say(f"board.{standing.derived}"),
        )
        lines += _block(text, width, "warn" if standing.disagrees else "dim")
    for need in standing.unmet:
        other = board.by_ref.get(need)
        title = other.item.words.to(language()) if isinstance(other, ItemStanding) else ""
        lines += _block(say("tui.needs", ref=need, title=title), width, "warn")
    lines += _rivals(known, width)
    if item.decided_by_steps:
        lines += _block(say("tui.steps_decide"), width, "dim")
    for check in standing.checks:
        tail = check.check.ref.rpartition(".")[2]
        words = Span(check.check.words.to(language()), "" if check.check.is_acceptance else "dim")
        right = []
        if check.known.mark:
            right = [Span(f" {mark_text(check.known.mark, board.at)} ", "dim")]
        lines.append(spread([Span(" "), sign_of_check(check), Span(f" {tail} ", "dim"), words], right, width))
    return lines + _notes(known.notes, board.at, width)


def _owner(standing: ItemStanding, width: int) -> Line:
    known = standing.known
    due = due_text(known.due, standing.today) if known.due else say("tui.no_due")
    spans = [
        Span(f" {say('tui.owner')} "),
        Span(known.owner or say("tui.nobody"), "strong" if known.owner else "dim"),
        Span(f"   {say('tui.due')} "),
        Span(due, "bad" if standing.overdue else "strong" if known.due else "dim"),
    ]
    return spread(spans, [], width)


def _check(standing: CheckStanding, board: Board, history: State, width: int) -> list[Line]:
    check, known = standing.check, standing.known
    sign = sign_of_check(standing)
    state = f"{sign.text} {say(f'board.{standing.verdict}')}"
    lines = _head(check.ref, check.words.to(language()), state, sign.tone, width)
    if check.criteria:
        lines += _labelled(say("tui.figure"), figures_text(check.criteria), width)
    lines += _known(known, history, check.ref, board.at, width)
    lines += _rivals(known, width)
    if known.waiver:
        w = known.waiver
        text = say("tui.waived", reason=w.reason, approver=w.approver, until=w.until.isoformat(), by=w.by)
        lines += _block(text, width, "warn")
    lines += _notes(known.notes, board.at, width)
    lines.append(Line())
    lines += _labelled(say("tui.why"), check.why.to(language()), width)
    lines += _labelled(say("tui.how"), check.how.to(language()), width)
    lines += _labelled(say("tui.fix"), check.fix.to(language()), width)
    if check.modern:
        lines += _labelled(say("tui.modern"), check.modern.to(language()), width, "warn")
    for number, method in enumerate(check.methods, 1):
        label = say("tui.methods") if number == 1 else ""
        lines += _labelled(label, f"{number}. {method_text(method)}", width, "dim")
    return lines


def _known(known: CheckState, history: State, ref: str, now: datetime, width: int) -> list[Line]:
    mark = known.mark
    if mark is None:
        return _labelled(say("tui.value"), say("tui.not_measured"), width, "dim")
    lines = _labelled(say("tui.value"), mark_text(mark, now), width, "strong")
    for text in (reason_text(mark), mark.text):
        lines += _labelled("", text, width) if text else []
    if len(known.targets) > 1:
        lines += _targets(known.targets, width)
    elif mark.source:
        lines += _labelled(say("tui.source"), f"{mark.source}  {mark.target}", width, "dim")
    if mark.fields:
        measured = (
            f"{name} {value_text(value, mark.units.get(name, ''))}" for name, value in mark.fields.items()
        )
        lines += _labelled("", "  ".join(measured), width, "dim")
    if mark.link:
        lines += _labelled(say("tui.link"), mark.link, width)
    for sha in mark.evidence:
        lines += _labelled(say("tui.file"), f"sha256 {sha[:16]}", width, "dim")
    return lines + _trend(history, ref, mark.target, now, width)


def _targets(marks: tuple[Mark, ...], width: int) -> list[Line]:
    """One line for each target, the worst first, under the count of those that pass."""
    good = sum(mark.verdict is Verdict.PASS for mark in marks)
    lines = _labelled(say("tui.targets_label"), say("tui.targets_pass", good=good, all=len(marks)), width)
    for mark in marks:
        text = f" {mark.target}  {value_text(mark.value, mark.unit)}  {reason_text(mark)}"
        lines.append(spread([Span("         "), sign_of_verdict(mark.verdict), Span(text)], [], width))
    return lines


def _trend(history: State, ref: str, target: str, now: datetime, width: int) -> list[Line]:
    """The values before this one, the newest first, and since when it fails."""
    points = trend(history, ref, target)
    if len(points) < 2:
        return []
    earlier = [
        f"{sign_of_verdict(point.verdict).text} {value_text(point.value, point.unit)} ({age(point.at, now)})"
        for point in points[-2:-8:-1]
    ]
    lines = _labelled(say("tui.trend"), "  ".join(earlier), width, "dim")
    if fall := regressed(points):
        good, since = (f"{day.astimezone(now.tzinfo):%Y-%m-%d %H:%M}" for day in (fall.good, fall.since))
        lines += _block(say("tui.regressed", good=good, since=since), width, "bad")
    return lines


def _rivals(known: CheckState | ItemState, width: int) -> list[Line]:
    texts = [say("tui.rival", field=r.field, value=r.value, by=r.by) for r in known.rivals]
    return [row for text in texts for row in _block(text, width, "warn")]


def _notes(notes: Iterable[Note], now: datetime, width: int) -> list[Line]:
    lines: list[Line] = []
    for note in notes:
        at = note.at.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")
        lines.append(line((f" ✎ {at} {note.by}", "accent")))
        lines += [line(f"   {text}") for text in wrap(note.text, max(8, width - 4))]
    return lines


def _block(text: str, width: int, tone: str) -> list[Line]:
    return [line((f" {part}", tone)) for part in wrap(text, max(8, width - 2))]


def _labelled(label: str, text: str, width: int, tone: str = "") -> list[Line]:
    """A label in a column of its own, the text wrapped beside it."""
    column = 8
    parts = wrap(text, max(8, width - column - 2))
    return [
        line((f" {fit(label if row == 0 else '', column - 1)} ", "accent"), (part, tone))
        for row, part in enumerate(parts)
    ]

"""A session as Markdown that reads like the chapter: headings, boxes, and under each item what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from gpuready import __version__
from gpuready.checklist.figure import figure_text, value_text
from gpuready.checklist.verdict import Status
from gpuready.report.wording import time_text
from gpuready.session.board import Board, CheckStanding, ItemStanding, ListStanding, PhaseStanding
from gpuready.session.query import Query
from gpuready.session.state import CheckState, ItemState, Mark, Note
from gpuready.text.safe import safe, safe_line
from gpuready.text.say import language, say

BREAK = "\\"  # at the end of a line: the next one begins anew

# An underscore inside a word is no markup.
_SPECIAL = re.compile(r"([\\`*{}\[\]<>&~|#$!^]|(?<![^\W_])_|_(?![^\W_]))")
_AT_LINE_START = re.compile(r"^(?:([-+=])(?=[-+=\s]|$)|(\d{1,9})([.)])(?=\s|$))")
_CODE = re.compile(r"(`[^`\n]+`)")


def markdown(
    board: Board, name: str, by: str, query: Query | None = None, files: Mapping[str, str] | None = None
) -> str:
    """The board in the language in force.

    `query` leaves only what matches it (an item that matches brings all its checks); `files` names the
    evidence by sha256.  Whatever people and files wrote is escaped: it shows as text.
    """
    writer = _Writer(board, query, files or {})
    lines = [
        f"# {inline(name or say('report.untitled'))}",
        "",
        escape(say("report.as_of", at=f"{board.at:%Y-%m-%d %H:%M %Z}".rstrip(), by=by, version=__version__)),
    ]
    if query and query.text:
        lines += ["", escape(say("report.filtered", query=query.text))]
    for each in board.lists:
        lines += writer.checklist(each)
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text as one line of Markdown in which nothing of it is markup."""
    return _AT_LINE_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", inline(text))


def inline(text: str) -> str:
    """The same for text that does not begin its line."""
    return _SPECIAL.sub(r"\\\1", safe_line(text).strip())


def title(text: str) -> str:
    """A checklist's own words: what stands in backquotes stays code, the rest is escaped."""
    parts = _CODE.split(safe_line(text).strip())
    return "".join(part if _CODE.fullmatch(part) else _SPECIAL.sub(r"\\\1", part) for part in parts)


class _Writer:
    def __init__(self, board: Board, query: Query | None, files: Mapping[str, str]) -> None:
        self.board = board
        self.query = query
        self.files = files

    def checklist(self, standing: ListStanding) -> list[str]:
        body = [line for phase in standing.phases for line in self._phase(phase)]
        if not body and self.query:
            return []
        checklist = standing.checklist
        counts = [say("report.progress", done=standing.count(Status.DONE), total=standing.total)]
        if failed := standing.count(Status.FAILED):
            counts.append(say("report.more_failed", count=failed))
        if overdue := sum(item.overdue for item in standing.items()):
            counts.append(say("report.more_overdue", count=overdue))
        words, scope = (title(text.to(language())) for text in (checklist.words, checklist.scope))
        return ["", f"## {inline(checklist.ref)} {words}", "", f"{scope} · {' · '.join(counts)}", *body]

    def _phase(self, standing: PhaseStanding) -> list[str]:
        body = [line for item in standing.items for line in self._item(item)]
        if not body:
            return []
        phase = standing.phase
        head = ["", f"### {inline(phase.ref)} {title(phase.words.to(language()))}", ""]
        if standing.early:
            head += [f"*{escape(say('report.early'))}*", ""]
        return head + body

    def _item(self, standing: ItemStanding) -> list[str]:
        own, matching = self.query.matches(standing) if self.query else (True, ())
        checks = standing.checks if own else matching
        if not checks:
            return []
        item, known = standing.item, standing.known
        box = "x" if standing.status is Status.DONE else " "
        status = say(f"board.{standing.status}")
        facts = [f"**{status}**" if standing.status is Status.FAILED else status]
        if known.owner:
            facts.append(escape(say("report.owner", owner=known.owner)))
        if known.due:
            key = "report.due_past" if standing.overdue else "report.due"
            facts.append(escape(say(key, day=known.due.isoformat())))
        if item.decided_by_steps:
            facts.append(say("report.steps_decide"))
        if standing.unmet:
            facts.append(escape(say("report.needs", refs=", ".join(standing.unmet))))
        head = f"- [{box}] **{inline(item.ref)}** {title(item.words.to(language()))} — {' · '.join(facts)}"
        return [
            head,
            *self._override(standing),
            *self._rivals(known, "  "),
            *self._notes(known.notes, "  "),
            *(line for check in checks for line in self._check(check)),
        ]

    def _override(self, standing: ItemStanding) -> list[str]:
        override = standing.known.override
        if override is None:
            return []
        text = say(
            "report.override",
            status=say(f"board.{override.status}"),
            by=override.by,
            at=self._time(override.at),
            reason=override.reason,
            derived=say(f"board.{standing.derived}"),
        )
        tail = f" **{say('report.disagrees')}**" if standing.disagrees else ""
        return [f"  - {escape(text)}{tail}"]

    def _check(self, standing: CheckStanding) -> list[str]:
        check, known = standing.check, standing.known
        verdict = say(f"board.{standing.verdict}")
        shown = f"**{verdict}**" if standing.verdict in ("fail", "error") else verdict
        tail = check.ref.rpartition(".")[2]
        lines = [f"  - `{safe_line(tail)}` {title(check.words.to(language()))} — {shown}"]
        figures = "; ".join(figure_text(each) for each in check.criteria)
        if known.mark:
            lines += self._mark(known.mark, figures)
        elif figures:
            lines.append(f"    - {escape(say('report.figure', figure=figures))}")
        return lines + self._waiver(known) + self._rivals(known, "    ") + self._notes(known.notes, "    ")

    def _mark(self, mark: Mark, figures: str) -> list[str]:
        known = say("report.known", how=say(f"board.{mark.provenance}"), by=mark.by, at=self._time(mark.at))
        lines = []
        if mark.value is not None:
            value = value_text(mark.value, mark.unit)
            lines.append(say("report.value_figure", value=value, figure=figures) if figures else value)
        elif figures:
            lines.append(say("report.figure", figure=figures))
        asked = " @ ".join(filter(None, (mark.source, mark.target)))
        lines.append(f"{known} ({asked})" if asked else known)
        lines += [text for text in (mark.reason, mark.link) if text]
        for sha in mark.evidence:
            lines.append(say("report.evidence", name=self.files.get(sha, "-"), sha=sha))
        shown = [f"    - {escape(line)}" for line in lines]
        return shown + (_block("    - ", mark.text) if mark.text else [])

    def _waiver(self, known: CheckState) -> list[str]:
        waiver = known.waiver
        if waiver is None:
            return []
        text = say(
            "report.waiver" if self.board.at.date() <= waiver.until else "report.waiver_over",
            until=waiver.until.isoformat(),
            approver=waiver.approver,
            reason=waiver.reason,
            by=waiver.by,
            at=self._time(waiver.at),
        )
        return [f"    - {escape(text)}"]

    def _rivals(self, known: CheckState | ItemState, indent: str) -> list[str]:
        texts = [
            say("report.rival", field=r.field, by=r.by, value=r.value, at=self._time(r.at))
            for r in known.rivals
        ]
        return [f"{indent}- **{escape(text)}**" for text in texts]

    def _notes(self, notes: tuple[Note, ...], indent: str) -> list[str]:
        lines = []
        for note in notes:
            lines.append(f"{indent}- {escape(say('report.note', by=note.by, at=self._time(note.at)))}")
            lines += _block(f"{indent}  ", note.text)
        return lines

    def _time(self, at: datetime) -> str:
        return time_text(at, self.board.at)


def _block(first: str, text: str) -> list[str]:
    """A text of several lines, each kept as a line, all inside the list entry."""
    rest = " " * len(first)
    lines = [escape(line) for line in safe(text).strip().splitlines()]
    block = []
    for number, line in enumerate(lines):
        goes_on = number + 1 < len(lines) and lines[number + 1]
        lead = first if number == 0 else rest
        block.append(f"{lead}{line}{BREAK if goes_on else ''}" if line else "")
    return block

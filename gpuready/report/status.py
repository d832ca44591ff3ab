"""Where the session stands, in short: counts for each checklist, and who must act on what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from gpuready.checklist.verdict import Status
from gpuready.report.plainlist import words
from gpuready.session.board import Board, ItemStanding
from gpuready.text.say import language, say

SCHEMA = "gpuready.status/1"
_COUNTS = ("done", "failed", "open", "overdue", "stale", "items")


def status_document(board: Board, session: str, name: str) -> dict[str, Any]:
    """The summary as JSON values; `session` is the file's path."""
    return {
        "schema": SCHEMA,
        "session": session,
        "name": name,
        "at": board.at.isoformat(timespec="seconds"),
        "checklists": [
            {"id": each.checklist.id, "ref": each.checklist.ref, **words(each.checklist.words)}
            | _counts(each.items())
            for each in board.lists
        ],
        "total": _counts(board.items()),
        "failed": [_brief(item) for item in board.items() if item.status is Status.FAILED],
        "overdue": [_brief(item) for item in board.items() if item.overdue],
    }


def status_text(board: Board, session: str, name: str) -> str:
    """The summary as a table and two lists, in the language in force."""
    heads = [say("report.head_checklist"), *(say(f"report.head_{each}") for each in _COUNTS)]
    rows = [[*heads, say("report.head_checks")]]
    for each in board.lists:
        label = f"{each.checklist.ref} {each.checklist.words.to(language())}"
        rows.append([label, *_cells(_counts(each.items()))])
    rows.append([say("report.all"), *_cells(_counts(board.items()))])
    lines = [f"{name}  {session}".strip(), "", *_table(rows)]
    failed = [item for item in board.items() if item.status is Status.FAILED]
    overdue = [item for item in board.items() if item.overdue]
    for key, items in (("failed_items", failed), ("overdue_items", overdue)):
        if items:
            lines += ["", f"{say(f'report.{key}')} ({len(items)})"]
            lines += [f"  {_line(item)}" for item in items]
    return "\n".join(lines) + "\n"


def _counts(items: Iterable[ItemStanding]) -> dict[str, Any]:
    listed = list(items)
    return {
        "done": sum(i.status is Status.DONE for i in listed),
        "failed": sum(i.status is Status.FAILED for i in listed),
        "open": sum(i.status is Status.OPEN for i in listed),
        "overdue": sum(i.overdue for i in listed),
        "stale": sum(i.stale for i in listed),
        "items": len(listed),
        "checks": {"settled": sum(i.settled for i in listed), "total": sum(len(i.checks) for i in listed)},
    }


def _cells(counts: dict[str, Any]) -> list[str]:
    checks = counts["checks"]
    return [*(str(counts[each]) for each in _COUNTS), f"{checks['settled']}/{checks['total']}"]


def _brief(item: ItemStanding) -> dict[str, Any]:
    return {
        "ref": item.item.ref,
        **words(item.item.words),
        "status": str(item.status),
        "owner": item.known.owner,
        "due": item.known.due.isoformat() if item.known.due else None,
        "failing": [check.check.ref for check in item.checks if check.verdict == "fail"],
    }


def _line(item: ItemStanding) -> str:
    parts = [f"{item.item.ref} {item.item.words.to(language())}"]
    parts.append(say("report.owner", owner=item.known.owner or say("report.nobody")))
    if item.known.due:
        key = "report.due_past" if item.overdue else "report.due"
        parts.append(say(key, day=item.known.due.isoformat()))
    return " · ".join(parts)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned columns: the first to the left, the others to the right."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0] + " " * (widths[0] - _width(row[0]))]
        cells += [" " * (wide - _width(cell)) + cell for cell, wide in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells))
    return lines


def _width(text: str) -> int:
    """Columns in a terminal: Chinese letters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )

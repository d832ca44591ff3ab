"""The filter that operators type: ``owner:ana status:fail due:<7d latency``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from gpuready.checklist.verdict import Status, Verdict
from gpuready.session.board import CheckStanding, ItemStanding
from gpuready.session.dates import parse_day
from gpuready.text.fault import Fault

Test = Callable[[ItemStanding, CheckStanding | None], bool]
"""Whether a row matches: an item's own row (no check), or the row of one of its checks."""

_COMPARE = re.compile(r"(<=|>=|<|>|=)?(.+)")


@dataclass(frozen=True, slots=True)
class Query:
    """All of `tests` must hold for a row."""

    text: str
    tests: tuple[Test, ...]

    def matches(self, item: ItemStanding) -> tuple[bool, tuple[CheckStanding, ...]]:
        """Whether the item itself matches, and which of its checks do."""
        own = all(test(item, None) for test in self.tests)
        return own, tuple(c for c in item.checks if all(test(item, c) for test in self.tests))


def parse_query(text: str, operator: str, today: date) -> Query:
    """The query that the text means; `Fault` for a key or a value that does not exist.

    Words match ref, both languages, owner and notes; ``!`` before a word turns it round; ``owner:me`` is
    the operator.
    """
    return Query(text.strip(), tuple(_term(word, operator, today) for word in text.split()))


def _term(word: str, operator: str, today: date) -> Test:
    if word.startswith("!") and len(word) > 1:
        inner = _term(word[1:], operator, today)
        return lambda item, check: not inner(item, check)
    key, colon, value = word.partition(":")
    if colon and value:
        if key == "owner":
            return _owner(value, operator)
        if key == "status":
            return _status(value)
        if key == "due":
            return _due(value, today)
        raise Fault("board.filter_key", key=key)
    return _words(word.casefold())


def _words(word: str) -> Test:
    def test(item: ItemStanding, check: CheckStanding | None) -> bool:
        subject = check.check if check else item.item
        notes = (check or item).known.notes
        texts = [subject.ref, subject.words.en, subject.words.zh, *(note.text for note in notes)]
        if check is None:
            texts.append(item.known.owner or "")
        return any(word in text.casefold() for text in texts)

    return test


def _owner(value: str, operator: str) -> Test:
    if value == "none":
        return lambda item, _: not item.known.owner
    wanted = (operator if value == "me" else value).casefold()
    return lambda item, _: (item.known.owner or "").casefold() == wanted


def _status(value: str) -> Test:
    # "fail" and "failed" mean the same to a person: a check that fails, or an item that did.
    wanted = {"failed": "fail", "done": "pass"}.get(value.casefold(), value.casefold())
    if wanted == "overdue":
        return lambda item, check: check is None and item.overdue
    if wanted == "open":
        return lambda item, check: (not check.settled) if check else item.status is not Status.DONE
    if wanted not in {str(v) for v in Verdict}:
        raise Fault(
            "board.filter_status", found=value, known=", ".join(["open", "done", "overdue", *Verdict])
        )
    statuses = {"fail": Status.FAILED, "pass": Status.DONE}

    def test(item: ItemStanding, check: CheckStanding | None) -> bool:
        return check.verdict == wanted if check else item.status is statuses.get(wanted)

    return test


def _due(value: str, today: date) -> Test:
    if value == "none":
        return lambda item, check: check is None and item.known.due is None
    match = _COMPARE.fullmatch(value)
    op, text = (match[1] or "=", match[2]) if match else ("=", value)
    # "<7d" means within the next seven days, so a bare span counts from today.
    span = re.fullmatch(r"(-?\d{1,4})d", text)
    day = today + timedelta(days=int(span[1])) if span else parse_day(text, today)
    compare: dict[str, Callable[[date], bool]] = {
        "<": lambda due: due < day,
        "<=": lambda due: due <= day,
        "=": lambda due: due == day,
        ">=": lambda due: due >= day,
        ">": lambda due: due > day,
    }
    return lambda item, check: check is None and item.known.due is not None and compare[op](item.known.due)

"""Which checks a selector means: ``all``, a checklist, refs of any level, or the screen's filter."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from datetime import date

from gpuready.session.board import Board, CheckStanding, ItemStanding
from gpuready.session.query import parse_query
from gpuready.text.fault import Fault

_REF = re.compile(r"\d+(\.\w+)+")


def select(board: Board, text: str, operator: str, today: date) -> tuple[CheckStanding, ...]:
    """The checks that the text means, in the checklists' order, each once.

    ``all``, or several of these with commas between: a checklist's id (``small``) or section (``13.1``),
    the ref of a phase, an item or a check; anything else is a filter (``owner:me status:open latency``).
    `Fault` when nothing is meant by it.
    """
    wanted: set[str] = set()
    for part in (each.strip() for each in text.split(",")):
        if not part:
            continue
        found = set(_by_name(board, part)) or _by_filter(board, part, operator, today)
        if not found:
            raise _nothing(board, part)
        wanted |= found
    if not wanted:
        raise Fault("engine.select_empty")
    return tuple(check for item in board.items() for check in item.checks if check.check.ref in wanted)


def _by_name(board: Board, part: str) -> Iterator[str]:
    if part.casefold() == "all":
        yield from _refs(board.items())
    for each in board.lists:
        if part in (each.checklist.id, each.checklist.ref):
            yield from _refs(each.items())
    standing = board.by_ref.get(part)
    if isinstance(standing, CheckStanding):
        yield part
    elif isinstance(standing, ItemStanding):
        yield from _refs([standing])
    elif standing is not None:
        yield from _refs(standing.items)


def _by_filter(board: Board, part: str, operator: str, today: date) -> set[str]:
    ids = [each.checklist.id for each in board.lists]
    if _REF.fullmatch(part) or difflib.get_close_matches(part, ids, cutoff=0.8):
        return set()  # a slip in a ref or a name must not be taken for a word
    query = parse_query(part, operator, today)
    found = set()
    for item in board.items():
        own, checks = query.matches(item)
        # "due:<7d" is true of items only: then all its checks are meant.
        found |= {each.check.ref for each in (checks or (item.checks if own else ()))}
    return found


def _refs(items: Iterable[ItemStanding]) -> Iterator[str]:
    for item in items:
        for check in item.checks:
            yield check.check.ref


def _nothing(board: Board, part: str) -> Fault:
    ids = [name for each in board.lists for name in (each.checklist.id, each.checklist.ref)]
    near = difflib.get_close_matches(part, [*ids, *board.by_ref], n=3, cutoff=0.8)
    if near:
        return Fault("engine.select_near", found=part, near=", ".join(near))
    return Fault(
        "engine.select_nothing", found=part, known=", ".join(each.checklist.id for each in board.lists)
    )

"""A page of a list, parsed object by object.

Parsing holds all of Python up: some MiB at once are tens of milliseconds in which no key is answered.  And of
objects that are reduced to a few fields, only one is in memory at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json import JSONDecodeError, JSONDecoder
from typing import Any

from gpuready.kube.request import Answer
from gpuready.probes.probe import Broken

_BLANK = re.compile(r"[ \t\n\r]*")
_decode = JSONDecoder().raw_decode


def page_of(answer: Answer, each: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The answer as an object whose ``items`` have gone through `each`, one after the other.

    `Broken` when it is no JSON object, or its items are no objects.
    """
    if answer.body[:256].lstrip()[:1] != b"{" or "html" in answer.kind:
        return answer.json()  # which says what it is instead
    try:
        return _object(answer.body.decode(), each)
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise Broken("kube.broken_json", asked=str(answer.question)).showing(answer.shows()) from None


def _object(text: str, each: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    at, more = _enter(text, 0, "{}")
    while more:
        _expect(text, at, '"')
        key, at = _decode(text, at)
        at = _blank(text, _expect(text, _blank(text, at), ":"))
        if key == "items" and text.startswith("[", at):
            found[key], at = _items(text, at, each)
        else:
            found[key], at = _decode(text, at)
        at, more = _next(text, at, "}")
    if _blank(text, at) != len(text):
        raise JSONDecodeError("Extra data", text, at)
    return found


def _items(text: str, at: int, each: Callable[[dict[str, Any]], Any]) -> tuple[list[Any], int]:
    found = []
    at, more = _enter(text, at, "[]")
    while more:
        item, at = _decode(text, at)
        if not isinstance(item, dict):
            raise JSONDecodeError("Expecting an object", text, at)
        found.append(each(item))
        at, more = _next(text, at, "]")
    return found, at


def _enter(text: str, at: int, brackets: str) -> tuple[int, bool]:
    """Past the opening bracket; whether something is in it."""
    at = _blank(text, _expect(text, _blank(text, at), brackets[0]))
    return (at + 1, False) if text.startswith(brackets[1], at) else (at, True)


def _next(text: str, at: int, closing: str) -> tuple[int, bool]:
    """Past the comma or the closing bracket; whether another one follows."""
    at = _blank(text, at)
    if text.startswith(closing, at):
        return at + 1, False
    return _blank(text, _expect(text, at, ",")), True


def _expect(text: str, at: int, sign: str) -> int:
    if not text.startswith(sign, at):
        raise JSONDecodeError(f"Expecting {sign}", text, at)
    return at + 1


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at

"""What a PromQL expression is made of: the series that it selects, its functions, its windows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    |(?P<number>[0-9][\w.]*)
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<sign>.)""",
    re.X | re.S,
)
_NAME_MATCHER = re.compile(r"""__name__\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_QUOTED_NAME = re.compile(r"""(?:^|,)\s*(?:"([^"]*)"|'([^']*)')\s*(?=,|$)""")
_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "offset", "bool", "atan2", "inf", "nan"})


@dataclass(frozen=True, slots=True)
class Selector:
    """`metric` is empty where a matcher other than ``=`` names it; `matchers` stand without braces."""

    metric: str
    matchers: str = ""

    def __str__(self) -> str:
        name = "" if '"' in self.matchers and _name_in(self.matchers) else self.metric
        return f"{name}{{{self.matchers}}}" if self.matchers else name


@dataclass(frozen=True, slots=True)
class Parts:
    """`functions` are those and the aggregations, in lower case; `windows` and `offsets` durations as they
    are written; `words` the operators that are words."""

    selectors: tuple[Selector, ...] = ()
    functions: frozenset[str] = frozenset()
    windows: frozenset[str] = frozenset()
    offsets: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @property
    def metrics(self) -> frozenset[str]:
        return frozenset(each.metric for each in self.selectors if each.metric)


def parts_of(expr: str) -> Parts:
    """The parts of an expression that a server has parsed.  What is no PromQL gives parts that mean little,
    never an error."""
    tokens = [
        (match.lastgroup or "", match.group())
        for match in _TOKEN.finditer(expr[:100_000])
        if match.lastgroup is not None
    ]
    selectors: list[Selector] = []
    functions, windows, offsets, words = set[str](), set[str](), set[str](), set[str]()
    at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        after = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        low = text.lower()
        if kind == "sign" and text == "[":
            end = _end(tokens, at, "[", "]")
            windows |= {word for kind, word in tokens[at + 1 : end][:1] if kind == "number"}
            at = end
        elif kind == "sign" and text == "{":
            end = _end(tokens, at, "{", "}")
            selectors.append(_selector("", tokens[at + 1 : end]))
            at = end
        elif kind == "name" and low in _LISTS:
            at = _end(tokens, at + 1, "(", ")") if after == "(" else at
        elif kind == "name" and low in _WORDS:
            words.add(low)
            if low == "offset":
                ahead = [word for kind, word in tokens[at + 1 : at + 3] if kind == "number"]
                offsets |= set(ahead[:1])
        elif kind == "name" and (after == "(" or after.lower() in ("by", "without")):
            functions.add(low)
        elif kind == "name":
            end = _end(tokens, at + 1, "{", "}") if after == "{" else at
            selectors.append(_selector(text, tokens[at + 2 : end]))
            at = end
        at += 1
    return Parts(
        tuple(dict.fromkeys(selectors)),
        frozenset(functions),
        frozenset(windows),
        frozenset(offsets),
        frozenset(words),
    )


def _end(tokens: Sequence[tuple[str, str]], at: int, left: str, right: str) -> int:
    """Where the bracket that opens at `at` is closed; the last token where it is not."""
    depth = 0
    for index in range(at, len(tokens)):
        kind, text = tokens[index]
        if kind == "sign" and text in (left, right):
            depth += 1 if text == left else -1
            if depth == 0:
                return index
    return len(tokens) - 1


def _selector(metric: str, inner: Sequence[tuple[str, str]]) -> Selector:
    matchers = "".join(text for _, text in inner)
    return Selector(metric or _name_in(matchers), matchers)


def _name_in(matchers: str) -> str:
    """The metric that matchers name: ``__name__="x"``, or a quoted name of Prometheus 3."""
    found = _NAME_MATCHER.search(matchers) or _QUOTED_NAME.search(matchers)
    return next((each for each in found.groups() if each), "") if found else ""

"""A page of metrics in Prometheus's text format, as far as it tells of balancers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)\{(.*)\}\s+(\S+)(?:\s+-?\d+)?\s*")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_PLAIN = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

LONGEST = 4096
"""Characters of a row; what is longer tells of no balancer."""

Row = tuple[Mapping[str, str], float]


def rows_of(text: str) -> Mapping[str, Sequence[Row]]:
    """The rows with labels, by the metric's name; what is no such row is passed over."""
    found: dict[str, list[Row]] = {}
    for line in text.splitlines():
        if len(line) > LONGEST:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        try:
            value = float(match[3])
        except ValueError:
            continue
        found.setdefault(match[1], []).append((_labels(match[2]), value))
    return found


def _labels(text: str) -> dict[str, str]:
    return {name: re.sub(r'\\[\\"n]', lambda m: _PLAIN[m[0]], value) for name, value in _LABEL.findall(text)}

"""A checklist built from a TOML document, every mistake named by place and reference."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gpuready.checklist.model import BY_HAND, Check, Checklist, Criterion, Item, Kind, Method, Phase, Words
from gpuready.checklist.units import UNITS, comparable
from gpuready.text.fault import Fault
from gpuready.text.say import say

SCHEMA = 1
OPS = ("<", "<=", "==", "!=", ">=", ">", "in", "between", "matches")
ON = (
    "node", "gpu", "peer", "service", "prometheus", "grafana", "kubernetes", "engine", "container",
    "registry",    "region", "mount", "redis", "logs", "model", "balancer", "tracing", "identity", "session",
)  # fmt: skip

_KINDS = tuple(Kind)
_CRITERION_KEYS = frozenset(("field", "op", "value"))
_METHOD_KEYS = {kind: frozenset((str(kind), "on", "with", "want")) for kind in Kind}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEADER = re.compile(r"^\s*\[\[\s*(phase(?:\.item(?:\.check(?:\.method)?)?)?)\s*\]\]", re.M)
_REF = re.compile(r"^[\w-]+(\.[\w-]+)*$")


class Place:
    """Where in a file a table stands: its path and, where the text is at hand, the line of its header.

    The n-th table of a kind in the document is the n-th header of that kind in the text.
    """

    def __init__(self, path: str, text: str = "") -> None:
        self.path = path
        lines: dict[str, list[int]] = {}
        line, at = 1, 0
        for match in _HEADER.finditer(text):
            line += text.count("\n", at, match.start(1))
            at = match.start(1)
            lines.setdefault(match[1], []).append(line)
        self._lines: dict[str, Iterator[int]] = {name: iter(found) for name, found in lines.items()}
        self.line = 1
        self._line_of: dict[str, int] = {}

    def enter(self, header: str) -> None:
        self.line = next(self._lines.get(header, iter(())), self.line)

    def remember(self, ref: str) -> None:
        self._line_of[ref] = self.line

    def line_of(self, ref: str) -> int:
        """The line of the table in which that ref was remembered."""
        return self._line_of.get(ref, self.line)

    def fault(self, ref: str, key: str, /, **fields: object) -> Fault:
        what = say(f"checklist.{key}", **fields)
        return Fault("checklist.broken", path=self.path, line=self.line, ref=ref or "-", what=what)


def build(document: Mapping[str, Any], place: Place) -> Checklist:
    """The checklist that the document describes; `Fault` with file, line and reference when it does not."""
    schema = document.get("schema")
    if isinstance(schema, bool) or schema != SCHEMA:
        raise place.fault("", "schema", found=schema, known=SCHEMA)
    # All of the head comes before the phases, so that a mistake in it is told at the head's line.
    ref = _text(document, "ref", place, "")
    id = _text(document, "id", place, ref)
    words = _words(document, place, ref)
    scope = _words(document.get("scope", {}), place, ref, "scope")
    ordered = document.get("ordered", True)
    if not isinstance(ordered, bool):
        raise place.fault(ref, "not_yes_no", key="ordered")
    seen: set[str] = set()
    phases = tuple(_phase(raw, place, seen) for raw in _tables(document, "phase", place, ref))
    checklist = Checklist(id, ref, words, scope, phases, ordered, document)
    items = {item.ref for item in checklist.items()}
    for item in checklist.items():
        for need in item.needs:
            if need not in items:
                place.line = place.line_of(item.ref)
                raise place.fault(item.ref, "unknown_need", need=need)
    return checklist


def _phase(raw: Mapping[str, Any], place: Place, seen: set[str]) -> Phase:
    place.enter("phase")
    ref = _ref(raw, place, seen)
    items = tuple(_item(each, place, seen) for each in _tables(raw, "item", place, ref))
    return Phase(ref, _words(raw, place, ref), items)


def _item(raw: Mapping[str, Any], place: Place, seen: set[str]) -> Item:
    place.enter("phase.item")
    ref = _ref(raw, place, seen)
    words = _words(raw, place, ref)
    decides = raw.get("decides", "acceptance")
    if decides not in ("acceptance", "steps"):
        raise place.fault(ref, "decides", found=decides)
    needs = raw.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(each, str) for each in needs):
        raise place.fault(ref, "needs")
    checks = tuple(_check(each, place, seen) for each in _tables(raw, "check", place, ref))
    item = Item(ref, words, checks, tuple(needs), decides == "steps")
    if not item.deciding:
        place.line = place.line_of(ref)
        raise place.fault(ref, "nothing_decides")
    return item


def _check(raw: Mapping[str, Any], place: Place, seen: set[str]) -> Check:
    place.enter("phase.item.check")
    ref = _ref(raw, place, seen)
    words, why, how, fix = (
        _words(raw, place, ref),
        *(_words(raw.get(name, {}), place, ref, name) for name in ("why", "how", "fix")),
    )
    modern = _words(raw["modern"], place, ref, "modern") if "modern" in raw else None
    review = raw.get("review_days")
    if review is not None and (not isinstance(review, int) or isinstance(review, bool) or review < 1):
        raise place.fault(ref, "review", found=review)
    methods = tuple(_method(each, place, ref) for each in _tables(raw, "method", place, ref))
    check = Check(ref, words, why, how, fix, methods, modern, review)
    if check.by_hand() is None:
        raise place.fault(ref, "no_hand")
    return check


def _method(raw: Mapping[str, Any], place: Place, ref: str) -> Method:
    place.enter("phase.item.check.method")
    kinds = [kind for kind in _KINDS if kind in raw]
    if len(kinds) != 1:
        raise place.fault(ref, "one_kind", kinds=", ".join(Kind))
    kind = kinds[0]
    if not raw.keys() <= _METHOD_KEYS[kind]:
        raise place.fault(ref, "unknown_key", key=min(raw.keys() - _METHOD_KEYS[kind]))
    on = raw.get("on", "")
    if not isinstance(on, str) or (on and on not in ON):
        raise place.fault(ref, "unknown_target", found=on, known=", ".join(ON))
    given = raw[kind]
    if kind in BY_HAND:
        if not isinstance(given, dict):
            raise place.fault(ref, "not_table", key=str(kind))
        unit, asks = given.get("unit", ""), "en" in given or "zh" in given
        ask = _words(given, place, ref, str(kind)) if asks else None
        name = ""
    else:
        name, unit, ask = _text(raw, str(kind), place, ref), "", None
    if unit not in UNITS:
        raise place.fault(ref, "unknown_unit", unit=unit, known=" ".join(UNITS))
    params = raw.get("with", {})
    if not isinstance(params, dict):
        raise place.fault(ref, "with")
    wants = raw.get("want", [])
    wants = [wants] if isinstance(wants, dict) else wants
    if not isinstance(wants, list):
        raise place.fault(ref, "want")
    criteria = tuple(_criterion(each, place, ref) for each in wants)
    if kind is Kind.VALUE:
        for criterion in criteria:
            if not comparable(criterion.unit, unit):
                raise place.fault(ref, "unlike_units", value=unit, figure=criterion.unit)
    return Method(kind, name, on, params, criteria, unit, ask)


def _criterion(raw: Mapping[str, Any], place: Place, ref: str) -> Criterion:
    if not isinstance(raw, dict) or not raw.keys() >= _CRITERION_KEYS:
        raise place.fault(ref, "want")
    if not isinstance(raw["field"], str) or not raw["field"]:
        raise place.fault(ref, "want")
    op, unit, value = raw["op"], raw.get("unit", ""), raw["value"]
    if op not in OPS:
        raise place.fault(ref, "unknown_op", op=op, known=" ".join(OPS))
    if unit not in UNITS:
        raise place.fault(ref, "unknown_unit", unit=unit, known=" ".join(UNITS))
    if op == "between" and not (
        isinstance(value, list)
        and len(value) == 2
        and all(_is_number(v) for v in value)
        and value[0] <= value[1]
    ):
        raise place.fault(ref, "between")
    if op == "in" and not (isinstance(value, list) and value):
        raise place.fault(ref, "in_list")
    if op in ("<", "<=", ">=", ">") and not (_is_number(value) or unit in ("version", "date")):
        raise place.fault(ref, "not_number", op=op, value=value)
    several = isinstance(value, list) and op in ("between", "in")
    for each in value if several else [value]:
        if not _is_figure(each, unit):
            raise place.fault(ref, "figure", value=each, unit=unit)
    if op == "matches":
        try:
            re.compile(str(value))
        except re.error as error:
            raise place.fault(ref, "pattern", value=value, error=error) from None
    return Criterion(raw["field"], op, tuple(value) if isinstance(value, list) else value, unit)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_figure(value: object, unit: str) -> bool:
    """Whether something can be compared with it in that unit."""
    if unit == "version":
        return _is_number(value) or (isinstance(value, str) and re.match(r"v?[0-9]", value) is not None)
    if unit == "date":
        return isinstance(value, str) and _DAY.fullmatch(value) is not None
    return isinstance(value, str | bool) or _is_number(value)


def _ref(raw: Mapping[str, Any], place: Place, seen: set[str]) -> str:
    ref = _text(raw, "ref", place, "")
    if not _REF.match(ref):
        raise place.fault(ref, "bad_ref")
    if ref in seen:
        raise place.fault(ref, "twice")
    seen.add(ref)
    place.remember(ref)
    return ref


def _words(raw: object, place: Place, ref: str, name: str = "") -> Words:
    if not isinstance(raw, dict):
        raise place.fault(ref, "not_table", key=name)
    texts = []
    for lang in ("en", "zh"):
        text = raw.get(lang)
        if not isinstance(text, str) or not (text := text.strip()):
            raise place.fault(ref, "missing", key=f"{name}.{lang}" if name else lang)
        texts.append(text)
    return Words(*texts)


def _text(raw: Mapping[str, Any], key: str, place: Place, ref: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise place.fault(ref, "missing", key=key)
    return value


def _tables(raw: Mapping[str, Any], key: str, place: Place, ref: str) -> list[Mapping[str, Any]]:
    value = raw.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise place.fault(ref, "missing", key=f"[[{key}]]")
    return value

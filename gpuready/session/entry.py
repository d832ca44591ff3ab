"""A value as an operator types it: a number with or without its unit, yes or no, a version, a date."""

from __future__ import annotations

import math
import re
from datetime import date

from gpuready.checklist.model import Check, Kind, Method, Scalar
from gpuready.checklist.units import UNITS, comparable
from gpuready.text.fault import Fault
from gpuready.text.say import say

_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)\s*(.*)", re.S)
_YES = frozenset({"yes", "y", "true", "on", "是", "有", "对"})
_NO = frozenset({"no", "n", "false", "off", "否", "无", "没有", "不是"})
# What people write for units that the checklists spell another way; letters keep their case, since Mb and
# MB are not the same thing.
_ALSO = {
    "kbps": "kbit/s", "Mbps": "Mbit/s", "Gbps": "Gbit/s", "Tbps": "Tbit/s", "bps": "bit/s",
    "kb/s": "kbit/s", "Mb/s": "Mbit/s", "Gb/s": "Gbit/s",
    "KB": "kB", "KB/s": "kB/s", "°C": "C", "℃": "C", "％": "%", "percent": "%", "µs": "us", "μs": "us",
    "sec": "s", "seconds": "s", "秒": "s", "毫秒": "ms", "minutes": "min", "分钟": "min",
    "hours": "h", "小时": "h", "days": "d", "天": "d",
    "times": "x", "倍": "x", "次": "count", "个": "count", "req/s": "1/s",
}  # fmt: skip
_LONGEST = 200  # characters: longer is a slip of the clipboard, not a value


def value_method(check: Check) -> Method:
    """The method by which a value is entered for that check; `Fault` when it takes none."""
    for method in check.methods:
        if method.kind is Kind.VALUE:
            return method
    raise Fault("deeds.no_value", ref=check.ref)


def parse_entry(check: Check, method: Method, raw: str, unit: str | None = None) -> tuple[Scalar, str]:
    """The value that the text means and its unit, comparable with the method's own.

    `unit` is one given apart from the text; without any the method's is meant.  `Fault` for what is no
    value of that kind, or whose unit cannot be set against the figure.
    """
    text = raw.strip()
    if not text:
        raise Fault("deeds.empty", what=say("deeds.value"))
    if len(text) > _LONGEST:
        raise Fault("deeds.not_number", found=text[:40] + "...", unit=method.unit)
    if method.unit in ("version", "date") or not _wants_number(method):
        _unit(check, method, unit or method.unit)  # one that does not belong is refused all the same
        return _word(method, text), method.unit
    found = _NUMBER.fullmatch(text)
    # "1,2" and "1.2.3" are not the number 1 with an odd unit.
    if found is None or not found[1].strip("+-.,eE") or re.match(r"[\d.,]", text[found.end(1) :]):
        raise Fault("deeds.not_number", found=text, unit=method.unit)
    written = _canonical(found[2].strip())
    given = _canonical((unit or "").strip())
    if written and given and written != given:
        raise Fault("deeds.two_units", one=written, other=given)
    used = _unit(check, method, written or given or method.unit)
    return _number(found[1], text, method), used


def _wants_number(method: Method) -> bool:
    if method.unit:
        return True
    figures = [c.figure for c in method.want]
    flat = [f for figure in figures for f in (figure if isinstance(figure, tuple) else (figure,))]
    return any(isinstance(f, int | float) and not isinstance(f, bool) for f in flat)


def _word(method: Method, text: str) -> Scalar:
    if method.unit == "version":
        if not re.match(r"v?\d+(\.\d+)*", text):
            raise Fault("deeds.not_version", found=text)
        return text
    if method.unit == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Fault("deeds.not_date", found=text) from None
    if any(isinstance(c.figure, bool) for c in method.want):
        if text.casefold() in _YES:
            return True
        if text.casefold() in _NO:
            return False
        raise Fault("deeds.not_yes_no", found=text)
    return text


def _number(digits: str, text: str, method: Method) -> Scalar:
    plain = digits.replace(",", "")
    value = float(plain)
    if not math.isfinite(value):
        raise Fault("deeds.not_number", found=text, unit=method.unit)
    if re.fullmatch(r"[+-]?\d+", plain) and abs(value) < 2**53:
        return int(plain)
    return value


def _canonical(unit: str) -> str:
    return _ALSO.get(unit, unit)


def _unit(check: Check, method: Method, unit: str) -> str:
    unit = _canonical(unit)
    if unit == method.unit:
        return unit
    alike = " ".join(each for each in UNITS if comparable(each, method.unit)) or say("deeds.no_unit")
    if unit not in UNITS:
        raise Fault("deeds.unknown_unit", ref=check.ref, found=unit, known=alike)
    if not comparable(unit, method.unit):
        raise Fault("deeds.unlike_unit", ref=check.ref, found=unit, unit=method.unit, known=alike)
    return unit

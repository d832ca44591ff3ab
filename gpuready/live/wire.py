"""Samples as JSON: the lines that samplers print and recordings hold."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from gpuready.live.facts import (
    Disk,
    Gpu,
    GpuProcess,
    GpuSample,
    Link,
    NodeSample,
    Pressure,
    Process,
    Sample,
)
from gpuready.text.safe import safe_line

_FACTS = (GpuSample, GpuProcess, NodeSample, Disk, Link, Pressure, Process)
_NAMES: dict[type, tuple[str, ...]] = {fact: tuple(f.name for f in fields(fact)) for fact in _FACTS}
_NAMES[Gpu] = Gpu._fields
_OF_SOURCE: dict[object, type] = {"gpu": GpuSample, "node": NodeSample}
_LONGEST_TEXT = 1024
_LAST_SECOND = 253_370_000_000.0  # in the year 9998: later ones cannot be shown as a date
_LARGEST = 2.0**64

Convert = Callable[[object], object]


def to_plain(sample: Sample) -> dict[str, Any]:
    """The sample as what `json` can write; what is None is left out."""
    source = "gpu" if isinstance(sample, GpuSample) else "node"
    plain: dict[str, Any] = {"source": source}
    plain.update(_plain(sample))
    return plain


def encode(sample: Sample) -> str:
    """The sample as one line of JSON, without the line feed."""
    return json.dumps(to_plain(sample), separators=(",", ":"))


def from_plain(plain: object) -> Sample:
    """The sample that `to_plain` was given.  Unknown keys are ignored (a newer program wrote them);
    anything else that does not fit raises ValueError.  Text is made harmless for a terminal."""
    if not isinstance(plain, dict):
        raise ValueError("not an object")
    source = plain.get("source")
    fact = _OF_SOURCE.get(source) if isinstance(source, str) else None
    if fact is None:
        raise ValueError("source is neither gpu nor node")
    sample = _converter(fact)(plain)
    assert isinstance(sample, GpuSample | NodeSample)
    if not 0 <= sample.at < _LAST_SECOND:
        raise ValueError("at is no time")
    return sample


def decode(line: bytes | str) -> Sample:
    """The sample of one line; ValueError when it is none."""
    return from_plain(parse(line))


def parse(line: bytes | str) -> object:
    """Any one line of JSON, strictly: NaN, infinity and bottomless nesting raise ValueError too."""
    try:
        return json.loads(line, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _plain(value: Any) -> Any:
    kind = type(value)
    if names := _NAMES.get(kind):
        return {name: _plain(held) for name in names if (held := getattr(value, name)) is not None}
    if kind is tuple:
        return [_plain(held) for held in value]
    return value


@cache
def _converter(hint: Any) -> Convert:
    """What turns plain JSON into a value of that type, or raises ValueError."""
    if hint in _NAMES:
        return _fact(hint)
    args = get_args(hint)
    if get_origin(hint) is tuple:
        if args[-1] is Ellipsis:
            return _many(_converter(args[0]))
        return _each(tuple(_converter(arg) for arg in args))
    if NoneType in args:
        return _optional(_converter(next(arg for arg in args if arg is not NoneType)))
    return _SCALARS[hint]


def _fact(fact: type) -> Convert:
    hints = get_type_hints(fact)
    if fact is Gpu:
        bare = [name for name in Gpu._fields if name not in Gpu._field_defaults]
    else:
        bare = [f.name for f in fields(fact) if f.default is MISSING]
    absent = {name: None for name in bare if NoneType in get_args(hints[name])}  # None is not written
    needed = tuple(name for name in bare if name not in absent)
    convert = {name: _converter(hints[name]) for name in _NAMES[fact]}

    def of(value: object) -> object:
        if not isinstance(value, dict):
            raise ValueError(f"{fact.__name__} is not an object")
        if missing := [name for name in needed if name not in value]:
            raise ValueError(f"{fact.__name__} has no {missing[0]}")
        try:
            known = {name: convert[name](held) for name, held in value.items() if name in convert}
            return fact(**(absent | known))
        except ValueError as error:
            raise ValueError(f"{fact.__name__}: {error}") from None

    return of


def _many(convert: Convert) -> Convert:
    def of(value: object) -> object:
        if not isinstance(value, list):
            raise ValueError("a list is missing")
        return tuple(map(convert, value))

    return of


def _each(converts: tuple[Convert, ...]) -> Convert:
    def of(value: object) -> object:
        if not isinstance(value, list) or len(value) != len(converts):
            raise ValueError(f"a list of {len(converts)} is missing")
        return tuple(convert(held) for convert, held in zip(converts, value, strict=True))

    return of


def _optional(convert: Convert) -> Convert:
    def of(value: object) -> object:
        return None if value is None else convert(value)

    return of


def _int(value: object) -> object:
    if type(value) is not int or not -_LARGEST < value < _LARGEST:
        raise ValueError("a whole number is missing")
    return value


def _float(value: object) -> object:
    if type(value) is int and -_LARGEST < value < _LARGEST:
        return float(value)
    if type(value) is not float or not math.isfinite(value):
        raise ValueError("a number is missing")
    return value


def _bool(value: object) -> object:
    if type(value) is not bool:
        raise ValueError("true or false is missing")
    return value


def _str(value: object) -> object:
    if type(value) is not str or len(value) > _LONGEST_TEXT:
        raise ValueError("a text is missing")
    return value if value.isascii() and value.isprintable() else safe_line(value)


_SCALARS: dict[Any, Convert] = {int: _int, float: _float, bool: _bool, str: _str}

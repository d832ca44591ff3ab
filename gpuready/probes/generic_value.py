"""What is taken out of a text: a value by JMESPath, a part by a regular expression, or all of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.generic_regex import LONGEST, search
from gpuready.probes.probe import Ask, Broken, Remark
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

FIELDS: Mapping[str, str] = {"value": "", "text": "", "matched": ""}
"""The fields that `taken` fills in."""

PARAMS: Mapping[str, object] = {"json": "", "regex": "", "unit": ""}
"""The parameters that it reads."""

_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d*[1-9])?")
_WORDY = ("version", "date")  # units whose values are texts


@dataclass
class Taken:
    """What could be known; the remarks say why something could not."""

    fields: dict[str, Scalar] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, key: str, **fields: object) -> None:
        self.remarks.append((key, fields))


def wants_json(ask: Ask) -> bool:
    return bool(ask.params.get("json"))


async def taken(ask: Ask, text: str, source: str, limit: float) -> Taken:
    """By the parameters ``json`` and ``regex``.

    `matched`: whether the expression is found.  `text`: what it found (its first group, else all of it),
    without one the whole text.  `value`: what JMESPath gives, else `text`; a number where it is one, as it
    must be when the parameter ``unit`` says what it measures.  What is not there is left out.  `Broken` when
    the text is no JSON or an expression is none.
    """
    path, pattern, unit = (str(ask.params.get(name) or "") for name in ("json", "regex", "unit"))
    found = Taken()
    part: str | None = text.strip()
    if pattern:
        hit = await search(pattern, [text], limit)
        found.fields["matched"] = hit.matched
        part = hit.found if hit.matched else None
    if part is not None and (pattern or not path):
        found.fields["text"] = redact(part)[:LONGEST]
    value: object = part
    if path:
        value = await asyncio.to_thread(_at, path, text, source)
        if value is None:
            found.remark("probes_generic.nothing_there", path=path)
        elif isinstance(value, list | dict):
            found.remark(
                "probes_generic.no_scalar", path=path, kind="list" if isinstance(value, list) else "object"
            )
            value = None
        elif not pattern:
            found.fields["text"] = redact(_words(value))[:LONGEST]
    if value is not None and value != "":
        _put(found, value, unit)
    return found


def _at(path: str, text: str, source: str) -> Any:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        expression = jmespath.compile(path)
    except JMESPathError as error:
        raise Broken("probes_generic.bad_json_path", path=path, why=safe_line(str(error))[:120]) from None
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        found = redact(safe_line(text.strip()[:60])) or "-"
        raise Broken("probes_generic.no_json", source=source, found=found) from None
    try:
        return expression.search(table)
    except (JMESPathError, RecursionError) as error:
        raise Broken("probes_generic.bad_json_path", path=path, why=safe_line(str(error))[:120]) from None


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _put(found: Taken, value: object, unit: str) -> None:
    if isinstance(value, bool):
        found.fields["value"] = value
        return
    words = _words(value)
    if unit and unit not in _WORDY:
        try:
            found.fields["value"] = _whole(float(words))
        except (ValueError, OverflowError):
            found.remark("probes_generic.no_number", found=redact(safe_line(words[:60])), unit=unit)
        return
    if isinstance(value, int | float) and unit not in _WORDY:
        found.fields["value"] = _whole(value)
    elif not unit and _PLAIN.fullmatch(words):
        # Without a unit only what reads as a number in no other way: 007 and 1.10 may be names or versions.
        found.fields["value"] = _whole(float(words)) if "." in words else int(words)
    elif "***" in redact(words) and "***" not in words:
        found.remark(
            "probes_generic.hidden"
        )  # a secret is not kept, and what stands in its place proves nothing
    elif len(words) <= LONGEST:
        found.fields["value"] = redact(words)


def _whole(number: float) -> float:
    """The same number, as an int where it is one; OverflowError for what is too great to compare."""
    if isinstance(number, int):
        float(number)
        return number
    return int(number) if number.is_integer() and abs(number) < 2**53 else number

"""One text for one value, so that a hash means the same on every machine."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any


def canonical(value: object) -> str:
    """The value as JSON without spaces, keys in order, letters as themselves."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(text: str | bytes) -> str:
    """Its sha256 as 64 hex digits; texts as UTF-8."""
    return sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def plain(value: Any) -> Any:
    """The value with nothing in it that JSON would refuse or give back altered.

    Tuples become lists, dates ISO texts, enums their values; a NaN or infinity becomes its word, and half
    a surrogate pair (a byte that was no UTF-8) the replacement sign.  TypeError for anything else.
    """
    if isinstance(value, str):
        return str.__str__(value).encode(errors="replace").decode()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(float(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} cannot be kept in a session")

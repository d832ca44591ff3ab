"""A document as JSON or TOML text, and either read back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpuready.text.fault import Fault
from gpuready.text.safe import safe


def json_text(document: Mapping[str, Any]) -> str:
    """The document as JSON, indented, letters as themselves.

    What a terminal would obey is escaped, so that the text can be shown and is still the same document.
    """
    return _escape(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False), json=True) + "\n"


def toml_text(document: Mapping[str, Any]) -> str:
    """The document as TOML, which has no null: it must hold none.  Escaped like the JSON."""
    import tomli_w  # only an export to TOML needs it

    return _escape(tomli_w.dumps(document), json=False)


def parse(data: bytes, path: Path) -> object:
    """The plain data of a JSON or TOML file; `Fault` that names the file when it is neither."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Fault("report.not_text", path=path) from None
    kind = "JSON" if text.lstrip()[:1] in ("{", "[") and path.suffix != ".toml" else "TOML"
    try:
        parsed: object = (
            json.loads(text, parse_constant=_no_constant) if kind == "JSON" else tomllib.loads(text)
        )
    except (ValueError, RecursionError) as error:
        raise Fault("report.syntax", path=path, kind=kind, error=str(error) or "-") from None
    return parsed


def _escape(text: str, *, json: bool) -> str:
    """Only strings and quoted keys hold such letters, and both formats know these escapes there."""
    hostile = {letter for letter in set(text) if letter >= "\x7f" and safe(letter) != letter}
    return text.translate({ord(letter): _code(letter, json) for letter in hostile})


def _code(letter: str, json: bool) -> str:
    code = ord(letter)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    if json:  # knows only UTF-16 halves
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\U{code:08x}"


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")

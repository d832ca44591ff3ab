"""Data to stdout, talk to stderr, nothing to the terminal that it would obey."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from gpuready.text.safe import safe, safe_line


def out(text: str) -> None:
    """Text for people, on stdout; a line feed is added where none ends it."""
    _write(safe(text))


def out_json(document: Mapping[str, Any]) -> None:
    """A document for programs, on stdout; what a terminal would obey is escaped, not replaced."""
    from gpuready.report.format import json_text

    _write(json_text(document))


def out_exact(text: str) -> None:
    """Text that is safe already and must arrive unaltered, on stdout."""
    _write(text)


def talk(text: str) -> None:
    """One line to the operator, on stderr."""
    print(safe_line(text), file=sys.stderr)  # whose error handler escapes what it cannot show


def _write(text: str) -> None:
    if not text.endswith("\n"):
        text += "\n"
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:  # a terminal of another time: show what it can
        if text.startswith("{"):
            text = json.dumps(json.loads(text), indent=2) + "\n"
        data = text.encode(encoding, "replace")
    # Unbuffered (PYTHONUNBUFFERED), Python drops in silence what one write did not take.
    sys.stdout.flush()
    rest = memoryview(data)
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) or 0 :]
    sys.stdout.flush()

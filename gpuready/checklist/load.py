"""Checklists from their TOML files: the five that are shipped, and an operator's own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from gpuready import places
from gpuready.checklist.build import Place, build
from gpuready.checklist.model import Checklist
from gpuready.text.fault import Fault

SHIPPED = ("small", "medium", "large", "security", "troubleshooting")


def load_all() -> tuple[Checklist, ...]:
    """The five shipped checklists in the chapter's order, then the operator's own, by file name.

    Raises `Fault` for the first broken file, or when two checklists share an id.
    """
    folder = places.shipped("checklists")
    own = places.own_checklists()
    paths = [folder / f"{name}.toml" for name in SHIPPED] + sorted(own.glob("*.toml"))
    found: dict[str, tuple[Checklist, Path]] = {}
    for path in paths:
        checklist = load(path)
        if checklist.id in found:
            raise Fault("checklist.same_id", path=path, id=checklist.id, other=found[checklist.id][1])
        found[checklist.id] = checklist, path
    return tuple(checklist for checklist, _ in found.values())


def load(path: Path) -> Checklist:
    """The checklist in that file; `Fault` with file, line and reference when it is broken."""
    try:
        data = path.read_bytes()
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Fault("checklist.unreadable", path=path, error=_reason(error)) from None
    kept = places.cache() / "checklists" / f"{hashlib.sha256(data).hexdigest()}.json"
    document = _recall(kept)
    if document is not None:
        # A document is kept only after it was built once without a fault, so lines are not needed again.
        return build(document, Place(str(path)))
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # more digits or deeper nesting than Python takes, too
        raise Fault("checklist.syntax", path=path, error=str(error) or "-") from None
    checklist = build(document, Place(str(path), text))
    _keep(kept, document)
    return checklist


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _recall(kept: Path) -> dict[str, Any] | None:
    # tomllib is pure Python and takes a third of a second for the five files; JSON takes a few ms.
    try:
        document = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _keep(kept: Path, document: dict[str, Any]) -> None:
    with contextlib.suppress(OSError, TypeError):  # without a cache the next start is slower, no more
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False)
        Path(name).replace(kept)

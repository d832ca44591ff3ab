"""How objects are named in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gpuready.kube.look import Obj

_MOST = 8


def name_of(obj: Obj) -> str:
    """The object's name."""
    return str((obj.get("metadata") or {}).get("name") or "?")


def namespace_of(obj: Obj) -> str:
    """The object's namespace; empty for what belongs to the cluster."""
    return str((obj.get("metadata") or {}).get("namespace") or "")


def full_name(obj: Obj) -> str:
    """``NAMESPACE/NAME``, or the name alone for what belongs to the cluster."""
    namespace = namespace_of(obj)
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def labels_of(obj: Obj) -> dict[str, Any]:
    """The object's labels."""
    return (obj.get("metadata") or {}).get("labels") or {}


def annotations_of(obj: Obj) -> dict[str, Any]:
    """The object's annotations."""
    return (obj.get("metadata") or {}).get("annotations") or {}


def listed(names: Iterable[str], most: int = _MOST) -> str:
    """The names, sorted, at most `most` of them, and how many more there are; ``-`` for none."""
    ordered = sorted(set(names))
    more = f", + {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more or "-"

"""Quantities as Kubernetes writes them: ``100m``, ``1536Mi``, ``2e3``."""

from __future__ import annotations

import re

_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]))?")
_DECIMAL = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_FACTORS = _DECIMAL | {f"{prefix}i": 1024.0**power for power, prefix in enumerate("KMGTPE", 1)}
_LONGEST = 64  # characters; the API server writes far shorter ones


def quantity(text: object) -> float:
    """The quantity in its base unit (cores, bytes, pieces).  ValueError for what is none."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    form = _FORM.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= _LONGEST else None
    if form is None:
        raise ValueError(f"{text!r} is no quantity")
    number, exponent, suffix = form.groups()
    return float(number + (exponent or "")) * _FACTORS.get(suffix or "", 1.0)


def pieces(text: object) -> int:
    """How many whole pieces a quantity is, as of GPUs; 0 for what is no quantity, negative or infinite."""
    try:
        return max(int(quantity(text)), 0)
    except (ValueError, OverflowError):
        return 0

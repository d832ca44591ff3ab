"""Bars and history lines, one tone each, and numbers with their units."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉"
LEVELS = "▁▂▃▄▅▆▇█"
DASH = "-"


def bar(share: float | None, width: int) -> str:
    """A bar for a share in %; a dash where it is not known."""
    if share is None:
        return DASH.ljust(width)
    eighths = round(max(0.0, min(100.0, share)) / 100 * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def history(values: Sequence[float | None], width: int, top: float = 100.0) -> str:
    """One sign for each value, the newest at the right; a gap where there was none."""
    shown = list(values)[-width:]
    signs = [
        " " if v is None else LEVELS[min(7, int(max(0.0, v) / top * 8))] if top else LEVELS[0] for v in shown
    ]
    return "".join(signs).rjust(width)


def gib(size: float | None, digits: int = 1) -> str:
    """Bytes as GiB, in the figures that nvidia-smi users know (80 GB cards read 80.0)."""
    return DASH if size is None else f"{size / 2**30:.{digits}f}"


def rate(value: float | None) -> str:
    """Bytes per second in at most five signs: 0, 512B, 1.2M, 34M, 1.5G."""
    if value is None:
        return DASH
    for unit in ("B", "k", "M", "G", "T"):
        if value < 999.5 or unit == "T":
            return f"{value:.1f}{unit}" if unit != "B" and value < 9.95 else f"{value:.0f}{unit}"
        value /= 1000
    raise AssertionError("unreachable")


def number(value: float | None, unit: str = "", digits: int = 0) -> str:
    """A number with its unit, or a dash."""
    return DASH if value is None else f"{value:.{digits}f}{unit}"


def amount(value: float | None, unit: str) -> str:
    """A value of a signal in the prefix that people read it in: ``420 ms``, ``71.2 GiB``, ``1.2k/s``."""
    if value is None:
        return DASH
    if unit == "s":
        for small, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
            if abs(value * factor) >= 1 or small == "us":
                return f"{value * factor:.3g} {small}" if abs(value) < 600 else f"{value / 60:.3g} min"
    if unit == "B":
        return f"{value / 2**30:.1f} GiB" if abs(value) >= 2**30 else f"{value / 2**20:.1f} MiB"
    if unit == "B/s":
        return f"{rate(value)}/s"
    if unit == "1/s":
        return f"{rate(value) if value >= 999.5 else f'{value:.3g}'}/s"
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return text if unit in ("", "count") else f"{text} {unit}"

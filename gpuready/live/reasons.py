"""Why a GPU's clocks are where they are: NVML's bit mask of clock-event reasons in words.

A mask is tested bit by bit, never compared as a whole: idle and a power cap may well hold together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["quiet", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One bit of the mask: `key` is what `gpuready.text.say.say` takes; `severity` is ``quiet`` (normal
    life), ``warn`` (software slows a GPU that is too hot) or ``bad`` (hardware slows it down)."""

    bit: int
    key: str
    severity: Severity


# The worst first: a narrow panel shows only the first word or two.
_REASONS = (
    Reason(0x40, "live.reason_hw_thermal", "bad"),
    Reason(0x80, "live.reason_hw_power_brake", "bad"),
    Reason(0x08, "live.reason_hw_slowdown", "bad"),
    Reason(0x20, "live.reason_sw_thermal", "warn"),
    Reason(0x04, "live.reason_sw_power_cap", "quiet"),
    Reason(0x10, "live.reason_sync_boost", "quiet"),
    Reason(0x02, "live.reason_app_clocks", "quiet"),
    Reason(0x100, "live.reason_display", "quiet"),
    Reason(0x200, "live.reason_board_limit", "quiet"),
    Reason(0x400, "live.reason_reliability", "quiet"),
    Reason(0x01, "live.reason_idle", "quiet"),
)
_KNOWN = sum(reason.bit for reason in _REASONS)


def reasons(mask: int | None) -> tuple[Reason, ...]:
    """The reasons in the mask, the worst first; bits that no one has named yet come last, as one.

    None (not supported) and 0 (nothing holds the clocks back) both give an empty tuple: look at the mask.
    """
    if not mask:
        return ()
    found = tuple(reason for reason in _REASONS if mask & reason.bit)
    if unknown := mask & ~_KNOWN:
        found += (Reason(unknown, "live.reason_other", "quiet"),)
    return found


def keys(mask: int | None) -> tuple[str, ...]:
    """The message keys of `reasons`."""
    return tuple(reason.key for reason in reasons(mask))


def severity(mask: int | None) -> Severity:
    """The worst severity in the mask; ``quiet`` for none at all."""
    found = {reason.severity for reason in reasons(mask)}
    return "bad" if "bad" in found else "warn" if "warn" in found else "quiet"

"""The sign and the tone of each verdict and status.  Every sign is one cell in every terminal."""

from __future__ import annotations

from gpuready.checklist.verdict import Status, Verdict
from gpuready.session.board import CheckStanding, ItemStanding
from gpuready.tui.draw.line import Span

_VERDICTS: dict[Verdict, Span] = {
    Verdict.PASS: Span("✓", "good"),
    Verdict.WARN: Span("!", "warn"),
    Verdict.FAIL: Span("✗", "bad"),
    Verdict.ERROR: Span("E", "bad"),
    Verdict.UNKNOWN: Span("?", "warn"),
    Verdict.BLOCKED: Span("⊘", "warn"),
    Verdict.STALE: Span("↻", "warn"),
    Verdict.WAIVED: Span("w", "dim"),
    Verdict.NA: Span("-", "dim"),
    Verdict.MANUAL: Span("◦", "dim"),
}


def sign_of_verdict(verdict: Verdict) -> Span:
    return _VERDICTS[verdict]


def sign_of_check(standing: CheckStanding) -> Span:
    return _VERDICTS[standing.verdict]


def sign_of_item(standing: ItemStanding) -> Span:
    """Done and failed as a verdict's; open tells begun work from none."""
    if standing.status is Status.DONE:
        return Span("✓", "good")
    if standing.status is Status.FAILED:
        return Span("✗", "bad")
    if standing.stale:
        return Span("↻", "warn")
    return Span("◔", "accent") if standing.begun else Span("◦", "dim")

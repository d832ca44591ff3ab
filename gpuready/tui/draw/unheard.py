"""What a panel says while the system that it shows does not answer."""

from __future__ import annotations

import time

from gpuready.live.source import Unheard
from gpuready.text.say import say
from gpuready.tui.draw.line import Line, Span


def said(unheard: Unheard, now: float | None = None) -> str:
    """Why there is no answer, for how long, and when it is asked again."""
    seconds = max(0, round((time.time() if now is None else now) - unheard.since))
    why = say(unheard.why[0], **unheard.why[1])
    return f"{why} {say('tui.unheard', seconds=seconds, again=round(unheard.again))}"


def dimmed(old: Line) -> Line:
    """A line of what was known before: it must not look like now."""
    return Line(tuple(Span(span.text, "dim") for span in old.spans), old.ground)

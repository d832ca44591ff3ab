"""Tones: what a colour means here, and which colour of the theme says it.

No meaning rests on colour alone: each state also has its own sign or word, so that 16 colours, none at
all, or eyes that do not tell red from green lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color, ColorParseError

# tone -> (theme variable of the foreground or "", bold, dim)
TONES: dict[str, tuple[str, bool, bool]] = {
    "": ("", False, False),
    "strong": ("", True, False),
    "dim": ("foreground-muted", False, False),
    "good": ("text-success", False, False),
    "warn": ("text-warning", False, False),
    "bad": ("text-error", True, False),
    "accent": ("text-accent", False, False),
    "title": ("text-primary", True, False),
    "rule": ("foreground-disabled", False, False),
}
# ground -> theme variable of the background
GROUNDS = {"": "", "cursor": "gpuready-cursor", "faint": "gpuready-cursor-faint", "bar": "panel"}


def style_of(tone: str, ground: str, variables: Mapping[str, str]) -> Style:
    """The style of that tone on that ground, in the colours of the theme in force."""
    variable, bold, dim = TONES[tone]
    return Style(
        color=_colour(variables.get(variable, "")) if variable else None,
        bgcolor=_colour(variables.get(GROUNDS[ground], "")) if ground else None,
        bold=bold or None,
        dim=dim or None,
        reverse=True if ground == "cursor" and not variables.get("gpuready-cursor") else None,
    )


def _colour(value: str) -> RichColor | None:
    # Variables may carry "auto 87%" and the like, which only the stylesheet can resolve: then the
    # widget's own colour stays.
    try:
        return Color.parse(value).rich_color
    except ColorParseError:
        return None

"""Tones: what a colour means here, and which colour of the theme says it.

No meaning rests on colour alone: each state also has its own sign or word, so that 16 colours, none at
all, or eyes that do not tell red from green lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color, ColorParseError

# tone -> whether it is bold
TONES: dict[str, bool] = {
    "": False, "strong": True, "dim": False, "good": False, "warn": False, "bad": True, "accent": False,
    "title": True, "rule": False,
}  # fmt: skip
GROUNDS = ("", "cursor", "faint", "bar")


def variable(tone: str) -> str:
    """The name under which a theme keeps the colour of that tone or ground."""
    return f"gpuready-{tone}"


def style_of(tone: str, ground: str, variables: Mapping[str, str]) -> Style:
    """The style of that tone on that ground, in the colours of the theme in force."""
    return Style(
        color=_colour(variables.get(variable(tone), "")),
        bgcolor=_colour(variables.get(variable(ground), "")) if ground else None,
        bold=TONES[tone] or None,
    )


def _colour(value: str) -> RichColor | None:
    try:
        return Color.parse(value).rich_color if value else None
    except ColorParseError:
        return None  # a theme of Textual's own has no such tone: the widget's colour stays

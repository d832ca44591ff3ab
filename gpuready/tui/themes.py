"""Themes from TOML files: those that are shipped, and an operator's own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from gpuready import places
from gpuready.text.fault import Fault
from gpuready.tui.palette import GROUNDS, TONES, variable

_COLORS = (
    "primary", "secondary", "accent", "warning", "error", "success", "foreground", "background",
    "surface", "panel",
)  # fmt: skip


def theme_names() -> list[str]:
    """The names that `load_theme` knows: those of the files, gpuready's own first."""
    return list(_files())


def load_theme(name: str) -> Theme:
    """The theme of that name; an operator's own file replaces a shipped one.

    `Fault` when there is none, or that names the file and the key when it is broken.
    """
    files = _files()
    if name not in files:
        raise Fault("settings.theme", path=places.settings_file(), found=name, known=", ".join(files))
    return _load(files[name])


def _files() -> dict[str, Path]:
    folders = (places.shipped("themes"), places.own_themes())
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def _load(path: Path) -> Theme:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Fault("settings.theme_broken", path=path, what=error) from None
    tones = {name for name in (*TONES, *GROUNDS) if name and name != "strong"}
    colors = _colours(raw, "colors", set(_COLORS), path)
    own = _colours(raw, "tones", tones, path)
    return Theme(
        name=path.stem,
        dark=bool(raw.get("dark", True)),
        ansi=bool(raw.get("ansi", False)),
        variables={**_variables(raw, path), **{variable(name): value for name, value in own.items()}},
        **colors,
    )


def _variables(raw: dict[str, Any], path: Path) -> dict[str, str]:
    """Variables of Textual's own that the file sets besides."""
    found = raw.get("variables", {})
    return _colours(raw, "variables", set(found), path) if isinstance(found, dict) else {}


def _colours(raw: dict[str, Any], table: str, wanted: set[str], path: Path) -> dict[str, Any]:
    found = raw.get(table, {})
    for name in sorted(wanted):
        value = found.get(name) if isinstance(found, dict) else None
        try:
            Color.parse(value if isinstance(value, str) else "")
        except ColorParseError:
            raise Fault("settings.theme_broken", path=path, what=f"{table}.{name} = {value!r}") from None
    return {name: found[name] for name in wanted}

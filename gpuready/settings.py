"""What an operator sets for good, in settings.toml of the XDG config folder; all of it is optional."""

from __future__ import annotations

import getpass
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuready import places
from gpuready.text.fault import Fault
from gpuready.text.say import LANGUAGES, Language, language_of_environment

DEFAULT_THEME = "gpuready-dark"
GLYPHS = ("auto", "unicode", "ascii")


@dataclass(frozen=True, slots=True)
class Settings:
    """`interval` is the time between two live samples in seconds; `keys` maps an action to its keys,
    comma separated; `signals` are those that the Prometheus panel begins with (empty: its own choice)."""

    language: Language
    operator: str
    theme: str
    glyphs: str
    interval: float
    session: Path | None
    keys: Mapping[str, str]
    signals: tuple[str, ...] = ()


def load_settings(path: Path | None = None) -> Settings:
    """The settings in force: the file where it says something, else the environment.

    Raises `Fault` that names file and key for what it does not understand.
    """
    path = path or places.settings_file()
    raw = _read(path)
    for key in raw:
        if key not in Settings.__dataclass_fields__:
            known = ", ".join(Settings.__dataclass_fields__)
            raise Fault("settings.unknown", path=path, key=key, known=known)
    session = os.environ.get("GPUREADY_SESSION") or _typed(raw, "session", str, "", path)
    # The environment is nearer to the hand than the file: it wins.
    named = os.environ.get("GPUREADY_LANG", "")
    language = named or _typed(raw, "language", str, language_of_environment(), path)
    interval = float(_typed(raw, "interval", (int, float), 1.0, path))
    if not 0.2 <= interval <= 60:
        raise Fault("settings.interval", path=path, found=interval)
    keys = _typed(raw, "keys", dict, {}, path)
    for action, combination in keys.items():
        if not isinstance(combination, str) or not combination:
            raise Fault("settings.type", path=path, key=f"keys.{action}", kind="text")
    signals = _typed(raw, "signals", list, [], path)
    if not all(isinstance(name, str) for name in signals):
        raise Fault("settings.type", path=path, key="signals", kind="list of texts")
    return Settings(
        language=_one_of(language, "language", LANGUAGES, path),
        operator=os.environ.get("GPUREADY_OPERATOR") or _typed(raw, "operator", str, "", path) or _login(),
        theme=_typed(raw, "theme", str, DEFAULT_THEME, path),
        glyphs=_one_of(_typed(raw, "glyphs", str, "auto", path), "glyphs", GLYPHS, path),
        interval=interval,
        session=places.at_home(session) if session else None,
        keys=keys,
        signals=tuple(signals),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Fault("settings.unreadable", path=path, error=error) from None
    except (ValueError, RecursionError) as error:  # more digits or deeper nesting than Python takes, too
        raise Fault("settings.syntax", path=path, error=str(error) or "-") from None


def _typed(raw: dict[str, Any], key: str, kind: Any, default: Any, path: Path) -> Any:
    value = raw.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        wanted = {str: "text", dict: "table", list: "list"}.get(kind, "number")
        raise Fault("settings.type", path=path, key=key, kind=wanted)
    return value


def _one_of(value: Any, key: str, known: tuple[str, ...], path: Path) -> Any:
    if value not in known:
        raise Fault("settings.choice", path=path, key=key, found=value, known=", ".join(known))
    return value


def _login() -> str:
    # Under sudo the person is the one who called it.
    if sudo := os.environ.get("SUDO_USER"):
        return sudo
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

"""Every path gpuready uses, in one place: what it ships, and the XDG folders of the operator."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import PlatformDirs

_HERE = Path(__file__).parent
_DIRS = PlatformDirs("gpuready", appauthor=False)


def shipped(name: str) -> Path:
    """The folder of that name (``checklists``, ``themes``) that came with the program: inside the wheel,
    or at the top of a checkout."""
    inside = _HERE / "data" / name
    return inside if inside.is_dir() else _HERE.parent / name


def at_home(path: str | Path) -> Path:
    """The path with a leading ``~`` filled in; as it is where there is no such user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - the one of pathlib raises then


def settings_file() -> Path:
    return Path(_DIRS.user_config_dir) / "settings.toml"


def own_themes() -> Path:
    return Path(_DIRS.user_config_dir) / "themes"


def own_signals() -> Path:
    return Path(_DIRS.user_config_dir) / "signals"


def own_checklists() -> Path:
    return Path(_DIRS.user_data_dir) / "checklists"


def default_session() -> Path:
    return Path(_DIRS.user_data_dir) / "default.gpuready"


def cache() -> Path:
    return Path(_DIRS.user_cache_dir)

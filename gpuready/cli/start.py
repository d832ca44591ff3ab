"""The way in.  Most often nothing is said but ``gpuready``: then the screen opens, and click stays out."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line (`sys.argv` by default) and end the program with its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words and (code := _screen()) is not None:
        sys.exit(code)
    from gpuready.cli.main import run

    sys.exit(run(words))


def _screen() -> int | None:
    """Open the screen; None when something is amiss, which the command line then tells in its own way."""
    from gpuready.settings import load_settings
    from gpuready.text.fault import Fault
    from gpuready.text.say import set_language

    try:
        set_language(load_settings().language)
    except Fault:
        return None
    from gpuready.cli.printing import talk
    from gpuready.cli.screen import open_screen

    try:
        return open_screen()
    except Fault as fault:
        talk(str(fault))
        return 2
    except KeyboardInterrupt:
        return 130

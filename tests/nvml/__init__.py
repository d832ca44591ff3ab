"""A pretend NVML for the tests and the benchmarks: see pretend.c for its scenarios."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("pretend.c")


def build_pretend_nvml(folder: Path) -> Path:
    """Compile ``libnvidia-ml.so.1`` into that folder, unless it is there and newer; its path.

    Needs a C compiler (``CC``, cc or gcc); without one a RuntimeError says what to install.
    """
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise RuntimeError("No C compiler here, which the pretend NVML needs: apt-get install gcc libc6-dev")
    library = folder / "libnvidia-ml.so.1"
    if library.exists() and library.stat().st_mtime >= _SOURCE.stat().st_mtime:
        return library
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{os.getpid()}.so"
    flags = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden")
    subprocess.run(
        [compiler, *flags, "-Wl,-soname,libnvidia-ml.so.1", "-o", fresh, _SOURCE, "-lm"], check=True
    )
    fresh.replace(library)  # at once, for tests that run side by side
    return library


def pretend_environment(library: Path, scenario: str = "", **more: str) -> dict[str, str]:
    """An environment in which the real binding finds the pretend library."""
    paths = [str(library.parent), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(paths), "PRETEND_NVML": scenario, **more}

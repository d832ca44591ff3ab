"""Which CUDA the running engines bring along: seen in the libraries that their processes have mapped."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gpuready.probes.node_files import text_of

_MOST_PROCESSES = 64
_MOST_MAPS = 8 * 2**20  # bytes: an engine maps thousands of files
_LIBRARY = re.compile(r"(/\S*/libcudart\.so\.(\d+(?:\.\d+)*))(?: \(deleted\))?$", re.M)
_PACKAGE = re.compile(r"nvidia_cuda_runtime(?:_cu\d+)?-(\d+\.\d+)[\d.]*\.dist-info")


@dataclass(frozen=True, slots=True)
class CudaUse:
    """A CUDA version that is needed; `exact` is false when only its major version is known."""

    version: str
    exact: bool
    where: str


def cuda_steps(root: Path) -> tuple[str, ...]:
    """What `cuda_in_use` reads."""
    return (f"read {root / 'proc'}/PID/maps of each process on a GPU",)


def cuda_in_use(root: Path, pids: Iterable[int]) -> tuple[CudaUse, ...]:
    """The CUDA runtimes that these processes have mapped; those whose maps we may not read are left out.

    The file itself tells the version in CUDA's own packages (``libcudart.so.12.4.127``); the package that
    pip installed tells it beside the library (``nvidia_cuda_runtime_cu12-12.4.127.dist-info``).
    """
    found: dict[CudaUse, None] = {}
    for pid in list(pids)[:_MOST_PROCESSES]:
        maps = text_of(root / f"proc/{pid}/maps", _MOST_MAPS) or ""
        for path, version in dict.fromkeys(_LIBRARY.findall(maps)):
            where = f"PID {pid} ({PurePosixPath(path).name})"
            parts = version.split(".")
            if len(parts) >= 2:
                found[CudaUse(".".join(parts[:2]), True, where)] = None
            elif packaged := _packaged(root / f"proc/{pid}/root", PurePosixPath(path), parts[0]):
                found[CudaUse(packaged, True, where)] = None
            else:
                found[CudaUse(parts[0], False, where)] = None
    return tuple(found)


def _packaged(root: Path, library: PurePosixPath, major: str) -> str | None:
    """The version of the Python package that the library belongs to."""
    for folder in library.parents:
        if folder.name in ("site-packages", "dist-packages"):
            with contextlib.suppress(OSError):
                for entry in (root / folder.relative_to("/")).iterdir():
                    match = _PACKAGE.fullmatch(entry.name)
                    if match and match[1].split(".")[0] == major:
                        return match[1]
    return None

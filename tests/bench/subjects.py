"""The programs that are measured, with the pretend NVML and empty homes in a temporary folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.measure import Subject
from tests.nvml import build_pretend_nvml

BIN = Path(sys.executable).parent
_HOMES = ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME")


def environment(folder: Path) -> dict[str, str]:
    """Eight pretend GPUs, and nothing of the operator's is read or written."""
    library = build_pretend_nvml(folder / "nvml")
    homes = {f"XDG_{name}_{'DIR' if name == 'RUNTIME' else 'HOME'}": name.lower() for name in _HOMES}
    for name in homes.values():
        (folder / name).mkdir(exist_ok=True)
    return {
        **{variable: str(folder / name) for variable, name in homes.items()},
        "LD_LIBRARY_PATH": str(library.parent),
        "PRETEND_NVML": "",
        "GPUREADY_SESSION": str(folder / "bench.gpuready"),
        "GPUREADY_LANG": "en",
        "PYTHONDONTWRITEBYTECODE": "",  # empty counts as not set
    }


def gpuready(env: Mapping[str, str]) -> Subject:
    """Complete are the tree, the lines of all GPUs, and the line of the node's memory, which comes with its
    first sample."""

    def complete(text: str) -> bool:
        rows = text.splitlines()
        gpus = all(any(f"{number}  " in row and "/700W" in row for row in rows) for number in range(8))
        return gpus and "13.1.1.1" in text and any("│ mem " in row and "swap" in row for row in rows)

    return Subject("gpuready", [str(BIN / "gpuready")], complete, env)


def nvitop(env: Mapping[str, str]) -> Subject:
    return Subject(
        "nvitop",
        [str(BIN / "nvitop"), "-m", "full", "--interval", "1"],
        lambda text: "Driver Version" in text and "Load Average" in text,
        env,
    )


def bare(env: Mapping[str, str]) -> Subject:
    return Subject(
        "bare Textual app",
        [sys.executable, "-m", "tests.bench.bare"],
        lambda text: text.count("leaf") > 30,
        env,
    )

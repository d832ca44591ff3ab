"""The program of the CUDA test, against a pretend libcuda that keeps the driver API's signatures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gpuready.kube.jobs.cuda import PROGRAM, SCRIPT


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("libcuda")
    source = Path(__file__).with_name("libcuda.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(folder / "libcuda.so.1"), str(source)], check=True)
    return folder


def _run(folder: Path, fault: str = "") -> dict[str, Any]:
    ran = subprocess.run(
        ["sh", "-c", SCRIPT],
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PROGRAM": PROGRAM,
            "LD_LIBRARY_PATH": str(folder),
            "FAULT": fault,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_memory_and_kernel_are_right(library: Path) -> None:
    assert _run(library) == {"ok": True, "device": "Pretend GPU"}


@pytest.mark.parametrize(
    ("fault", "key", "words"),
    [
        ("init", "error", "cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"),
        ("none", "error", "cuDeviceGetCount: 0"),
        ("memory", "error", "memory read back"),
        ("kernel", "error", "1 of 1048576 results"),
        ("hang", "error", "cuCtxSynchronize: CUDA_ERROR_LAUNCH_TIMEOUT"),
        ("ptx", "untold", "cuModuleLoadData: CUDA_ERROR_INVALID_PTX"),
    ],
)
def test_what_goes_wrong_is_told(library: Path, fault: str, key: str, words: str) -> None:
    found = _run(library, fault)
    assert words in found[key] and "ok" not in found


def test_without_the_library(tmp_path: Path) -> None:
    assert "libcuda.so.1" in _run(tmp_path)["no_libcuda"]


def test_an_image_with_nvidias_sample_instead_of_python(tmp_path: Path) -> None:
    for said, key in (("Test PASSED", "ok"), ("Failed to allocate device vector A", "error")):
        (tmp_path / "vectorAdd").write_text(f'#!/bin/sh\necho "{said}"\n')
        (tmp_path / "vectorAdd").chmod(0o755)
        for tool in ("tail", "tr"):
            (tmp_path / tool).unlink(missing_ok=True)
            (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
        ran = subprocess.run(
            ["/bin/sh", "-c", SCRIPT], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
        )
        assert key in json.loads(ran.stdout)


def test_an_image_with_neither(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", SCRIPT], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == {"missing": "python3"}

"""The sampler as a process: how it starts, keeps time, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gpuready.live.launch import launch
from gpuready.live.wire import decode
from tests.live.conftest import first
from tests.nvml import pretend_environment

SAMPLER = [sys.executable, "-m", "gpuready.live.sampler"]


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether that process ends in time (a zombie has ended)."""
    latest = time.monotonic() + seconds
    while time.monotonic() < latest:
        try:
            if Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in (b"Z", b"X"):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def test_it_imports_little(library: Path) -> None:
    code = (
        "import sys, gpuready.live.sampler as s, gpuready.live.gpu\n"
        "heavy = {'textual', 'rich', 'asyncio', 'click', 'argparse', 'psutil', 'logging'}\n"
        "print(heavy & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    code = (
        "import sys, gpuready.live.launch; print({'asyncio', 'dataclasses', 'typing'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_first_line_is_soon_there(pretend: Callable[..., None]) -> None:
    pretend()
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        with launch("gpu") as process:
            assert process.stdout
            assert process.stdout.readline()
            took.append(time.perf_counter() - begun)
            process.kill()
    assert min(took) < 0.3  # 0.07 s on an idle core


def test_it_keeps_the_beat() -> None:
    samples = first(["node"], 12, 0.1)
    beats = [sample.at for sample in samples[2:]]  # the first comes at once, off the beat
    assert beats[-1] - beats[0] == pytest.approx(0.1 * (len(beats) - 1), abs=0.09)


def test_all_samplers_beat_together() -> None:
    phases = []
    for source in ("node", "node"):
        last = first([source], 6, 0.2)[-1]
        phases.append((last.at - (time.time() - time.monotonic())) % 0.2)  # beats are on the monotonic clock
    apart = abs(phases[0] - phases[1])
    assert min(apart, 0.2 - apart) < 0.08


@pytest.mark.parametrize(
    "arguments", [[], ["disk"], ["gpu", "--interval", "x"], ["gpu", "--interval", "0"], ["gpu", "1"]]
)
def test_bad_arguments(arguments: list[str]) -> None:
    done = subprocess.run([*SAMPLER, *arguments], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("usage:")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_silently_by_a_signal(number: int) -> None:
    process = subprocess.Popen(
        [*SAMPLER, "node", "--interval", "0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert errors == b""
    assert process.returncode == -number


def test_it_ends_silently_when_nobody_listens() -> None:
    process = subprocess.Popen(
        [*SAMPLER, "node", "--interval", "0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=10)
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("scenario", ["", "hung,hang_after=0"])
def test_it_dies_with_its_parent_even_inside_a_driver_call(library: Path, scenario: str) -> None:
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, start_new_session=True)\n"
        "while b'libnvidia-ml' not in open(f'/proc/{p.pid}/maps', 'rb').read(): time.sleep(0.01)\n"
        "time.sleep(0.2)\n"
        "print(p.pid, flush=True)\n"
        "time.sleep(60)"
    )
    environ = pretend_environment(library, scenario)
    with subprocess.Popen(
        [sys.executable, "-c", code, *SAMPLER, "gpu"], stdout=subprocess.PIPE, env=environ
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert not gone(child, 0.1)
        parent.kill()
    assert gone(child)


def test_the_working_folder_is_not_searched_for_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('foreign code')")
    monkeypatch.chdir(tmp_path)
    with launch("node", 0.1) as process:
        assert process.stdout
        decode(process.stdout.readline())
        process.kill()


def test_it_has_a_session_of_its_own() -> None:
    with launch("node", 0.1) as process:
        assert os.getsid(process.pid) == process.pid  # Ctrl-C and Ctrl-Z do not reach it
        process.kill()

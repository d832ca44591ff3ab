"""Faults of single parts, each turned by a scenario of the pretend NVML through the real binding."""

from __future__ import annotations

import asyncio
import mmap
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.gpu import PROBES
from gpuready.probes.probe import Ask, Measurement
from tests.probes.gpu.conftest import put
from tests.probes.run_probe import run_probe

_BY_NAME = {probe.name: probe for probe in PROBES}
Pretend = Callable[..., None]


async def ask(name: str, root: Path, **params: Any) -> Measurement:
    probe = _BY_NAME[name]
    given: dict[str, Any] = {"root": str(root), "seconds": 0.5} | params
    return await run_probe(probe, limit=25, **{k: v for k, v in given.items() if k in probe.params})


@contextmanager
def running(*argv: str, into: Path | None = None) -> Iterator[int]:
    """Runs a program that stands for an engine, for as long as the block; its PID."""
    with open(into or os.devnull, "w") as out:  # noqa: PTH123 (either)
        process = subprocess.Popen(argv, stdout=out, stderr=out)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def said(measured: Measurement) -> set[str]:
    return {key.partition(".")[2] for key, _ in measured.remarks} - {"no_kernel_log"}


@pytest.mark.parametrize(
    ("scenario", "bad", "fields", "remarks"),
    [
        ("sram", "2", {"sram_threshold": True, "sram_uncorrected": 1}, {"sram_threshold"}),
        ("fabric", "1", {"fabric_ok": False}, {"fabric_apart"}),
        (
            "inforom", "5", {"inforom_valid": False, "vbios_versions": 2},
            {"inforom_corrupt", "vbios_differs"},
        ),
        ("pascal,retired", "0", {"retired_pages": 12, "retired_pending": 1}, {"retired", "retired_pending"}),
        ("noisy", "", {"nvlink_errors": 9, "nvlink_inactive": 0}, {"nvlink_errors"}),
        ("no_bridge", "", {"nvlink_total": 144}, {"no_bridge"}),
        ("", "", {"sram_threshold": False, "fabric_ok": True, "inforom_valid": True}, set()),
    ],
)  # fmt: skip
async def test_health_of_one_part(
    pretend: Pretend, tmp_path: Path, scenario: str, bad: str, fields: dict[str, object], remarks: set[str]
) -> None:
    pretend(scenario)
    health = await ask("gpu.health", tmp_path)
    assert fields.items() <= health.fields.items()
    assert health.fields["unhealthy_gpus"] == bad
    assert said(health) == remarks


async def test_trap_an_error_other_than_not_supported_is_not_taken_for_health(
    pretend: Pretend, tmp_path: Path
) -> None:
    pretend("sick")
    health = await ask("gpu.health", tmp_path)
    assert "unhealthy" not in health.fields
    assert said(health) == {"unanswered"}
    wanted = (Criterion("unhealthy", "==", 0, "count"),)
    assert judge(wanted, health.fields, _BY_NAME["gpu.health"].fields) is Verdict.UNKNOWN


async def test_topology(pretend: Pretend, tmp_path: Path) -> None:
    pretend("")
    joined = await ask("gpu.topology", tmp_path)
    assert joined.fields["nvlink_everywhere"] is True
    assert (joined.fields["worst_path"], joined.fields["cross_socket"], said(joined)) == ("SYS", 16, set())

    pretend("two_sockets")
    apart = await ask("gpu.topology", tmp_path)
    assert (apart.fields["nvlink_pairs"], apart.fields["nvlink_everywhere"]) == (0, False)
    assert said(apart) == {"slow_pairs"}


async def test_mixed_models(pretend: Pretend, tmp_path: Path) -> None:
    pretend("mixed")
    inventory = await ask("gpu.inventory", tmp_path)
    assert (inventory.fields["mixed"], inventory.fields["models"]) == (True, 2)
    assert "mixed" in said(inventory)


async def test_memory_without_a_holder(pretend: Pretend, tmp_path: Path) -> None:
    pretend("ghost")
    memory = await ask("gpu.memory", tmp_path)
    assert (memory.fields["accounted"], memory.fields["unknown_holders"]) == (False, 8)
    put(tmp_path, ".dockerenv", "")  # a container sees no processes, so it cannot say that there are none
    memory = await ask("gpu.memory", tmp_path)
    assert not {"accounted", "unknown_holders"} & set(memory.fields)
    assert "holders_in_container" in said(memory)


async def test_holders_are_named_or_counted(pretend: Pretend, tmp_path: Path) -> None:
    with running("sleep", "60") as pid:
        pretend("", PRETEND_NVML_PIDS=str(pid))
        assert (await ask("gpu.memory", tmp_path)).fields["unknown_holders"] == 0
    pretend("", PRETEND_NVML_PIDS=str(pid))  # the driver still names it, and nobody else knows it
    memory = await ask("gpu.memory", tmp_path)
    assert memory.fields["unknown_holders"] == 1
    assert "nameless" in said(memory)


async def test_weights_that_go_while_we_watch(pretend: Pretend, tmp_path: Path) -> None:
    pretend("unload", PRETEND_NVML_UNLOAD_AFTER="4")
    weights = await ask("gpu.weights", tmp_path, seconds=2)
    assert (weights.fields["resident"], weights.fields["dropped"]) == (False, 1)
    assert said(weights) == {"weights_dropped"}

    pretend("idle")
    weights = await ask("gpu.weights", tmp_path, seconds=2)
    assert (weights.fields["resident"], weights.fields["holders"]) == (False, 0)


async def test_a_busy_host_and_hungry_gpus(pretend: Pretend, tmp_path: Path) -> None:
    pretend("starved")
    stat = put(tmp_path, "proc/stat", "cpu  100 0 0 100 0 0 0 0\n")
    measuring = asyncio.ensure_future(ask("gpu.activity", tmp_path, seconds=1))
    await child_started()  # after the first reading of /proc/stat
    stat.write_text("cpu  110 0 0 120 70 0 0 0\n")
    measured = await measuring
    assert (measured.fields["data_bound"], measured.fields["iowait"]) == (True, 70.0)
    assert said(measured) == {"data_bound"}

    stat.write_text("cpu  100 0 0 100 0 0 0 0\n")
    measuring = asyncio.ensure_future(ask("gpu.activity", tmp_path, seconds=1))
    await child_started()
    stat.write_text("cpu  110 0 0 190 0 0 0 0\n")
    measured = await measuring
    assert measured.fields["data_bound"] is False
    assert said(measured) == {"not_fed"}


async def test_cuda_of_a_process_that_has_really_loaded_it(pretend: Pretend, tmp_path: Path) -> None:
    library = tmp_path / "lib/libcudart.so.12.8.90"
    library.parent.mkdir()
    library.write_bytes(bytes(mmap.PAGESIZE))
    hold = (
        f"import mmap, time; f = open({str(library)!r}); held = mmap.mmap(f.fileno(), 0, prot=1)\n"
        "time.sleep(60)"
    )
    with running(sys.executable, "-c", hold) as pid:
        async with asyncio.timeout(10):
            while str(library) not in Path(f"/proc/{pid}/maps").read_text():  # noqa: ASYNC110, ASYNC240
                await asyncio.sleep(0.02)
        pretend("", PRETEND_NVML_PIDS=str(pid))
        newer = await ask("gpu.inventory", Path("/"))
        assert (newer.fields["cuda_needed"], newer.fields["cuda_supported"]) == ("12.8", True)
        pretend("pascal", PRETEND_NVML_PIDS=str(pid))
        older = await ask("gpu.inventory", Path("/"))
        assert (older.fields["cuda"], older.fields["cuda_supported"]) == ("11.4", False)


async def test_oom_in_the_log_of_the_process_on_the_gpu(pretend: Pretend, tmp_path: Path) -> None:
    kernel = put(tmp_path, "kern.log", "Nov 24 08:00:00 gpu01 kernel: NVRM: loading\n")
    log = tmp_path / "engine.log"
    oom = _BY_NAME["gpu.oom"]
    with running("sleep", "60", into=log) as pid:
        pretend("", PRETEND_NVML_PIDS=str(pid))
        quiet = await run_probe(oom, kernel_log=str(kernel), limit=25)
        assert "events" not in quiet.fields  # an empty log proves nothing
        log.write_text("INFO engine started\n")
        quiet = await run_probe(oom, kernel_log=str(kernel), limit=25)
        assert (quiet.fields["events"], quiet.fields["logs"]) == (0, 1)
        log.write_text("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB\n")
        loud = await run_probe(oom, kernel_log=str(kernel), limit=25)
        assert (loud.fields["events"], loud.fields["cuda_ooms"]) == (1, 1)


async def test_cancelling_ends_the_child_at_once(pretend: Pretend, tmp_path: Path) -> None:
    pretend("")
    measuring = asyncio.ensure_future(ask("gpu.memory", tmp_path, seconds=60))
    await child_started()
    measuring.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await measuring
    assert children() == []


async def child_started() -> None:
    async with asyncio.timeout(10):
        while not children():  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)


def children() -> list[int]:
    found = []
    for child in psutil.Process(os.getpid()).children(recursive=True):
        try:
            if "gpuready.probes.gpu_child" in child.cmdline():
                found.append(child.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.slow
async def test_memory_that_grows_for_a_minute(pretend: Pretend, tmp_path: Path) -> None:
    pretend("leak")
    memory = await run_probe(_BY_NAME["gpu.memory"], root=str(tmp_path), seconds=45, limit=80)
    assert memory.fields["growing"] is True
    assert "growing" in said(memory)
    pretend("")
    memory = await run_probe(_BY_NAME["gpu.memory"], root=str(tmp_path), seconds=60, limit=95)
    assert memory.fields["growing"] is False


async def test_what_is_shown_is_what_is_run(pretend: Pretend, tmp_path: Path) -> None:
    pretend("idle")
    probe = _BY_NAME["gpu.health"]
    given = Ask(params={**probe.params, "seconds": 1, "root": str(tmp_path)}, limit=20)
    measured = await probe.measure(given)
    assert measured.evidence[0].asked == f"$ {probe.steps(given)[0]}"

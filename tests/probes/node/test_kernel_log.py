"""The kernel's log: which one is read, how far it reaches back, and what a zero is worth."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.kernel_log import PARAMS, KernelLog, kernel_log
from gpuready.probes.node import PROBES
from gpuready.probes.node_stamp import stamp_of
from gpuready.probes.probe import Ask, Broken, NoData
from tests.probes.node.conftest import Put, kmsg
from tests.probes.run_probe import run_probe

PROBE = next(probe for probe in PROBES if probe.name == "node.kernel_log")
NONE = (Criterion("events", "==", 0, "count"),)


def iso(hours_ago: float) -> str:
    return datetime.fromtimestamp(time.time() - 3600 * hours_ago).astimezone().isoformat()


async def read(root: Path, limit: float = 10.0, **params: object) -> KernelLog:
    return await kernel_log(Ask(params={**PARAMS, "root": str(root), **params}, limit=limit))


async def verdict(**params: Any) -> Verdict:
    measured = await run_probe(PROBE, limit=10.0, **params)
    return judge(NONE, measured.fields, PROBE.fields)


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel's log is root's")
async def test_this_machines_own_ring_buffer() -> None:
    log = await kernel_log(Ask(params=dict(PARAMS), limit=20.0))
    assert log.lines
    assert log.source in ("/dev/kmsg", "journal", "/var/log/kern.log", "/var/log/syslog", "/var/log/messages")
    if log.source == "/dev/kmsg":  # new records come at the end, with the time of now
        marker = f"gpuready test {time.time_ns()}"
        Path("/dev/kmsg").write_text(f"<6>{marker}\n")  # noqa: ASYNC240 (does not wait)
        last = (await kernel_log(Ask(params=dict(PARAMS), limit=20.0))).lines[-20:]
        found = next(line for line in last if marker in line.text)
        assert found.at is not None
        assert abs(found.at - time.time()) < 60


async def test_a_quiet_ring_buffer_passes_and_a_complaint_fails(put: Put, tmp_path: Path) -> None:
    put("dev/kmsg", kmsg("Linux version 6.1", "usb 1-1: new device"))
    assert await verdict(root=str(tmp_path)) is Verdict.PASS
    put("dev/kmsg", kmsg("Linux version 6.1", "INFO: task python:1234 blocked for more than 120 seconds."))
    assert await verdict(root=str(tmp_path)) is Verdict.FAIL


async def test_trap_no_kernel_log_is_unknown_and_never_zero(tmp_path: Path) -> None:
    with pytest.raises(NoData) as why:
        await run_probe(PROBE, root=str(tmp_path), limit=10.0)
    assert why.value.key == "probes_node.no_kernel_log"
    assert str(tmp_path / "dev/kmsg") in str(why.value)


async def test_an_overwritten_ring_buffer_does_not_prove_a_zero(put: Put, tmp_path: Path) -> None:
    put("dev/kmsg", kmsg("usb 1-1: new device", minutes_ago=2, first=90000))
    log = await read(tmp_path)
    assert not log.whole
    assert await verdict(root=str(tmp_path)) is Verdict.UNKNOWN
    # what it does hold is held against the machine all the same
    put("dev/kmsg", kmsg("watchdog: BUG: soft lockup - CPU#3 stuck for 23s!", minutes_ago=2, first=90000))
    assert await verdict(root=str(tmp_path)) is Verdict.FAIL


async def test_syslog_takes_over_where_the_ring_buffer_is_too_short(put: Put, tmp_path: Path) -> None:
    put("dev/kmsg", kmsg("usb 1-1: new device", minutes_ago=2, first=90000))
    put("var/log/kern.log.1", f"{iso(30)} node kernel: [1.0] Linux version 6.1\n")
    put("var/log/kern.log", f"{iso(3)} node kernel: [9.0] EXT4-fs error (device sda1): bad block\n")
    log = await read(tmp_path)
    assert (log.source, log.whole, len(log.lines)) == (str(tmp_path / "var/log/kern.log"), True, 1)
    assert await verdict(root=str(tmp_path)) is Verdict.FAIL


async def test_only_the_window_counts(put: Put) -> None:
    path = put("dmesg.txt", f"{iso(30)} k: Remounting filesystem read-only\n{iso(1)} k: all is well\n")
    assert await verdict(log=str(path)) is Verdict.PASS
    assert await verdict(log=str(path), since_hours=48) is Verdict.FAIL


async def test_a_log_without_dates_counts_whole_and_says_so(put: Put) -> None:
    path = put(
        "dmesg.txt", "[    1.2] Linux version\n[   99.1] nvme nvme0: I/O 3 QID 1 timeout, reset controller\n"
    )
    measured = await run_probe(PROBE, log=str(path))
    assert measured.fields["disk_errors"] == 1
    assert "probes_node.log_undated" in dict(measured.remarks)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("INFO: task kworker/u8:1:77 blocked for more than 241 seconds.", "hung_tasks"),
        ("watchdog: BUG: soft lockup - CPU#12 stuck for 26s! [python:99]", "lockups"),
        ("Out of memory: Killed process 4242 (python3) total-vm:1kB", "oom_kills"),
        ("Memory cgroup out of memory: Killed process 7 (vllm) total-vm:1kB", "oom_kills"),
        ("nvme nvme3: I/O 12 QID 4 timeout, reset controller", "disk_errors"),
        ("EXT4-fs (sda1): Remounting filesystem read-only", "read_only_remounts"),
        ("mlx5_core 0000:5e:00.0: Detected insufficient power on the PCIe slot (27W).", "rdma_errors"),
        ("mlx5_core 0000:5e:00.0: Port module event[error]: module 0, High Temperature", "rdma_errors"),
        ("nvidia-peermem: ERROR detected invalid context, skipping further processing", "rdma_errors"),
        ("pt_main_thread[9]: segfault at 0 ip 7f sp 7f error 4 in libnccl.so.2.19[7f]", "nccl_crashes"),
    ],
)  # fmt: skip
async def test_every_complaint_is_known(put: Put, line: str, field: str) -> None:
    path = put("kern.log", f"{iso(1)} node kernel: {line}\n")
    measured = await run_probe(PROBE, log=str(path))
    assert measured.fields[field] == measured.fields["events"] == 1
    assert f"probes_node.{field}" in dict(measured.remarks)


@pytest.mark.parametrize("what", ["absent", "empty", "folder", "pipe"])
async def test_a_log_that_is_none_is_unknown(tmp_path: Path, what: str) -> None:
    path = tmp_path / "log"
    if what == "empty":
        path.write_text("\n")
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    with pytest.raises(NoData):
        await run_probe(PROBE, log=str(path), limit=3.0)


async def test_a_binary_file_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(bytes(5000) + b"Xid")
    with pytest.raises(Broken):
        await run_probe(PROBE, log=str(path))


async def test_only_the_end_of_a_huge_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.write(b"soft lockup - CPU#1\n")
        file.truncate(64 * 2**20)  # a hole: as large as a log that nobody rotated, and free of charge
        file.seek(0, os.SEEK_END)
        for _ in range(17):
            file.write(b"x" * (2**20 - 1) + b"\n")
        file.write(f"{iso(1)} kernel: all is well\n".encode())
    measured = await run_probe(PROBE, log=str(path))
    assert measured.fields["events"] == 0


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("{iso} node kernel: x", 1.0),
        ("{syslog} node kernel: x", 1.0),
        ("[{dmesg}] NVRM: x", 1.0),
        ("{unix:.6f} node kernel: x", 1.0),
        ("(EngineCore pid=7) ERROR {vllm} [core.py:1] x", 1.0),
        ('{{"log":"x\\n","stream":"stderr","time":"{utc}"}}', 1.0),
        ("2026-11-24 08:00:00,123 - no zone", None),
    ],
)
def test_dates_as_logs_write_them(line: str, hours: float | None) -> None:
    now = time.time()
    at = now - 3600
    moment = datetime.fromtimestamp(at)
    text = line.format(
        iso=moment.astimezone().isoformat(),
        syslog=f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}",
        dmesg=f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}",
        unix=at,
        vllm=f"{moment:%m-%d %H:%M:%S}",
        utc=datetime.fromtimestamp(at).astimezone().isoformat(timespec="microseconds").replace("+00:00", "Z"),
    )
    found = stamp_of(text, now)
    assert found is not None
    if hours is not None:
        assert abs(found - at) < 1.5


def test_december_read_in_january_is_last_years() -> None:
    january = datetime(2027, 1, 2, 12).timestamp()
    assert stamp_of("Dec 31 23:00:00 node kernel: x", january) == datetime(2026, 12, 31, 23).timestamp()
    assert stamp_of("Feb 30 23:00:00 node kernel: x", january) is None
    assert stamp_of("[  12.5] since some boot", january) is None


@pytest.mark.parametrize("hours", [0, -1, "soon", True])
async def test_a_bad_window_is_said_so(tmp_path: Path, hours: object) -> None:
    with pytest.raises(Broken):
        await read(tmp_path, since_hours=hours)

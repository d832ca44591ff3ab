"""Samples of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from gpuready.live import owners
from gpuready.live.disks import disks
from gpuready.live.facts import NodeSample
from gpuready.live.links import link_names, link_speed, link_up
from gpuready.live.node import NodeReader, _share
from gpuready.live.owners import Owners
from gpuready.live.processes import Top


def test_what_it_says_agrees_with_psutil() -> None:
    reader = NodeReader()
    first = reader.read()
    time.sleep(0.3)
    sample = reader.read()
    assert (first.cpu, first.cores, first.disk_read, first.processes) == (None, (), None, ())  # no rates yet
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    assert sample.memory_total == memory.total
    assert sample.memory_available == pytest.approx(memory.available, abs=512 << 20)
    assert sample.swap_total == swap.total
    assert sample.swap_used == pytest.approx(swap.used, abs=64 << 20)
    assert len(sample.cores) == psutil.cpu_count()
    assert sample.cpu is not None and 0 <= sample.cpu <= 100
    assert all(0 <= core <= 100 for core in sample.cores)
    assert sample.iowait is not None and 0 <= sample.iowait <= 100
    assert sample.uptime == pytest.approx(time.time() - psutil.boot_time(), abs=5)
    assert sample.hostname == socket.gethostname()
    assert sample.kernel == os.uname().release
    assert sample.load is not None and min(sample.load) >= 0
    assert sample.disk_read is not None and sample.disk_read >= 0
    assert sample.process_count == pytest.approx(len(psutil.pids()), abs=40)


def test_the_busiest_process_comes_first() -> None:
    code = "while True: pass"
    with subprocess.Popen([sys.executable, "-c", code]) as busy:
        try:
            top = Top(Owners())
            top.look(time.monotonic())
            assert not list(top.processes)
            time.sleep(0.6)
            top.look(time.monotonic())
        finally:
            busy.kill()
    mine = {process.pid: process for process in top.processes}[busy.pid]
    assert mine.cpu > 20
    assert mine.user == Path("/proc/self").owner()
    assert 1 << 20 < mine.memory < 1 << 30
    assert [process.cpu for process in top.processes] == sorted((p.cpu for p in top.processes), reverse=True)
    assert len(top.processes) <= 8


def test_a_name_with_brackets_and_spaces(tmp_path: Path) -> None:
    code = "open('/proc/self/comm', 'w').write(') R (x) 1'); print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as busy:
        assert busy.stdout
        busy.stdout.readline()
        top = Top(Owners())
        top.look(time.monotonic())
        time.sleep(0.6)
        top.look(time.monotonic())
        busy.kill()
    assert ") R (x) 1" in {process.name for process in top.processes}


def test_processes_are_not_scanned_each_second() -> None:
    top = Top(Owners())
    now = 1000.0
    top.look(now)
    top.look(now + 1)
    first = top.processes
    assert first
    top.look(now + 2)
    assert top.processes is first
    top.look(now + 40)
    assert top.processes is not first


def test_disks_are_local_and_counted_once() -> None:
    found = disks()
    assert len({disk.mount for disk in found}) == len(found)
    assert all(disk.kind not in ("nfs", "nfs4", "tmpfs", "proc", "squashfs") for disk in found)
    assert all(0 <= disk.used <= disk.total for disk in found)
    root = next((disk for disk in found if disk.mount == "/"), None)
    if root is not None:
        usage = psutil.disk_usage("/")
        assert root.used == pytest.approx(usage.used, abs=256 << 20)
        assert 100 * root.used / root.total == pytest.approx(usage.percent, abs=1)


def test_a_network_file_system_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    part = type(psutil.disk_partitions(all=True)[0])
    parts = [part("srv:/models", "/models", "nfs4", "rw"), part("rbd", "/ceph", "ceph", "rw")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [*parts, part("s3", "/s3", "fuse.s3fs", "rw")])

    def never(path: str) -> os.statvfs_result:
        raise AssertionError(path)

    monkeypatch.setattr(os, "statvfs", never)
    assert disks() == ()


def test_links() -> None:
    names = link_names()
    assert "lo" not in names
    counters = psutil.net_io_counters(pernic=True)
    for name in names:
        assert name in counters
        speed = link_speed(name)
        assert speed is None or speed > 0
        assert isinstance(link_up(name), bool)
    assert link_speed("no such link") is None
    assert link_up("no such link") is False


def test_counters_that_step_back_stay_a_share() -> None:
    assert _share(-3, 100) == 0.0
    assert _share(101, 100) == 100.0
    assert _share(1, 3) == 33.3


def test_a_slow_name_service_does_not_hold_up_a_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked = threading.Event(), threading.Event()

    class Entry:
        pw_name = "ana"

    def slow(uid: int) -> Entry:
        asked.set()
        answer.wait(10)
        return Entry()

    monkeypatch.setattr("pwd.getpwuid", slow)
    people = Owners(tmp_path / "empty")
    uid = str(os.getuid())
    assert people.of(os.getpid()) == uid
    assert asked.wait(5)
    answer.set()
    latest = time.monotonic() + 5
    while people.of(os.getpid()) != "ana" and time.monotonic() < latest:
        time.sleep(0.01)
    assert people.of(os.getpid()) == "ana"
    assert people.of(2**22 + 1) is None
    assert owners.name_of(2**22 + 1) is None


def test_a_sample_is_cheap() -> None:
    reader = NodeReader()
    sleepers = [subprocess.Popen(["sleep", "100"]) for _ in range(220)]
    try:
        reader.read()
        time.sleep(0.5)
        reader.read()
        begun, samples = time.process_time(), 30
        for _ in range(samples):
            sample = reader.read()
        spent = (time.process_time() - begun) / samples
    finally:
        for sleeper in sleepers:
            sleeper.kill()
        for sleeper in sleepers:
            sleeper.wait()
    assert isinstance(sample, NodeSample)
    assert sample.process_count is not None and sample.process_count > 220
    assert spent < 0.003 * 2  # the budget is 3 ms; twice that for a busy test machine
